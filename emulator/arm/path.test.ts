import { describe, expect, it } from "vitest";
import { parentId, parsePath, typeOfId } from "./path.ts";

const VAULT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v";

describe("paths", () => {
  it("doubled slashes and other case of the fixed words are the same place", () => {
    expect(parsePath("//SUBSCRIPTIONS/s/resourcegroups/g/providers/Microsoft.KeyVault/vaults/v%2Fx")).toEqual({
      scope: "/subscriptions/s/resourceGroups/g",
      subscriptionId: "s",
      resourceGroup: "g",
      namespace: "Microsoft.KeyVault",
      types: ["vaults"],
      names: ["v/x"],
      words: [],
    });
  });

  it("an extension resource lies under the resource before its last providers", () => {
    expect(parsePath(`${VAULT}/providers/Microsoft.Authorization/roleAssignments/r`)).toMatchObject({
      scope: VAULT,
      namespace: "Microsoft.Authorization",
      names: ["r"],
    });
  });

  it("collections and actions have one type more than names; words stand without a namespace", () => {
    expect(parsePath(`${VAULT}/secrets`)).toMatchObject({ types: ["vaults", "secrets"], names: ["v"] });
    expect(parsePath("/subscriptions/s/resources")).toMatchObject({ scope: "/subscriptions/s", words: ["resources"] });
  });
});

describe("ids", () => {
  it.each([
    [`${VAULT}/secrets/a`, VAULT, "Microsoft.KeyVault/vaults/secrets"],
    [VAULT, "/subscriptions/s/resourceGroups/g", "Microsoft.KeyVault/vaults"],
    ["/subscriptions/s/resourceGroups/g", "/subscriptions/s", "Microsoft.Resources/resourceGroups"],
    [`${VAULT}/providers/Microsoft.Insights/diagnosticSettings/d`, VAULT, "Microsoft.Insights/diagnosticSettings"],
  ])("%s", (id, parent, type) => {
    expect([parentId(id), typeOfId(id)]).toEqual([parent, type]);
  });
});
