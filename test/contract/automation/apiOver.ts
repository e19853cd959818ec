import type { ContainerClient } from "@azure/storage-blob";
import { createApp } from "@devfactory/automation/api/app.ts";
import type { TokenVerifier } from "@devfactory/automation/api/auth.ts";
import { tenantAudit } from "@devfactory/automation/api/tenantAudit.ts";
import { Expiries } from "@devfactory/automation/care/expiries.ts";
import { AppSources } from "@devfactory/automation/jobs/appSources.ts";
import { JobWatch } from "@devfactory/automation/jobs/jobWatch.ts";
import { MeasuredDurations } from "@devfactory/automation/jobs/measuredDurations.ts";
import { CosmosKeyRows } from "@devfactory/automation/keys/keyRows.ts";
import { KeyStore } from "@devfactory/automation/keys/keyStore.ts";
import { createModels } from "@devfactory/automation/models/createModels.ts";
import { ModelUpstreams } from "@devfactory/automation/models/upstreams.ts";
import { Endpoints } from "@devfactory/automation/notify/endpoints.ts";
import type { KeyVaultHelper } from "@devfactory/automation/orchestrator/keyVaultHelper.ts";
import { OutboundClient } from "@devfactory/automation/outbound/outboundClient.ts";
import { SourceIntake } from "@devfactory/automation/source/intake.ts";
import { SourceStore } from "@devfactory/automation/source/sourceStore.ts";
import { MemoryContainer } from "@devfactory/automation/source/testing/memoryContainer.ts";
import { Deliveries } from "@devfactory/automation/webhooks/deliveries.ts";
import type { DeliveryWork } from "@devfactory/automation/webhooks/documents.ts";
import { vaultSecrets } from "@devfactory/automation/webhooks/vaultSecrets.ts";
import { shakyCalls } from "./faultRate.ts";
import { type openHouse, TENANT } from "./house.ts";

/** The containers of blobs that the API uses. */
export interface ApiBlobs {
  readonly workspaces: ContainerClient;
  readonly jobs: ContainerClient;
  readonly feedback: ContainerClient;
}

function inMemory(): ApiBlobs {
  const client = () => new MemoryContainer().client();
  return { workspaces: client(), jobs: client(), feedback: client() };
}

type House = Awaited<ReturnType<typeof openHouse>>;
const OPERATOR = { ...TENANT, granted: new Set(["Jobs.Read", "Jobs.Write"]), roles: new Set(["operator"]) };

/** The API of a house: real store and queue; without a verifier whoever asks is an operator of the tenant. */
export function apiOver(
  house: Pick<House, "database" | "limits" | "log" | "rawLedger" | "scheduler" | "storeAt">,
  vault: Pick<KeyVaultHelper, "secret" | "wrapper">,
  {
    blobs = inMemory(),
    work = async () => undefined,
    verifier = { verify: async () => OPERATOR },
  }: {
    readonly blobs?: ApiBlobs;
    readonly work?: (work: DeliveryWork) => Promise<void>;
    readonly verifier?: Pick<TokenVerifier, "verify">;
  } = {},
) {
  const store = house.storeAt();
  const apps = new AppSources(store, store);
  const outbound = new OutboundClient({ reach: "loopback" });
  const wrapper = vault.wrapper("wrapping");
  const rows = shakyCalls(new CosmosKeyRows(house.database.container("keys")), ["read", "write", "remove"]);
  const keys = new KeyStore({ rows, wrapper });
  const rules = { noticeMs: 86_400_000, graceMs: 86_400_000 };
  return createApp({
    apps,
    sources: new SourceIntake({ store: new SourceStore(blobs.workspaces), apps, git: { hosts: [], outbound } }),
    gitHosts: [],
    ledger: house.rawLedger,
    store,
    projections: store,
    scheduler: house.scheduler,
    limitsOf: house.limits,
    verifier,
    artifacts: blobs.jobs,
    attachments: blobs.feedback,
    keys,
    models: createModels({ rows, keys, outbound, upstreams: ModelUpstreams.parse({}), log: house.log }),
    endpoints: new Endpoints({ store, keys, outbound }),
    expiries: new Expiries({ store, projections: store, rules: () => rules }),
    durations: new MeasuredDurations(store),
    jobWatch: new JobWatch({ store, log: house.log }),
    links: {
      make: async ({ blob }) => ({ url: `https://blobs.example/${blob}`, expiresAt: "2026-01-01T00:15:00.000Z" }),
    },
    dependencies: { ledger: () => store.ping() },
    webhooks: {
      secrets: vaultSecrets(vault),
      deliveries: new Deliveries({ store, work, log: house.log }),
    },
    tenantAudit: tenantAudit(store),
    log: house.log,
    ready: () => store.ping(),
    v2: { share: 100 },
    dashboardOrigins: [],
  });
}
