export { createKeyVault, type KeyVaultService } from "./service.ts";
export type { DeletedVault } from "./vaults.ts";
