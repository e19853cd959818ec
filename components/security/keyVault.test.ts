import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { productionLock, rawResources, record, resolved, TENANT_ID, TEST_TAGS, testContext } from "../testing/index.ts";
import { KeyVault } from "./keyVault.ts";

const SDK_DEFAULTS = { publicNetworkAccess: "enabled" };

it.each([
  { profile: "dev", days: 7, vaultName: "kv-clinic-dev-vecp3l" },
  { profile: "production", days: 90, vaultName: "kv-clinic-prod-5y4f7k" },
] as const)(
  "$profile: purge protection for $days days, roles instead of policies",
  async ({ profile, days, vaultName }) => {
    const made = await record(() => new KeyVault("vault", { context: testContext(profile) }));
    const properties = {
      tenantId: TENANT_ID,
      sku: { family: "A", name: "standard" },
      enableRbacAuthorization: true,
      enableSoftDelete: true,
      softDeleteRetentionInDays: days,
      enablePurgeProtection: true,
      enabledForDeployment: false,
      enabledForDiskEncryption: false,
      enabledForTemplateDeployment: false,
      ...SDK_DEFAULTS,
    };
    const tags = { ...TEST_TAGS, "devfactory-component": "vault" };
    expect(rawResources(made)).toEqual({
      "vault-vault": ["keyvault:Vault", { vaultName, resourceGroupName: "rg", location: "eastus", properties, tags }],
      ...(profile === "production" && {
        "vault-lock": productionLock("lock-clinic-prod-3vaw4c", `Microsoft.KeyVault/vaults/${vaultName}`),
      }),
    });
  },
);

it("everything on: audit log, and a key that the vault rotates", async () => {
  const workspaceId = pulumi.output("/workspace");
  const made = await record(
    () => new KeyVault("vault", { context: testContext("dev", { workspaceId }), keys: ["user-keys"] }),
  );
  const raw = rawResources(made);
  expect(Object.keys(raw).sort()).toEqual(["vault-diagnostics", "vault-key-user-keys", "vault-vault"]);
  expect(raw["vault-diagnostics"]?.[1]).toEqual(EVERYTHING_ON_VAULT_DIAGNOSTICS);
  expect(raw["vault-key-user-keys"]?.[1]).toEqual({
    resourceGroupName: "rg",
    vaultName: "kv-clinic-dev-vecp3l",
    keyName: "user-keys",
    properties: {
      kty: "RSA",
      keySize: 3072,
      keyOps: ["wrapKey", "unwrapKey", "sign", "verify"],
      rotationPolicy: {
        attributes: { expiryTime: "P2Y" },
        lifetimeActions: [{ trigger: { timeAfterCreate: "P180D" }, action: { type: "rotate" } }],
      },
    },
  });
});

it.each([
  ["dev", undefined, "standard", "RSA"],
  ["dev", "premium", "premium", "RSA-HSM"],
  ["production", undefined, "premium", "RSA-HSM"],
  ["production", "standard", "standard", "RSA"],
] as const)("keys in %s with sku %s: a %s vault, key type %s", async (profile, sku, name, kty) => {
  const context = testContext(profile);
  const raw = rawResources(await record(() => new KeyVault("vault", { context, keys: ["k"], ...(sku && { sku }) })));
  expect(raw["vault-vault"]?.[1]).toMatchObject({ properties: { sku: { family: "A", name } } });
  expect(raw["vault-key-k"]?.[1]).toMatchObject({ properties: { kty } });
});

it("a secret has an address without a version", async () => {
  const made = await record(() =>
    resolved(new KeyVault("vault", { context: testContext("dev") }).secret("stripe").url),
  );
  expect(made.result).toBe("https://kv-clinic-dev-vecp3l.vault.azure.net/secrets/stripe");
});

it("asking for a key that was not declared says which children there are", async () => {
  const made = record(() => new KeyVault("vault", { context: testContext("dev") }).wrappingKey("other"));
  await expect(made).rejects.toThrow("KeyVault vault did not make a child key-other; there are: vault.");
});

// All that is told to Azure, whole; names and ids follow from the context of tests.
const EVERYTHING_ON_VAULT_DIAGNOSTICS = {
  logs: [
    {
      categoryGroup: "audit",
      enabled: true,
    },
  ],
  name: "diag-clinic-dev-mm73mp",
  resourceUri:
    "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv-clinic-dev-vecp3l",
  workspaceId: "/workspace",
};
