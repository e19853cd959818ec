import { afterAll, beforeAll, expect, it } from "vitest";
import { long } from "../../long.ts";
import { askOutside } from "../outside.ts";
import { type BlueprintStack, openTarget, type Target } from "./deploy.ts";
import { costOf, countsOf, failuresOf, grantsOf, inputsOf, planBlueprint } from "./plan.ts";

it("the plan has these resources and no others", async () => {
  expect(countsOf(await planBlueprint("log-dawg"))).toEqual({
    "apimanagement:Api": 1,
    "apimanagement:ApiManagementService": 1,
    "apimanagement:ApiOperation": 7,
    "apimanagement:ApiPolicy": 1,
    "app:ContainerApp": 2,
    "app:ManagedEnvironment": 1,
    "authorization:RoleAssignment": 9,
    "dbforpostgresql:AdministratorsMicrosoftEntra": 2,
    "dbforpostgresql:Configuration": 5,
    "dbforpostgresql:Database": 1,
    "dbforpostgresql:FirewallRule": 1,
    "dbforpostgresql:Server": 1,
    "keyvault:Vault": 1,
    "managedidentity:UserAssignedIdentity": 2,
    "monitor:DiagnosticSetting": 5,
    "operationalinsights:Workspace": 1,
    "resources:ResourceGroup": 1,
    "servicebus:Namespace": 1,
    "servicebus:Queue": 1,
    "storage:BlobContainer": 1,
    "storage:BlobServiceProperties": 1,
    "storage:StorageAccount": 1,
    "web:StaticSite": 1,
  });
});

it("grants, sizes and broken rules are those that are listed; API and worker scale apart", async () => {
  const plan = await planBlueprint("log-dawg");
  expect(grantsOf(plan)).toEqual([
    "api: AcrPull on registries/devfactory",
    "api: Azure Service Bus Data Sender on queues/reports",
    "api: Key Vault Secrets User on vaults/kv-logdawg-dev",
    "api: Storage Blob Data Reader on containers/artifacts",
    "worker: AcrPull on registries/devfactory",
    "worker: Azure Service Bus Data Owner on queues/reports",
    "worker: Azure Service Bus Data Receiver on queues/reports",
    "worker: Key Vault Secrets User on vaults/kv-logdawg-dev",
    "worker: Storage Blob Data Contributor on containers/artifacts",
  ]);
  expect(inputsOf(plan, "db-server").sku).toEqual({ name: "Standard_B1ms", tier: "Burstable" });
  expect(inputsOf(plan, "bus-namespace").sku).toEqual({ name: "Standard", tier: "Standard" });
  expect(inputsOf(plan, "gateway-service").sku).toEqual({ name: "Consumption", capacity: 0 });
  expect(inputsOf(plan, "artifacts-account").sku).toEqual({ name: "Standard_LRS" });
  expect(inputsOf(plan, "api-app")).toMatchObject({
    template: { scale: { minReplicas: 0, maxReplicas: 5, rules: [{ name: "http" }] } },
  });
  expect(inputsOf(plan, "worker-app")).toMatchObject({
    template: { scale: { minReplicas: 0, maxReplicas: 10, rules: [{ name: "queue-reports" }] } },
  });
  expect(failuresOf(plan)).toEqual([
    "PG02 api-to-db-db-postgres",
    "PG02 db-server",
    "PG02 worker-to-db-db-postgres",
    "PG04 db-azure-services",
  ]);
});

it("a month costs 26.14: server and disk 16.09, Service Bus 10.00, vault and blobs 0.05", async () => {
  const plan = await planBlueprint("log-dawg");
  expect(costOf("log-dawg", plan)).toEqual({ usd: "26.1408", unpriced: 0, unsupported: {} });
});

/** Who gets past the gateway without a token, or may ask from a browser: what its policy says. */
function letIn({ azure }: Target) {
  const [policy] = azure.resources("Microsoft.ApiManagement/service/apis/policies");
  const all = (pattern: RegExp) => [...String(policy?.properties.value).matchAll(pattern)].map(([, found]) => found);
  return { pages: all(/<origin>([^<]+)</g), headers: all(/<check-header name="([^"]+)"/g) };
}

async function siteOf(stack: BlueprintStack): Promise<string | undefined> {
  const { services } = (await stack.output()) as { services: { name: string; url: string }[] };
  return services.find(({ name }) => name === "site")?.url;
}

let target: Target;
beforeAll(async () => {
  target = await openTarget();
}, 120_000);
afterAll(() => target.stop());

const DEV = {
  profile: "dev",
  waived: ["PG04 db-azure-services"],
  resources: 49,
  replicas: { api: 1, worker: 1 },
  outside: 401,
} as const;
const PRODUCTION = {
  profile: "production",
  waived: ["CE04 environment-environment"],
  resources: 67,
  replicas: { api: 2, worker: 2 },
  outside: 403,
} as const;
const TITLE = "$profile: judged, made, answering, unchanged on a second up, gone after destroy";
long.each([DEV])(TITLE, lives, 300_000);
it.each([PRODUCTION])(TITLE, lives, 300_000);

async function lives({ profile, waived, resources, replicas, outside }: typeof DEV | typeof PRODUCTION) {
  const before = await target.inventory();
  const stack = await target.open("log-dawg", profile);
  const first = await stack.preview();
  expect([first.fail, first.waived, first.changes.length]).toEqual([[], waived, resources]);
  await stack.up();
  expect([await stack.health(), await stack.replicas()]).toEqual([{ api: 200 }, replicas]);
  const [vault] = target.azure.resources("Microsoft.KeyVault/vaults");
  expect(await askOutside(target.azure.env, [`${vault?.properties.vaultUri}secrets/pat`])).toEqual([outside]);
  expect(letIn(target)).toEqual({ pages: [await siteOf(stack)], headers: ["X-Hub-Signature-256", "Authorization"] });
  // Judged again with everything known: nothing hid behind what a first preview cannot tell.
  expect(await stack.preview()).toMatchObject({ fail: [], unknown: [], waived, changes: [] });
  await stack.up("--expect-no-changes");
  expect(await stack.destroy()).toEqual([]);
  expect(await target.inventory()).toEqual(before);
}
