import { setDefaultCACertificates } from "node:tls";
import { CosmosKeyRows, type DataKeyRow } from "@devfactory/automation/keys/keyRows.ts";
import { KeyStore } from "@devfactory/automation/keys/keyStore.ts";
import { KeyVaultHelper } from "@devfactory/automation/orchestrator/keyVaultHelper.ts";
import { Redactor } from "@devfactory/automation/redact.ts";
import { startCosmos } from "@devfactory/emulator/services/cosmos/harness.ts";
import { startVault } from "@devfactory/emulator/services/keyVault/harness.ts";
import { expect, it } from "vitest";
import { shakyCalls, wayTo } from "./faultRate.ts";

const ADA = { tenantId: "t1", userId: "ada" };
const CANARY = "sk-canary-0123456789abcdef";

it("keys of tenants are kept in Cosmos DB under a key of Key Vault, through rotation and while the key is disabled", async () => {
  await using cosmos = await startCosmos();
  await using vault = await startVault();
  setDefaultCACertificates([cosmos.context.certificates.ca, vault.context.certificates.ca]);
  await cosmos.container("keys", { partitionKey: { paths: ["/tenantId"], kind: "Hash" } });
  await vault.call("POST", "keys/user-keys/create", {
    kty: "RSA",
    key_size: 3072,
    key_ops: ["wrapKey", "unwrapKey", "sign", "verify"],
  });
  await using way = await wayTo(vault.uri, vault.context.certificates);
  const own = new CosmosKeyRows(cosmos.client().database("app").container("keys"));
  const rows = shakyCalls(own, ["read", "write", "remove"]);
  const fresh = () => {
    const helper = new KeyVaultHelper(way.url, vault.context.credential("officer"), new Redactor());
    return new KeyStore({ rows, wrapper: helper.wrapper("user-keys") });
  };
  const keys = fresh();
  expect((await keys.put(ADA, "openai", CANARY)).version).toBe(1);
  expect(await fresh().reveal(ADA, "openai")).toBe(CANARY);
  expect((await keys.put(ADA, "openai", `${CANARY}-2`)).version).toBe(2);

  await vault.call("POST", "keys/user-keys/rotate");
  expect(await fresh().reveal(ADA, "openai")).toBe(`${CANARY}-2`);
  const newest = (await vault.call("GET", "keys/user-keys")).body.key as { kid: string };
  const dataKey = (await own.read<DataKeyRow>(ADA.tenantId, "data-key"))?.row;
  expect(new URL(dataKey?.kekId ?? "").pathname).toBe(new URL(newest.kid).pathname);

  await vault.call("PATCH", "keys/user-keys", { attributes: { enabled: false } });
  await expect(fresh().reveal(ADA, "openai")).rejects.toMatchObject({ code: "KEYS_UNAVAILABLE" });
  await vault.call("PATCH", "keys/user-keys", { attributes: { enabled: true } });
  await keys.remove(ADA, "openai");
  await expect(fresh().reveal(ADA, "openai")).rejects.toMatchObject({ code: "KEY_NOT_FOUND" });
});
