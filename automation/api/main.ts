import { BlobLinks } from "../azure/blobLinks.ts";
import { blobService } from "../azure/blobService.ts";
import { createCredential, credentialSource } from "../azure/credential.ts";
import { Expiries } from "../care/expiries.ts";
import { expiryRules } from "../care/expiry.ts";
import { AppSources } from "../jobs/appSources.ts";
import { CosmosStore, cosmosDatabase } from "../jobs/cosmosStore.ts";
import { formedStore } from "../jobs/forms.ts";
import { JobWatch } from "../jobs/jobWatch.ts";
import { JobLedger } from "../jobs/ledger.ts";
import { MeasuredDurations } from "../jobs/measuredDurations.ts";
import { Outbox } from "../jobs/outbox.ts";
import { patientStore } from "../jobs/patientStore.ts";
import { Reservations } from "../jobs/reservations.ts";
import { TenantPlans } from "../jobs/tenantPlans.ts";
import { CosmosKeyRows } from "../keys/keyRows.ts";
import { KeyStore } from "../keys/keyStore.ts";
import { createLogger } from "../logger.ts";
import { createModels } from "../models/createModels.ts";
import { announcing } from "../notify/announce.ts";
import { Endpoints } from "../notify/endpoints.ts";
import { KeyVaultHelper } from "../orchestrator/keyVaultHelper.ts";
import { VaultSettings } from "../orchestrator/vaultSettings.ts";
import { OutboundClient } from "../outbound/outboundClient.ts";
import { outboundRules } from "../outbound/outboundRules.ts";
import { createPublisher, serviceBusClient } from "../queue/serviceBus.ts";
import { Redactor } from "../redact.ts";
import { Scheduler } from "../schedule/scheduler.ts";
import { apiSettings, COMMON_IN_VAULT, currentLimits, currentSharing, list, v2Options } from "../settings.ts";
import { SourceIntake } from "../source/intake.ts";
import { SourceStore } from "../source/sourceStore.ts";
import { measuredStore } from "../telemetry/measuredStore.ts";
import { startTelemetry } from "../telemetry/telemetry.ts";
import { Deliveries } from "../webhooks/deliveries.ts";
import { deliveryWork } from "../webhooks/deliveryWork.ts";
import { Repositories } from "../webhooks/repositories.ts";
import { stripeClient } from "../webhooks/stripeClient.ts";
import { vaultSecrets } from "../webhooks/vaultSecrets.ts";
import { createApp } from "./app.ts";
import { TokenVerifier } from "./auth.ts";
import { startServer } from "./server.ts";
import { tenantAudit } from "./tenantAudit.ts";

const SWEEP_MS = 10_000;

async function main(): Promise<void> {
  const { env } = process;
  const first = apiSettings(env);
  const redactor = new Redactor();
  for (const name of ["IDENTITY_HEADER", "AZURE_CLIENT_SECRET"]) redactor.add(env[name]);
  const log = createLogger("api", first.LOG_LEVEL, redactor);
  const credential = createCredential(env);
  const telemetry = await startTelemetry({ service: "api", environment: env, redactor, credential: () => credential });
  const vault = new KeyVaultHelper(first.AZURE_KEY_VAULT_ENDPOINT, credential, redactor);
  const live = await VaultSettings.open({ vault, names: COMMON_IN_VAULT, environment: env, read: apiSettings, log });
  const now = () => live.current;
  const settings = now();
  log.level = settings.LOG_LEVEL;
  live.onChange(({ LOG_LEVEL }) => {
    log.level = LOG_LEVEL;
  });
  live.start();
  const database = cosmosDatabase(settings.AZURE_COSMOS_ENDPOINT, settings.AZURE_COSMOS_DATABASE, credential);
  const cosmos = patientStore(formedStore(new CosmosStore(database)));
  const store = telemetry.isOn ? measuredStore(cosmos) : cosmos;
  const bus = serviceBusClient(settings.AZURE_SERVICE_BUS_HOST, credential);
  const publisher = createPublisher(bus, settings.DEVFACTORY_QUEUE);
  const limits = currentLimits(now);
  const reservations = new Reservations(store, () => store.now(), limits);
  const sharing = currentSharing(now);
  const scheduler = new Scheduler({ store, publisher, sharing });
  const outbox = new Outbox({ store, publisher, scheduler, reservations, log, ...announcing(store) });
  const blobs = blobService(settings.AZURE_STORAGE_BLOB_ENDPOINT, credential);
  const apps = new AppSources(store, store);
  const workspaces = new SourceStore(blobs.getContainerClient("workspaces"));
  const repositories = new Repositories(store);
  const outbound = new OutboundClient(outboundRules(settings, env));
  const gitHosts = list(settings.DEVFACTORY_GIT_HOSTS);
  const sources = new SourceIntake({
    store: workspaces,
    apps,
    git: { hosts: gitHosts, outbound },
    onGit: (appId, url) => repositories.connect(appId, url),
  });
  const ledger = new JobLedger({ store, limitsOf: limits, dispatch: outbox.dispatch });
  const plans = new TenantPlans(store);
  const stripe = () => stripeClient(vault, settings.STRIPE_API_BASE);
  const work = deliveryWork({ repositories, sources, ledger, plans, stripe, log });
  const deliveries = new Deliveries({ store, work, log });
  const expiries = new Expiries({ store, projections: store, rules: () => expiryRules(now()) });
  const rows = new CosmosKeyRows(database.container("keys"));
  const keys = new KeyStore({
    rows,
    wrapper: vault.wrapper(settings.DEVFACTORY_WRAPPING_KEY),
  });
  const models = createModels({ rows, keys, outbound, upstreams: settings.DEVFACTORY_MODEL_UPSTREAMS, log });
  const app = createApp({
    apps,
    expiries,
    durations: new MeasuredDurations(store),
    sources,
    gitHosts,
    ledger,
    jobWatch: new JobWatch({ store, log }),
    store,
    scheduler,
    limitsOf: limits,
    projections: store,
    verifier: new TokenVerifier({
      authority: settings.DEVFACTORY_AUTHORITY,
      audience: settings.DEVFACTORY_API_CLIENT_ID,
      tenants: list(settings.DEVFACTORY_TENANTS),
      clients: list(settings.DEVFACTORY_CLIENTS),
    }),
    artifacts: blobs.getContainerClient("jobs"),
    links: new BlobLinks(blobs),
    attachments: blobs.getContainerClient("feedback"),
    keys,
    models,
    endpoints: new Endpoints({ store, keys, outbound, mail: () => now().DEVFACTORY_MAIL }),
    webhooks: { secrets: vaultSecrets(vault), deliveries },
    tenantAudit: tenantAudit(store),
    log,
    ready: () => store.ping(),
    isDegraded: () => live.isDegraded || vault.isDegraded,
    dependencies: {
      ledger: () => store.ping(),
      queue: () => publisher.check(),
      storage: async (abortSignal) => void (await blobs.getContainerClient("jobs").getProperties({ abortSignal })),
      vault: () => vault.check(settings.DEVFACTORY_WRAPPING_KEY),
    },
    v2: v2Options(settings),
    dashboardOrigins: list(settings.DEVFACTORY_DASHBOARD_ORIGIN),
  });
  const { server, port } = await startServer(app.fetch, { port: settings.PORT });
  log.info({ port, credential: credentialSource(env) }, "api ready");
  outbox.startSweeping(SWEEP_MS);
  deliveries.startSweeping(SWEEP_MS);

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, "api stops");
    // Event streams stay open for long: clients come back with Last-Event-ID.
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    setTimeout(() => server.closeAllConnections(), 3_000).unref();
    await closed;
    await deliveries.stop();
    await outbox.stop();
    await publisher.close();
    await bus.close();
    await telemetry.stop();
  };
  process.on("SIGTERM", () => void stop("SIGTERM"));
  process.on("SIGINT", () => void stop("SIGINT"));
}

await main();
