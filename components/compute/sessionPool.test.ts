import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import type { AppContext } from "../core/context.ts";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
import { rawResources, record, resolved, SUBSCRIPTION_ID, TEST_TAGS, testContext } from "../testing/index.ts";
import { ContainerEnvironment } from "./containerEnvironment.ts";
import { type SessionKind, SessionPool, type SessionPoolArgs } from "./sessionPool.ts";

const GROUP = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers`;
const IMAGE = `r.azurecr.io/box@sha256:${"1".repeat(64)}`;

const pool = {
  resourceGroupName: "rg",
  location: "eastus",
  poolManagementType: "Dynamic",
  dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
  sessionNetworkConfiguration: { status: "EgressDisabled" },
  tags: { ...TEST_TAGS, "devfactory-component": "box" },
};

function ownImage(context: AppContext, more: Partial<Extract<SessionKind, { kind: "image" }>> = {}): SessionKind {
  const registry = ContainerRegistry.existing("registry", { registryId: "/registry", loginServer: "r.azurecr.io" });
  return {
    kind: "image",
    image: IMAGE,
    registry,
    environment: new ContainerEnvironment("env", { context }),
    port: 8080,
    ...more,
  };
}

it.each([
  { profile: "dev", kind: "python", containerType: "PythonLTS", max: 5, name: "casp-clinic-dev-brmark" },
  { profile: "production", kind: "node", containerType: "NodeLTS", max: 50, name: "casp-clinic-prod-visqkk" },
] as const)(
  "$profile, $kind: no network, no identity, five minutes",
  async ({ profile, kind, containerType, ...row }) => {
    const made = await record(() => new SessionPool("box", { context: testContext(profile), session: { kind } }));
    expect(rawResources(made)).toEqual({
      "box-pool": [
        "app:ContainerAppsSessionPool",
        { ...pool, sessionPoolName: row.name, containerType, scaleConfiguration: { maxConcurrentSessions: row.max } },
      ],
    });
  },
);

it("everything on: an image of one's own, whose identity pulls it and is out of a session's reach", async () => {
  const made = await record(() => {
    const context = testContext("dev");
    return new SessionPool("box", {
      context,
      name: "casp-clinic",
      maxSessions: 9,
      session: ownImage(context, { cpu: 0.5, ready: 2 }),
      transform: { pool: { secrets: [] } },
    });
  });
  const { "box-identity": identity, "env-environment": environment, ...raw } = rawResources(made);
  const id = `${GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/${identity?.[1].resourceName}`;
  expect(raw).toEqual({
    "box-to-registry-acrPull": ["authorization:RoleAssignment", expect.objectContaining({ scope: "/registry" })],
    "box-pool": [
      "app:ContainerAppsSessionPool",
      {
        ...pool,
        sessionPoolName: "casp-clinic",
        containerType: "CustomContainer",
        environmentId: `${GROUP}/Microsoft.App/managedEnvironments/${environment?.[1].environmentName}`,
        identity: { type: "UserAssigned", userAssignedIdentities: [id] },
        managedIdentitySettings: [{ identity: id, lifecycle: "None" }],
        scaleConfiguration: { maxConcurrentSessions: 9, readySessionInstances: 2 },
        customContainerTemplate: {
          registryCredentials: { server: "r.azurecr.io", identity: id },
          containers: [{ name: "main", image: IMAGE, resources: { cpu: 0.5, memory: "1Gi" } }],
          ingress: { targetPort: 8080 },
        },
        secrets: [],
      },
    ],
  });
  expect(made.resources.find((each) => each.name === "box-pool")?.dependsOn).toContain("box-to-registry-acrPull");
});

it("link execute is a role on the pool", async () => {
  const made = await record(async () => {
    const box = new SessionPool("box", { context: testContext("dev"), name: "casp-clinic", session: { kind: "node" } });
    const { key, source, env, roles } = box.link("execute");
    return await resolved(pulumi.output({ key, source, env, roles: [...roles] }));
  });
  expect(made.result).toEqual({
    key: "box",
    source: "box",
    env: { AZURE_SESSION_POOL_ENDPOINT: "https://casp-clinic.happy.eastus.azurecontainerapps.io" },
    roles: [{ role: "sessionExecutor", scope: `${GROUP}/Microsoft.App/sessionPools/casp-clinic` }],
  });
});

it.each<[string, string, (context: AppContext) => Partial<SessionPoolArgs>]>([
  ["maxSessions", "601", () => ({ maxSessions: 601 })],
  ["session.kind", "ruby", () => ({ session: { kind: "ruby" as "node" } })],
  ["session.port", "70000", (context) => ({ session: ownImage(context, { port: 70_000 }) })],
  ["session.ready", "6", (context) => ({ session: ownImage(context, { ready: 6 }) })],
])("%s %s is refused before anything is made", async (argument, value, more) => {
  const context = testContext("dev");
  const made = record(() => new SessionPool("box", { context, session: { kind: "python" }, ...more(context) }));
  await expect(made).rejects.toMatchObject({ code: "ARGUMENT_INVALID", details: { argument, value } });
});

it("a size that Container Apps has not is refused", async () => {
  const context = testContext("dev");
  const made = record(() => new SessionPool("box", { context, session: ownImage(context, { cpu: 0.3 }) }));
  await expect(made).rejects.toMatchObject({ code: "SIZE_INVALID", details: { nearest: "0.25 and 0.5" } });
});
