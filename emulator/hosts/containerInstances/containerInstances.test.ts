import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type GroupCloud, startGroupCloud } from "../testing/groupCloud.ts";
import { until } from "../testing/until.ts";

const Dockerfile = "FROM node:24\nWORKDIR /app\n";
let cloud: GroupCloud;
let image = "";

beforeAll(async () => {
  cloud = await startGroupCloud(["storage"]);
  image = await cloud.image("job", { Dockerfile });
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());
/** What has ended counts for the quota of cores as long as it is there. */
afterEach(async () => {
  for await (const { name = "" } of cloud.client.containerGroups.listByResourceGroup("rg"))
    await cloud.client.containerGroups.beginDeleteAndWait("rg", name, { updateIntervalInMs: 20 });
});

const run = (script: string, more: object = {}) => ({ command: ["node", "-e", script], ...more });

/** Makes a group with the real client. */
async function make(name: string, container: object, group: object = {}, of = cloud): Promise<void> {
  await of.client.containerGroups.beginCreateOrUpdateAndWait("rg", name, of.body(image, container, group), {
    updateIntervalInMs: 20,
  });
}

/** State of a group, and of its first container: what, with which code, after how many restarts. */
async function seen(name: string, of = cloud) {
  const { instanceView, containers } = await of.client.containerGroups.get("rg", name);
  const own = containers[0]?.instanceView;
  return [instanceView?.state, own?.currentState?.state, own?.currentState?.exitCode, own?.restartCount] as const;
}

async function inState(name: string, state: string, of = cloud): Promise<void> {
  await until(async () => (await seen(name, of))[0] === state);
}

const lines = async (name: string, options = {}) =>
  (await cloud.client.containers.listLogs("rg", name, "main", options)).content;

/** Processes of this machine whose command line has a word. */
const processes = (word: string) =>
  readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(word);
    } catch {
      return false; // it ended meanwhile
    }
  });

it.each([
  ["ok", "", ["Succeeded", "Terminated", 0, 0]],
  ["bad", "process.exit(3)", ["Failed", "Terminated", 3, 0]],
] as const)("a program that runs once ends its group: %s", async (name, script, expected) => {
  await make(name, run(script));
  await inState(name, expected[0]);
  expect(await seen(name)).toEqual(expected);
  const { provisioningState, containers, identity } = await cloud.client.containerGroups.get("rg", name);
  expect(provisioningState).toBe("Succeeded");
  const view = containers[0]?.instanceView;
  expect(view?.events?.map((each) => each.name)).toEqual(["Pulled", "Started"]);
  expect(view?.currentState?.detailStatus).toBe(name === "ok" ? "Completed" : "Error");
  expect(Number(view?.currentState?.finishTime)).toBeGreaterThanOrEqual(Number(view?.currentState?.startTime));
  expect(Object.values(identity?.userAssignedIdentities ?? {}).map((each) => each.clientId)).toEqual([
    cloud.identity.clientId,
  ]);
});

it("variables reach the program, a secure one is never shown, and the lines of a container are read", async () => {
  const environmentVariables = [
    { name: "OPEN", value: "o" },
    { name: "SECRET", secureValue: "s3" },
  ];
  await make("env", run("console.log(process.env.OPEN); console.error(process.env.SECRET)", { environmentVariables }));
  await inState("env", "Succeeded");
  expect(await lines("env")).toBe("o\ns3\n");
  expect(await lines("env", { tail: 1 })).toBe("s3\n");
  expect(await lines("env", { timestamps: true })).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z o\n/);
  const { containers } = await cloud.client.containerGroups.get("rg", "env");
  expect(containers[0]?.environmentVariables).toEqual([{ name: "OPEN", value: "o" }, { name: "SECRET" }]);
  await expect(cloud.client.containers.listLogs("rg", "env", "other")).rejects.toMatchObject({ statusCode: 404 });
});

it("the identity endpoint gives tokens of the group's identity", async () => {
  const ask = `fetch(process.env.IDENTITY_ENDPOINT + "?api-version=2019-08-01&resource=https://storage.azure.com&client_id=${cloud.identity.clientId}",
    { headers: { "X-IDENTITY-HEADER": process.env.IDENTITY_HEADER } }).then((a) => a.json()).then((a) =>
      console.log(JSON.parse(Buffer.from(a.access_token.split(".")[1], "base64url")).oid))`;
  await make("identity", run(ask));
  await inState("identity", "Succeeded");
  expect(await lines("identity")).toBe(`${cloud.identity.principalId}\n`);
});

it("a group in a subnet speaks from its network, and one without speaks from none", async () => {
  const { group, put } = cloud;
  const account = `${group}/providers/Microsoft.Storage/storageAccounts/closedfiles`;
  const made = await put(account, {
    sku: { name: "Standard_LRS" },
    kind: "StorageV2",
    properties: { publicNetworkAccess: "Disabled" },
  });
  const subnets = `${group}/providers/Microsoft.Network/virtualNetworks/net/subnets`;
  const privateLinkServiceConnections = [
    { name: "blob", properties: { privateLinkServiceId: account, groupIds: ["blob"] } },
  ];
  await put(`${group}/providers/Microsoft.Network/privateEndpoints/files`, {
    properties: { subnet: { id: `${subnets}/endpoints` }, privateLinkServiceConnections },
  });
  const { blob } = made.properties.primaryEndpoints as { blob: string };
  const ask = run(`fetch("${blob}c/b").then((a) => console.log(a.status, a.headers.get("x-ms-error-code")))`);
  await make("inside", ask, { subnetIds: [{ id: `${subnets}/groups` }] });
  await make("outside", ask);
  for (const name of ["inside", "outside"]) await inState(name, "Succeeded");
  expect([await lines("inside"), await lines("outside")]).toEqual([
    "401 NoAuthenticationInformation\n",
    "403 AuthorizationFailure\n",
  ]);
});

it("init containers run first, one after the other; a failing one ends a group that runs once", async () => {
  const initContainers = [{ name: "first", image, ...run("process.exit(7)") }];
  await make("init", run("console.log('main')"), { initContainers });
  await inState("init", "Failed");
  const group = await cloud.client.containerGroups.get("rg", "init");
  expect(group.initContainers?.[0]?.instanceView?.currentState?.exitCode).toBe(7);
  expect(group.containers[0]?.instanceView?.currentState?.state).toBe("Waiting");
  expect(await lines("init")).toBe("");
});

it("files of a secret volume and an empty folder are mounted", async () => {
  const volumes = [
    { name: "s", secret: { key: Buffer.from("open sesame").toString("base64") } },
    { name: "e", emptyDir: {} },
  ];
  const volumeMounts = [
    { name: "s", mountPath: "/mnt/s", readOnly: true },
    { name: "e", mountPath: "/mnt/e" },
  ];
  const script =
    "const f = require('fs'); f.writeFileSync('/mnt/e/x', f.readFileSync('/mnt/s/key')); console.log(String(f.readFileSync('/mnt/e/x')))";
  await make("volumes", run(script, { volumeMounts }), { volumes });
  await inState("volumes", "Succeeded");
  expect(await lines("volumes")).toBe("open sesame\n");
  expect((await cloud.client.containerGroups.get("rg", "volumes")).volumes?.map((each) => each.secret)).toEqual([
    undefined,
    undefined,
  ]);
});

it("OnFailure starts a failed program again, not one that succeeded", async () => {
  await make("again", run("console.log('try'); process.exit(1)"), { restartPolicy: "OnFailure" });
  await until(async () => Number((await seen("again"))[3]) >= 1);
  expect((await seen("again"))[0]).toBe("Running");
  await cloud.client.containerGroups.stop("rg", "again");
  await make("enough", run(""), { restartPolicy: "OnFailure" });
  await inState("enough", "Succeeded");
  expect(await seen("enough")).toEqual(["Succeeded", "Terminated", 0, 0]);
});

it("Always starts a program again that succeeded", async () => {
  await make("always", run("console.log('again')"), { restartPolicy: "Always" });
  await until(async () => Number((await seen("always"))[3]) >= 1);
  const { containers } = await cloud.client.containerGroups.get("rg", "always");
  expect(containers[0]?.instanceView?.previousState?.exitCode).toBe(0);
  await cloud.client.containerGroups.beginDeleteAndWait("rg", "always");
});

it("stop ends the program, start and restart begin it anew, delete ends it and takes all away", async () => {
  const word = `endless${process.pid}`;
  await make("endless", run(`setInterval(() => {}, 1000); console.log('${word}')`), { restartPolicy: "Always" });
  await until(async () => (await lines("endless")) === `${word}\n`);
  await cloud.client.containerGroups.stop("rg", "endless");
  expect((await seen("endless")).slice(0, 2)).toEqual(["Stopped", "Terminated"]);
  expect(processes(word)).toEqual([]);
  await cloud.client.containerGroups.beginStartAndWait("rg", "endless", { updateIntervalInMs: 20 });
  await until(async () => (await lines("endless")) === `${word}\n`); // lines of the life before are not shown
  const before = processes(word);
  await cloud.client.containerGroups.beginRestartAndWait("rg", "endless", { updateIntervalInMs: 20 });
  await until(async () => (await lines("endless")) === `${word}\n`);
  expect(processes(word).filter((pid) => before.includes(pid))).toEqual([]);
  await cloud.client.containerGroups.beginDeleteAndWait("rg", "endless", { updateIntervalInMs: 20 });
  expect(processes(word)).toEqual([]);
  await expect(cloud.client.containerGroups.get("rg", "endless")).rejects.toMatchObject({ statusCode: 404 });
  expect(
    readdirSync(join(cloud.emulator.context.dataDir, "containerGroups")).filter((each) => each.startsWith("endless")),
  ).toEqual([]);
});

it("a PUT of the same body and a change of tags leave the program alone; another image or command begins it anew", async () => {
  const body = run("setInterval(() => {}, 1000); console.log(1)");
  await make("same", body);
  await until(async () => (await lines("same")) === "1\n");
  const started = async () =>
    (await cloud.client.containerGroups.get("rg", "same")).containers[0]?.instanceView?.currentState?.startTime;
  const first = await started();
  await make("same", body);
  await cloud.client.containerGroups.update("rg", "same", { tags: { a: "b" } });
  expect(await started()).toEqual(first);
  await make("same", run("console.log(2)"));
  await inState("same", "Succeeded");
  expect(await lines("same")).toBe("2\n");
});

const without = { containers: [{ name: "main", image: "x" }] };
const requests = (given: object) => ({ containers: [{ name: "main", image: "x", resources: { requests: given } }] });
it.each([
  ["Caps", {}, "InvalidResourceName"],
  ["os", { osType: undefined }, "InvalidOsType"],
  ["none", { containers: [] }, "MissingContainers"],
  ["requests", without, "ResourceRequestsNotSpecified"],
  ["memory", requests({ cpu: 1 }), "ResourceSomeRequestsNotSpecified"],
  ["cpu", requests({ cpu: 5, memoryInGB: 1 }), "InvalidResourceRequest"],
  ["much", requests({ cpu: 1, memoryInGB: 17 }), "InvalidResourceRequest"],
  ["policy", { restartPolicy: "Sometimes" }, "InvalidRestartPolicy"],
  ["absent", requests({ cpu: 1, memoryInGB: 1 }), "InaccessibleImage"],
  ["denied", { imageRegistryCredentials: [] }, "InaccessibleImage"],
])("%s: %j is refused as %s, and nothing is left", async (name, more, code) => {
  const { containers } = more as { containers?: object[] };
  const { client } = cloud;
  // The client itself checks what is required: the body goes by hand.
  const { identity, imageRegistryCredentials, ...body } = cloud.body(image, run(""), more) as unknown as Record<
    string,
    unknown
  >;
  const wrap = ({ name: of, ...properties }: Record<string, unknown>) => ({ name: of, properties });
  const properties = {
    ...{ osType: body.osType, restartPolicy: body.restartPolicy, imageRegistryCredentials },
    containers: ((containers ?? body.containers) as Record<string, unknown>[]).map(wrap),
  };
  const path = `${cloud.group}/providers/Microsoft.ContainerInstance/containerGroups/${name}`;
  await expect(cloud.put(path, { identity, properties })).rejects.toThrow(`"code":"${code}"`);
  expect(
    (await Array.fromAsync(client.containerGroups.listByResourceGroup("rg"))).map((each) => each.name),
  ).not.toContain(name);
});

it("who may not hand on an identity makes no group with it", async () => {
  const { assign, emulator, group } = cloud;
  const { properties } = await cloud.put(
    `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/maker`,
    {},
  );
  await assign(String(properties.principalId), "5d977122-f97e-4b4d-a52f-6b43003ddb4d", group);
  const subject = {
    objectId: String(properties.principalId),
    clientId: String(properties.clientId),
    kind: "app",
  } as const;
  const audience = "https://management.azure.com";
  const token = await emulator.context.tokens.issue({
    tenantId: emulator.developer.tenantId,
    audience,
    version: "v1",
    subject,
  });
  const { ContainerInstanceManagementClient } = await import("@azure/arm-containerinstance");
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 60_000 }) };
  const client = new ContainerInstanceManagementClient(credential, emulator.subscriptionId, { endpoint: emulator.arm });
  const begin = () =>
    client.containerGroups.beginCreateOrUpdateAndWait("rg", "handed", cloud.body(image, run("")), {
      updateIntervalInMs: 20,
    });
  await expect(begin()).rejects.toMatchObject({ code: "LinkedAuthorizationFailed" });
  await assign(String(properties.principalId), "f1a07417-d97a-45cb-824c-7a7467783830", cloud.identity.id);
  expect((await begin()).name).toBe("handed");
  await client.containerGroups.beginDeleteAndWait("rg", "handed");
});

it("after a restart of the local Azure what ran always runs again, what runs once has failed, what had ended stays", async () => {
  const folder = mkdtempSync(join(tmpdir(), "devfactory-groups-"));
  const own = image;
  try {
    const first = await startGroupCloud([], folder);
    await first.assign(first.identity.principalId, "7f951dda-4ed3-4680-a7ca-43fe172d538d", first.group);
    image = await first.image("job", { Dockerfile });
    const endless = run("setInterval(() => {}, 1000)");
    await make("always", endless, { restartPolicy: "Always" }, first);
    await make("once", endless, {}, first);
    await make("ended", run(""), {}, first);
    await make("stopped", endless, { restartPolicy: "Always" }, first);
    await inState("ended", "Succeeded", first);
    await first.client.containerGroups.stop("rg", "stopped");
    await first.stop();
    const second = await startGroupCloud([], folder);
    await until(async () => (await seen("always", second))[1] === "Running");
    expect(await seen("always", second)).toEqual(["Running", "Running", undefined, 0]);
    expect(await seen("once", second)).toEqual(["Failed", "Terminated", 137, 0]);
    expect(await seen("ended", second)).toEqual(["Succeeded", "Terminated", 0, 0]);
    expect((await seen("stopped", second)).slice(0, 2)).toEqual(["Stopped", "Terminated"]);
    await second.stop();
  } finally {
    image = own;
    rmSync(folder, { recursive: true, force: true });
  }
  expect(existsSync(folder)).toBe(false);
}, 60_000);
