import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { standsIn } from "../../core/privateAccess.ts";
import { createRegistry } from "../../services/registry/index.ts";
import { hasPrivateNetworks } from "../sandbox.ts";
import { buildImage } from "../testing/buildImage.ts";
import { httpsJson, type TestCloud, testCloud } from "../testing/cloud.ts";
import { createContainerAppsHost } from "./index.ts";

/** Listens on its own port, whatever PORT says; `/ask?<url>` tells what another address answers. */
const PROGRAM = `
const http = require("node:http");
const ask = (url) => new Promise((done) => http.get(url, (answer) => {
  let text = ""; answer.setEncoding("utf8").on("data", (part) => { text += part; }).on("end", () => done(text));
}).on("error", (error) => done(error.code)));
const [port = "3000", address] = process.argv.slice(2);
http.createServer(async (request, response) => {
  if (request.url.startsWith("/ask?")) return response.end(await ask(decodeURIComponent(request.url.slice(5))));
  response.end(process.env.CONTAINER_APP_NAME + " on " + port + " of " + process.env.CONTAINER_APP_REPLICA_NAME);
}).listen(Number(port), address);
`;

let cloud: TestCloud;
let image = "";
let server: Server;
const peers: boolean[] = [];

beforeAll(async () => {
  cloud = await testCloud((context) => [createRegistry(context), createContainerAppsHost(context, { pollMs: 20 })]);
  const registry = `${cloud.group}/providers/Microsoft.ContainerRegistry/registries/images`;
  const made = await cloud.call("PUT", registry, { location: "westeurope", sku: { name: "Basic" } });
  const { loginServer } = made.body.properties as { loginServer: string };
  await cloud.call("PUT", `${cloud.group}/providers/Microsoft.App/managedEnvironments/env`, {
    location: "westeurope",
    properties: {},
  });
  const Dockerfile = 'FROM node:24\nWORKDIR /app\nCOPY program.js .\nENTRYPOINT ["node", "program.js"]\n';
  await buildImage(cloud, "images", { Dockerfile, "program.js": PROGRAM }, { imageNames: ["fixed:1"] });
  image = `${loginServer}/fixed:1`;
  server = createServer((request, response) => {
    peers.push(standsIn(cloud.context, request.socket, ["the-network"]));
    response.end("the cloud");
  });
});
afterAll(async () => {
  server.close();
  await cloud[Symbol.asyncDispose]();
});

const listenOn = (port: number) =>
  new Promise<number>((done) => server.listen(port, "127.0.0.1", () => done((server.address() as AddressInfo).port)));
const get = async (host: string, path = "/") =>
  (await httpsJson(cloud.context.certificates.ca, "GET", `https://${host}${path}`)).text;

async function deploy(
  name: string,
  targetPort: number,
  containers: readonly object[],
  minReplicas = 1,
): Promise<string> {
  const id = `${cloud.group}/providers/Microsoft.App/containerApps/${name}`;
  await cloud.puller(id);
  const { status, body } = await cloud.call("PUT", id, {
    location: "westeurope",
    identity: { type: "SystemAssigned" },
    properties: {
      environmentId: `${cloud.group}/providers/Microsoft.App/managedEnvironments/env`,
      configuration: {
        registries: [{ server: image.split("/")[0], identity: "system" }],
        ingress: { external: true, targetPort },
      },
      template: {
        containers: containers.map((each, index) => ({ name: `c${index}`, image, ...each })),
        scale: { minReplicas, maxReplicas: minReplicas },
        terminationGracePeriodSeconds: 1,
      },
    },
  });
  if (status >= 400) return JSON.stringify(body);
  return (body.properties as { configuration: { ingress: { fqdn: string } } }).configuration.ingress.fqdn;
}

it.runIf(hasPrivateNetworks())(
  "programs on the same fixed port stand beside each other: two apps, two replicas of one",
  async () => {
    const [one, two] = [await deploy("one", 3000, [{}], 2), await deploy("two", 3000, [{}])];
    const seen = new Set<string>();
    const ask = async () => {
      for (const answer of await Promise.all(Array.from({ length: 8 }, () => get(one)))) seen.add(answer);
      return seen.size;
    };
    await expect.poll(ask, { timeout: 20_000 }).toBe(2);
    for (const answer of seen) expect(answer).toMatch(/^one on 3000 of one--/);
    expect(await get(two)).toMatch(/^two on 3000 of two--/);
  },
);

it.runIf(hasPrivateNetworks())("a low port needs no root", async () => {
  expect(await get(await deploy("low", 80, [{ args: ["80"] }]))).toMatch(/^low on 80 of low--/);
});

it.runIf(hasPrivateNetworks())("containers of a replica reach each other on localhost", async () => {
  const host = await deploy("pair", 3000, [{}, { args: ["4000", "127.0.0.1"] }]);
  await expect
    .poll(() => get(host, "/ask?http://localhost:4000"), { timeout: 20_000 })
    .toMatch(/^pair on 4000 of pair--/);
});

it.runIf(hasPrivateNetworks())(
  "a program reaches the local Azure at its address, in its own name, and nothing else of the machine",
  async () => {
    const host = await deploy("caller", 3000, [{}]);
    const before = await cloud.context.ports.portFor("a service that comes later");
    const port = await listenOn(before);
    const url = `http://localhost:${port}`;
    expect(await get(host, `/ask?${url}`)).toBe("the cloud");
    // The connection comes from this process, but it is not taken for it: the replica stands in no virtual network.
    expect(peers).toEqual([false]);
    const other = createServer((_, response) => response.end("of the machine"));
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    try {
      const { port: hidden } = other.address() as AddressInfo;
      expect(await get(host, `/ask?http://localhost:${hidden}`)).toBe("ECONNREFUSED");
      const admin = await cloud.context.ports.portFor("admin");
      expect(await get(host, `/ask?http://localhost:${admin}`)).toBe("ECONNREFUSED");
    } finally {
      other.close();
    }
  },
);
