import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { PlanDocument } from "@devfactory/automation/plan/planDocument.ts";
import { gatherFacts } from "@devfactory/automation/preflight/gatherFacts.ts";
import { preflight } from "@devfactory/checks/index.ts";
import { ROLES } from "@devfactory/components/index.ts";
import { startCloud } from "@devfactory/emulator/arm/testing/cloud.ts";
import { afterAll, beforeAll, expect, it } from "vitest";

let cloud: Awaited<ReturnType<typeof startCloud>>;
beforeAll(async () => {
  // Vaults are held after their deletion, as the vault service has it; it does no more here.
  cloud = await startCloud([{ type: "Microsoft.KeyVault/vaults", purge: async () => {} }]);
});
afterAll(() => cloud[Symbol.asyncDispose]());

const resource = (type: string, name: string, inputs: Record<string, unknown>) => ({
  urn: `urn:pulumi:plan::shop::azure-native:${type}::${name}`,
  type: `azure-native:${type}`,
  name,
  inputs: { resourceGroupName: "rg-shop", location: "eastus", ...inputs },
});
const group = resource("resources:ResourceGroup", "shop", {});
const vault = resource("keyvault:Vault", "keys", { vaultName: "kv-shop-gate" });
const storage = resource("storage:StorageAccount", "files", { accountName: "stshopgate" });
const environment = resource("app:ManagedEnvironment", "env", { environmentName: "cae-shop-gate" });
const role = resource("authorization:RoleAssignment", "pull", {});

async function check(
  resources: PlanDocument["resources"],
  credential = cloud.credential as Parameters<typeof gatherFacts>[1]["credential"],
) {
  const plan: PlanDocument = { region: "eastus", profile: "dev", resources };
  const scope = "https://management.azure.com/.default";
  const subscriptionId = cloud.subscription.split("/")[2] ?? "";
  const facts = await gatherFacts(plan, { subscriptionId, endpoint: cloud.house.arm.url, scope, credential });
  return preflight({ ...plan, facts }).map(({ id, severity, resource: urn }) => [id, severity, urn.split("::").at(-1)]);
}

const inGroup = (name: string, path: string) => `${cloud.subscription}/resourceGroups/${name}${path}`;

it("a plan that would come through has no finding", async () => {
  expect(await check([group, vault, storage, environment, role])).toEqual([]);
});

it("a soft-deleted vault, a taken account and a provider that is not registered are found, and their advice works", async () => {
  await cloud.call("PUT", inGroup("rg-other", ""), { location: "eastus" });
  const vaultPath = inGroup("rg-other", "/providers/Microsoft.KeyVault/vaults/kv-shop-gate");
  const tenantId = cloud.house.seeds.developer.tenantId;
  const properties = {
    tenantId,
    sku: { family: "A", name: "standard" },
    accessPolicies: [],
    enableRbacAuthorization: true,
  };
  expect((await cloud.call("PUT", vaultPath, { location: "eastus", properties })).status).toBeLessThan(300);
  expect((await cloud.call("DELETE", vaultPath)).status).toBeLessThan(300);
  const account = { location: "eastus", sku: { name: "Standard_LRS" }, kind: "StorageV2", properties: {} };
  await cloud.call("PUT", inGroup("rg-other", "/providers/Microsoft.Storage/storageAccounts/stshopgate"), account);
  await cloud.call("POST", `${cloud.subscription}/providers/Microsoft.App/unregister`);
  expect(await check([group, vault, storage, environment])).toEqual([
    ["NAME_SOFT_DELETED", "error", "keys"],
    ["NAME_TAKEN", "error", "files"],
    ["PROVIDER_NOT_REGISTERED", "error", ""],
  ]);
  // Without preflight the update would fail at the same place.
  await cloud.call("PUT", inGroup("rg-shop", ""), { location: "eastus" });
  const path = inGroup("rg-shop", "/providers/Microsoft.App/managedEnvironments/cae-shop-gate");
  const refused = await cloud.call("PUT", path, { location: "eastus", properties: {} });
  expect([refused.status, refused.body.error.code]).toEqual([409, "MissingSubscriptionRegistration"]);
  // The advice: purge, take another name, register.
  await cloud.call(
    "POST",
    `${cloud.subscription}/providers/Microsoft.KeyVault/locations/eastus/deletedVaults/kv-shop-gate/purge`,
  );
  await cloud.call("POST", `${cloud.subscription}/providers/Microsoft.App/register`);
  const renamed = resource("storage:StorageAccount", "files", { accountName: "stshopgate2" });
  expect(await check([group, vault, renamed, environment])).toEqual([]);
});

it("a name of the plan's own group is its own", async () => {
  await cloud.call("PUT", inGroup("rg-shop", ""), { location: "eastus" });
  const account = { location: "eastus", sku: { name: "Standard_LRS" }, kind: "StorageV2", properties: {} };
  await cloud.call("PUT", inGroup("rg-shop", "/providers/Microsoft.Storage/storageAccounts/stshopown"), account);
  expect(await check([resource("storage:StorageAccount", "files", { accountName: "stshopown" })])).toEqual([]);
});

it("an identity without rights is told which ones it lacks, and what it may not read is no pass", async () => {
  const { headers } = await cloud.stranger("nobody");
  const token = headers.Authorization?.replace("Bearer ", "") ?? "";
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const findings = await check([role], credential);
  expect(findings).toEqual([["RIGHT_MISSING", "error", "pull"]]);
  const unread = await check([vault], credential);
  expect(unread).toContainEqual(["RIGHT_MISSING", "error", "keys"]);
  expect(unread).toContainEqual(["FACT_UNREAD", "warning", ""]);
});

it("the advice about missing rights works: Contributor for resources, and an administrator of roles for links", async () => {
  const { objectId, headers } = await cloud.stranger("deployer");
  const token = headers.Authorization?.replace("Bearer ", "") ?? "";
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const give = async (role: string) => {
    const roleDefinitionId = `${cloud.subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`;
    const path = `${cloud.subscription}/providers/Microsoft.Authorization/roleAssignments/${crypto.randomUUID()}`;
    const properties = { roleDefinitionId, principalId: objectId, principalType: "ServicePrincipal" };
    expect((await cloud.call("PUT", path, { properties })).status).toBe(201);
  };
  const fresh = resource("keyvault:Vault", "keys", { vaultName: "kv-shop-rights", resourceGroupName: "rg-rights" });
  const lacking = (await check([fresh, role], credential)).filter(([id]) => id === "RIGHT_MISSING");
  expect(lacking.map(([, , name]) => name)).toEqual(["keys", "pull"]);
  await give(ROLES.contributor.id);
  expect(await check([fresh, role], credential)).toEqual([["RIGHT_MISSING", "error", "pull"]]);
  await give(ROLES.accessAdministrator.id);
  expect(await check([fresh, role], credential)).toEqual([]);
});

it("the verb signs in, prints what it found and ends with 1; without a subscription with 2", async () => {
  const plan: PlanDocument = {
    region: "eastus",
    profile: "dev",
    resources: [resource("storage:StorageAccount", "files", { accountName: "stshopgate" })],
  };
  const file = join(cloud.dataDir, "plan.json");
  const ca = join(cloud.dataDir, "gate-ca.pem");
  writeFileSync(file, JSON.stringify(plan));
  writeFileSync(ca, cloud.house.context.certificates.ca);
  const { developer, subscriptionId } = cloud.house.seeds;
  const env = {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    NODE_EXTRA_CA_CERTS: ca,
    AZURE_RESOURCE_MANAGER_ENDPOINT: cloud.house.arm.url,
    AZURE_AUTHORITY_HOST: cloud.house.authority,
    AZURE_TENANT_ID: developer.tenantId,
    AZURE_CLIENT_ID: developer.clientId,
    AZURE_CLIENT_SECRET: developer.clientSecret,
  };
  const main = join(import.meta.dirname, "../../../automation/cli/main.ts");
  const run = async (variables: NodeJS.ProcessEnv) => {
    const ran = promisify(execFile)(process.execPath, [main, "preflight", "--input", file], { env: variables });
    const failed = await ran.then(
      () => undefined,
      (error: unknown) => error as { code: number; stdout: string; stderr: string },
    );
    return failed;
  };
  const found = await run({ ...env, AZURE_SUBSCRIPTION_ID: subscriptionId });
  expect([found?.code, found?.stderr]).toEqual([1, ""]);
  expect(found?.stdout.split("\n")).toEqual([
    "error: NAME_TAKEN files: The name stshopgate cannot be had: The name 'stshopgate' is already in use.",
    "  Leave the name to the component, which adds a hash, or raise the name epoch for another one. (nameEpoch in devfactory:deployment)",
    "",
  ]);
  expect((await run(env))?.code).toBe(2);
});
