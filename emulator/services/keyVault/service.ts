import type { EmulatorContext, EmulatorService } from "../../core/context.ts";
import { keyVaultHooks, VAULT_TYPE } from "./hooks.ts";
import { Vaults } from "./vaults.ts";

/** The service, with the deleted vaults that ARM lists and purges under `Microsoft.KeyVault/locations/{l}/deletedVaults`. */
export interface KeyVaultService extends EmulatorService {
  readonly vaults: Pick<Vaults, "deleted" | "findDeleted" | "purge">;
}

/** Azure Key Vault: vaults with soft delete, secrets and keys, and their data plane (REST 7.6). */
export function createKeyVault(context: EmulatorContext): KeyVaultService {
  const vaults = new Vaults(context);
  return {
    name: "keyVault",
    vaults,
    hooks: keyVaultHooks(vaults),
    async start() {
      await Promise.all(context.resources.list(VAULT_TYPE).map((resource) => vaults.open(resource)));
    },
    stop: () => vaults.closeAll(),
  };
}
