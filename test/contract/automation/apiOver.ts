import { createApp } from "@devfactory/automation/api/app.ts";
import { tenantAudit } from "@devfactory/automation/api/tenantAudit.ts";
import { AppSources } from "@devfactory/automation/jobs/appSources.ts";
import { CosmosStore } from "@devfactory/automation/jobs/cosmosStore.ts";
import { patientStore } from "@devfactory/automation/jobs/patientStore.ts";
import { CosmosKeyRows } from "@devfactory/automation/keys/keyRows.ts";
import { KeyStore } from "@devfactory/automation/keys/keyStore.ts";
import type { KeyVaultHelper } from "@devfactory/automation/orchestrator/keyVaultHelper.ts";
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
  const principal = { ...TENANT, granted: new Set(["Jobs.Read", "Jobs.Write"]), roles: new Set(["operator"]) };
  return createApp({
    apps,
    sources: new SourceIntake({ store: new SourceStore(blobs.client()), apps, git: { hosts: [] } }),
    ledger: house.rawLedger,
    store,
    projections: store,
    scheduler: house.scheduler,
    limitsOf: house.limits,
    verifier: { verify: async () => principal },
    artifacts: blobs.client(),
    attachments: blobs.client(),
    keys: new KeyStore({
      rows: new CosmosKeyRows(house.database.container("keys")),
      wrapper: vault.wrapper("wrapping"),
    }),
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
