import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManagedServiceIdentityClient } from "@azure/arm-msi";
import { ResourceManagementClient } from "@azure/arm-resources";
import { ClientSecretCredential } from "@azure/identity";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../index.ts";

let emulator: Emulator;
let dataDir: string;
let resources: ResourceManagementClient;
let credential: ClientSecretCredential;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "devfactory-arm-"));
  emulator = await startEmulator({ dataDir, services: [] });
  const { tenantId, clientId, clientSecret } = emulator.developer;
  credential = new ClientSecretCredential(tenantId, clientId, clientSecret, {
    authorityHost: emulator.entra,
    disableInstanceDiscovery: true,
  });
  resources = new ResourceManagementClient(credential, emulator.subscriptionId, { endpoint: emulator.arm });
});

afterAll(async () => {
  await emulator.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe("resource groups through @azure/arm-resources", () => {
  it("a group is made, read, listed and removed", async () => {
    const made = await resources.resourceGroups.createOrUpdate("rg-one", { location: "West Europe", tags: { a: "1" } });
    expect(made).toMatchObject({
      name: "rg-one",
      location: "westeurope",
      tags: { a: "1" },
      properties: { provisioningState: "Succeeded" },
    });
    expect(await resources.resourceGroups.checkExistence("RG-ONE")).toBe(true);
    await resources.resourceGroups.beginDeleteAndWait("rg-one");
    expect(await resources.resourceGroups.checkExistence("rg-one")).toBe(false);
  });
});

it("an identity gets its ids", async () => {
  await resources.resourceGroups.createOrUpdate("rg-two", { location: "westeurope" });
  const msi = new ManagedServiceIdentityClient(credential, emulator.subscriptionId, { endpoint: emulator.arm });
  const made = await msi.userAssignedIdentities.createOrUpdate("rg-two", "id-one", { location: "westeurope" });
  expect(made.tenantId).toBe(emulator.developer.tenantId);
});
