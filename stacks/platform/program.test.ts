import {
  containerVariables,
  rawResources,
  record,
  resolved,
  SUBSCRIPTION_ID,
  TENANT_ID,
} from "@devfactory/components/testing/index.ts";
import { expect, it } from "vitest";
import { deployPlatform, type PlatformOutputs } from "./program.ts";
import { readSettings } from "./settings.ts";

const OPERATOR = "33333333-3333-4333-8333-333333333333";
const target = {
  ARM_SUBSCRIPTION_ID: SUBSCRIPTION_ID,
  ARM_TENANT_ID: TENANT_ID,
  AZURE_RESOURCE_MANAGER_ENDPOINT: "https://localhost:1",
  AZURE_AUTHORITY_HOST: "https://localhost:2/",
  NODE_EXTRA_CA_CERTS: "/ca.pem",
  PULUMI_BACKEND_URL: "file:///state",
  AZURE_CLIENT_SECRET: "never handed on",
};
const place = { stack: "dev", checkout: "/checkout" };
const azure = { ARM_SUBSCRIPTION_ID: SUBSCRIPTION_ID, ARM_TENANT_ID: TENANT_ID };

function deploy(config: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>>) {
  return record(async () => {
    const outputs = deployPlatform(readSettings({ get: (key) => config[key] }, environment, place));
    const pairs = Object.entries(outputs).map(
      async ([name, output]) => [name, await resolved<unknown>(output)] as const,
    );
    return Object.fromEntries(await Promise.all(pairs)) as { [Name in keyof PlatformOutputs]: unknown };
  });
}

const local = await deploy({ operatorObjectId: OPERATOR }, target);
const raw = rawResources(local);

it("makes one of each, five agents and their rights: so many resources by type", () => {
  const counts: Record<string, number> = {};
  for (const [type] of Object.values(raw)) counts[type] = (counts[type] ?? 0) + 1;
  expect(counts).toEqual({
    "app:ContainerApp": 2,
    "app:Job": 5,
    "app:ManagedEnvironment": 1,
    "authorization:RoleAssignment": 46,
    "azuread:index/application:Application": 1,
    "azuread:index/applicationIdentifierUri:ApplicationIdentifierUri": 1,
    "azuread:index/group:Group": 1,
    "azuread:index/servicePrincipal:ServicePrincipal": 1,
    "containerregistry:Registry": 1,
    "cosmosdb:DatabaseAccount": 1,
    "cosmosdb:SqlResourceSqlContainer": 8,
    "cosmosdb:SqlResourceSqlDatabase": 1,
    "cosmosdb:SqlResourceSqlRoleAssignment": 3,
    "docker:index/image:Image": 6,
    "keyvault:Key": 1,
    "keyvault:Vault": 1,
    "managedidentity:UserAssignedIdentity": 7,
    "monitor:DiagnosticSetting": 6,
    "operationalinsights:Workspace": 1,
    "resources:ResourceGroup": 1,
    "servicebus:Namespace": 1,
    "servicebus:Queue": 2,
    "storage:BlobContainer": 5,
    "storage:BlobServiceProperties": 1,
    "storage:StorageAccount": 1,
    "web:StaticSite": 1,
    "web:StaticSiteLinkedBackend": 1,
  });
});

it("each may do this and nothing else", () => {
  const grants = local.result.grants as { consumer: string; role: string; scope: string }[];
  const short = (scope: string) =>
    scope
      .replace(/^.*\/providers\/[^/]+\//, "")
      .replace(/-?[a-z]+-dev-[a-z2-7]{6}|(st|cr)devfactorydev[a-z2-7]{6}/g, "x");
  const of = (consumer: string) =>
    grants.filter((grant) => grant.consumer === consumer).map(({ role, scope }) => `${role} on ${short(scope)}`);
  expect(of("planner-agent")).toEqual([
    "Storage Blob Data Contributor on storageAccounts/x/blobServices/default/containers/workspaces",
    "AcrPull on registries/x",
  ]);
  expect(of("api").map((line) => line.split(" on ")[0])).toEqual([
    "Cosmos DB Built-in Data Contributor",
    "Azure Service Bus Data Sender",
    "Azure Service Bus Data Sender",
    "Storage Blob Data Contributor",
    "Storage Blob Data Contributor",
    "Storage Blob Data Contributor",
    "Storage Blob Data Reader",
    "Storage Blob Delegator",
    "Key Vault Secrets User",
    "Key Vault Crypto User",
    "AcrPull",
  ]);
  const wide = grants.filter(({ scope }) => scope === `/subscriptions/${SUBSCRIPTION_ID}`);
  expect(wide.map(({ consumer, role }) => [consumer, role])).toEqual([
    ["worker", "Contributor"],
    ["worker", "Locks Contributor"],
    ["worker", "Role Based Access Control Administrator"],
  ]);
  expect(of("worker").filter((line) => line.startsWith("Container Apps Jobs Operator"))).toHaveLength(5);
  expect(of("operator").map((line) => line.split(" on ")[0])).toEqual([
    "Key Vault Secrets Officer",
    "Storage Blob Data Contributor",
    "Azure Service Bus Data Owner",
    "AcrPull",
    "Cosmos DB Built-in Data Contributor",
  ]);
});

const inGroups = await deploy({ agentHost: "aci", operatorObjectId: OPERATOR }, target);

it("agents in container groups: no jobs, an identity with the same rights for each, and the rights of the worker", () => {
  const made = rawResources(inGroups);
  const count = (type: string) => Object.values(made).filter(([each]) => each === type).length;
  expect([count("app:Job"), count("containerinstance:ContainerGroup"), count("docker:index/image:Image")]).toEqual([
    0, 0, 6,
  ]);
  expect(count("managedidentity:UserAssignedIdentity")).toBe(7);
  // One right on each identity in place of one on each job, and one on the group that the container groups are made in.
  expect(count("authorization:RoleAssignment")).toBe(47);
  const grants = inGroups.result.grants as { consumer: string; role: string; scope: string }[];
  const before = local.result.grants as typeof grants;
  const of = (rows: typeof grants, consumer: string) =>
    rows.filter((row) => row.consumer === consumer).map(({ role, scope }) => [role, scope]);
  expect(of(grants, "qa-agent-group")).toEqual(of(before, "qa-agent"));
  const own = (rows: typeof grants) => of(rows, "worker").map((row) => row.join(" on "));
  const group = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/${inGroups.result.resourceGroupName}`;
  const identity = (agent: string) => String(made[`${agent}-agent-group-identity`]?.[1].resourceName);
  expect(own(grants).filter((row) => !own(before).includes(row))).toEqual([
    `Azure Container Instances Contributor Role on ${group}`,
    ...["planner", "frontend", "backend", "infra", "qa"].map(
      (agent) =>
        `Managed Identity Operator on ${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${identity(agent)}`,
    ),
  ]);
  expect(
    own(before)
      .filter((row) => !own(grants).includes(row))
      .every((row) => row.startsWith("Container Apps Jobs Operator on ")),
  ).toBe(true);
  expect(own(grants)).toHaveLength(own(before).length + 1);
});

it("the worker is told what the group of each run is made of: what the job of the agent has", () => {
  const {
    DEVFACTORY_AGENT_HOST,
    DEVFACTORY_AGENT_JOBS,
    DEVFACTORY_AGENT_GROUPS = "",
  } = containerVariables(inGroups, "worker-app");
  expect([DEVFACTORY_AGENT_HOST, DEVFACTORY_AGENT_JOBS]).toEqual(["aci", "{}"]);
  const { location, tags, subnetId, agents } = JSON.parse(DEVFACTORY_AGENT_GROUPS);
  expect([location, tags, subnetId]).toEqual([
    "eastus",
    { "devfactory-platform": "dev", "devfactory-profile": "dev" },
    undefined,
  ]);
  expect(Object.keys(agents)).toEqual(["planner_agent", "frontend_agent", "backend_agent", "infra_agent", "qa_agent"]);
  const job = raw["qa-agent-job"]?.[1] as {
    template: {
      containers: {
        image: string;
        resources: { cpu: number; memory: string };
        env: { name: string; value: string }[];
      }[];
    };
  };
  const { image, resources, env } = job.template.containers[0] ?? {};
  const { qa_agent: qa } = agents;
  expect([qa.image, qa.cpu, `${qa.memoryGb}Gi`]).toEqual([image, resources?.cpu, resources?.memory]);
  const rest = ({ AZURE_CLIENT_ID: _, ...more }: Record<string, string>) => more;
  expect(rest(qa.env)).toEqual(rest(Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]))));
  expect(Object.keys(qa.env)).toContain("AZURE_CLIENT_ID");
  expect(qa.identityId).toMatch(/\/userAssignedIdentities\/[a-z0-9-]+$/);
});

it("in production groups stand in a subnet of the platform's network, which the worker may join", async () => {
  const made = await deploy({ profile: "production", agentHost: "aci" }, azure);
  const subnet = Object.entries(rawResources(made)).find(([name]) => name === "network-groups")?.[1][1];
  expect(subnet).toMatchObject({ delegations: [{ serviceName: "Microsoft.ContainerInstance/containerGroups" }] });
  const { subnetId } = JSON.parse(containerVariables(made, "worker-app").DEVFACTORY_AGENT_GROUPS ?? "");
  expect(subnetId).toMatch(/\/virtualNetworks\/[^/]+\/subnets\/groups$/);
  const grants = made.result.grants as { consumer: string; role: string; scope: string }[];
  expect(
    grants.filter(({ role }) => role === "Network Contributor").map(({ consumer, scope }) => [consumer, scope]),
  ).toEqual([["worker", subnetId]]);
  expect(Object.keys(rawResources(await deploy({ profile: "production" }, azure)))).not.toContain("network-groups");
});

it("whoever starts the local target may choose where agents run; the stack's own word wins", () => {
  const host = (config: Record<string, string>, environment: object) =>
    readSettings({ get: (key) => config[key] }, { ...target, ...environment }, place).agentHost;
  expect([
    host({}, {}),
    host({}, { DEVFACTORY_AGENT_HOST: "aci" }),
    host({ agentHost: "job" }, { DEVFACTORY_AGENT_HOST: "aci" }),
  ]).toEqual(["job", "aci", "job"]);
});

it("rights on Cosmos are given one after the other", () => {
  const before = (name: string) =>
    local.resources.find((each) => each.name === name)?.dependsOn.filter((each) => each.endsWith("-cosmos"));
  expect(before("api-to-data-devfactory-cosmos")).toEqual([]);
  expect(before("worker-to-data-devfactory-cosmos")).toEqual(["api-to-data-devfactory-cosmos"]);
  expect(before("operator-to-platform-cosmos")).toEqual([
    "api-to-data-devfactory-cosmos",
    "worker-to-data-devfactory-cosmos",
  ]);
});

it("the worker may hand out the roles of apps only", () => {
  const { condition, conditionVersion } = raw["worker-to-subscription-accessAdministrator"]?.[1] ?? {};
  expect(conditionVersion).toBe("2.0");
  expect(condition).toContain("7f951dda-4ed3-4680-a7ca-43fe172d538d"); // AcrPull
  for (const forbidden of ["8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "b24988ac-6180-42a0-ab88-20f7382dd24c"]) {
    expect(condition).not.toContain(forbidden); // Owner, Contributor
  }
});

it("API and worker get the names of docs/architecture.md, the target's endpoints and no secret", () => {
  const api = containerVariables(local, "api-app");
  const worker = containerVariables(local, "worker-app");
  const shared = [
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_ID",
    "AZURE_COSMOS_DATABASE",
    "AZURE_COSMOS_ENDPOINT",
    "AZURE_KEY_VAULT_ENDPOINT",
    "AZURE_KEY_VAULT_NAME",
    "AZURE_RESOURCE_MANAGER_ENDPOINT",
    "AZURE_SERVICE_BUS_HOST",
    "AZURE_SERVICE_BUS_NAME",
    "AZURE_STORAGE_ACCOUNT_NAME",
    "AZURE_STORAGE_BLOB_ENDPOINT",
    "AZURE_SUBSCRIPTION_ID",
    "AZURE_TENANT_ID",
    "DEVFACTORY_API_CLIENT_ID",
    "DEVFACTORY_APP_SCHEME",
    "DEVFACTORY_AUTHORITY",
    "DEVFACTORY_OUTBOUND",
    "DEVFACTORY_QUEUE_SLOTS",
    "NODE_ENV",
    "NODE_EXTRA_CA_CERTS",
    "PORT",
    "PULUMI_BACKEND_URL",
  ];
  const ofWorker = [
    "AZURE_CONTAINER_REGISTRY_ENDPOINT",
    "DEVFACTORY_AGENT_JOBS",
    "DEVFACTORY_MODEL_GATEWAY",
    "DEVFACTORY_OPERATOR_GROUP",
    "DEVFACTORY_REGISTRY_ID",
    "DEVFACTORY_RESOURCE_GROUP",
  ];
  expect(Object.keys(api).sort()).toEqual([...shared, "DEVFACTORY_DASHBOARD_ORIGIN"].sort());
  expect(Object.keys(worker).sort()).toEqual([...shared, ...ofWorker].sort());
  expect(worker).toMatchObject({
    DEVFACTORY_AUTHORITY: "https://localhost:2",
    DEVFACTORY_APP_SCHEME: "http",
    DEVFACTORY_OUTBOUND: "loopback",
    PULUMI_BACKEND_URL: "file:///state",
    DEVFACTORY_RESOURCE_GROUP: local.result.resourceGroupName,
  });
  expect(Object.keys(JSON.parse(worker.DEVFACTORY_AGENT_JOBS ?? ""))).toEqual([
    "planner_agent",
    "frontend_agent",
    "backend_agent",
    "infra_agent",
    "qa_agent",
  ]);
});

it("the dashboard stands behind the front door and its API under the same address", () => {
  expect(raw["dashboard-site"]?.[1]).toMatchObject({
    tags: { "devfactory-front-door": "true" },
    sku: { name: "Standard" },
  });
  expect(raw["sign-in-application"]?.[1]).toMatchObject({
    singlePageApplication: { redirectUris: [`${local.result.dashboardUrl}/`, "http://localhost:4280/"] },
  });
  expect(containerVariables(local, "api-app").DEVFACTORY_DASHBOARD_ORIGIN).toBe(
    `${local.result.dashboardUrl},http://localhost:4280`,
  );
});

it("images are built from the checkout", () => {
  expect(raw["automation-image"]?.[1].build).toEqual({
    context: "/checkout",
    dockerfile: "/checkout/automation/Dockerfile",
    platform: "linux/amd64",
  });
  expect(raw["qa-agent-image"]?.[1].build).toMatchObject({
    dockerfile: "/checkout/runtime/agents/qa_agent/Dockerfile",
  });
  expect(raw["worker-app"]?.[1]).toMatchObject({
    template: { containers: [{ command: ["node", "automation/worker/main.ts"] }] },
  });
});

it("production on Azure: what holds data answers only in the network, where API and worker run twice", async () => {
  const made = rawResources(await deploy({ profile: "production" }, azure));
  const endpoints = Object.entries(made).flatMap(([name, [type]]) =>
    type === "network:PrivateEndpoint" ? [name] : [],
  );
  expect(endpoints.sort()).toEqual(["data-endpoint", "files-endpoint", "vault-endpoint"]);
  // A plan is judged by the profile that its resources tell.
  expect(made["data-account"]?.[1].tags).toMatchObject({ "devfactory-profile": "production" });
  expect(made["environment-environment"]?.[1]).toMatchObject({
    vnetConfiguration: { infrastructureSubnetId: expect.stringMatching(/\/subnets\/apps$/), internal: false },
    zoneRedundant: true,
  });
  for (const name of ["api-app", "worker-app"]) {
    expect(made[name]?.[1]).toMatchObject({ template: { scale: { minReplicas: 2, maxReplicas: 10 } } });
  }
  expect(Object.values(made).filter(([type]) => type.startsWith("monitor:ActionGroup"))).toEqual([]);
});

it("a receiver makes an action group; a group of one's own is taken instead of a new one", async () => {
  const group = { objectId: OPERATOR, groupName: "ops" };
  const emails = { ops: "ops@example.org" };
  const made = await deploy(
    { profile: "production", notify: JSON.stringify({ emails }), operatorGroup: JSON.stringify(group) },
    azure,
  );
  expect(rawResources(made)["monitoring-actions"]?.[1]).toMatchObject({
    emailReceivers: [{ name: "ops", emailAddress: "ops@example.org", useCommonAlertSchema: true }],
  });
  expect(JSON.parse(containerVariables(made, "worker-app").DEVFACTORY_OPERATOR_GROUP ?? "")).toEqual(group);
  expect(rawResources(made)).not.toHaveProperty("operators-group");
  expect(containerVariables(made, "worker-app").DEVFACTORY_NOTIFY).toBe("ops@example.org");
});

it("sign-in leads back to this machine on a local target, but not in production", () => {
  const origins = (profile: string) =>
    readSettings({ get: (key) => ({ profile })[key] }, target, place).dashboardOrigins;
  expect([origins("dev"), origins("production")]).toEqual([["http://localhost:4280"], []]);
});

const waiver = {
  rule: "CE04",
  target: "azure-native:app:*",
  reason: "a public door",
  owner: "ada",
  expires: "2027-01-31",
};

it("gate and waivers of the operator reach the worker; the checkout's own waivers count when the stack names none", async () => {
  const config = { policyGate: '{"dev":"block"}', waivers: JSON.stringify({ waivers: [waiver] }) };
  const variables = containerVariables(await deploy(config, target), "worker-app");
  expect(JSON.parse(variables.DEVFACTORY_POLICY_GATE ?? "")).toEqual({ dev: "block" });
  expect(JSON.parse(variables.DEVFACTORY_WAIVERS ?? "")).toEqual({ waivers: [waiver] });
  const api = containerVariables(local, "api-app");
  expect(Object.keys({ ...api, ...containerVariables(local, "worker-app") })).not.toContain("DEVFACTORY_WAIVERS");
  const own = { ...place, waivers: JSON.stringify({ waivers: [{ ...waiver, owner: "grace" }] }) };
  const read = (waivers?: string) =>
    readSettings({ get: (key) => (key === "waivers" ? waivers : undefined) }, azure, own);
  expect([read(), read(config.waivers)].map((each) => each.waivers?.waivers[0]?.owner)).toEqual(["grace", "ada"]);
});

it("queue and care of the operator reach API and worker; slots follow the number of workers", async () => {
  const queue = { workers: 4, tenantJobs: 20, tenantRate: 7.5, tenantLimits: { acme: { weight: 2 } } };
  const care = { driftHours: 24, expiryNoticeHours: 48, expiryGraceHours: 6, keepDays: 30 };
  const made = await deploy({ queue: JSON.stringify(queue), care: JSON.stringify(care) }, target);
  for (const name of ["api-app", "worker-app"]) {
    expect(containerVariables(made, name)).toMatchObject({
      DEVFACTORY_QUEUE_SLOTS: "20",
      DEVFACTORY_TENANT_JOBS: "20",
      DEVFACTORY_TENANT_RATE: "7.5",
      DEVFACTORY_TENANT_LIMITS: '{"acme":{"weight":2}}',
      DEVFACTORY_DRIFT_HOURS: "24",
      DEVFACTORY_EXPIRY_NOTICE_HOURS: "48",
      DEVFACTORY_EXPIRY_GRACE_HOURS: "6",
      DEVFACTORY_KEEP_DAYS: "30",
    });
    expect(containerVariables(made, name)).not.toHaveProperty("DEVFACTORY_TENANT_CONCURRENCY");
  }
  expect(rawResources(made)["worker-app"]?.[1]).toMatchObject({ template: { scale: { maxReplicas: 4 } } });
  expect(containerVariables(local, "api-app").DEVFACTORY_QUEUE_SLOTS).toBe("50");
});

it("the worker's health is asked on its own port", () => {
  const { template } = (raw["worker-app"]?.[1] ?? {}) as { template: { containers: { probes: object[] }[] } };
  expect(template.containers[0]?.probes).toMatchObject([
    { type: "Readiness", httpGet: { port: 8080, path: "/health/ready" } },
    { type: "Liveness", httpGet: { port: 8080, path: "/health/live" } },
  ]);
});

it("production on Azure: no local endpoint, no operator, state in Blob", async () => {
  const made = await deploy({ profile: "production", operatorObjectId: OPERATOR }, azure);
  const names = Object.keys(rawResources(made));
  expect(names.filter((name) => name.startsWith("operator"))).toEqual(["operators-group"]);
  expect(containerVariables(made, "worker-app")).toMatchObject({
    DEVFACTORY_AUTHORITY: "https://login.microsoftonline.com",
    DEVFACTORY_APP_SCHEME: "https",
    DEVFACTORY_OUTBOUND: "public",
    PULUMI_BACKEND_URL: `azblob://state?storage_account=${made.result.storageAccountName}`,
  });
  expect(containerVariables(made, "worker-app")).not.toHaveProperty("AZURE_RESOURCE_MANAGER_ENDPOINT");
});

it("whoever starts the local target may allow apps in several regions, and says what an app may cost", () => {
  const worker = (more: object) => readSettings({ get: () => undefined }, { ...target, ...more }, place).environment;
  expect(worker({ ENABLE_MULTI_REGION: "true" })).toMatchObject({ ENABLE_MULTI_REGION: "true" });
  expect(worker({})).not.toHaveProperty("ENABLE_MULTI_REGION");
  expect(worker({ DEVFACTORY_DEFAULT_BUDGET_USD: "10" })).toMatchObject({ DEVFACTORY_DEFAULT_BUDGET_USD: "10" });
});

it.each([
  [{ profile: "prod" }, azure, "profile"],
  [{ operatorObjectId: "me" }, azure, "operatorObjectId"],
  [{ queue: '{"slots":0}' }, azure, "slots"],
  [{ care: '{"expiryGraceHours":0}' }, azure, "expiryGraceHours"],
  [
    { agentHost: "aks" },
    azure,
    "agentHost aks is not built: agents run as Container Apps Jobs (job) or in container groups (aci)",
  ],
  [{ agentHost: "vm" }, azure, "agentHost must be job or aci"],
  [{ policyGate: '{"dev":"off"}' }, azure, "policyGate"],
  [{ waivers: JSON.stringify({ waivers: [{ ...waiver, expires: "2027-02-30" }] }) }, azure, "expires"],
  [{ waivers: JSON.stringify({ waivers: [{ ...waiver, rule: "all" }] }) }, azure, "ST01"],
  [{}, {}, "set ARM_SUBSCRIPTION_ID or AZURE_SUBSCRIPTION_ID"],
])("the settings %j are refused", (config: Readonly<Record<string, string>>, environment, word) => {
  expect(() => readSettings({ get: (key) => config[key] }, environment, place)).toThrow(word);
});
