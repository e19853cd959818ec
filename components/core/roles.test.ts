import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { APP_ROLES, delegationCondition, ROLES, roleDefinitionId } from "./roles.ts";

const published: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures/roles.json"), "utf8"),
).roles;

it.each(Object.values(ROLES))("$title has the published id", ({ id, title }) => {
  expect(published[title]).toBe(id);
});

it("no two roles share an id", () => {
  const ids = Object.values(ROLES).map((role) => role.id);
  expect(new Set(ids).size).toBe(ids.length);
});

it("an app may be given data roles only", () => {
  expect(APP_ROLES.map((name) => ROLES[name].title)).toEqual([
    "AcrPull",
    "Storage Blob Data Reader",
    "Storage Blob Data Contributor",
    "Azure Service Bus Data Sender",
    "Azure Service Bus Data Receiver",
    "Azure Service Bus Data Owner",
    "Key Vault Secrets User",
    "Monitoring Metrics Publisher",
    "Storage Blob Data Owner",
    "Azure Relay Sender",
    "Azure Relay Listener",
    "App Configuration Data Reader",
  ]);
});

it("the delegation condition limits giving and taking to the roles and to service principals", () => {
  expect(delegationCondition(["acrPull"])).toBe(
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) " +
      "OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {7f951dda-4ed3-4680-a7ca-43fe172d538d} " +
      "AND @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'})) " +
      "AND ((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) " +
      "OR (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {7f951dda-4ed3-4680-a7ca-43fe172d538d} " +
      "AND @Resource[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))",
  );
});

it("a role definition is named within the subscription", () => {
  expect(roleDefinitionId("sub", "acrPull")).toBe(
    "/subscriptions/sub/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d",
  );
});
