import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { TokenCredential } from "@azure/identity";
import { AutomationError } from "@devfactory/automation/errors.ts";
import { Chores } from "@devfactory/automation/jobs/chores.ts";
import { CosmosStore, cosmosDatabase } from "@devfactory/automation/jobs/cosmosStore.ts";
import { appPk, type JobDocument, stepDocId, type TenantContext } from "@devfactory/automation/jobs/documents.ts";
import { FORMS, type Forms, formedStore, MESSAGE_FORM } from "@devfactory/automation/jobs/forms.ts";
import { Lease } from "@devfactory/automation/jobs/lease.ts";
import { JobLedger } from "@devfactory/automation/jobs/ledger.ts";
import { Outbox, type Publisher } from "@devfactory/automation/jobs/outbox.ts";
import { Reservations } from "@devfactory/automation/jobs/reservations.ts";
import { isHeld } from "@devfactory/automation/jobs/states.ts";
import { InjectedFault, withFaults } from "@devfactory/automation/jobs/testing/faults.ts";
import { createLogger } from "@devfactory/automation/logger.ts";
import { SessionConsumer } from "@devfactory/automation/queue/consumer.ts";
import { createDeadLetters } from "@devfactory/automation/queue/deadLetters.ts";
import { createPublisher, serviceBusClient } from "@devfactory/automation/queue/serviceBus.ts";
import { Redactor } from "@devfactory/automation/redact.ts";
import { sharingOf, type TenantLimits, tenantLimits } from "@devfactory/automation/schedule/limits.ts";
import { Reconciler } from "@devfactory/automation/schedule/reconcile.ts";
import { Scheduler } from "@devfactory/automation/schedule/scheduler.ts";
import { AppRunner, type AppRunnerOptions } from "@devfactory/automation/worker/appRunner.ts";
import type { WorkflowServices } from "@devfactory/automation/workflow/services.ts";
import { type CosmosHarness, startCosmos } from "@devfactory/emulator/services/cosmos/harness.ts";
import { type TestBus, testBus } from "@devfactory/emulator/services/serviceBus/testBus.ts";
import { faultPlan, shaky } from "./faultRate.ts";
import { startTcpProxy } from "./tcpProxy.ts";

/** Container → partition key, as the platform stack makes them. */
const CONTAINERS = {
  ledger: "/pk",
  jobs: "/userId",
  apps: "/tenantId",
  deployments: "/appId",
  auditLogs: "/jobId",
  feedback: "/jobId",
} as const;

export const LEASE_MS = 1_500;

/** A client that sends a request again, with the same key, when it does not know what became of it. */
export function patientClient(ledger: JobLedger): JobLedger {
  const KEYED: Readonly<Record<string, number>> = { create: 1, addToApp: 2 };
  return new Proxy(ledger, {
    get(of, name) {
      const found = Reflect.get(of, name, of) as unknown;
      if (typeof found !== "function") return found;
      return async (...args: unknown[]) => {
        const at = KEYED[String(name)];
        const keyed =
          at === undefined ? args : args.with(at, { idempotencyKey: randomUUID(), ...(args[at] as object) });
        for (;;) {
          try {
            return (await Reflect.apply(found, of, keyed)) as unknown;
          } catch (error) {
            const accepting = (error as { code?: unknown }).code === "STILL_ACCEPTING";
            const cause = error instanceof AutomationError ? error.cause : error; // a cancel says that it was not placed
            if (!accepting && !(cause instanceof InjectedFault)) throw error;
            if (accepting) await sleep(100);
          }
        }
      };
    },
  });
}

/** What a process writes and understands. */
export interface Release {
  readonly forms: Forms;
  /** Of messages. */
  readonly form: number;
}
const THIS: Release = { forms: FORMS, form: MESSAGE_FORM };

function portOf(endpoint: string): number {
  return Number(new URL(endpoint).port);
}

/** Tokens for a service as it knows itself, wherever it is reached. */
function named(credential: TokenCredential, endpoint: string): TokenCredential {
  return { getToken: () => credential.getToken(`${new URL(endpoint).origin}/.default`) };
}

/** Where a house's services are, and who issues tokens for them. */
interface HouseAzure {
  readonly cosmos: Pick<CosmosHarness, "endpoint" | "context"> & AsyncDisposable;
  readonly bus: Pick<TestBus, "port"> & AsyncDisposable;
}

export interface HouseOptions extends Partial<TenantLimits> {
  readonly slots?: number;
  /** Store and queue are reached over lines that can be cut (`house.lines`). */
  readonly lines?: boolean;
  readonly leaseMs?: number;
}

/** Cosmos DB and Service Bus in this process, with what the platform's stack makes in them. */
export async function startAzure() {
  const cosmos = await startCosmos();
  for (const [name, path] of Object.entries(CONTAINERS)) {
    await cosmos.container(name, { partitionKey: { paths: [path], kind: "Hash" } });
  }
  const bus = await testBus(cosmos.context);
  await bus.put("queues/jobs", {
    requiresSession: true,
    lockDuration: "PT1M",
    maxDeliveryCount: 5,
    requiresDuplicateDetection: true,
    duplicateDetectionHistoryTimeWindow: "PT10M",
  });
  return { cosmos, bus };
}

/** Ledger and queue on the real services of the emulator, through the real clients. */
export async function openHouse(options: HouseOptions = {}) {
  return houseOn(await startAzure(), options);
}

/** The same on services that run already; they end with it. */
export async function houseOn<T extends HouseAzure>({ cosmos, bus }: T, options: HouseOptions) {
  const lines = options.lines
    ? { cosmos: await startTcpProxy(portOf(cosmos.endpoint)), bus: await startTcpProxy(bus.port) }
    : undefined;
  const endpoint = lines ? `https://localhost:${lines.cosmos.port}/` : cosmos.endpoint;
  const database = cosmosDatabase(endpoint, "app", named(cosmos.context.credential("writer"), cosmos.endpoint));
  const store = new CosmosStore(database);
  const log = createLogger("test", "silent", new Redactor());
  const { slots = 100, lines: _, leaseMs = LEASE_MS, ...own } = options;
  const limits = tenantLimits({ unfinished: 2_000, concurrent: 100, jobsPerMinute: 100_000, ...own });
  const closers: (() => Promise<void>)[] = [];

  const faults = faultPlan();
  /** Where calls fail, notes are left behind. */
  const sweeps = faults !== undefined || lines !== undefined;
  /** What the house's processes see of the store. */
  const storeAt = (clock?: () => number, release = THIS) =>
    shaky(formedStore(new CosmosStore(database, clock), release.forms), faults);
  const queueOf = (publisher: Publisher) => (faults ? withFaults(publisher, ["publish"], faults) : publisher);

  const newClient = () => {
    const client = serviceBusClient(`localhost:${lines?.bus.port ?? bus.port}`, cosmos.context.credential("worker"));
    closers.push(() => client.close());
    return client;
  };
  const reservations = new Reservations(storeAt(), Date.now, limits);
  /** The parts of one process. @param publisher instead of the real queue */
  const newOutbox = (publisher?: Publisher, release = THIS) => {
    const queue = publisher ?? createPublisher(newClient(), "jobs", release.form);
    const own = { store: storeAt(undefined, release), publisher: queueOf(queue), forms: release.forms };
    const scheduler = new Scheduler({ ...own, sharing: sharingOf(slots, limits) });
    const outbox = new Outbox({ ...own, scheduler, log, reservations, ...(sweeps && { sweepAgeMs: 300 }) });
    closers.push(() => outbox.stop());
    return { outbox, scheduler };
  };
  const { outbox, scheduler } = newOutbox();
  if (sweeps) outbox.startSweeping(300); // one for all, as here all share one machine
  const rawLedger = new JobLedger({ store: storeAt(), limitsOf: limits, dispatch: outbox.dispatch });
  const ledger = patientClient(rawLedger);

  const startWorker = (
    work: AppRunnerOptions["work"],
    overrides: Partial<AppRunnerOptions> & {
      readonly slots?: number;
      readonly clock?: () => number;
      readonly release?: Release;
    } = {},
  ) => {
    const { slots = 4, clock = Date.now, release = THIS, ...rest } = overrides;
    const runner = new AppRunner({
      store: storeAt(clock, release),
      ...newOutbox(undefined, release),
      forms: release.forms,
      log,
      redactor: new Redactor(),
      // The work of these tests uses no service of the workflow.
      services: {} as WorkflowServices,
      holder: `worker-${randomUUID().slice(0, 8)}`,
      leaseMs,
      maxAttempts: 3,
      cancelPollMs: 50,
      work,
      cleanup: async () => {},
      random: () => 0,
      ...rest,
    });
    const handle: AppRunner["handle"] = (message, signal) => runner.handle(message, signal);
    const client = newClient();
    const consumer = new SessionConsumer({
      client,
      queue: "jobs",
      slots,
      handle,
      log,
      lingerMs: 50,
      outagePauseMs: 50,
      newerPauseMs: 50,
      form: release.form,
    });
    consumer.start();
    closers.unshift(() => consumer.stop());
    return consumer;
  };

  const newReconciler = () => {
    const deadLetters = createDeadLetters(newClient(), "jobs");
    const chores = new Chores(store, randomUUID());
    return new Reconciler({ store, ...newOutbox(), reservations, deadLetters, chores, log });
  };

  /** A worker takes the job, begins a step and is never heard of again. */
  const dieIn = async ({ appId, jobId }: JobDocument, step: string, attempt: number) => {
    const options = { store, holder: `dead-${attempt}`, leaseMs: LEASE_MS, dispatch: outbox.dispatch };
    const lease = await Lease.acquire(appId, options);
    if (!lease) throw new Error("somebody else has the lease");
    const at = new Date().toISOString();
    const record = { id: stepDocId(jobId, step, attempt), pk: appPk(appId), schema: 1, type: "step" } as const;
    const begun = { ...record, jobId, step, attempt, inputHash: "x", status: "running", startedAt: at } as const;
    await lease.commit(jobId, (job) => ({
      moves: isHeld(job.state) ? ["lose", "recover", "requeue", "lease", "start"] : ["lease", "start"],
      job: { attempts: attempt, startedAt: at },
      steps: [begun],
    }));
  };

  return {
    cosmos: cosmos as T["cosmos"],
    newClient,
    newOutbox,
    newReconciler,
    dieIn,
    /** A reservation whose job never comes. */
    reserve: (ids: { readonly jobId: string; readonly appId: string }, now: () => number) =>
      new Reservations(store, now, limits).reserve(TENANT.tenantId, ids),
    bus: bus as T["bus"],
    /** Both pass as long as nobody says otherwise. */
    lines: lines ?? { cosmos: undefined, bus: undefined },
    database,
    log,
    /** What a process sees of the store. */
    storeAt,
    /** Whose callers must help themselves. */
    rawLedger,
    reservations,
    store,
    ledger,
    outbox,
    scheduler,
    limits,
    startWorker,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([lines?.cosmos.set("pass"), lines?.bus.set("pass")]);
      for (const close of closers) await close();
      await Promise.all([lines?.cosmos[Symbol.asyncDispose](), lines?.bus[Symbol.asyncDispose]()]);
      await bus[Symbol.asyncDispose]();
      await cosmos[Symbol.asyncDispose]();
    },
  };
}

export const TENANT: TenantContext = { tenantId: "11111111-1111-4111-8111-111111111111", userId: "user-a" };
export const OTHER: TenantContext = { tenantId: "22222222-2222-4222-8222-222222222222", userId: "user-b" };
