import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { app, keyvault } from "./azure.ts";
import { knownInputs } from "./knownInputs.ts";

/** Marks on Pulumi's wire. Source: sdk/nodejs/runtime/rpc.ts. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

interface Request {
  getName(): string;
  getObject(): { toJavaScript(): Record<string, unknown> };
  getDependenciesList(): string[];
}

/** What a preview's engine gets of each resource that a program makes, as it stands on the wire. */
async function sent(program: () => void) {
  const requests = new Map<string, { readonly inputs: Record<string, unknown>; readonly dependsOn: string[] }>();
  const mocks = { newResource: () => ({ id: "", state: {} }), call: () => ({}) };
  await pulumi.runtime.setMocks(mocks, "test", "dev", true);
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource(request: Request, callback: unknown): Promise<void>;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    const dependsOn = request.getDependenciesList().map((urn) => urn.split("::").at(-1) ?? "");
    requests.set(request.getName(), { inputs: request.getObject().toJavaScript(), dependsOn });
    return register(request, callback);
  };
  program();
  await pulumi.runtime.disconnect();
  return Object.fromEntries(requests);
}

type ContainerAppArgs = NonNullable<ConstructorParameters<typeof app.ContainerApp>[1]>;

function makeApp(name: string, given: ContainerAppArgs): pulumi.CustomResource {
  const { args, transformation } = knownInputs(given);
  return new app.ContainerApp(name, args, { transformations: [transformation] });
}

const unknown = () => pulumi.output(pulumi.unknown) as unknown as pulumi.Output<string>;
const openRecord = () => pulumi.output(pulumi.unknown) as unknown as pulumi.Output<{ minReplicas: number }>;
/** What the SDK adds to every ingress and scale. */
const INGRESS = { allowInsecure: false, external: false, transport: "auto" } as const;
const SCALE = { maxReplicas: 10 } as const;

it("only what is unknown is unknown; the SDK's defaults are there", async () => {
  const { web } = await sent(() =>
    makeApp("web", {
      resourceGroupName: "rg",
      environmentId: unknown(),
      identity: { type: "UserAssigned", userAssignedIdentities: [unknown()] },
      configuration: { registries: [{ server: "cr.azurecr.io", identity: unknown() }], ingress: { targetPort: 8080 } },
      template: {
        containers: [{ name: "main", image: unknown(), resources: { cpu: 0.5, memory: "1Gi" } }],
        scale: { minReplicas: 1 },
      },
    }),
  );
  expect(web?.inputs).toEqual({
    resourceGroupName: "rg",
    environmentId: UNKNOWN,
    identity: { type: "UserAssigned", userAssignedIdentities: [UNKNOWN] },
    configuration: {
      activeRevisionsMode: "Single",
      registries: [{ server: "cr.azurecr.io", identity: UNKNOWN }],
      ingress: { ...INGRESS, targetPort: 8080 },
    },
    template: {
      containers: [{ name: "main", image: UNKNOWN, resources: { cpu: 0.5, memory: "1Gi" } }],
      scale: { ...SCALE, minReplicas: 1 },
    },
  });
});

it("an object that is unknown as a whole stays so, wherever it stands", async () => {
  const { web, whole } = await sent(() => {
    makeApp("web", { resourceGroupName: "rg", template: { revisionSuffix: "a", scale: openRecord() } });
    makeApp("whole", { resourceGroupName: "rg", template: pulumi.output({ revisionSuffix: unknown() }) });
  });
  expect(web?.inputs.template).toEqual({ revisionSuffix: "a", scale: UNKNOWN });
  expect(whole?.inputs.template).toBe(UNKNOWN);
});

it("a secret is secret where it stands, known or not, and what is beside it is not", async () => {
  const { web } = await sent(() =>
    makeApp("web", {
      resourceGroupName: "rg",
      template: {
        containers: [
          {
            env: [
              { name: "KEY", value: pulumi.secret("abc") },
              { name: "LATER", value: pulumi.secret(unknown()) },
            ],
          },
        ],
        scale: pulumi.secret({ minReplicas: 2 }),
      },
    }),
  );
  expect(web?.inputs.template).toEqual({
    containers: [
      {
        env: [
          { name: "KEY", value: secret("abc") },
          { name: "LATER", value: secret(UNKNOWN) },
        ],
      },
    ],
    scale: secret({ ...SCALE, minReplicas: 2 }),
  });
});

it("what is known arrives as the SDK alone would send it, with the same dependencies", async () => {
  const args = (source: pulumi.CustomResource): ContainerAppArgs => ({
    resourceGroupName: "rg",
    configuration: {
      activeRevisionsMode: pulumi.output(undefined as unknown as string), // an output of nothing gets the default
      ingress: pulumi.output({ targetPort: 80, external: pulumi.output(true) }),
      secrets: [{ name: "s", value: source.urn }],
    },
    template: {
      containers: [{ name: Promise.resolve("main"), args: pulumi.output(["a", "b"]), env: [] }],
      scale: { minReplicas: pulumi.output(0) },
    },
  });
  const { ours, theirs } = await sent(() => {
    const source = new app.ContainerApp("source", { resourceGroupName: "rg" });
    makeApp("ours", args(source));
    new app.ContainerApp("theirs", args(source));
  });
  expect(ours).toEqual(theirs);
  expect(ours?.dependsOn).toEqual(["source"]);
  expect(ours?.inputs.configuration).toMatchObject({
    activeRevisionsMode: "Single",
    ingress: { ...INGRESS, targetPort: 80, external: true },
  });
});

it("a child of such a resource keeps its own arguments", async () => {
  const { below } = await sent(() => {
    const parent = makeApp("web", { resourceGroupName: "rg", template: { revisionSuffix: unknown() } });
    new app.Job("below", { resourceGroupName: "rg", template: { containers: [{ name: "main" }] } }, { parent });
  });
  expect(below?.inputs.template).toEqual({ containers: [{ name: "main" }] });
});

it("holds for every class of azure-native: the rules of a vault whose tenant is not known", async () => {
  const { vault } = await sent(() => {
    const properties = {
      tenantId: unknown(),
      sku: { family: "A", name: "standard" as const },
      enablePurgeProtection: true,
    };
    const { args, transformation } = knownInputs({ resourceGroupName: "rg", properties });
    new keyvault.Vault("vault", args, { transformations: [transformation] });
  });
  expect(vault?.inputs.properties).toEqual({
    tenantId: UNKNOWN,
    sku: { family: "A", name: "standard" },
    enablePurgeProtection: true,
    enableRbacAuthorization: false,
    enableSoftDelete: true,
    enabledForDeployment: false,
    enabledForDiskEncryption: false,
    enabledForTemplateDeployment: false,
    publicNetworkAccess: "enabled",
    softDeleteRetentionInDays: 90,
  });
});
