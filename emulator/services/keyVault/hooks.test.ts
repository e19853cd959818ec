import { expect, it } from "vitest";
import { startVault, TENANT, VAULT_ID } from "./harness.ts";

const SECRETS = "Microsoft.KeyVault/vaults/secrets";
const KEYS = "Microsoft.KeyVault/vaults/keys";

it("a vault gets its address and the service's defaults", async () => {
  await using vault = await startVault();
  const { properties } = await vault.putVault();
  expect(properties).toEqual({
    tenantId: TENANT,
    sku: { family: "A", name: "standard" },
    enableRbacAuthorization: true,
    vaultUri: vault.uri,
    provisioningState: "Succeeded",
    enableSoftDelete: true,
    softDeleteRetentionInDays: 90,
    accessPolicies: [],
    publicNetworkAccess: "Enabled",
  });
});

it.each([
  [{ tenantId: undefined }, "tenantId"],
  [{ sku: undefined }, "sku"],
  [{ softDeleteRetentionInDays: 6 }, "7 to 90"],
  [{ tenantId: "other" }, "cannot be changed"],
])("a vault with %j is refused", async (properties, message) => {
  await using vault = await startVault();
  await expect(vault.putVault(properties)).rejects.toThrow(message);
});

it("the name of a deleted vault is held; recover brings all back, purge frees it", async () => {
  await using vault = await startVault();
  await vault.client().setSecret("s", "kept");
  await vault.removeVault();
  expect(vault.service.vaults.deleted().map(({ name, location }) => [name, location])).toEqual([
    ["Vault1", "westeurope"],
  ]);
  await expect(vault.putVault()).rejects.toMatchObject({ status: 409, code: "ConflictError" });
  await vault.putVault({ createMode: "recover" });
  expect((await vault.client().getSecret("s")).value).toBe("kept");
  await vault.removeVault();
  vault.service.vaults.purge("vault1");
  expect(vault.service.vaults.findDeleted("Vault1")).toBe(undefined);
  const { properties } = await vault.putVault();
  const fresh = await fetch(`${properties.vaultUri}secrets/s?api-version=7.6`, {
    headers: {
      authorization: `Bearer ${(await vault.context.credential("officer").getToken("https://vault.azure.net/.default"))?.token}`,
    },
  });
  expect(fresh.status).toBe(404);
});

it("ARM's purge ends the vault, and a second one does no harm", async () => {
  await using vault = await startVault();
  const hook = vault.service.hooks.find((each) => each.type === "Microsoft.KeyVault/vaults");
  const { id, name, type, properties } = await vault.putVault();
  await vault.removeVault();
  await hook?.purge?.({ id, name, type, properties });
  await hook?.purge?.({ id, name, type, properties });
  expect(vault.service.vaults.deleted()).toEqual([]);
});

it("a deleted vault under purge protection stays until its retention ends", async () => {
  await using vault = await startVault();
  await vault.putVault({ enablePurgeProtection: true, softDeleteRetentionInDays: 7 });
  await vault.removeVault();
  expect(() => vault.service.vaults.purge("Vault1")).toThrow("purge protection");
  expect(() => vault.service.vaults.purge("nothing")).toThrow("no deleted vault");
  vault.context.clock.shift(7 * 86_400_000);
  expect(vault.service.vaults.deleted()).toEqual([]);
  expect((await vault.putVault()).name).toBe("Vault1");
});

it("a secret through ARM is a secret of the vault, and the same PUT again makes no version", async () => {
  await using vault = await startVault();
  const id = `${VAULT_ID}/secrets/from-arm`;
  const first = await vault.put(id, SECRETS, { value: "one", contentType: "text/plain" });
  const again = await vault.put(id, SECRETS, { value: "one", contentType: "text/plain" });
  expect(again.properties.secretUriWithVersion).toBe(first.properties.secretUriWithVersion);
  expect(first.properties.secretUri).toBe(`${vault.uri}secrets/from-arm`);
  expect((await vault.client().getSecret("from-arm")).value).toBe("one");
  const changed = await vault.put(id, SECRETS, { value: "two", attributes: { exp: 2_000_000_000 } });
  expect(changed.properties.secretUriWithVersion).not.toBe(first.properties.secretUriWithVersion);
  expect((await vault.client().getSecret("from-arm")).properties.expiresOn).toEqual(new Date(2_000_000_000_000));
  expect(vault.service.hooks.find((each) => each.type === SECRETS)?.secretPaths).toEqual(["value"]);
});

it("ARM refuses a secret or key whose name a deleted one holds", async () => {
  await using vault = await startVault();
  await vault.put(`${VAULT_ID}/secrets/s`, SECRETS, { value: "one" });
  await vault.put(`${VAULT_ID}/keys/k`, KEYS, { kty: "EC" });
  await vault.call("DELETE", "secrets/s");
  await vault.call("DELETE", "keys/k");
  const conflict = { status: 409, code: "Conflict" };
  await expect(vault.put(`${VAULT_ID}/secrets/s`, SECRETS, { value: "two" })).rejects.toMatchObject(conflict);
  await expect(vault.put(`${VAULT_ID}/keys/k`, KEYS, { kty: "EC" })).rejects.toMatchObject(conflict);
});

it("a key through ARM is made once", async () => {
  await using vault = await startVault();
  const id = `${VAULT_ID}/keys/wrap`;
  const first = await vault.put(id, KEYS, { kty: "RSA", keySize: 2048, keyOps: ["wrapKey", "unwrapKey"] });
  const again = await vault.put(id, KEYS, { kty: "RSA", keySize: 2048 });
  expect(again.properties.keyUriWithVersion).toBe(first.properties.keyUriWithVersion);
  expect([first.properties.keyUri, first.properties.keyOps, first.properties.keySize]).toEqual([
    `${vault.uri}keys/wrap`,
    ["wrapKey", "unwrapKey"],
    2048,
  ]);
  await expect(vault.put(`${VAULT_ID}/keys/bad`, KEYS, { kty: "oct" })).rejects.toMatchObject({ status: 400 });
});
