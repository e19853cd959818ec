import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type LocalStack, startLocalStack } from "../localStack.ts";

const PROGRAM = join(import.meta.dirname, "program");

let stack: LocalStack;
beforeAll(async () => {
  const services = ["storage", "registry", "serviceBus", "postgres", "keyVault", "cosmos"];
  stack = await startLocalStack(PROGRAM, "options", services);
}, 120_000);
afterAll(() => stack.stop());

/** What the options of the program make, by ARM type. */
const MADE: Readonly<Record<string, number>> = {
  "Microsoft.Network/privateEndpoints": 10,
  "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": 10,
  "Microsoft.Network/privateDnsZones": 11,
  "Microsoft.Network/privateDnsZones/virtualNetworkLinks": 11,
  "Microsoft.Authorization/locks": 7,
  "Microsoft.Insights/diagnosticSettings": 10,
  "Microsoft.Insights/metricAlerts": 8,
  "Microsoft.Insights/actionGroups": 1,
  "Microsoft.Authorization/roleAssignments": 4,
  "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments": 1,
};

/** The emulator gives its own identities theirs. */
let own = 0;

const stored = () => stack.stored(Object.keys(MADE));

it("up makes everything, and what exists is read and linked to, though the directory knows no principal at first", async () => {
  own = stored()["Microsoft.Authorization/roleAssignments"] ?? 0;
  const unknown = { method: "PUT", status: 400, code: "PrincipalNotFound" };
  await stack.disturb({ ...unknown, path: "/providers/Microsoft.Authorization/roleAssignments/", count: 3 });
  await stack.pulumi("up", "--yes", "--skip-preview");
  const roles = MADE["Microsoft.Authorization/roleAssignments"] ?? 0;
  expect(stored()).toEqual({ ...MADE, "Microsoft.Authorization/roleAssignments": roles + own });
  const { environment, ready } = JSON.parse(await stack.pulumi("stack", "output", "--json", "--show-secrets"));
  expect(Object.keys(environment).sort()).toEqual([
    "AZURE_COSMOS_CONTAINER",
    "AZURE_COSMOS_DATABASE",
    "AZURE_COSMOS_ENDPOINT",
    "AZURE_KEY_VAULT_ENDPOINT",
    "AZURE_KEY_VAULT_NAME",
    "AZURE_SERVICE_BUS_HOST",
    "AZURE_SERVICE_BUS_NAME",
    "AZURE_STORAGE_ACCOUNT_NAME",
    "AZURE_STORAGE_QUEUE_ENDPOINT",
  ]);
  expect(Object.values(environment).every((value) => typeof value === "string" && value !== "")).toBe(true);
  expect(ready.map((id: string) => id.split("/").at(-2))).toEqual([
    "vaults",
    "storageAccounts",
    "databaseAccounts",
    "flexibleServers",
    "namespaces",
  ]);
}, 240_000);

it("a second up changes nothing", async () => {
  await stack.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
}, 240_000);

it("another refusal is not tried again", async () => {
  await stack.disturb({
    method: "PUT",
    path: "/providers/Microsoft.Authorization/roleAssignments/",
    status: 403,
    code: "AuthorizationFailed",
    count: 1,
  });
  await stack.pulumi("config", "set", "audited", "true");
  await expect(stack.pulumi("up", "--yes", "--skip-preview")).rejects.toThrow("AuthorizationFailed");
  await stack.pulumi("up", "--yes", "--skip-preview"); // without the disturbance
}, 240_000);

it("destroy leaves nothing, once what is linked to is unlocked", async () => {
  await stack.pulumi("config", "set", "unlocked", "true"); // else locks and rights go at the same time, in any order
  await stack.pulumi("up", "--yes", "--skip-preview");
  expect(stored()["Microsoft.Authorization/locks"]).toBe(3);
  await stack.pulumi("destroy", "--yes", "--skip-preview");
  expect(stored()).toEqual({ "Microsoft.Authorization/roleAssignments": own });
}, 240_000);
