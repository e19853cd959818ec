import { AutomationError } from "../errors.ts";
import type { KeyVaultHelper } from "../orchestrator/keyVaultHelper.ts";
import { secretNames, type WebhookSecrets } from "./signature.ts";

/** Secrets of senders from the vault; a new one is taken within five minutes. */
export function vaultSecrets(vault: Pick<KeyVaultHelper, "secret">): WebhookSecrets {
  return {
    of: async (source) => {
      const names = secretNames(source);
      const found = await Promise.all(names.map((name) => vault.secret(name)));
      const secrets = found.filter((each) => each !== undefined && each !== "");
      if (secrets.length === 0) throw new AutomationError("WEBHOOK_NOT_CONFIGURED", { source, name: names[0] });
      return secrets as readonly string[];
    },
  };
}
