import { createApp } from "@devfactory/automation/api/app.ts";
import { tenantAudit } from "@devfactory/automation/api/tenantAudit.ts";
import { Expiries } from "@devfactory/automation/care/expiries.ts";
import { AppSources } from "@devfactory/automation/jobs/appSources.ts";
import { CosmosStore } from "@devfactory/automation/jobs/cosmosStore.ts";
import { JobWatch } from "@devfactory/automation/jobs/jobWatch.ts";
import { MeasuredDurations } from "@devfactory/automation/jobs/measuredDurations.ts";
import { patientStore } from "@devfactory/automation/jobs/patientStore.ts";
import { CosmosKeyRows } from "@devfactory/automation/keys/keyRows.ts";
import { KeyStore } from "@devfactory/automation/keys/keyStore.ts";
import { Endpoints } from "@devfactory/automation/notify/endpoints.ts";
import type { KeyVaultHelper } from "@devfactory/automation/orchestrator/keyVaultHelper.ts";
import { OutboundClient } from "@devfactory/automation/outbound/outboundClient.ts";
import { SourceIntake } from "@devfactory/automation/source/intake.ts";
import { SourceStore } from "@devfactory/automation/source/sourceStore.ts";
import { MemoryContainer } from "@devfactory/automation/source/testing/memoryContainer.ts";
import { Deliveries } from "@devfactory/automation/webhooks/deliveries.ts";
import { vaultSecrets } from "@devfactory/automation/webhooks/vaultSecrets.ts";
import { type openHouse, TENANT } from "./house.ts";

/** The API of a house: real store and queue; who asks is always an operator of the tenant, and blobs are kept in memory. */
export function apiOver(
  house: Awaited<ReturnType<typeof openHouse>>,
  vault: Pick<KeyVaultHelper, "secret" | "wrapper">,
) {
  const store = patientStore(new CosmosStore(house.database));
  const apps = new AppSources(store, store);
  const blobs = new MemoryContainer();
  const outbound = new OutboundClient({ reach: "loopback" });
  const wrapper = vault.wrapper("wrapping");
  const keys = new KeyStore({ rows: new CosmosKeyRows(house.database.container("keys")), wrapper });
  const rules = { noticeMs: 86_400_000, graceMs: 86_400_000 };
  const principal = { ...TENANT, granted: new Set(["Jobs.Read", "Jobs.Write"]), roles: new Set(["operator"]) };
  return createApp({
    apps,
    sources: new SourceIntake({ store: new SourceStore(blobs.client()), apps, git: { hosts: [], outbound } }),
    ledger: house.rawLedger,
    store,
    projections: store,
    scheduler: house.scheduler,
    limitsOf: house.limits,
    verifier: { verify: async () => principal },
    artifacts: blobs.client(),
    attachments: blobs.client(),
    keys,
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
      deliveries: new Deliveries({ store, work: async () => undefined, log: house.log }),
    },
    tenantAudit: tenantAudit(store),
    log: house.log,
    ready: () => store.ping(),
    v2: { share: 100 },
    dashboardOrigins: [],
  });
}
