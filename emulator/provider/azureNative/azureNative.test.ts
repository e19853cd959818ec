import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../index.ts";
import { createIdentityEndpoint } from "../../services/entra/index.ts";
import { TestProvider } from "../testing/client.ts";
import { AzureNative } from "./logic.ts";

const GROUP = "azure-native:resources:ResourceGroup";
const IDENTITY = "azure-native:managedidentity:UserAssignedIdentity";
const NETWORK = "azure-native:network:NetworkSecurityGroup";
const ASSIGNMENT = "azure-native:authorization:RoleAssignment";
const READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

let emulator: Emulator;
let dataDir: string;
let provider: TestProvider;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "devfactory-native-"));
  emulator = await startEmulator({ dataDir, services: [] });
  provider = await TestProvider.start(new AzureNative(emulator.env));
  await provider.create(GROUP, { resourceGroupName: "rg", location: "westeurope" });
});

afterAll(async () => {
  await provider[Symbol.asyncDispose]();
  await emulator.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe("check", () => {
  it("makes a name of the logical one, and takes the group's location", async () => {
    expect(await provider.check(IDENTITY, { resourceGroupName: "rg" })).toEqual({
      inputs: {
        resourceGroupName: "rg",
        resourceName: expect.stringMatching(/^thing[0-9a-f]{8}$/),
        location: "westeurope",
      },
      failures: [],
    });
  });

  it("keeps an automatic name that the resource has, and makes the same one of the same seed", async () => {
    const first = await provider.check(IDENTITY, { resourceGroupName: "rg" });
    expect(await provider.check(IDENTITY, { resourceGroupName: "rg" })).toEqual(first);
    const kept = await provider.check(IDENTITY, { resourceGroupName: "rg" }, { resourceName: "old1" });
    expect(kept.inputs.resourceName).toBe("old1");
  });

  it("says what is missing", async () => {
    expect((await provider.check(IDENTITY, { resourceName: "x" })).failures).toEqual([
      "missing required property 'resourceGroupName'",
    ]);
  });

  it("refuses a class that the local Azure does not serve", async () => {
    const { failures } = await provider.check("azure-native:quantum:Workspace", {});
    expect(failures).toEqual(["the local Azure does not serve azure-native:quantum:Workspace"]);
  });
});

describe("diff", () => {
  const inputs = { resourceGroupName: "rg", resourceName: "a", location: "westeurope", tags: { a: "1" } };

  it("a tag is an update, a path input and another region make the resource anew", async () => {
    expect(await provider.diff(IDENTITY, "/x", inputs, { ...inputs, tags: { a: "2" } })).toEqual({
      diffs: ["tags"],
      replaces: [],
      deleteBeforeReplace: false,
      detailed: ["tags.a:4"],
    });
    expect(await provider.diff(IDENTITY, "/x", inputs, { ...inputs, resourceName: "b" })).toMatchObject({
      replaces: ["resourceName"],
      deleteBeforeReplace: false,
    });
    expect(await provider.diff(IDENTITY, "/x", inputs, { ...inputs, location: "eastus" })).toMatchObject({
      replaces: ["location"],
      deleteBeforeReplace: true,
    });
  });

  it("a region that is only written differently, or that the resource has already, is no change", async () => {
    const spelled = await provider.diff(IDENTITY, "/x", inputs, { ...inputs, location: "West Europe" });
    expect(spelled.diffs).toEqual([]);
    const { location: _, ...without } = inputs;
    expect((await provider.diff(IDENTITY, "/x", without, inputs, inputs)).diffs).toEqual([]);
  });

  it("nested properties that Azure cannot change make the resource anew", async () => {
    const container = { resource: { id: "c", partitionKey: { paths: ["/a"] } } };
    const changed = { resource: { id: "c", partitionKey: { paths: ["/b"] } } };
    const diff = await provider.diff("azure-native:cosmosdb:SqlResourceSqlContainer", "/x", container, changed);
    expect(diff).toMatchObject({ replaces: ["resource"], detailed: ["resource.partitionKey.paths[0]:5"] });
  });
});

describe("resources", () => {
  it("a resource is created once, read, updated and deleted", async () => {
    const inputs = { resourceGroupName: "rg", resourceName: "id-a", location: "westeurope" };
    const made = await provider.create(IDENTITY, inputs);
    expect(made.id).toBe(
      `/subscriptions/${emulator.subscriptionId}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-a`,
    );
    expect(made.outputs).toMatchObject({
      name: "id-a",
      tenantId: emulator.developer.tenantId,
      azureApiVersion: "2023-01-31",
    });
    await expect(provider.create(IDENTITY, inputs)).rejects.toThrow(
      `cannot create already existing resource '${made.id}'`,
    );
    const updated = await provider.update(IDENTITY, made.id, inputs, { ...inputs, tags: { team: "x" } });
    expect(updated).toMatchObject({ tags: { team: "x" }, principalId: made.outputs.principalId });
    expect((await provider.read(IDENTITY, made.id, inputs)).outputs).toEqual(updated);
    await provider.delete(IDENTITY, made.id);
    expect((await provider.read(IDENTITY, made.id, inputs)).id).toBe("");
    await provider.delete(IDENTITY, made.id);
  });

  it("reading without inputs gives the inputs that an import needs", async () => {
    const { id } = await provider.create(IDENTITY, {
      resourceGroupName: "rg",
      resourceName: "id-b",
      location: "westeurope",
      tags: { a: "1" },
    });
    expect((await provider.read(IDENTITY, id)).inputs).toEqual({
      resourceGroupName: "rg",
      resourceName: "id-b",
      location: "westeurope",
      tags: { a: "1" },
    });
  });

  it("names that ARM nests deeper go down and come up again", async () => {
    const rule = { name: "web", access: "Allow", direction: "Inbound", priority: 100, protocol: "Tcp" };
    const inputs = {
      resourceGroupName: "rg",
      networkSecurityGroupName: "nsg",
      location: "westeurope",
      securityRules: [rule],
    };
    const { id, outputs } = await provider.create(NETWORK, inputs);
    expect(outputs.securityRules).toEqual([rule]);
    expect(emulator.context.resources.get(id)?.properties.securityRules).toEqual([
      { name: "web", properties: { access: "Allow", direction: "Inbound", priority: 100, protocol: "Tcp" } },
    ]);
  });

  it("a refusal carries ARM's code and message", async () => {
    const scope = `/subscriptions/${emulator.subscriptionId}/resourceGroups/rg`;
    const inputs = {
      scope,
      roleAssignmentName: "no-guid",
      principalId: emulator.developer.objectId,
      roleDefinitionId: READER,
    };
    await expect(provider.create(ASSIGNMENT, inputs)).rejects.toThrow('Status=400 Code="InvalidRoleAssignmentId"');
  });

  it("a preview knows the inputs and says of the rest that it is unknown", async () => {
    const { id, outputs } = await provider.create(
      IDENTITY,
      { resourceGroupName: "rg", resourceName: "p", location: "eastus" },
      true,
    );
    expect(id).toBe("");
    expect(outputs).toMatchObject({
      location: "eastus",
      name: "p",
      principalId: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    });
    expect(
      emulator.context.resources.list("Microsoft.ManagedIdentity/userAssignedIdentities").map((each) => each.name),
    ).not.toContain("p");
  });
});

describe("functions", () => {
  it("who we are", async () => {
    const { clientId, objectId, tenantId } = emulator.developer;
    expect(await provider.invoke("azure-native:authorization:getClientConfig", {})).toEqual({
      clientId,
      objectId,
      subscriptionId: emulator.subscriptionId,
      tenantId,
    });
  });

  it("a resource by its names", async () => {
    const found = await provider.invoke("azure-native:resources:getResourceGroup", { resourceGroupName: "rg" });
    expect(found).toMatchObject({
      id: `/subscriptions/${emulator.subscriptionId}/resourceGroups/rg`,
      location: "westeurope",
    });
  });
});

describe("sign-in", () => {
  it("a wrong secret is told as Entra tells it", async () => {
    await using wrong = await TestProvider.start(new AzureNative({ ...emulator.env, ARM_CLIENT_SECRET: "wrong" }));
    await expect(wrong.create(GROUP, { resourceGroupName: "x", location: "eastus" })).rejects.toThrow("AADSTS7000215");
  });

  it("a replica signs in with its identity, and ARM holds it to that identity's roles", async () => {
    const inputs = { resourceGroupName: "rg", resourceName: "worker", location: "westeurope" };
    const { id, outputs } = await provider.create(IDENTITY, inputs);
    const handler = createIdentityEndpoint(emulator.context, { identities: [id], header: "h" });
    const server = createServer(getRequestListener(handler)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { ARM_CLIENT_SECRET: _, AZURE_CLIENT_SECRET: __, ...env } = emulator.env;
    const identity = {
      IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/`,
      IDENTITY_HEADER: "h",
      ARM_CLIENT_ID: String(outputs.clientId),
    };
    await using replica = await TestProvider.start(new AzureNative({ ...env, ...identity, ARM_USE_MSI: "true" }));
    expect((await replica.invoke("azure-native:authorization:getClientConfig", {})).objectId).toBe(outputs.principalId);
    const group = `/subscriptions/${emulator.subscriptionId}/resourceGroups/rg`;
    await expect(replica.read(GROUP, group)).rejects.toThrow('Status=403 Code="AuthorizationFailed"');
    const name = "8f2ad2c8-5c1f-4b8e-9a39-0d4f2f8a7c11";
    const roleDefinitionId = `/subscriptions/${emulator.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${READER}`;
    const principal = { principalId: outputs.principalId, principalType: "ServicePrincipal" };
    await provider.create(ASSIGNMENT, { scope: group, roleAssignmentName: name, roleDefinitionId, ...principal });
    expect((await replica.read(GROUP, group)).id).toBe(group);
    server.close();
  });

  it("configuration of the provider comes before the environment", async () => {
    const { clientSecret } = emulator.developer;
    await using configured = await TestProvider.start(
      new AzureNative({ ...emulator.env, ARM_CLIENT_SECRET: "wrong" }),
      { clientSecret },
    );
    expect((await configured.read(GROUP, `/subscriptions/${emulator.subscriptionId}/resourceGroups/rg`)).id).not.toBe(
      "",
    );
  });
});
