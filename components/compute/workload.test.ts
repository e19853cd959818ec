import { expect, it } from "vitest";
import type { AppContext } from "../core/context.ts";
import { ServiceBus } from "../messaging/serviceBus.ts";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
import { KeyVault } from "../security/keyVault.ts";
import { guid, rawResources, record, resolved, TENANT_ID, TEST_TAGS, testContext } from "../testing/index.ts";
import { ContainerApp, type ContainerAppArgs } from "./containerApp.ts";
import { ContainerEnvironment } from "./containerEnvironment.ts";
import { ContainerJob } from "./containerJob.ts";
// all that is told to Azure, whole; names and ids follow from the context of tests
import told from "./fixtures/workload.json" with { type: "json" };

const IMAGE = `r.azurecr.io/clinic/web@sha256:${"1".repeat(64)}`;
const IDENTITY = "id-clinic-dev-m3beui";
const identityId = (name: string) =>
  `/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;

function ground(context: AppContext) {
  const registry = ContainerRegistry.existing("registry", { registryId: "/registry", loginServer: "r.azurecr.io" });
  return { context, registry, image: IMAGE, environment: new ContainerEnvironment("env", { context }) };
}

async function makeApp(more: Partial<ContainerAppArgs> = {}) {
  return await record(() => new ContainerApp("web", { ...ground(testContext("dev")), ...more }));
}

it("dev: scales to zero, pulls under its own identity, has that one right and no secret", async () => {
  const made = await makeApp({ ingress: { port: 8080, external: true }, health: { port: 8080, path: "/health" } });
  const raw = rawResources(made);
  const name = String(raw["web-identity"]?.[1].resourceName);
  expect(Object.keys(raw).sort()).toEqual(["env-environment", "web-app", "web-identity", "web-to-registry-acrPull"]);
  const httpGet = { port: 8080, path: "/health", scheme: "HTTP" };
  expect(raw["web-app"]?.[1]).toEqual({
    resourceGroupName: "rg",
    location: "eastus",
    containerAppName: expect.stringMatching(/^ca-clinic-dev-[a-z2-7]{6}$/),
    environmentId: expect.stringMatching(/\/managedEnvironments\/cae-clinic-dev-zzqqis$/),
    workloadProfileName: "Consumption",
    identity: { type: "UserAssigned", userAssignedIdentities: [identityId(name)] },
    configuration: {
      activeRevisionsMode: "Single",
      maxInactiveRevisions: 5,
      registries: [{ server: "r.azurecr.io", identity: identityId(name) }],
      identitySettings: [{ identity: identityId(name), lifecycle: "None" }],
      ingress: {
        external: true,
        targetPort: 8080,
        transport: "Auto",
        allowInsecure: false,
        traffic: [{ latestRevision: true, weight: 100 }],
      },
    },
    template: {
      terminationGracePeriodSeconds: 30,
      containers: [
        {
          name: "main",
          image: IMAGE,
          resources: { cpu: 0.25, memory: "0.5Gi" },
          env: [
            { name: "AZURE_CLIENT_ID", value: guid(`client ${name}`) },
            { name: "AZURE_TENANT_ID", value: TENANT_ID },
          ],
          probes: [
            { type: "Readiness", httpGet, periodSeconds: 2, failureThreshold: 10, timeoutSeconds: 2 },
            {
              type: "Liveness",
              httpGet,
              initialDelaySeconds: 5,
              periodSeconds: 10,
              failureThreshold: 3,
              timeoutSeconds: 5,
            },
          ],
        },
      ],
      scale: {
        minReplicas: 0,
        maxReplicas: 10,
        rules: [{ name: "http", http: { metadata: { concurrentRequests: "100" } } }],
      },
    },
    tags: { ...TEST_TAGS, "devfactory-component": "web" },
  });
});

it("the first replica waits for its rights", async () => {
  const made = await makeApp();
  const app = made.resources.find((each) => each.name === "web-app");
  expect(app?.dependsOn).toContain("web-to-registry-acrPull");
  const parents = made.resources.map(({ name, parent }) => [name, parent]);
  expect(parents).toContainEqual(["web-to-registry", "web"]);
  expect(parents).toContainEqual(["web-to-registry-acrPull", "web-to-registry"]);
});

it("production: two replicas at least", async () => {
  const made = await record(() => new ContainerApp("web", ground(testContext("production"))));
  expect(rawResources(made)["web-app"]?.[1]).toEqual(told.productionApp);
});

it("everything on: command, size, secrets from a vault, a queue that wakes it", async () => {
  const made = await record(() => {
    const context = testContext("dev");
    const vault = new KeyVault("vault", { context });
    const queue = new ServiceBus("bus", { context, queues: { mails: {} } }).queue("mails");
    return new ContainerApp("web", {
      ...ground(context),
      command: ["node", "server.js"],
      cpu: 1.5,
      env: { LOG_LEVEL: "debug" },
      secretEnv: { STRIPE_KEY: vault.secret("stripe") },
      link: [queue.link("receive")],
      scale: { min: 0, max: 3, queue: { queue, messages: 20 } },
      terminationGracePeriodSeconds: 90,
    });
  });
  const raw = rawResources(made);
  expect(raw["web-app"]?.[1]).toEqual(told.everythingApp);
  expect(
    Object.keys(raw)
      .filter((name) => name.startsWith("web-to-"))
      .sort(),
  ).toEqual([
    "web-to-bus-mails-busOwner",
    "web-to-bus-mails-busReceiver",
    "web-to-registry-acrPull",
    "web-to-vault-stripe-secretsUser",
  ]);
});

it.each([
  ["without a link the containers cannot use it", [], true],
  ["with a link they can", [{ key: "db", source: "db", env: {}, roles: [] }], false],
])("the identity pulls the image; %s", async (_, link, kept) => {
  const { configuration } = rawResources(await makeApp({ link }))["web-app"]?.[1] ?? {};
  expect("identitySettings" in (configuration as object)).toBe(kept);
});

it("a recreated identity gets new assignments, the same one the same", async () => {
  const [first, second] = [rawResources(await makeApp()), rawResources(await makeApp())];
  const third = rawResources(await record(() => new ContainerApp("web", ground(testContext("dev", { epoch: 1 })))));
  const nameOf = (raw: typeof first) => raw["web-to-registry-acrPull"]?.[1].roleAssignmentName;
  expect(nameOf(second)).toBe(nameOf(first));
  expect(nameOf(third)).not.toBe(nameOf(first));
});

it("an app without ingress has no address and cannot be called", async () => {
  const made = record(async () => {
    const app = new ContainerApp("mail-worker", ground(testContext("dev")));
    expect(await resolved(app.url)).toBe("");
    app.link("call");
  });
  await expect(made).rejects.toMatchObject({ code: "LINK_UNSUPPORTED", details: { target: "mail-worker" } });
});

it("a caller gets the address under the name of the app", async () => {
  const made = await record(() => {
    const app = new ContainerApp("order-api", {
      ...ground(testContext("dev")),
      ingress: { port: 80, external: false },
    });
    return resolved(app.link("call").env.ORDER_API_BASE_URL ?? "");
  });
  expect(made.result).toMatch(/^https:\/\/ca-clinic-dev-[a-z2-7]{6}\.happy\.eastus\.azurecontainerapps\.io$/);
});

it.each([
  [
    { kind: "manual" } as const,
    { triggerType: "Manual", manualTriggerConfig: { parallelism: 1, replicaCompletionCount: 1 } },
  ],
  [
    { kind: "schedule", cron: "0 3 * * *" } as const,
    {
      triggerType: "Schedule",
      scheduleTriggerConfig: { parallelism: 1, replicaCompletionCount: 1, cronExpression: "0 3 * * *" },
    },
  ],
])("a job with the trigger %j", async (trigger, expected) => {
  const made = await record(() => new ContainerJob("nightly", { ...ground(testContext("dev")), trigger, retries: 2 }));
  const raw = rawResources(made);
  expect(raw["nightly-job"]?.[1]).toMatchObject({
    jobName: expect.stringMatching(/^caj-clinic-dev-/),
    configuration: { replicaTimeout: 1800, replicaRetryLimit: 2, ...expected },
    template: { containers: [{ name: "main", image: IMAGE }] },
  });
  expect(Object.keys(raw).sort()).toEqual([
    "env-environment",
    "nightly-identity",
    "nightly-job",
    "nightly-to-registry-acrPull",
  ]);
});

it("a job that a queue starts has bounded executions and may read the count", async () => {
  const made = await record(() => {
    const context = testContext("dev");
    const queue = new ServiceBus("bus", { context, queues: { mails: {} } }).queue("mails");
    const trigger = { kind: "queue", queue, messages: 1, maxExecutions: 4 } as const;
    return new ContainerJob("mailer", { ...ground(context), trigger });
  });
  const raw = rawResources(made);
  expect(raw["mailer-job"]?.[1]).toEqual(told.queuedJob);
  expect(raw["mailer-to-bus-mails-busOwner"]?.[0]).toBe("authorization:RoleAssignment");
});

it("an identity's name is stable", async () => {
  expect(rawResources(await makeApp())["web-identity"]?.[1].resourceName).toBe(IDENTITY);
});

it("an identity that exists is read and gets the rights; none is made", async () => {
  const existing = identityId("id-shared");
  const made = await makeApp({ identity: { existing } });
  const raw = rawResources(made);
  expect(Object.keys(raw).sort()).toEqual(["env-environment", "web-app", "web-to-registry-acrPull"]);
  expect(made.reads).toEqual([{ type: "managedidentity:UserAssignedIdentity", name: "web-identity", id: existing }]);
  expect(raw["web-app"]?.[1].identity).toEqual({ type: "UserAssigned", userAssignedIdentities: [existing] });
  expect(raw["web-to-registry-acrPull"]?.[1].principalId).toBe(guid("principal id-shared"));
});

it("sidecars stand beside the main container", async () => {
  const sidecars = { proxy: { image: "r.azurecr.io/proxy", cpu: 0.25, command: ["proxy"], env: { MODE: "tls" } } };
  const raw = rawResources(await makeApp({ cpu: 0.5, sidecars }));
  const template = raw["web-app"]?.[1].template as { containers: unknown[] } | undefined;
  expect(template?.containers).toEqual([
    expect.objectContaining({ name: "main", resources: { cpu: 0.5, memory: "1Gi" } }),
    {
      name: "proxy",
      image: "r.azurecr.io/proxy",
      command: ["proxy"],
      resources: { cpu: 0.25, memory: "0.5Gi" },
      env: [{ name: "MODE", value: "tls" }],
    },
  ]);
});

it("all containers of a replica together must be a size of the plan", async () => {
  const made = makeApp({ cpu: 3, sidecars: { big: { image: "i", cpu: 1.5 } } });
  await expect(made).rejects.toThrow("4.5 vCPU is no size of the Consumption plan; the nearest are 4.");
});
