import { type ChildProcess, spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestContext, testContext } from "../testing/context.ts";
import { type Listener, listen } from "./listener.ts";
import { admits, enterNetwork } from "./privateAccess.ts";

const GROUP = "/subscriptions/s/resourceGroups/rg/providers";
const NETWORK = `${GROUP}/Microsoft.Network/virtualNetworks/net`;
const VAULT = `${GROUP}/Microsoft.KeyVault/vaults/kv`;
/** Waits for a word, asks, and tells the status; the sleep gives the test time to name its process. */
const ASK = `process.stdin.once("data", async (url) => { console.log((await fetch(String(url))).status); process.exit(); });`;

let context: TestContext;
let listener: Listener;

beforeAll(async () => {
  context = await testContext();
  listener = await listen({
    port: 0,
    certificates: context.certificates,
    plainHttp: true,
    handler: () => new Response("in"),
    guard: {
      admits: (connection) => admits(context, VAULT, connection),
      refuse: (response) => void response.writeHead(403).end(),
    },
  });
});
afterAll(async () => {
  await listener.close();
  await context[Symbol.asyncDispose]();
});

function put(id: string, properties: Readonly<Record<string, unknown>>): void {
  const [type = "", name = ""] = [id.split("/").slice(-3, -1).join("/"), id.split("/").at(-1)];
  context.putResource({ id, name, type, properties });
}

function endpointIn(network: string): void {
  put(`${GROUP}/Microsoft.Network/privateEndpoints/kv`, {
    subnet: { id: `${network}/subnets/private-endpoints` },
    privateLinkServiceConnections: [{ properties: { privateLinkServiceId: VAULT, groupIds: ["vault"] } }],
  });
}

/** A process of its own that asks once; below a shell, as programs of replicas often are. */
function asker(): ChildProcess {
  return spawn("sh", ["-c", '"$0" -e "$1"; exit $?', process.execPath, ASK], { stdio: ["pipe", "pipe", "inherit"] });
}

async function ask(child: ChildProcess): Promise<number> {
  child.stdin?.end(listener.url.replace("https", "http"));
  return child.stdout ? Number(await text(child.stdout)) : 0;
}

async function askFrom(subnetId: string | undefined): Promise<number> {
  const child = asker();
  const leave = subnetId === undefined ? () => {} : enterNetwork(context, child.pid ?? 0, subnetId);
  try {
    return await ask(child);
  } finally {
    leave();
  }
}

it.skipIf(process.platform !== "linux")(
  "a closed resource answers where it has an endpoint, and nowhere else",
  async () => {
    put(VAULT, { publicNetworkAccess: "Enabled" });
    expect(await askFrom(undefined)).toBe(200);
    put(VAULT, { publicNetworkAccess: "disabled" });
    expect(await askFrom(`${NETWORK}/subnets/apps`)).toBe(403); // no endpoint yet
    endpointIn(NETWORK);
    expect(await Promise.all([askFrom(undefined), askFrom(`${NETWORK}/subnets/apps`)])).toEqual([403, 200]);
    endpointIn(`${NETWORK}-of-another-app`);
    expect(await askFrom(`${NETWORK}/subnets/apps`)).toBe(403);
  },
);

it("the emulator itself is a trusted service", async () => {
  put(VAULT, { publicNetworkAccess: "disabled" });
  expect((await fetch(listener.url.replace("https", "http"))).status).toBe(200);
});
