import { describe, expect, it } from "vitest";
import { classOf } from "../../arm/types/table.ts";
import { bodyOf, idOf, inputsOf, outputsOf } from "./convert.ts";
import { previewOutputs } from "./preview.ts";
import { driftedInputs } from "./refresh.ts";

function row(token: string) {
  const type = classOf(`azure-native:${token}`);
  if (!type) throw new Error(token);
  return type;
}

describe("bodies", () => {
  it("storage: renamed inputs, list of identities as a map, path inputs left out", () => {
    const inputs = {
      resourceGroupName: "rg",
      accountName: "stone",
      location: "westeurope",
      kind: "StorageV2",
      sku: { name: "Standard_LRS" },
      identity: { type: "UserAssigned", userAssignedIdentities: ["/id/a"] },
      enableHttpsTrafficOnly: true,
      networkRuleSet: { defaultAction: "Deny", ipRules: [{ iPAddressOrRange: "1.2.3.4" }] },
    };
    expect(bodyOf(row("storage:StorageAccount"), inputs)).toEqual({
      location: "westeurope",
      kind: "StorageV2",
      sku: { name: "Standard_LRS" },
      identity: { type: "UserAssigned", userAssignedIdentities: { "/id/a": {} } },
      properties: {
        supportsHttpsTrafficOnly: true,
        networkAcls: { defaultAction: "Deny", ipRules: [{ value: "1.2.3.4" }] },
      },
    });
  });

  it("a vault's properties are the ARM object itself, an environment's body always has some", () => {
    const properties = { tenantId: "t", sku: { name: "standard", family: "A" } };
    expect(
      bodyOf(row("keyvault:Vault"), { resourceGroupName: "rg", vaultName: "v", location: "eastus", properties }),
    ).toEqual({
      location: "eastus",
      properties,
    });
    expect(bodyOf(row("app:ManagedEnvironment"), { location: "eastus" })).toEqual({
      location: "eastus",
      properties: {},
    });
  });

  it("a role assignment's scope is part of its id", () => {
    const inputs = { scope: "/subscriptions/s/resourceGroups/g", roleAssignmentName: "n" };
    expect(idOf(row("authorization:RoleAssignment"), inputs, "s")).toBe(
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/roleAssignments/n",
    );
    expect(() => idOf(row("keyvault:Vault"), { resourceGroupName: "rg" }, "s")).toThrow(
      "missing required property 'vaultName'",
    );
  });
});

describe("outputs", () => {
  it("properties come up, renamed back, and the inputs of an import are found in them", () => {
    const type = row("storage:StorageAccount");
    const id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stone";
    const properties = { supportsHttpsTrafficOnly: true, primaryEndpoints: { blob: "https://localhost:1/stone/" } };
    const outputs = outputsOf(type, {
      id,
      name: "stone",
      type: type.armType,
      location: "eastus",
      kind: "StorageV2",
      properties,
    });
    expect(outputs).toEqual({
      name: "stone",
      type: "Microsoft.Storage/storageAccounts",
      location: "eastus",
      kind: "StorageV2",
      enableHttpsTrafficOnly: true,
      primaryEndpoints: { blob: "https://localhost:1/stone/" },
      azureApiVersion: "2024-01-01",
    });
    expect(inputsOf(type, id, outputs)).toEqual({
      resourceGroupName: "rg",
      accountName: "stone",
      location: "eastus",
      kind: "StorageV2",
      enableHttpsTrafficOnly: true,
    });
  });

  it("names begin small, and the resource's own name stays", () => {
    const type = row("applicationinsights:Component");
    const properties = { Name: "other", ConnectionString: "InstrumentationKey=x", Application_Type: "web" };
    expect(outputsOf(type, { id: "/x", name: "insights", type: type.armType, properties })).toEqual({
      name: "insights",
      type: "Microsoft.Insights/components",
      connectionString: "InstrumentationKey=x",
      applicationType: "web",
      azureApiVersion: "2020-02-02",
    });
  });

  it("a preview leaves open what the service sets inside an input object", () => {
    const type = row("app:ContainerApp");
    const outputs = previewOutputs(type, {
      resourceGroupName: "rg",
      containerAppName: "web",
      configuration: { ingress: { external: true } },
    });
    const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    expect(outputs).toMatchObject({
      name: "web",
      latestRevisionName: UNKNOWN,
      configuration: { ingress: { external: true, fqdn: UNKNOWN } },
    });
  });
});

it("a refresh takes over what differs, and leaves secrets and mere spelling alone", () => {
  const inputs = {
    location: "West Europe",
    tags: { kept: "1", gone: "2" },
    sku: { name: "Basic" },
    secret: "hidden",
    rules: [{ name: "a", port: 1 }],
  };
  const actual = {
    location: "westeurope",
    tags: { kept: "1", added: "3" },
    sku: { name: "Premium", tier: "x" },
    rules: [{ name: "a", port: 2, id: "y" }],
  };
  expect(driftedInputs(inputs, actual)).toEqual({
    location: "West Europe",
    tags: { kept: "1", added: "3" },
    sku: { name: "Premium" },
    secret: "hidden",
    rules: [{ name: "a", port: 2 }],
  });
});
