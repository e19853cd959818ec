import type { TokenCredential } from "@azure/identity";
import type { KeyRows } from "../keys/keyRows.ts";
import { KeyStore } from "../keys/keyStore.ts";
import { KeyVaultHelper } from "../orchestrator/keyVaultHelper.ts";
import { OutboundClient } from "../outbound/outboundClient.ts";
import { outboundRules } from "../outbound/outboundRules.ts";
import type { Redactor } from "../redact.ts";
import { pushVersion } from "../repos/pushVersion.ts";
import { list, type WorkerSettings } from "../settings.ts";
import type { WorkflowServices } from "../workflow/services.ts";

interface RepoParts {
  readonly rows: KeyRows;
  readonly credential: TokenCredential;
  readonly redactor: Redactor;
}

/** The way to people's repositories, with the tokens that their tenants brought. */
export function connectRepos(
  env: Readonly<Record<string, string | undefined>>,
  settings: WorkerSettings,
  { rows, credential, redactor }: RepoParts,
): WorkflowServices["repos"] {
  const vault = new KeyVaultHelper(settings.AZURE_KEY_VAULT_ENDPOINT, credential, redactor);
  const keys = new KeyStore({ rows, wrapper: vault.wrapper(settings.DEVFACTORY_WRAPPING_KEY) });
  const outbound = new OutboundClient(outboundRules(settings, env));
  const hosts = list(settings.DEVFACTORY_GIT_HOSTS);
  return {
    token: (tenantId, provider) => keys.reveal({ tenantId }, provider),
    push: (version, token, signal) => pushVersion(version, { hosts, outbound, token, signal }),
  };
}
