/** A worker process as `automation/worker/main.ts` puts it together, for apps whose program is named and whose images are there. */
import { randomUUID } from "node:crypto";
import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { BlobServiceClient } from "@azure/storage-blob";
import { armClientOptions, armEndpoint } from "@devfactory/automation/azure/arm.ts";
import { createCredential } from "@devfactory/automation/azure/credential.ts";
import { deletedOf, freeNames } from "@devfactory/automation/care/freeNames.ts";
import { AppRevisions } from "@devfactory/automation/deploy/appRevisions.ts";
import { Deployer } from "@devfactory/automation/deploy/deployer.ts";
import { deployEnvironment } from "@devfactory/automation/deploy/environment.ts";
import { CosmosStore, cosmosDatabase } from "@devfactory/automation/jobs/cosmosStore.ts";
import { markOf, ownProcess, WORKER_MARK } from "@devfactory/automation/jobs/holderProcess.ts";
import { Outbox } from "@devfactory/automation/jobs/outbox.ts";
import { patientStore } from "@devfactory/automation/jobs/patientStore.ts";
import { Reservations } from "@devfactory/automation/jobs/reservations.ts";
import { createLogger } from "@devfactory/automation/logger.ts";
import { gatherFacts } from "@devfactory/automation/preflight/gatherFacts.ts";
import { SessionConsumer } from "@devfactory/automation/queue/consumer.ts";
import { createPublisher, serviceBusClient } from "@devfactory/automation/queue/serviceBus.ts";
import { Redactor } from "@devfactory/automation/redact.ts";
import { sharingOf } from "@devfactory/automation/schedule/limits.ts";
import { Scheduler } from "@devfactory/automation/schedule/scheduler.ts";
import { limitsOf, workerSettings } from "@devfactory/automation/settings.ts";
import { AppRunner } from "@devfactory/automation/worker/appRunner.ts";
import { deploy } from "@devfactory/automation/workflow/deploy.ts";
import { estimateCost } from "@devfactory/automation/workflow/estimateCost.ts";
import type { JobSession } from "@devfactory/automation/workflow/jobSession.ts";
import type { WorkflowServices } from "@devfactory/automation/workflow/services.ts";
import { runCleanup, runStopped, runWork } from "@devfactory/automation/workflow/work.ts";
import { parseAppSpec } from "@devfactory/stacks/spec/index.ts";

const { env } = process;
const settings = workerSettings(env);
const credential = createCredential(env);
const log = createLogger("worker", settings.LOG_LEVEL, new Redactor());
const { AZURE_COSMOS_ENDPOINT, AZURE_COSMOS_DATABASE, AZURE_SUBSCRIPTION_ID: subscriptionId } = settings;
const store = patientStore(new CosmosStore(cosmosDatabase(AZURE_COSMOS_ENDPOINT, AZURE_COSMOS_DATABASE, credential)));
const bus = serviceBusClient(settings.AZURE_SERVICE_BUS_HOST, credential);
const publisher = createPublisher(bus, settings.DEVFACTORY_QUEUE);
const limits = limitsOf(settings);
const scheduler = new Scheduler({ store, publisher, sharing: sharingOf(settings.DEVFACTORY_QUEUE_SLOTS, limits) });
const reservations = new Reservations(store, () => store.now(), limits);
const outbox = new Outbox({ store, publisher, scheduler, reservations, log });
const own = ownProcess();
const deployer = new Deployer({
  workDir: String(env.CHAOS_PROGRAM),
  environment: { ...deployEnvironment(env), ...(own ? { [WORKER_MARK]: markOf(own) } : {}) },
  pulumiRoot: String(env.DEVFACTORY_PULUMI_ROOT),
  azureWaitMs: settings.DEVFACTORY_AZURE_WAIT_MS,
  lockWaitMs: settings.DEVFACTORY_LOCK_WAIT_MS,
  ...(env.CHAOS_ESCALATION ? { escalationMs: JSON.parse(env.CHAOS_ESCALATION) as [number, number, number] } : {}),
});
const blobs = new BlobServiceClient(settings.AZURE_STORAGE_BLOB_ENDPOINT, credential);
const services = {
  workspaces: blobs.getContainerClient("workspaces"),
  artifacts: blobs.getContainerClient("jobs"),
  agents: {
    run: () => Promise.reject(new Error("no agents run here")),
    clear: async () => [],
    closeDoors: async () => {},
  },
  deployer,
  askAzure: (plan, signal) => gatherFacts(plan, { subscriptionId, ...armEndpoint(env), credential }, signal),
  freeNames: (appId, signal, only) =>
    freeNames(appId, { subscriptionId, ...armEndpoint(env), credential }, signal, only),
  deletedOf: (appId, signal) => deletedOf(appId, { subscriptionId, ...armEndpoint(env), credential }, signal),
  revisions: new AppRevisions({
    client: new ContainerAppsAPIClient(credential, subscriptionId, armClientOptions(env)),
  }),
  estimate: estimateCost,
  policies: { gate: settings.DEVFACTORY_POLICY_GATE, waivers: settings.DEVFACTORY_WAIVERS.waivers },
  registry: { id: settings.DEVFACTORY_REGISTRY_ID, loginServer: settings.AZURE_CONTAINER_REGISTRY_ENDPOINT },
  notify: [],
  appScheme: "https",
  defaultBudgetUsd: settings.DEVFACTORY_DEFAULT_BUDGET_USD,
  deploymentTimeoutMs: settings.DEPLOYMENT_TIMEOUT_MS,
  cancelBudgetMs: settings.DEVFACTORY_CANCEL_BUDGET_MS,
} as Partial<WorkflowServices> as WorkflowServices;

/** The deploy step of an app whose shape, round and profile are the job's prompt; a destroy is the platform's own. */
async function work(session: JobSession): ReturnType<typeof runWork> {
  const { job } = session.options;
  if (job.kind === "destroy") return runWork(session);
  const [, , profile] = job.prompt.split(" ");
  const parsed = parseAppSpec({
    version: 1,
    ...(profile && { profile }),
    name: "chaos",
    title: job.prompt,
    services: [{ name: "nightly", kind: "job" }],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { spec } = parsed;
  const done = await session.step(deploy, { spec, images: {}, tenantId: job.tenantId });
  await session.commit((_, app) => ({
    app: { status: "live", spec, services: done.services, iteration: app.iteration + 1 },
  }));
  return { kind: "done" };
}

const runner = new AppRunner({
  store,
  outbox,
  scheduler,
  services,
  redactor: new Redactor(),
  log,
  holder: `chaos-${randomUUID().slice(0, 8)}`,
  ...(own ? { process: own } : {}),
  leaseMs: settings.DEVFACTORY_LEASE_MS,
  maxAttempts: settings.DEVFACTORY_MAX_ATTEMPTS,
  work,
  cleanup: runCleanup,
  stopped: runStopped,
});
const consumer = new SessionConsumer({
  client: bus,
  queue: settings.DEVFACTORY_QUEUE,
  slots: settings.MAX_CONCURRENT_DEPLOYMENTS,
  handle: (message, signal) => runner.handle(message, signal),
  log,
});
consumer.start();
outbox.startSweeping(1_000);
process.stdout.write("ready\n");
