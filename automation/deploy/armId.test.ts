import { expect, it } from "vitest";
import { hasTags, parentOf, placeOf, versionOf } from "./armId.ts";

const GROUP = "/subscriptions/s/resourceGroups/g";

it.each([
  ["azure-native:resources:ResourceGroup", { resourceGroupName: "g" }, GROUP],
  [
    "azure-native:storage/v20240101:StorageAccount",
    { resourceGroupName: "g", accountName: "a" },
    `${GROUP}/providers/Microsoft.Storage/storageAccounts/a`,
  ],
  [
    "azure-native:network:Subnet",
    { resourceGroupName: "g", virtualNetworkName: "v", subnetName: "a" },
    `${GROUP}/providers/Microsoft.Network/virtualNetworks/v/subnets/a`,
  ],
  [
    "azure-native:authorization:RoleAssignment",
    { scope: `${GROUP}/providers/Microsoft.KeyVault/vaults/k`, roleAssignmentName: "r" },
    `${GROUP}/providers/Microsoft.KeyVault/vaults/k/providers/Microsoft.Authorization/roleAssignments/r`,
  ],
  ["azure-native:storage:StorageAccount", { resourceGroupName: "g" }, undefined],
  ["azure-native:unheard:Of", { resourceGroupName: "g" }, undefined],
  ["azuread:index/application:Application", { displayName: "x" }, undefined],
])("the id of a %s with %o", (type, inputs, id) => {
  expect(placeOf(type, inputs, "s")?.id).toBe(id);
});

it.each([
  [GROUP, undefined, true],
  [`${GROUP}/providers/Microsoft.Sql/servers/a`, GROUP, true],
  [`${GROUP}/providers/Microsoft.Sql/servers/a/databases/b`, `${GROUP}/providers/Microsoft.Sql/servers/a`, false],
  [
    `${GROUP}/providers/Microsoft.Sql/servers/a/providers/Microsoft.Authorization/locks/l`,
    `${GROUP}/providers/Microsoft.Sql/servers/a`,
    false,
  ],
])("%s stands on %s", (id, parent, tagged) => {
  expect([parentOf(id), hasTags(id)]).toEqual([parent, tagged]);
});

it("knows the version of a parent by its id", () => {
  expect(versionOf(`${GROUP}/providers/microsoft.sql/SERVERS/a`)).toBe("2023-08-01");
  expect(versionOf(`${GROUP}/providers/Microsoft.Unheard/of/a`)).toBeUndefined();
});
