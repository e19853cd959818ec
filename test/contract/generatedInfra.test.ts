// The Pulumi program that a generated app carries makes the database as devfactory.yaml sizes it.
import { expect, it } from "vitest";
import { record } from "../../components/testing/index.ts";
import { type DatabaseResource, makeDatabase } from "../../runtime/templates/web-hono/infra/infra/database.ts";

async function serverOf(resource: DatabaseResource) {
  const identity = { principalId: "p", name: "id-clinic" } as unknown as Parameters<typeof makeDatabase>[1]["identity"];
  const { resources } = await record(() => {
    makeDatabase(resource, { resourceGroupName: "rg", tenantId: "t", identity });
  });
  const server = resources.find(({ type }) => type === "azure-native:dbforpostgresql:Server");
  const { sku, storage, highAvailability } = server?.inputs ?? {};
  return { sku, storage, highAvailability };
}

it.each([
  [{}, "Standard_B1ms", "Burstable", 32, "Disabled"],
  [
    { storageGb: 128, sku: "Standard_D2s_v3", highAvailability: true },
    "Standard_D2s_v3",
    "GeneralPurpose",
    128,
    "ZoneRedundant",
  ],
  [{ sku: "Standard_E4ds_v5" }, "Standard_E4ds_v5", "MemoryOptimized", 32, "Disabled"],
])("%j becomes a server %s", async (sizes, name, tier, storageSizeGB, mode) => {
  expect(await serverOf({ name: "db", kind: "postgres", ...sizes })).toEqual({
    sku: { name, tier },
    storage: { storageSizeGB },
    highAvailability: { mode, standbyAvailabilityZone: "" }, // filled in by the provider's SDK
  });
});
