import type { Database } from "@azure/cosmos";
import type { TokenCredential } from "@azure/identity";
import { tenantAudit } from "../api/tenantAudit.ts";
import type { Chores } from "../jobs/chores.ts";
import type { LedgerStore, ProjectionStore } from "../jobs/store.ts";
import { CosmosKeyRows } from "../keys/keyRows.ts";
import { KeyStore } from "../keys/keyStore.ts";
import type { Logger } from "../logger.ts";
import { Endpoints } from "../notify/endpoints.ts";
import { Mailer, SMTP_PASSWORD } from "../notify/mailer.ts";
import { Sender } from "../notify/sender.ts";
import { KeyVaultHelper } from "../orchestrator/keyVaultHelper.ts";
import { OutboundClient } from "../outbound/outboundClient.ts";
import { outboundRules } from "../outbound/outboundRules.ts";
import type { Redactor } from "../redact.ts";
import type { WorkerSettings } from "../settings.ts";

interface SenderParts {
  readonly store: LedgerStore & ProjectionStore;
  readonly database: Database;
  readonly chores: Chores;
  readonly log: Logger;
  readonly credential: TokenCredential;
  readonly redactor: Redactor;
}

/** The chore that tells tenants of the end of their jobs, with the clients that it needs. */
export function connectSender(
  env: Readonly<Record<string, string | undefined>>,
  now: () => WorkerSettings,
  { store, database, chores, log, credential, redactor }: SenderParts,
): Sender {
  const settings = now();
  const outbound = new OutboundClient(outboundRules(settings, env));
  const vault = new KeyVaultHelper(settings.AZURE_KEY_VAULT_ENDPOINT, credential, redactor);
  const keys = new KeyStore({
    rows: new CosmosKeyRows(database.container("keys")),
    wrapper: vault.wrapper(settings.DEVFACTORY_WRAPPING_KEY),
  });
  const endpoints = new Endpoints({ store, keys, outbound });
  const mailer = new Mailer({
    settings: () => now().DEVFACTORY_MAIL,
    password: () => vault.secret(SMTP_PASSWORD),
    reach: settings.DEVFACTORY_OUTBOUND,
  });
  return new Sender({ store, endpoints, outbound, mailer, chores, notice: tenantAudit(store), log });
}
