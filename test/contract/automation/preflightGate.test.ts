import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { ResourceManagementClient } from "@azure/arm-resources";
import { SecretClient } from "@azure/keyvault-secrets";
import { armClientOptions } from "@devfactory/automation/azure/arm.ts";
import { createCredential } from "@devfactory/automation/azure/credential.ts";
import { toErrorRecord } from "@devfactory/automation/errors.ts";
import { settingsOf } from "@devfactory/automation/plan/planSpec.ts";
import { recordPlan } from "@devfactory/automation/plan/recording.ts";
import { deployApp } from "@devfactory/stacks/app/program.ts";
import { parseAppSpec } from "@devfactory/stacks/spec/index.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { long } from "../../long.ts";
import { type AppStep, type StepRun, startAppStep } from "./appStep.ts";

let step: AppStep;
let azure: ResourceManagementClient;
beforeAll(async () => {
  step = await startAppStep(["registry", "keyVault"]);
  const environment = { ...process.env, ...step.emulator.env };
  azure = new ResourceManagementClient(
    createCredential(environment),
    step.emulator.subscriptionId,
    armClientOptions(environment),
  );
}, 180_000);
afterAll(() => step[Symbol.asyncDispose]());

const SPEC = {
  version: 1,
  name: "clinic",
  title: "Clinic",
  services: [{ name: "nightly", kind: "job" }],
  resources: [{ name: "keys", kind: "secrets" }],
};
const TYPES = ["Microsoft.Resources/resourceGroups", "Microsoft.KeyVault/vaults", "Microsoft.App/jobs"] as const;

const told = ({ events }: StepRun) => events.find(({ type }) => type === "preflight");
const findings = (run: StepRun) =>
  ((told(run)?.data?.findings ?? []) as { id: string; severity: string }[]).map(
    ({ id, severity }) => `${severity} ${id}`,
  );

/** The name that a resource of an app gets. */
async function nameOf(appId: string, type: string, input: string, document: object): Promise<string> {
  const parsed = parseAppSpec(document);
  if (!parsed.ok) throw new Error("the spec is not valid");
  const environment = { AZURE_SUBSCRIPTION_ID: step.emulator.subscriptionId, DEVFACTORY_APP_ID: appId };
  const settings = settingsOf(parsed.spec, environment);
  const plan = await recordPlan(() => void deployApp(settings), "devfactory-app", settings);
  return String(plan.find((each) => each.type === `azure-native:${type}`)?.inputs[input]);
}

const vaultOf = (appId: string) => nameOf(appId, "keyvault:Vault", "vaultName", SPEC);

it("what Azure would refuse stops the deployment before anything is made, and the advice works", async () => {
  const name = await vaultOf("held");
  await holdVault(name);
  await azure.providers.unregister("Microsoft.App");
  const before = step.made(...TYPES);
  const refused = await step.run("held", SPEC);
  expect([refused.error?.code, findings(refused), step.made(...TYPES)]).toEqual([
    "PREFLIGHT_FAILED",
    ["error NAME_SOFT_DELETED", "error PROVIDER_NOT_REGISTERED"],
    before,
  ]);
  expect(refused.error?.message).toMatch(
    new RegExp(
      `^Azure would refuse it: keys-vault: The name ${name} is held by a deleted resource of the type Microsoft.KeyVault/vaults until [-\\d]+\\. The provider Microsoft.App is not registered in the subscription\\.$`,
    ),
  );
  expect(toErrorRecord(refused.error).fix).toMatch(
    /^Recover it .+ purge it .+ `az provider register .+ Then retry the job\.$/,
  );
  await post(`providers/Microsoft.KeyVault/locations/eastus/deletedVaults/${name}/purge`);
  await azure.providers.register("Microsoft.App");
  const done = await step.run("held", SPEC);
  expect([done.error, findings(done)]).toEqual([undefined, []]);
  expect(step.made(...TYPES)).toEqual(before.map((count) => count + 1));
}, 240_000);

long(
  "a quota that is used up stops it too, and a raised one lets it through",
  async () => {
    const usage = { provider: "Microsoft.App", name: "ManagedEnvironmentCount" };
    await step.operate("quotas", { ...usage, limit: 1 });
    const refused = await step.run("second", SPEC);
    expect([refused.error?.code, refused.error?.message]).toEqual([
      "PREFLIGHT_FAILED",
      "Azure would refuse it: environment-environment: 1 of 1 Container Apps environments in eastus are taken; the plan adds 1.",
    ]);
    await step.operate("quotas", { ...usage, limit: 15 });
    expect((await step.run("second", SPEC)).error).toBeUndefined();
  },
  240_000,
);

long(
  "a taken name and a region that takes no new servers stop it; another name and an open region let it through",
  async () => {
    const document = {
      ...SPEC,
      resources: [
        { name: "db", kind: "postgres" },
        { name: "files", kind: "blob", containers: ["uploads"] },
      ],
    };
    const taken = await nameOf("third", "storage:StorageAccount", "accountName", document);
    const { subscriptionId } = step.emulator;
    await azure.resourceGroups.createOrUpdate("rg-other", { location: "eastus" });
    const id = `/subscriptions/${subscriptionId}/resourceGroups/rg-other/providers/Microsoft.Storage/storageAccounts/${taken}`;
    const account = { location: "eastus", sku: { name: "Standard_LRS" }, kind: "StorageV2", properties: {} };
    await azure.resources.beginCreateOrUpdateByIdAndWait(id, "2023-05-01", account);
    const closed = { type: "Microsoft.DBforPostgreSQL/flexibleServers", location: "eastus" };
    await step.operate("regions", { ...closed, reason: "The offer is restricted." });
    const refused = await step.run("third", document);
    expect([refused.error?.code, findings(refused)]).toEqual([
      "PREFLIGHT_FAILED",
      ["error NAME_TAKEN", "error REGION_CLOSED"],
    ]);
    await step.operate("regions", closed);
    // Its names are its own; the budget, which is asked last, ends it here.
    const other = await step.run("fourth", document, { DEVFACTORY_DEFAULT_BUDGET_USD: "1" });
    expect([other.error?.code, findings(other)]).toEqual(["OVER_BUDGET", []]);
  },
  240_000,
);

it("an unchanged deployment asks Azure nothing", async () => {
  const run = await step.run("held", SPEC, { AZURE_RESOURCE_MANAGER_ENDPOINT: "https://localhost:1" });
  expect([run.error, told(run)?.message, told(run)?.data?.added]).toEqual([
    undefined,
    "Preflight: nothing new, so Azure is not asked",
    0,
  ]);
}, 180_000);

long(
  "an Azure that does not answer is told as not known after some seconds, and the deployment goes on",
  async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const run = await step.run("slow", SPEC, { AZURE_RESOURCE_MANAGER_ENDPOINT: `https://127.0.0.1:${port}` });
    silent.close();
    expect([run.error, new Set(findings(run))]).toEqual([undefined, new Set(["warning FACT_UNREAD"])]);
    expect(told(run)?.data?.findings).toContainEqual(
      expect.objectContaining({ message: `Name ${await vaultOf("slow")} could not be read: no answer within 5 s` }),
    );
    expect([run.judgedMs > 4_900, run.judgedMs < 6_000]).toEqual([true, true]);
  },
  180_000,
);

/** A vault of this name is made by somebody else, and deleted. */
async function holdVault(name: string): Promise<void> {
  await azure.resourceGroups.createOrUpdate("rg-other", { location: "eastus" });
  const id = `/subscriptions/${step.emulator.subscriptionId}/resourceGroups/rg-other/providers/Microsoft.KeyVault/vaults/${name}`;
  const properties = {
    tenantId: step.emulator.developer.tenantId,
    sku: { family: "A", name: "standard" },
    accessPolicies: [],
    enableRbacAuthorization: true,
  };
  await azure.resources.beginCreateOrUpdateByIdAndWait(id, "2023-07-01", { location: "eastus", properties });
  await azure.resources.beginDeleteByIdAndWait(id, "2023-07-01");
}

/** An action of ARM for which no client is here. */
async function post(path: string): Promise<void> {
  const token = await createCredential({ ...process.env, ...step.emulator.env }).getToken(
    `${step.emulator.arm}/.default`,
  );
  const { arm, subscriptionId } = step.emulator;
  const answer = await fetch(`${arm}/subscriptions/${subscriptionId}/${path}?api-version=2023-07-01`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token?.token}` },
  });
  expect(answer.status).toBe(200);
}

it("a first deployment whose names are held by deleted resources takes fresh ones, once, and says so", async () => {
  const name = await vaultOf("renewed");
  await holdVault(name);
  const before = step.made("Microsoft.KeyVault/vaults");
  const done = await step.run("renewed", SPEC);
  expect([done.error, step.made("Microsoft.KeyVault/vaults")]).toEqual([undefined, before.map((count) => count + 1)]);
  const renewed = done.events.filter(({ type }) => type === "names_renewed");
  expect(renewed.map(({ data }) => data)).toEqual([{ nameEpoch: 1 }]);
  expect(renewed[0]?.message).toMatch(
    new RegExp(`^The name ${name} is held by a deleted resource .+ all its names are made afresh \\(epoch 1\\)\\.$`),
  );
}, 240_000);

it("an app that exists and whose vault somebody deleted: it is brought back with what it holds, and told", async () => {
  const appId = "gone";
  const first = await step.run(appId, SPEC);
  expect(first.error).toBeUndefined();
  const name = await vaultOf(appId);
  const vault = step.emulator.context.resources.list("Microsoft.KeyVault/vaults").find((each) => each.name === name);
  const [id = "", uri = ""] = [vault?.id, vault?.properties.vaultUri as string];
  const { subscriptionId, developer } = step.emulator;
  const roleOf = `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions`;
  const role = `${id}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`;
  const mayRead = () =>
    azure.resources.beginCreateOrUpdateByIdAndWait(role, "2022-04-01", {
      properties: {
        principalId: developer.objectId,
        principalType: "ServicePrincipal",
        roleDefinitionId: `${roleOf}/b86a8fe4-44ce-4948-aee5-eccb2c155cd7`, // Key Vault Secrets Officer
      },
    });
  await mayRead();
  const credential = createCredential({ ...process.env, ...step.emulator.env });
  const secrets = new SecretClient(uri, credential, { disableChallengeResourceVerification: true });
  await secrets.setSecret("password", "of before");
  await azure.resources.beginDeleteByIdAndWait(id, "2023-07-01");
  const done = await step.run(appId, SPEC, {}, [], true);
  expect(done.error).toBeUndefined();
  await mayRead(); // it went with the vault
  expect((await secrets.getSecret("password")).value).toBe("of before");
  const names = done.events.filter(({ type }) => type.startsWith("names_"));
  // Vaults of apps are protected against purging, also in dev.
  expect(names.map(({ type, data }) => [type, data])).toEqual([["names_recovered", { names: [name] }]]);
  const again = await step.run(appId, SPEC);
  expect([again.error, told(again)?.data?.added]).toEqual([undefined, 0]);
}, 240_000);
