import { randomUUID } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { ResourceManagementClient } from "@azure/arm-resources";
import { BlobServiceClient } from "@azure/storage-blob";
import { AgentRunner } from "@devfactory/automation/agents/agentRunner.ts";
import { ContainerAppsJobs } from "@devfactory/automation/agents/containerAppsJobs.ts";
import type { FileSet } from "@devfactory/automation/archive/fileSet.ts";
import { armClientOptions, armEndpoint } from "@devfactory/automation/azure/arm.ts";
import { createCredential } from "@devfactory/automation/azure/credential.ts";
import { imageSizes } from "@devfactory/automation/build/imageSize.ts";
import { RegistryBuilder } from "@devfactory/automation/build/registryBuilder.ts";
import { freeNames } from "@devfactory/automation/care/freeNames.ts";
import { AppRevisions } from "@devfactory/automation/deploy/appRevisions.ts";
import { Deployer } from "@devfactory/automation/deploy/deployer.ts";
import { deployEnvironment } from "@devfactory/automation/deploy/environment.ts";
import type { AppJob } from "@devfactory/automation/jobs/addJob.ts";
import { AppSources } from "@devfactory/automation/jobs/appSources.ts";
import { CosmosStore, cosmosDatabase } from "@devfactory/automation/jobs/cosmosStore.ts";
import type { JobDocument, LeaseDocument, TenantContext } from "@devfactory/automation/jobs/documents.ts";
import { appPk, tenantPk } from "@devfactory/automation/jobs/documents.ts";
import { JobLedger } from "@devfactory/automation/jobs/ledger.ts";
import { Outbox } from "@devfactory/automation/jobs/outbox.ts";
import { Reservations } from "@devfactory/automation/jobs/reservations.ts";
import { startDeployment } from "@devfactory/automation/jobs/startDeployment.ts";
import { isTerminal } from "@devfactory/automation/jobs/states.ts";
import type { QuotaDocument } from "@devfactory/automation/jobs/tenantDocuments.ts";
import { createLogger } from "@devfactory/automation/logger.ts";
import { NO_DOORS } from "@devfactory/automation/models/testing/noDoors.ts";
import { recordSpec } from "@devfactory/automation/plan/planSpec.ts";
import { rememberRecordings } from "@devfactory/automation/plan/recordingCache.ts";
import { gatherFacts } from "@devfactory/automation/preflight/gatherFacts.ts";
import { SessionConsumer } from "@devfactory/automation/queue/consumer.ts";
import { createPublisher, serviceBusClient } from "@devfactory/automation/queue/serviceBus.ts";
import { Redactor } from "@devfactory/automation/redact.ts";
import { sharingOf, tenantLimits } from "@devfactory/automation/schedule/limits.ts";
import { Scheduler } from "@devfactory/automation/schedule/scheduler.ts";
import { SourceStore } from "@devfactory/automation/source/sourceStore.ts";
import { AppRunner, type AppRunnerOptions } from "@devfactory/automation/worker/appRunner.ts";
import { estimateCost } from "@devfactory/automation/workflow/estimateCost.ts";
import type { JobSession } from "@devfactory/automation/workflow/jobSession.ts";
import type { WorkflowServices } from "@devfactory/automation/workflow/services.ts";
import { runCleanup, runStopped, runWork } from "@devfactory/automation/workflow/work.ts";
import { startEmulator } from "@devfactory/emulator";
import { ContainerRegistryManagementClient } from "arm-registry-tasks";
import { GROUP, idOf, makePlatform, REGISTRY } from "../../chaos/recovery/platform.ts";

const ENGINE = join(import.meta.dirname, "../../../emulator/engine");
const PROGRAM = join(import.meta.dirname, "../../chaos/recovery/program");
const LIMITS = tenantLimits({ unfinished: 2_000, concurrent: 100, jobsPerMinute: 100_000 });
export const TENANT: TenantContext = { tenantId: "11111111-1111-4111-8111-111111111111", userId: "user-a" };

/** From the request of a cancel to its end. */
export const BUDGET_MS = 60_000;

/** Called when a step of a job has begun, before its work. */
export type AtStep = (step: string, job: JobDocument, signal: AbortSignal) => Promise<void>;

/** Files of an app that is built in a moment and whose stack is its resource group alone. */
export const SOURCE: Readonly<Record<string, string>> = {
  Dockerfile: "FROM scratch\nCOPY . /\n",
  "devfactory.yaml":
    "version: 1\nname: nightly\ntitle: bare 1\nservices: [{ name: nightly, kind: job, source: ./part }]\n",
  "part/Dockerfile": "FROM scratch\nCOPY . /\n",
  "part/one.txt": "1",
  "part/two.txt": "2",
};

export const filesOf = (entries: Readonly<Record<string, string>>): FileSet =>
  new Map(Object.entries(entries).map(([path, text]) => [path, { content: Buffer.from(text), executable: false }]));

/** The whole workflow in this process: ledger, queue, job runner, steps, files, registry tasks and deployer, on a local Azure. */
export async function startWorkflowRig() {
  const folder = mkdtempSync(join(tmpdir(), "devfactory-workflow-"));
  const program = mkdtempSync(join(import.meta.dirname, ".stack-"));
  cpSync(PROGRAM, program, { recursive: true });
  const emulator = await startEmulator({
    dataDir: folder,
    services: ["cosmos", "serviceBus", "storage", "registry"],
  });
  const environment = { ...process.env, ...emulator.env };
  const credential = createCredential(environment);
  const { subscriptionId } = emulator;
  const azure = new ResourceManagementClient(credential, subscriptionId, armClientOptions(environment));
  const platform = await makePlatform(azure, emulator);
  const registryId = idOf(emulator, REGISTRY);
  const made = await azure.resources.beginCreateOrUpdateByIdAndWait(registryId, "2023-07-01", {
    location: "eastus",
    sku: { name: "Basic" },
  });
  const { loginServer } = made.properties as { loginServer: string };
  const store = new CosmosStore(cosmosDatabase(platform.AZURE_COSMOS_ENDPOINT, "devfactory", credential));
  const bus = serviceBusClient(platform.AZURE_SERVICE_BUS_HOST, credential);
  const publisher = createPublisher(bus, "jobs");
  const scheduler = new Scheduler({ store, publisher, sharing: sharingOf(100, LIMITS) });
  const reservations = new Reservations(store, () => store.now(), LIMITS);
  const log = createLogger("test", "silent", new Redactor());
  const outbox = new Outbox({ store, publisher, scheduler, reservations, log });
  const ledger = new JobLedger({ store, limitsOf: LIMITS, dispatch: outbox.dispatch });
  const blobs = new BlobServiceClient(platform.AZURE_STORAGE_BLOB_ENDPOINT, credential);
  const workspaces = blobs.getContainerClient("workspaces");
  const artifacts = blobs.getContainerClient("jobs");
  const options = armClientOptions(environment);
  const tasks = new ContainerRegistryManagementClient(credential, subscriptionId, options);
  const containerApps = new ContainerAppsAPIClient(credential, subscriptionId, options);
  const deployer = new Deployer({
    workDir: program,
    pulumiRoot: ENGINE,
    environment: deployEnvironment(environment),
    escalationMs: [4_000, 1_500, 1_500],
  });
  const builder = new RegistryBuilder(tasks, registryId, loginServer, { sizeOf: imageSizes(loginServer, credential) });
  const reader = { subscriptionId, ...armEndpoint(environment), credential };
  const record = rememberRecordings(recordSpec);
  const services = {
    workspaces,
    artifacts,
    builder,
    deployer,
    agents: new AgentRunner({
      host: new ContainerAppsJobs({ client: containerApps, resourceGroupName: GROUP, jobs: {} }),
      workspaces,
      doors: NO_DOORS,
    }),
    freeNames: (appId, signal, only) => freeNames(appId, reader, signal, only),
    revisions: new AppRevisions({ client: containerApps }),
    estimate: estimateCost,
    policies: { gate: { dev: "warn", standard: "warn", production: "warn" }, waivers: [] },
    askAzure: (plan, signal) => gatherFacts(plan, reader, signal),
    recordPlan: (app) => record({ ...app, subscriptionId, entraTenantId: TENANT.tenantId }),
    registry: { id: registryId, loginServer },
    notify: [],
    appScheme: "https",
    autoScaling: true,
    maxRepairs: 1,
    defaultBudgetUsd: 500,
    deploymentTimeoutMs: 60_000,
    cancelBudgetMs: BUDGET_MS,
  } as Partial<WorkflowServices> as WorkflowServices;

  const hook: { at: AtStep } = { at: async () => {} };
  const work: AppRunnerOptions["work"] = (session) => runWork(hooked(session, (...args) => hook.at(...args)));
  /** A worker of this process. @param own in place of what a worker has */
  const startWorker = (own: Partial<AppRunnerOptions> = {}) => {
    const runner = new AppRunner({
      store,
      outbox,
      scheduler,
      services,
      redactor: new Redactor(),
      log,
      holder: `rig-${randomUUID().slice(0, 8)}`,
      leaseMs: 3_000,
      maxAttempts: 3,
      cancelPollMs: 20,
      work,
      cleanup: runCleanup,
      stopped: runStopped,
      random: () => 0,
      ...own,
    });
    const handle: AppRunner["handle"] = (message, signal) => runner.handle(message, signal);
    const consumer = new SessionConsumer({ client: bus, queue: "jobs", slots: 4, handle, log, lingerMs: 50 });
    consumer.start();
    return consumer;
  };
  const apps = new AppSources(store, store);
  const sources = new SourceStore(workspaces);
  const bring = async (appId: string, files: Readonly<Record<string, string>>) => {
    const saved = await sources.save(appId, filesOf(files));
    await apps.setSource(TENANT, appId, { ...saved, from: "upload", at: "2026-01-01T00:00:00Z" });
  };
  const job = (id: string) => ledger.job(TENANT, id);
  return {
    emulator,
    store,
    ledger,
    outbox,
    services,
    artifacts,
    workspaces,
    tasks,
    credential,
    startWorker,
    bring,
    job,
    /** What happens when steps begin, from now on. */
    at: (next: AtStep) => {
      hook.at = next;
    },
    newApp: async (files: Readonly<Record<string, string>> = SOURCE) => {
      const { appId } = await apps.create(TENANT, { title: "Nightly" });
      await bring(appId, files);
      return appId;
    },
    deploy: async (appId: string) => (await startDeployment(ledger, TENANT, appId)).jobId,
    add: async (appId: string, request: AppJob) => (await ledger.addToApp(TENANT, appId, request)).jobId,
    cancel: (id: string) => ledger.requestCancel(TENANT, id),
    ended: async (id: string, timeoutMs = 60_000): Promise<JobDocument> => {
      for (const end = performance.now() + timeoutMs; ; await sleep(20)) {
        const now = await job(id);
        if (isTerminal(now.state)) return now;
        if (performance.now() > end) throw new Error(`the job is ${JSON.stringify(now)}`);
      }
    },
    /** Steps that began, in order, and those whose evidence was taken over or doubted. */
    told: async (id: string, ...types: readonly string[]) => {
      const events = await ledger.events(TENANT, id, 0, 5_000);
      return events
        .filter(({ type }) => types.includes(type))
        .map(({ type, step, message }) => ({ type, step, message }));
    },
    /** Files of locks and cut-off operations beside an app's state. */
    remains: (appId: string): readonly string[] => {
      const state = join(folder, "state", ".pulumi");
      const locks = join(state, "locks", "organization", "devfactory-app", appId);
      const journal = join(state, "stacks", "devfactory-app", `${appId}.journal`);
      return [...(existsSync(locks) ? readdirSync(locks) : []), ...(existsSync(journal) ? [journal] : [])];
    },
    /** Who holds the app, what of the quota is in use, and its place in the queue. */
    held: async (appId: string) => {
      const lease = await store.read<LeaseDocument>(appPk(appId), "lease");
      const quota = await store.read<QuotaDocument>(tenantPk(TENANT.tenantId), "quota");
      return { holder: lease?.doc.holder, active: quota?.doc.active, place: await scheduler.place(appId) };
    },
    [Symbol.asyncDispose]: async () => {
      await outbox.stop();
      await bus.close();
      deployer.killAll();
      await emulator.stop();
      rmSync(program, { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type WorkflowRig = Awaited<ReturnType<typeof startWorkflowRig>>;

/** The session with an ear at the begin of every step; what the step does is its own. */
function hooked(session: JobSession, at: AtStep): JobSession {
  const step: JobSession["step"] = (own, input, signal) => {
    const run: typeof own.run = async (given, context) => {
      await at(own.name, context.job, context.signal);
      return own.run(given, context);
    };
    return Object.getPrototypeOf(session).step.call(session, { ...own, run }, input, signal);
  };
  return Object.assign(session, { step });
}
