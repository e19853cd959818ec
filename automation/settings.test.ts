import { expect, it } from "vitest";
import { armClientOptions, parseResourceId } from "./azure/arm.ts";
import { credentialSource } from "./azure/credential.ts";
import { deployEnvironment } from "./deploy/environment.ts";
import { apiSettings, list, workerSettings } from "./settings.ts";

const common = {
  AZURE_COSMOS_ENDPOINT: "https://localhost:1/",
  AZURE_SERVICE_BUS_HOST: "localhost:2",
  AZURE_STORAGE_BLOB_ENDPOINT: "https://localhost:3/a/",
};
const worker = {
  ...common,
  AZURE_SUBSCRIPTION_ID: "s",
  AZURE_KEY_VAULT_ENDPOINT: "https://localhost:5/",
  DEVFACTORY_RESOURCE_GROUP: "g",
  DEVFACTORY_AGENT_JOBS: '{"qa_agent":"job-qa"}',
  DEVFACTORY_REGISTRY_ID: "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/r",
  AZURE_CONTAINER_REGISTRY_ENDPOINT: "localhost:4",
};

it("fills the defaults of the worker", () => {
  expect(workerSettings(worker)).toEqual({
    ...worker,
    PORT: 8080,
    DEVFACTORY_AGENT_HOST: "job",
    DEVFACTORY_AGENT_JOBS: { qa_agent: "job-qa" },
    AZURE_COSMOS_DATABASE: "devfactory",
    BUILD_CONTAINER_CPU: 2,
    ENABLE_AUTO_SCALING: true,
    ENABLE_CDN_INTEGRATION: "true",
    ENABLE_MULTI_REGION: false,
    DEVFACTORY_QUEUE: "jobs",
    DEVFACTORY_QUEUE_SLOTS: 50,
    DEVFACTORY_TENANT_CONCURRENCY: 10,
    DEVFACTORY_TENANT_JOBS: 100,
    DEVFACTORY_TENANT_LIMITS: {},
    DEVFACTORY_TENANT_RATE: 120,
    DEVFACTORY_APP_SCHEME: "https",
    DEVFACTORY_OUTBOUND: "public",
    DEVFACTORY_GIT_HOSTS: "github.com,gitlab.com,bitbucket.org,dev.azure.com,codeberg.org",
    DEVFACTORY_WRAPPING_KEY: "user-keys",
    DEVFACTORY_OUTBOUND_PORTS: [],
    LOG_LEVEL: "info",
    MAX_CONCURRENT_DEPLOYMENTS: 10,
    DEPLOYMENT_TIMEOUT_MS: 600_000,
    DEVFACTORY_DRIFT_HOURS: 0,
    DEVFACTORY_KEEP_DAYS: 90,
    DEVFACTORY_EXPIRY_NOTICE_HOURS: 24,
    DEVFACTORY_EXPIRY_GRACE_HOURS: 24,
    DEVFACTORY_LEASE_MS: 60_000,
    DEVFACTORY_AZURE_WAIT_MS: 600_000,
    DEVFACTORY_LOCK_WAIT_MS: 120_000,
    DEVFACTORY_CANCEL_BUDGET_MS: 300_000,
    DEVFACTORY_MAX_ATTEMPTS: 3,
    DEVFACTORY_MAX_REPAIRS: 2,
    DEVFACTORY_DEFAULT_BUDGET_USD: 500,
    DEVFACTORY_POLICY_GATE: { dev: "warn", standard: "block", production: "block" },
    DEVFACTORY_NOTIFY: [],
    DEVFACTORY_WAIVERS: { waivers: [] },
  });
});

it("names every setting that is missing or wrong at once; an empty one is missing", () => {
  const given = { ...worker, AZURE_SERVICE_BUS_HOST: "", DEVFACTORY_AGENT_JOBS: "[", MAX_CONCURRENT_DEPLOYMENTS: "0" };
  expect(() => workerSettings(given)).toThrow(
    /AZURE_SERVICE_BUS_HOST: .*DEVFACTORY_AGENT_JOBS: must be a JSON object.*MAX_CONCURRENT_DEPLOYMENTS: /,
  );
  expect(() => apiSettings(common)).toThrow(/DEVFACTORY_AUTHORITY: .*DEVFACTORY_API_CLIENT_ID: /);
});

const groups = {
  location: "eastus",
  agents: {
    qa_agent: { image: `r/qa@sha256:${"a".repeat(64)}`, identityId: "/subscriptions/s/i", cpu: 1, memoryGb: 2 },
  },
};
const qa = groups.agents.qa_agent;

it.each([
  ["job", undefined, "job"],
  ["aci", groups, "aci"],
  ["aci", undefined, "DEVFACTORY_AGENT_GROUPS: must be there beside DEVFACTORY_AGENT_HOST=aci"],
  ["aks", undefined, "aks is not built: agents run as Container Apps Jobs (job) or in container groups (aci)"],
  ["vm", undefined, "DEVFACTORY_AGENT_HOST: must be job or aci"],
  [
    "aci",
    { ...groups, agents: { qa_agent: { ...qa, image: "r/qa:1" } } },
    "agents.qa_agent.image must name its image by digest",
  ],
  ["aci", { ...groups, agents: { qa_agent: { ...qa, cpu: 0 } } }, "agents.qa_agent.cpu"],
] as const)("agents run in %s with %j: %s", (host, given, expected) => {
  const more = given ? { DEVFACTORY_AGENT_GROUPS: JSON.stringify(given) } : {};
  const read = () => workerSettings({ ...worker, DEVFACTORY_AGENT_HOST: host, ...more });
  if (expected !== host) return expect(read).toThrow(expected);
  const agents = { qa_agent: { ...qa, env: {} } };
  const { DEVFACTORY_AGENT_HOST, DEVFACTORY_AGENT_GROUPS } = read();
  expect([DEVFACTORY_AGENT_HOST, DEVFACTORY_AGENT_GROUPS]).toEqual([host, given && { ...groups, tags: {}, agents }]);
});

it.each([
  ['{"objectId":"44444444-4444-4444-8444-444444444444","groupName":"ops"}', true],
  ['{"objectId":"ops"}', false],
  ["ops", false],
])("the operators' group %s is taken: %s", (text, taken) => {
  const read = () => workerSettings({ ...worker, DEVFACTORY_OPERATOR_GROUP: text });
  if (taken) expect(read().DEVFACTORY_OPERATOR_GROUP).toEqual(JSON.parse(text));
  else expect(read).toThrow("DEVFACTORY_OPERATOR_GROUP: must be a JSON object with objectId and groupName");
});

const waiver = {
  rule: "CE04",
  target: "azure-native:app:*",
  reason: "a public door",
  owner: "ada",
  expires: "2027-01-31",
};

it.each([
  ["DEVFACTORY_POLICY_GATE", { dev: "block" }, { dev: "block", standard: "block", production: "block" }],
  ["DEVFACTORY_POLICY_GATE", { standard: "off" }, "of profile → warn or block; standard Invalid option"],
  ["DEVFACTORY_POLICY_GATE", { staging: "warn" }, "must be a JSON object of profile → warn or block"],
  ["DEVFACTORY_WAIVERS", { waivers: [waiver] }, { waivers: [waiver] }],
  ["DEVFACTORY_WAIVERS", { waivers: [{ ...waiver, rule: "ZZ99" }] }, "waivers.0.rule names no rule"],
  [
    "DEVFACTORY_WAIVERS",
    { waivers: [{ ...waiver, expires: "soon" }] },
    "waivers.0.expires must be a day as 2026-12-31",
  ],
  ["DEVFACTORY_WAIVERS", [waiver], "must be a JSON object of waivers (docs/policies.md)"],
] as const)("the operator's %s %j", (name, given, expected) => {
  const read = () => workerSettings({ ...worker, [name]: JSON.stringify(given) });
  if (typeof expected === "string") expect(read).toThrow(expected);
  else expect(read()[name]).toEqual(expected);
});

it.each([
  ["ada@contoso.example, grace@contoso.example", ["ada@contoso.example", "grace@contoso.example"]],
  ["ada", "DEVFACTORY_NOTIFY: must be mail addresses with commas between them"],
])("people to tell: %s", (text, expected) => {
  const read = () => workerSettings({ ...worker, DEVFACTORY_NOTIFY: text });
  if (typeof expected === "string") expect(read).toThrow(expected);
  else expect(read().DEVFACTORY_NOTIFY).toEqual(expected);
});

it("reads lists", () => {
  expect([list(""), list(" a, b ,")]).toEqual([[], ["a", "b"]]);
});

it.each([
  [{ IDENTITY_ENDPOINT: "http://127.0.0.1:1", AZURE_CLIENT_SECRET: "x" }, "managedIdentity"],
  [{ AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c", AZURE_CLIENT_SECRET: "s" }, "clientSecret"],
  [{ AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c" }, "azureCli"],
] as const)("credential of %j: %s", (environment, source) => {
  expect(credentialSource(environment)).toBe(source);
});

it("the token scope of ARM has no double slash", () => {
  expect(armClientOptions({ AZURE_RESOURCE_MANAGER_ENDPOINT: "https://localhost:5/" })).toEqual({
    endpoint: "https://localhost:5",
    credentialScopes: "https://localhost:5/.default",
    credentials: { scopes: ["https://localhost:5/.default"] },
  });
  expect(armClientOptions({}).endpoint).toBe("https://management.azure.com");
});

it("reads resource ids without minding case", () => {
  expect(parseResourceId("/subscriptions/s/resourcegroups/G/providers/Microsoft.X/ys/z")).toEqual({
    subscriptionId: "s",
    resourceGroupName: "G",
    name: "z",
  });
  expect(() => parseResourceId("/subscriptions/s")).toThrow("not the id of a resource");
});

it("the deployment process signs in with the replica's identity and sees nothing else of the worker", () => {
  const environment = {
    PATH: "/bin",
    IDENTITY_ENDPOINT: "http://127.0.0.1:1/msi",
    IDENTITY_HEADER: "header",
    AZURE_CLIENT_ID: "c",
    AZURE_TENANT_ID: "t",
    AZURE_SUBSCRIPTION_ID: "s",
    ARM_CLIENT_SECRET: "never",
    AZURE_COSMOS_ENDPOINT: "https://ledger",
    PULUMI_BACKEND_URL: "file:///state",
  };
  expect(deployEnvironment(environment)).toEqual({
    PATH: "/bin",
    AZURE_SUBSCRIPTION_ID: "s",
    AZURE_TENANT_ID: "t",
    AZURE_CLIENT_ID: "c",
    PULUMI_BACKEND_URL: "file:///state",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true",
    ARM_USE_MSI: "true",
    ARM_MSI_ENDPOINT: "http://127.0.0.1:1/msi",
    IDENTITY_ENDPOINT: "http://127.0.0.1:1/msi",
    IDENTITY_HEADER: "header",
    ARM_CLIENT_ID: "c",
    ARM_TENANT_ID: "t",
    ARM_SUBSCRIPTION_ID: "s",
  });
});
