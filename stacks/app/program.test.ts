import {
  containerVariables,
  type Recording,
  rawResources,
  SUBSCRIPTION_ID,
  TENANT_ID,
} from "@devfactory/components/testing/index.ts";
import { expect, it } from "vitest";
import { appSettings, recordApp } from "./testing/recordApp.ts";

const REGISTRY = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg-platform/providers/Microsoft.ContainerRegistry/registries/crplatform`;
const web = { name: "web", kind: "web", uses: [{ resource: "db", access: "readwrite" }] };

const settingsOf = (document: object, images: readonly string[] = ["web"]) =>
  appSettings({ name: "clinic", title: "Clinic", ...document }, { images });

/** Type and place of everything, in a stable order: what a rename or a new child changes. */
function listing(made: Recording<unknown>): readonly string[] {
  return made.resources
    .map(({ type, name, parent }) => `${type.replace(/^azure-native:/, "")} ${parent ? `${parent}/` : ""}${name}`)
    .sort();
}

const SHARED = [
  "app:ManagedEnvironment environment/environment-environment",
  "devfactory:azure:ContainerEnvironment environment",
  "devfactory:azure:Monitoring monitoring",
  "monitor:DiagnosticSetting environment/environment-diagnostics",
  "operationalinsights:Workspace monitoring/monitoring-workspace",
  "resources:ResourceGroup app",
];
const WEB = [
  "app:ContainerApp web/web-app",
  "authorization:RoleAssignment web-to-registry/web-to-registry-acrPull",
  "devfactory:azure:Access web/web-to-registry",
  "devfactory:azure:ContainerApp web",
  "managedidentity:UserAssignedIdentity web/web-identity",
];

it("one web service with Postgres: these resources and no others", async () => {
  const made = await recordApp(settingsOf({ services: [web], resources: [{ name: "db", kind: "postgres" }] }));
  expect(listing(made)).toEqual(
    [
      ...SHARED,
      ...WEB,
      "dbforpostgresql:AdministratorsMicrosoftEntra web-to-db-db/web-to-db-db-postgres",
      "dbforpostgresql:Configuration db/db-setting-log-checkpoints",
      "dbforpostgresql:Configuration db/db-setting-log-connections",
      "dbforpostgresql:Configuration db/db-setting-log-disconnections",
      "dbforpostgresql:Configuration db/db-setting-require-secure-transport",
      "dbforpostgresql:Configuration db/db-setting-ssl-min-protocol-version",
      "dbforpostgresql:Database db/db-database-db",
      "dbforpostgresql:FirewallRule db/db-azure-services",
      "dbforpostgresql:Server db/db-server",
      "devfactory:azure:Access web/web-to-db-db",
      "devfactory:azure:PostgresServer db",
      "monitor:DiagnosticSetting db/db-diagnostics",
    ].sort(),
  );
});

it("one web service with Cosmos: these resources and no others", async () => {
  const containers = [{ name: "orders", partitionKey: "/customerId" }];
  const made = await recordApp(
    settingsOf({ services: [web], resources: [{ name: "db", kind: "cosmos", containers }] }),
  );
  expect(listing(made)).toEqual(
    [
      ...SHARED,
      ...WEB,
      "cosmosdb:DatabaseAccount db/db-account",
      "cosmosdb:SqlResourceSqlContainer db/db-container-db-orders",
      "cosmosdb:SqlResourceSqlDatabase db/db-database-db",
      "cosmosdb:SqlResourceSqlRoleAssignment web-to-db-db/web-to-db-db-cosmos",
      "devfactory:azure:Access web/web-to-db-db",
      "devfactory:azure:CosmosAccount db",
      "monitor:DiagnosticSetting db/db-diagnostics",
    ].sort(),
  );
});

it("consumers of one database get their rights one after the other: the server takes one change at a time", async () => {
  const services = [web, { ...web, name: "admin" }, { ...web, name: "third" }];
  const resources = [{ name: "db", kind: "postgres" }];
  const made = await recordApp(settingsOf({ services, resources }, ["web", "admin", "third"]));
  const before = (name: string) =>
    made.resources.find((each) => each.name === name)?.dependsOn.filter((each) => each.endsWith("-postgres"));
  expect(before("web-to-db-db-postgres")).toEqual([]);
  expect(before("admin-to-db-db-postgres")).toEqual(["web-to-db-db-postgres"]);
  expect(before("third-to-db-db-postgres")).toEqual(["admin-to-db-db-postgres", "web-to-db-db-postgres"]);
});

it("outside dev a Postgres server answers in the app's own network only", async () => {
  const made = await recordApp(
    settingsOf({ profile: "standard", services: [web], resources: [{ name: "db", kind: "postgres" }] }),
  );
  const raw = rawResources(made);
  const subnet = (name: string) =>
    expect.stringMatching(new RegExp(`/virtualNetworks/vnet-clinic-std-[a-z2-7]{6}/subnets/${name}$`));
  expect(raw["db-server"]?.[1].network).toEqual({
    delegatedSubnetResourceId: subnet("postgres"),
    privateDnsZoneArmResourceId: expect.stringMatching(/\/clinic-std\.private\.postgres\.database\.azure\.com$/),
    publicNetworkAccess: "Disabled",
  });
  expect(raw["environment-environment"]?.[1].vnetConfiguration).toEqual({
    infrastructureSubnetId: subnet("apps"),
    internal: false,
  });
  const server = made.resources.find((each) => each.name === "db-server");
  expect(server?.dependsOn).toEqual(expect.arrayContaining(["network-link", "network-postgres"]));
});

it.each([
  ["dev", true, true],
  ["dev", undefined, false],
  ["standard", false, false],
])("profile %s with privateDatabases %s", async (profile, privateDatabases, made) => {
  const settings = settingsOf({ profile, services: [web], resources: [{ name: "db", kind: "postgres" }] });
  const deployment = { ...settings.deployment, ...(privateDatabases !== undefined && { privateDatabases }) };
  expect("network-network" in rawResources(await recordApp({ ...settings, deployment }))).toBe(made);
});

it("in production what holds data is locked, and nothing else", async () => {
  const resources = [
    { name: "db", kind: "postgres" },
    { name: "docs", kind: "cosmos", containers: [{ name: "orders", partitionKey: "/customerId" }] },
    { name: "mails", kind: "queue" },
    { name: "photos", kind: "blob", containers: ["originals"] },
    { name: "keys", kind: "secrets" },
  ];
  const made = await recordApp(settingsOf({ profile: "production", services: [web], resources }));
  const locks = made.resources.filter(({ type }) => type === "azure-native:authorization:ManagementLockByScope");
  expect(locks.map(({ name, inputs }) => [name, inputs.level]).sort()).toEqual(
    ["bus", "db", "docs", "keys", "photos"].map((name) => [`${name}-lock`, "CanNotDelete"]),
  );
});

it("outputs are the address, the services, the resource group and who may do what", async () => {
  const made = await recordApp(settingsOf({ services: [web], resources: [{ name: "db", kind: "postgres" }] }));
  const raw = rawResources(made);
  const url = `https://${raw["web-app"]?.[1].containerAppName}.happy.eastus.azurecontainerapps.io`;
  const { principalId, scope } = raw["web-to-registry-acrPull"]?.[1] ?? {};
  const { runtime: _, ...outputs } = made.result;
  expect(outputs).toEqual({
    url,
    services: [{ name: "web", kind: "web", url }],
    resourceGroupName: raw.app?.[1].resourceGroupName,
    domains: [],
    grants: [
      {
        consumer: "web",
        principalId,
        role: "PostgreSQL Entra administrator",
        scope: expect.stringMatching(/\/flexibleServers\/psql-clinic-dev-[a-z2-7]{6}$/),
      },
      { consumer: "web", principalId, role: "AcrPull", scope },
    ],
  });
  expect(scope).toBe(REGISTRY);
  expect(raw.app?.[1]).toMatchObject({
    resourceGroupName: expect.stringMatching(/^rg-clinic-dev-[a-z2-7]{6}$/),
    location: "eastus",
    tags: {
      "devfactory-app": "app-1",
      "devfactory-tenant": "tenant-1",
      "devfactory-registry": expect.stringMatching(/^[a-z0-9.]+$/),
      "devfactory-name": "clinic",
      "devfactory-profile": "dev",
    },
  });
});

it("the platform's operators administer Postgres beside the app's identity, one after the other", async () => {
  const settings = settingsOf({ services: [web], resources: [{ name: "db", kind: "postgres" }] });
  const operatorGroup = { objectId: "44444444-4444-4444-8444-444444444444", groupName: "operators" };
  const made = await recordApp({ ...settings, deployment: { ...settings.deployment, operatorGroup } });
  expect(rawResources(made)["db-administrator-operators"]?.[1]).toMatchObject({
    objectId: operatorGroup.objectId,
    principalName: "operators",
    principalType: "Group",
    tenantId: TENANT_ID,
  });
  const link = made.resources.find(({ name }) => name === "web-to-db-db-postgres");
  expect(link?.dependsOn).toContain("db-administrator-operators");
});

it.each([
  [[{ name: "web", kind: "web" }], false],
  [[{ name: "web", kind: "web", public: false }], true],
  [[{ name: "web", kind: "worker" }], true],
  [
    [
      { name: "site", kind: "static", uses: [{ resource: "web", access: "call" }] },
      { name: "web", kind: "api", public: false },
    ],
    false,
  ],
] as const)("production: services %j stand in a network; internal: %s", async (services, internal) => {
  const made = rawResources(await recordApp(settingsOf({ profile: "production", services })));
  expect(made["environment-environment"]?.[1]).toMatchObject({ vnetConfiguration: { internal }, zoneRedundant: true });
  expect(made["web-app"]?.[1]).toMatchObject({ template: { scale: { minReplicas: 2, maxReplicas: 2 } } });
});

it("production: a function speaks into the network of the app, where its own storage account answers", async () => {
  const services = [{ name: "mailer", kind: "function" }];
  const made = rawResources(await recordApp(settingsOf({ profile: "production", services })));
  const subnet = /\/virtualNetworks\/vnet-[^/]+\/subnets\/functions$/;
  expect(made["mailer-site"]?.[1].virtualNetworkSubnetId).toMatch(subnet);
  expect(made["mailer-storage-account"]?.[1].publicNetworkAccess).toBe("Disabled");
});

it("production: a spec that wants more replicas gets them, and one that allows one gets two", async () => {
  const scaleOf = async (scale: object) => {
    const services = [{ name: "web", kind: "web", scale }];
    const made = rawResources(await recordApp(settingsOf({ profile: "production", services })));
    return made["web-app"]?.[1].template;
  };
  expect(await scaleOf({ min: 3, max: 5 })).toMatchObject({ scale: { minReplicas: 3, maxReplicas: 5 } });
  expect(await scaleOf({ max: 1 })).toMatchObject({ scale: { minReplicas: 2, maxReplicas: 2 } });
});

it("every kind of service and resource", async () => {
  const services = [
    { name: "site", kind: "static", uses: [{ resource: "shop-api", access: "call" }] },
    {
      name: "shop-api",
      kind: "api",
      public: false,
      port: 3000,
      health: "/ready",
      env: { CURRENCY: "USD" },
      size: { cpu: 0.5 },
      scale: { min: 1, max: 4, concurrency: 20 },
      uses: [
        { resource: "mails", access: "send" },
        { resource: "photos", access: "read" },
        { resource: "keys", access: "read" },
      ],
    },
    { name: "mailer", kind: "worker", uses: [{ resource: "mails", access: "receive" }] },
    { name: "ticker", kind: "worker", uses: [{ resource: "shop-api", access: "call" }] },
    { name: "report", kind: "job", uses: [{ resource: "photos", access: "readwrite" }] },
    {
      name: "resizer",
      kind: "job",
      scale: { min: 0, max: 7, concurrency: 1 },
      uses: [{ resource: "resize", access: "receive" }],
    },
  ];
  const resources = [
    { name: "mails", kind: "queue", sessions: true },
    { name: "resize", kind: "queue" },
    { name: "photos", kind: "blob", containers: ["originals", "thumbs"] },
    { name: "keys", kind: "secrets" },
  ];
  const images = ["shop-api", "mailer", "ticker", "report", "resizer"];
  const made = await recordApp(settingsOf({ services, resources }, images));
  const raw = rawResources(made);
  const rights = Object.keys(raw).filter(
    (name) => raw[name]?.[0] === "authorization:RoleAssignment" && !name.endsWith("acrPull"),
  );
  expect(rights.sort()).toEqual([
    "mailer-to-bus-mails-busOwner",
    "mailer-to-bus-mails-busReceiver",
    "report-to-photos-originals-blobContributor",
    "report-to-photos-thumbs-blobContributor",
    "resizer-to-bus-resize-busOwner",
    "resizer-to-bus-resize-busReceiver",
    "shop-api-to-bus-mails-busSender",
    "shop-api-to-keys-secretsUser",
    "shop-api-to-photos-originals-blobReader",
    "shop-api-to-photos-thumbs-blobReader",
  ]);
  expect(raw["shop-api-app"]?.[1]).toMatchObject({
    configuration: { ingress: { external: false, targetPort: 3000 } },
    template: {
      containers: [{ resources: { cpu: 0.5, memory: "1Gi" }, probes: [{ httpGet: { path: "/ready" } }, {}] }],
      scale: { minReplicas: 1, maxReplicas: 4, rules: [{ http: { metadata: { concurrentRequests: "20" } } }] },
    },
  });
  expect(containerVariables(made, "shop-api-app")).toMatchObject({ PORT: "3000", CURRENCY: "USD" });
  expect(containerVariables(made, "ticker-app").SHOP_API_BASE_URL).toBe(made.result.services[1]?.url);
  expect(raw["ticker-app"]?.[1]).toMatchObject({ template: { scale: { minReplicas: 1 } } });
  expect(raw["mailer-app"]?.[1]).toMatchObject({
    template: { scale: { minReplicas: 0, rules: [{ name: "queue-mails" }] } },
  });
  expect(raw["mailer-app"]?.[1]).not.toHaveProperty("configuration.ingress");
  expect(raw["bus-queue-mails"]?.[1]).toMatchObject({ requiresSession: true });
  expect(raw["site-backend"]?.[0]).toBe("web:StaticSiteLinkedBackend");
  expect(raw["resizer-job"]?.[1]).toMatchObject({
    configuration: { eventTriggerConfig: { scale: { maxExecutions: 7 } } },
  });
  expect(raw["report-job"]?.[1]).toMatchObject({ configuration: { triggerType: "Manual" } });
  expect(made.result.services.map(({ name, url }) => [name, url !== ""])).toEqual([
    ["site", true],
    ["shop-api", true],
    ["mailer", false],
    ["ticker", false],
    ["report", false],
    ["resizer", false],
  ]);
  expect(made.result.url).toBe(made.result.services[0]?.url);
});

it.each([
  [
    "no image",
    { services: [{ name: "web", kind: "web" }] },
    [],
    { code: "IMAGE_MISSING", details: { service: "web", images: "none" } },
  ],
  [
    "a SQL database that nobody rules",
    { services: [{ ...web, uses: [] }], resources: [{ name: "sql", kind: "sql" }] },
    ["web"],
    {
      code: "CONFIG_INVALID",
      details: { key: "devfactory:deployment", problem: "sql needs sqlAdministrator or operatorGroup" },
    },
  ],
  [
    "services that call each other in a circle",
    {
      services: [
        { name: "aa", kind: "api", uses: [{ resource: "bb", access: "call" }] },
        { name: "bb", kind: "api", uses: [{ resource: "aa", access: "call" }] },
      ],
    },
    ["aa", "bb"],
    { code: "CALL_CYCLE", details: { cycle: "aa → bb → aa" } },
  ],
  [
    "a site that wants a database",
    { services: [{ ...web, kind: "static" }], resources: [{ name: "db", kind: "postgres" }] },
    [],
    { code: "USE_UNSUPPORTED", details: { service: "web", kind: "static", resource: "db" } },
  ],
  [
    "a call to a worker",
    {
      services: [
        { name: "ww", kind: "worker" },
        { name: "web", kind: "web", uses: [{ resource: "ww", access: "call" }] },
      ],
    },
    ["ww", "web"],
    { code: "CALL_INTERNAL", details: { service: "web", target: "ww" } },
  ],
])("%s is refused", async (_, document, images, error) => {
  await expect(recordApp(settingsOf(document, images))).rejects.toMatchObject(error);
});

it("two programs, one after the other, share nothing", async () => {
  const settings = settingsOf({ services: [web], resources: [{ name: "db", kind: "postgres" }] });
  const first = await recordApp(settings);
  await recordApp({ ...settings, deployment: { ...settings.deployment, appId: "app-2" } });
  const again = await recordApp(settings);
  expect(rawResources(again)).toEqual(rawResources(first));
});
