import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { ContainerRegistryManagementClient } from "arm-registry-tasks";
import type { AgentHost } from "../agents/agentHost.ts";
import { AgentRunner } from "../agents/agentRunner.ts";
import { createAgentHost } from "../agents/createAgentHost.ts";
import { armClientOptions, armEndpoint } from "../azure/arm.ts";
import { blobService } from "../azure/blobService.ts";
import { createCredential, credentialSource } from "../azure/credential.ts";
import { imageSizes } from "../build/imageSize.ts";
import { RegistryBuilder } from "../build/registryBuilder.ts";
import { deletedOf, freeNames } from "../care/freeNames.ts";
import { surroundings } from "../care/surroundings.ts";
import { AppRevisions } from "../deploy/appRevisions.ts";
import { Deployer } from "../deploy/deployer.ts";
import { dnsLookup } from "../deploy/dnsRecords.ts";
import { deployEnvironment } from "../deploy/environment.ts";
import { CosmosStore, cosmosDatabase } from "../jobs/cosmosStore.ts";
import { formedStore } from "../jobs/forms.ts";
import { markOf, ownProcess, WORKER_MARK } from "../jobs/holderProcess.ts";
import { Outbox } from "../jobs/outbox.ts";
import { patientStore } from "../jobs/patientStore.ts";
import { Reservations } from "../jobs/reservations.ts";
import { CosmosKeyRows } from "../keys/keyRows.ts";
import { createLogger } from "../logger.ts";
import { ModelDoors } from "../models/modelDoors.ts";
import { RunTokens } from "../models/runTokens.ts";
import { announcing } from "../notify/announce.ts";
import { KeyVaultHelper } from "../orchestrator/keyVaultHelper.ts";
import { VaultSettings } from "../orchestrator/vaultSettings.ts";
import { recordSpec } from "../plan/planSpec.ts";
import { rememberRecordings } from "../plan/recordingCache.ts";
import { gatherFacts } from "../preflight/gatherFacts.ts";
import { SessionConsumer } from "../queue/consumer.ts";
import { createPublisher, serviceBusClient } from "../queue/serviceBus.ts";
import { Redactor } from "../redact.ts";
import { Scheduler } from "../schedule/scheduler.ts";
import { currentLimits, currentSharing, WORKER_IN_VAULT, type WorkerSettings, workerSettings } from "../settings.ts";
import { measuredStore } from "../telemetry/measuredStore.ts";
import { observeQueue } from "../telemetry/queueGauges.ts";
import { startTelemetry } from "../telemetry/telemetry.ts";
import { estimateCost } from "../workflow/estimateCost.ts";
import type { WorkflowServices } from "../workflow/services.ts";
import { runCleanup, runStopped, runWork } from "../workflow/work.ts";
import { AppRunner } from "./appRunner.ts";
import { connectRepos } from "./connectRepos.ts";
import { serveHealth } from "./health.ts";
import { startChores } from "./startChores.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const SWEEP_MS = 5_000;
const APP_PROGRAM = fileURLToPath(new URL("../../stacks/app", import.meta.url));

async function main(): Promise<void> {
  const { env } = process;
  const first = workerSettings(env);
  const redactor = new Redactor();
  for (const name of ["IDENTITY_HEADER", "AZURE_CLIENT_SECRET", "ARM_CLIENT_SECRET", "PULUMI_CONFIG_PASSPHRASE"])
    redactor.add(env[name]);
  redactor.add(passphrase(env));
  const log = createLogger("worker", first.LOG_LEVEL, redactor);
  const credential = createCredential(env);
  const live = await openSettings(first, env, credential, redactor, log);
  const now = () => live.current;
  const settings = now();
  const { AZURE_COSMOS_ENDPOINT, AZURE_COSMOS_DATABASE } = settings;
  const telemetry = await startTelemetry({
    service: "worker",
    environment: env,
    redactor,
    credential: () => credential,
  });
  const database = cosmosDatabase(AZURE_COSMOS_ENDPOINT, AZURE_COSMOS_DATABASE, credential);
  const cosmos = patientStore(formedStore(new CosmosStore(database)));
  const store = telemetry.isOn ? measuredStore(cosmos) : cosmos;
  const bus = serviceBusClient(settings.AZURE_SERVICE_BUS_HOST, credential);
  const publisher = createPublisher(bus, settings.DEVFACTORY_QUEUE);
  const limits = currentLimits(now);
  const reservations = new Reservations(store, () => store.now(), limits);
  const sharing = currentSharing(now);
  const scheduler = new Scheduler({ store, publisher, sharing });
  if (telemetry.isOn) observeQueue({ store, scheduler });
  const outbox = new Outbox({ store, publisher, scheduler, reservations, log, ...announcing(store) });
  const own = ownProcess();
  const deployer = new Deployer({
    workDir: APP_PROGRAM,
    environment: { ...deployEnvironment(env), ...(own ? { [WORKER_MARK]: markOf(own) } : {}) },
    ...(env.DEVFACTORY_PULUMI_ROOT ? { pulumiRoot: env.DEVFACTORY_PULUMI_ROOT } : {}),
    azureWaitMs: settings.DEVFACTORY_AZURE_WAIT_MS,
    lockWaitMs: settings.DEVFACTORY_LOCK_WAIT_MS,
  });
  const containerApps = new ContainerAppsAPIClient(credential, settings.AZURE_SUBSCRIPTION_ID, armClientOptions(env));
  const server = loginServerOf(settings);
  const agentHost = createAgentHost(settings, { credential, options: armClientOptions(env), containerApps, server });
  const keyRows = new CosmosKeyRows(database.container("keys"));
  const repos = connectRepos(env, settings, { rows: keyRows, credential, redactor });
  const doors = new ModelDoors({ tokens: new RunTokens(keyRows), gateway: settings.DEVFACTORY_MODEL_GATEWAY });
  const services = connect(env, now, credential, { deployer, containerApps, agentHost, repos, doors });
  const runner = new AppRunner({
    store,
    outbox,
    scheduler,
    redactor,
    log,
    services,
    holder: env.CONTAINER_APP_REPLICA_NAME ?? `${hostname()}-${process.pid}`,
    ...(own ? { process: own } : {}),
    leaseMs: settings.DEVFACTORY_LEASE_MS,
    maxAttempts: settings.DEVFACTORY_MAX_ATTEMPTS,
    work: runWork,
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
  const health = await serveHealth({
    port: settings.PORT,
    live: () => consumer.isAlive(),
    degraded: () => live.isDegraded,
    ready: async () => {
      await store.ping();
      return consumer.isConnected();
    },
    log,
  });
  outbox.startSweeping(SWEEP_MS);
  const azure = { subscriptionId: settings.AZURE_SUBSCRIPTION_ID, ...armEndpoint(env), credential };
  const around = surroundings(azure, deployer, loginServerOf(settings));
  const parts = { store, scheduler, outbox, reservations, database, log, credential, redactor, bus, limits, agentHost };
  const chores = startChores(env, now, { ...parts, surroundings: around, services });
  log.info(
    { credential: credentialSource(env), slots: settings.MAX_CONCURRENT_DEPLOYMENTS, port: health.port },
    "worker ready",
  );

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, "worker stops: running jobs are handed over");
    live.stop();
    chores.stop();
    await consumer.stop();
    await outbox.stop();
    await publisher.close();
    await telemetry.stop();
    log.info("worker stopped");
    // Free slots still wait at the broker and cannot be called back; leaving drops the connection and the waits with it.
    process.exit(0);
  };
  process.on("SIGTERM", () => void stop("SIGTERM"));
  process.on("SIGINT", () => void stop("SIGINT"));
  process.on("exit", () => deployer.killAll());
  // A rejection that nobody handles leaves the process in a state that nobody knows: end it, the ledger recovers the jobs.
  process.on("unhandledRejection", (error) => {
    log.fatal({ err: error }, "unhandled rejection");
    process.exit(1);
  });
}

/** The worker's settings, which follow the vault where it has one. */
async function openSettings(
  { AZURE_KEY_VAULT_ENDPOINT: uri }: WorkerSettings,
  environment: Environment,
  credential: ReturnType<typeof createCredential>,
  redactor: Redactor,
  log: ReturnType<typeof createLogger>,
): Promise<VaultSettings<WorkerSettings>> {
  const vault = uri === undefined ? {} : { vault: new KeyVaultHelper(uri, credential, redactor) };
  const live = await VaultSettings.open({ ...vault, names: WORKER_IN_VAULT, environment, read: workerSettings, log });
  log.level = live.current.LOG_LEVEL;
  live.onChange(({ LOG_LEVEL }) => {
    log.level = LOG_LEVEL;
  });
  live.start();
  return live;
}

/** What is made before the workflow's clients, because others use it too. */
interface Doors {
  readonly deployer: Deployer;
  readonly containerApps: ContainerAppsAPIClient;
  readonly agentHost: AgentHost;
  readonly repos: WorkflowServices["repos"];
  readonly doors: ModelDoors;
}

/** The clients of the workflow; what people may change while it runs is read when it is used. */
function connect(
  env: Environment,
  now: () => WorkerSettings,
  credential: ReturnType<typeof createCredential>,
  { deployer, containerApps, agentHost, repos, doors }: Doors,
): WorkflowServices {
  const settings = now();
  const options = armClientOptions(env);
  const blobs = blobService(settings.AZURE_STORAGE_BLOB_ENDPOINT, credential);
  const workspaces = blobs.getContainerClient("workspaces");
  const { AZURE_SUBSCRIPTION_ID: subscriptionId, DEVFACTORY_REGISTRY_ID: registryId } = settings;
  const { DEVFACTORY_OPERATOR_GROUP: operatorGroup } = settings;
  const record = rememberRecordings(recordSpec);
  const loginServer = loginServerOf(settings);
  return {
    workspaces,
    repos,
    lookupDns: dnsLookup(settings.DEVFACTORY_DNS_SERVER),
    revisions: new AppRevisions({ client: containerApps }),
    artifacts: blobs.getContainerClient("jobs"),
    deployer,
    agents: new AgentRunner({ host: agentHost, workspaces, doors }),
    builder: new RegistryBuilder(
      new ContainerRegistryManagementClient(credential, subscriptionId, options),
      registryId,
      loginServer,
      {
        cpu: settings.BUILD_CONTAINER_CPU,
        sizeOf: imageSizes(loginServer, credential),
      },
    ),
    estimate: estimateCost,
    askAzure: (plan, signal) => gatherFacts(plan, { subscriptionId, ...armEndpoint(env), credential }, signal),
    freeNames: (appId, signal, only) =>
      freeNames(appId, { subscriptionId, ...armEndpoint(env), credential }, signal, only),
    deletedOf: (appId, signal) => deletedOf(appId, { subscriptionId, ...armEndpoint(env), credential }, signal),
    recordPlan: (app) => record({ ...app, subscriptionId, entraTenantId: settings.AZURE_TENANT_ID ?? "" }),
    get policies() {
      const { DEVFACTORY_POLICY_GATE: gate, DEVFACTORY_WAIVERS: file } = now();
      return { gate, waivers: file.waivers };
    },
    registry: { id: registryId, loginServer },
    ...(operatorGroup && { operatorGroup }),
    get notify() {
      return now().DEVFACTORY_NOTIFY;
    },
    appScheme: settings.DEVFACTORY_APP_SCHEME,
    autoScaling: settings.ENABLE_AUTO_SCALING,
    multiRegion: settings.ENABLE_MULTI_REGION,
    get maxRepairs() {
      return now().DEVFACTORY_MAX_REPAIRS;
    },
    get defaultBudgetUsd() {
      return now().DEVFACTORY_DEFAULT_BUDGET_USD;
    },
    deploymentTimeoutMs: settings.DEPLOYMENT_TIMEOUT_MS,
    cancelBudgetMs: settings.DEVFACTORY_CANCEL_BUDGET_MS,
  };
}

function loginServerOf({ AZURE_CONTAINER_REGISTRY_ENDPOINT: endpoint }: WorkerSettings): string {
  return endpoint.replace(/^https?:\/\//, "").replace(/\/$/, "");
}

function passphrase(env: Environment): string | undefined {
  if (!env.PULUMI_CONFIG_PASSPHRASE_FILE) return undefined;
  try {
    return readFileSync(env.PULUMI_CONFIG_PASSPHRASE_FILE, "utf8").trim();
  } catch {
    return undefined;
  }
}

await main();
