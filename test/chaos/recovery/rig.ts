import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ResourceManagementClient } from "@azure/arm-resources";
import { armClientOptions } from "@devfactory/automation/azure/arm.ts";
import { createCredential } from "@devfactory/automation/azure/credential.ts";
import { AppSources } from "@devfactory/automation/jobs/appSources.ts";
import { CosmosStore, cosmosDatabase } from "@devfactory/automation/jobs/cosmosStore.ts";
import type { AppDocument, JobDocument, JobEvent, TenantContext } from "@devfactory/automation/jobs/documents.ts";
import { JobLedger } from "@devfactory/automation/jobs/ledger.ts";
import { Outbox } from "@devfactory/automation/jobs/outbox.ts";
import { Reservations } from "@devfactory/automation/jobs/reservations.ts";
import { startRetry } from "@devfactory/automation/jobs/startRetry.ts";
import { isTerminal } from "@devfactory/automation/jobs/states.ts";
import { createLogger } from "@devfactory/automation/logger.ts";
import { createPublisher, serviceBusClient } from "@devfactory/automation/queue/serviceBus.ts";
import { Redactor } from "@devfactory/automation/redact.ts";
import { sharingOf, tenantLimits } from "@devfactory/automation/schedule/limits.ts";
import { Scheduler } from "@devfactory/automation/schedule/scheduler.ts";
import { type Emulator, startEmulator } from "@devfactory/emulator";
import { findIntegrityProblem } from "../../../emulator/engine/backend/integrity.ts";
import type { Order } from "./atEvent.ts";
import { GROUP, idOf, makePlatform, REGISTRY } from "./platform.ts";

const HERE = import.meta.dirname;
const ENGINE = join(HERE, "../../../emulator/engine");
const LIMITS = tenantLimits({ unfinished: 2_000, concurrent: 100, jobsPerMinute: 100_000 });
const TENANT: TenantContext = { tenantId: "11111111-1111-4111-8111-111111111111", userId: "user-a" };

/** A deployment as the state backend keeps it. */
export interface StoredState {
  readonly manifest?: unknown;
  readonly resources: readonly {
    readonly urn: string;
    readonly type: string;
    readonly id?: string;
    readonly custom: boolean;
  }[];
  readonly pending_operations?: readonly unknown[];
}

/** A local Azure with the platform's ledger, queue and files, and worker processes that can be killed at an event of the engine. */
export class Rig implements AsyncDisposable {
  readonly emulator: Emulator;
  readonly ledger: JobLedger;
  readonly azure: ResourceManagementClient;
  readonly #apps: AppSources;
  readonly #store: CosmosStore;
  readonly #env: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #close: () => Promise<void>;
  readonly #workers = new Set<ChildProcess>();
  #ending = false;

  private constructor(parts: {
    emulator: Emulator;
    ledger: JobLedger;
    azure: ResourceManagementClient;
    apps: AppSources;
    store: CosmosStore;
    env: Readonly<Record<string, string>>;
    folder: string;
    close: () => Promise<void>;
  }) {
    this.emulator = parts.emulator;
    this.ledger = parts.ledger;
    this.azure = parts.azure;
    this.#apps = parts.apps;
    this.#store = parts.store;
    this.#env = parts.env;
    this.#folder = parts.folder;
    this.#close = parts.close;
  }

  /** @param more rooms of the local Azure beside those of ledger, queue and files */
  static async start(...more: readonly string[]): Promise<Rig> {
    const folder = mkdtempSync(join(tmpdir(), "devfactory-recovery-"));
    // Inside the checkout, where the program's packages are.
    const program = mkdtempSync(join(HERE, ".program-"));
    cpSync(join(HERE, "program"), program, { recursive: true });
    const emulator = await startEmulator({ dataDir: folder, services: ["cosmos", "serviceBus", "storage", ...more] });
    const environment = { ...process.env, ...emulator.env };
    const credential = createCredential(environment);
    const azure = new ResourceManagementClient(credential, emulator.subscriptionId, armClientOptions(environment));
    const platform = await makePlatform(azure, emulator);
    const env = {
      ...emulator.env,
      ...platform,
      DEVFACTORY_RESOURCE_GROUP: GROUP,
      DEVFACTORY_AGENT_JOBS: "{}",
      DEVFACTORY_REGISTRY_ID: idOf(emulator, REGISTRY),
      AZURE_CONTAINER_REGISTRY_ENDPOINT: "platformimages.azurecr.io",
      AZURE_KEY_VAULT_ENDPOINT: "https://localhost:1/", // these jobs use no key
      DEVFACTORY_PULUMI_ROOT: makeEngine(folder),
      CHAOS_PROGRAM: program,
      LOG_LEVEL: "error",
      NODE_COMPILE_CACHE: join(tmpdir(), "devfactory-compiled"), // many short processes of the same code
    };
    const store = new CosmosStore(cosmosDatabase(platform.AZURE_COSMOS_ENDPOINT, "devfactory", credential));
    const bus = serviceBusClient(platform.AZURE_SERVICE_BUS_HOST, credential);
    const publisher = createPublisher(bus, "jobs");
    const scheduler = new Scheduler({ store, publisher, sharing: sharingOf(100, LIMITS) });
    const reservations = new Reservations(store, () => store.now(), LIMITS);
    const log = createLogger("test", "silent", new Redactor());
    const outbox = new Outbox({ store, publisher, scheduler, reservations, log });
    const ledger = new JobLedger({ store, limitsOf: LIMITS, dispatch: outbox.dispatch });
    const close = async () => {
      await outbox.stop();
      await bus.close();
      await emulator.stop();
      rmSync(program, { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
    };
    return new Rig({ emulator, ledger, azure, apps: new AppSources(store, store), store, env, folder, close });
  }

  /** Starts a worker process in a group of its own. */
  async startWorker(environment: Readonly<Record<string, string>> = {}): Promise<ChildProcess> {
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(process.execPath, [join(HERE, "worker.ts")], {
      env: { PATH, HOME, ...this.#env, ...environment },
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#workers.add(child);
    child.once("exit", () => this.#workers.delete(child));
    await new Promise<void>((resolve, reject) => {
      child.stdout.on("data", (chunk: Buffer) =>
        String(chunk).includes("ready") ? resolve() : process.stderr.write(chunk),
      );
      child.once("exit", (code) => reject(new Error(`a worker ended with ${code} before it was ready`)));
    });
    return child;
  }

  /** Starts so many workers, and another one for each that dies: there is always one that can take over. */
  async keepWorkers(count: number, environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const start = async () => {
      const child = await this.startWorker(environment);
      child.once("exit", () => {
        if (!this.#ending) void start();
      });
    };
    await Promise.all(Array.from({ length: count }, start));
  }

  /** The machine with all workers goes down: every process that works for this rig, at once. */
  killMachine(): void {
    for (const pid of this.processes()) process.kill(pid, "SIGKILL");
  }

  /** Ids of the processes of workers and of what they started. */
  processes(command = ""): readonly number[] {
    const read = (pid: string, file: string) => {
      try {
        return readFileSync(join("/proc", pid, file), "utf8");
      } catch {
        return ""; // it has ended
      }
    };
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .filter((name) => read(name, "environ").includes(this.#folder) && read(name, "cmdline").includes(command))
      .map(Number);
  }

  /** A disturbance of the local ARM. */
  async disturb(fault: Readonly<Record<string, unknown>>): Promise<void> {
    const { url, token } = this.emulator.admin;
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(`${url}/faults`, { method: "POST", headers, body: JSON.stringify(fault) });
    if (answer.status !== 204) throw new Error(`no fault: ${answer.status}`);
  }

  /** Ends all disturbances; what is held back stays so. */
  async calm(): Promise<void> {
    const { url, token } = this.emulator.admin;
    await fetch(`${url}/faults`, { method: "DELETE", headers: { authorization: `Bearer ${token}` } });
  }

  /** Where the locks of an app's stack lie. */
  lockFolder(appId: string): string {
    return join(this.#folder, "state", ".pulumi", "locks", "organization", "devfactory-app", appId);
  }

  async newApp(): Promise<string> {
    return (await this.#apps.create(TENANT, { title: "Chaos" })).appId;
  }

  /** @param shape title of the app: `chain 1` */
  async add(appId: string, kind: "deploy" | "destroy", shape: string): Promise<string> {
    return (await this.ledger.addToApp(TENANT, appId, { kind, prompt: shape })).jobId;
  }

  cancel(jobId: string): Promise<JobDocument> {
    return this.ledger.requestCancel(TENANT, jobId);
  }

  retry(jobId: string): Promise<JobDocument> {
    return startRetry(this.ledger, TENANT, jobId);
  }

  app(appId: string): Promise<AppDocument> {
    return this.ledger.app(TENANT, appId);
  }

  /** Rows of the audit trail of a job. */
  audit(jobId: string) {
    const { tenantId } = TENANT;
    const query = { tenantId, orderBy: "timestamp", direction: "ascending", limit: 500 } as const;
    return this.#store.list("auditLogs", jobId, query);
  }

  job(jobId: string): Promise<JobDocument> {
    return this.ledger.job(TENANT, jobId);
  }

  events(jobId: string): Promise<readonly JobEvent[]> {
    return this.ledger.events(TENANT, jobId, 0, 5_000);
  }

  async ended(jobId: string, timeoutMs = 120_000): Promise<JobDocument> {
    for (const end = performance.now() + timeoutMs; ; await sleep(50)) {
      const job = await this.job(jobId);
      if (isTerminal(job.state)) return job;
      if (performance.now() > end) throw new Error(`the job is ${JSON.stringify(job)}`);
    }
  }

  /** The next command of this kind on this stack kills at its n-th event. */
  order(order: Order): void {
    writeFileSync(join(this.#folder, "orders", `${order.stack}.json`), JSON.stringify(order));
  }

  /** Whether the order of a stack was carried out; what was not is taken back. */
  struck(stack: string): boolean {
    const [given = "", done = ""] = ["json", "done"].map((end) => join(this.#folder, "orders", `${stack}.${end}`));
    const struck = existsSync(done);
    for (const path of [given, done]) rmSync(path, { force: true });
    return struck;
  }

  state(appId: string): StoredState {
    const path = join(this.#stacks(), `${appId}.json`);
    return (JSON.parse(readFileSync(path, "utf8")) as { checkpoint: { latest: StoredState } }).checkpoint.latest;
  }

  hasState(appId: string): boolean {
    return existsSync(join(this.#stacks(), `${appId}.json`));
  }

  /** What the engine's own check of a snapshot says, as `stack export` and every operation make it. */
  problemOf(state: StoredState): string | undefined {
    return findIntegrityProblem(state as Parameters<typeof findIntegrityProblem>[0]);
  }

  /** Files beside the checkpoint that an operation leaves when it is cut off, and locks. */
  remains(appId: string): readonly string[] {
    const locks = this.lockFolder(appId);
    const journal = join(this.#stacks(), `${appId}.journal`);
    return [...(existsSync(locks) ? readdirSync(locks) : []), ...(existsSync(journal) ? [journal] : [])];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending = true;
    for (const { pid } of this.#workers) if (pid) process.kill(-pid, "SIGTERM");
    await sleep(200);
    for (const { pid } of this.#workers) if (pid) process.kill(-pid, "SIGKILL");
    await this.#close();
  }

  #stacks(): string {
    return join(this.#folder, "state", ".pulumi", "stacks", "devfactory-app");
  }
}

/** The local engine behind a launcher that looks for orders to kill. @returns the folder above its `bin` */
function makeEngine(folder: string): string {
  const root = join(folder, "engine");
  const orders = join(folder, "orders");
  mkdirSync(orders);
  mkdirSync(join(root, "bin"), { recursive: true });
  const [node, engine] = [process.execPath, join(ENGINE, "bin", "pulumi")];
  const script = `#!/bin/sh
case "$1" in up|preview|refresh|destroy) CHAOS_ORDERS='${orders}' exec '${node}' --import '${join(HERE, "atEvent.ts")}' '${engine}' "$@" ;; esac
exec '${node}' '${engine}' "$@"
`;
  writeFileSync(join(root, "bin", "pulumi"), script);
  chmodSync(join(root, "bin", "pulumi"), 0o755);
  return root;
}
