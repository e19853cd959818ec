import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { EmulatorService } from "../../core/context.ts";
import type { Json } from "../../core/resources.ts";
import { type TestContext, testContext } from "../../testing/context.ts";
import { httpsJson } from "../testing/cloud.ts";
import { until } from "../testing/until.ts";
import { createFrontDoorHost } from "./index.ts";

const PROFILE = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Cdn/profiles/afd";
const ENDPOINT = `${PROFILE}/afdEndpoints/shop`;
const GROUP = `${PROFILE}/originGroups/origins`;
const ROUTE = `${ENDPOINT}/routes/all`;
/** 5 s on Azure are 100 ms here. */
const PROBES = {
  loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3 },
  healthProbeSettings: { probePath: "/health", probeRequestType: "HEAD", probeIntervalInSeconds: 5 },
};

let context: TestContext;
let host: EmulatorService;
let address = "";
const servers: Server[] = [];

beforeEach(async () => {
  context = await testContext();
  host = createFrontDoorHost(context);
  await host.start();
});
afterEach(async () => {
  await host.stop();
  for (const server of servers.splice(0)) closeNow(server);
  await context[Symbol.asyncDispose]();
});

/** What ARM does with a PUT. */
async function put(id: string, type: string, properties: Json = {}): Promise<Json> {
  const resource = { id, name: id.split("/").at(-1) ?? "", type: `Microsoft.Cdn/${type}`, properties };
  const hook = host.hooks.find((each) => each.type === resource.type);
  hook?.validate?.({ desired: resource, caller: {} as never });
  const set = await hook?.put?.({ desired: resource, caller: {} as never });
  context.putResource({ ...resource, properties: { ...properties, ...set } });
  return { ...properties, ...set };
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A place that answers; its port is the next free one or `port`. */
async function place(answer: Answer, port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer(answer);
  servers.push(server);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

function closeNow(server: Server): void {
  server.closeAllConnections();
  server.close();
}

const says =
  (name: string): Answer =>
  (_, response) =>
    void response.end(name);

/** A door before places, in the order of their priorities. */
async function door(ports: readonly number[], group: Json = {}): Promise<string> {
  const { frontDoorId } = await put(PROFILE, "profiles");
  const { hostName } = await put(ENDPOINT, "profiles/afdEndpoints", { enabledState: "Enabled" });
  await put(GROUP, "profiles/originGroups", group);
  for (const [index, port] of ports.entries()) await origin(`o${index}`, port, { priority: index + 1 });
  await put(ROUTE, "profiles/afdEndpoints/routes", { patternsToMatch: ["/*"], originGroup: { id: GROUP } });
  address = String(hostName);
  return String(frontDoorId);
}

function origin(name: string, port: number, more: Json = {}): Promise<Json> {
  const hostName = `localhost:${port}`;
  const properties = { hostName, originHostHeader: hostName, enabledState: "Enabled", ...more };
  return put(`${GROUP}/origins/${name}`, "profiles/originGroups/origins", properties);
}

async function ask(path = "/", init: RequestInit = {}): Promise<[number, string]> {
  const response = await fetch(`http://${address}${path}`, init);
  return [response.status, await response.text()];
}

it("answers by https under its own address, and tells the origin who asks and by which door", async () => {
  const { port } = await place((request, response) => void response.end(JSON.stringify(request.headers)));
  const id = await door([port]);
  const forged = { "x-azure-fdid": "somebody's" };
  const { body } = await httpsJson(context.certificates.ca, "GET", `https://${address}/`, forged);
  expect(id).toMatch(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
  expect(body).toMatchObject({
    host: `localhost:${port}`,
    "x-azure-fdid": id,
    "x-azure-clientip": "127.0.0.1",
    "x-forwarded-host": address,
    "x-forwarded-proto": "https",
    "x-forwarded-for": "127.0.0.1",
  });
});

it("streams bodies both ways", async () => {
  const { port } = await place((request, response) => void request.pipe(response));
  await door([port]);
  const sent = new TransformStream<Uint8Array, Uint8Array>();
  const writer = sent.writable.getWriter();
  const options = { method: "POST", body: sent.readable, duplex: "half" } as RequestInit;
  const answer = fetch(`http://${address}/`, options);
  await writer.write(Buffer.from("one"));
  const reader = (await answer).body?.getReader();
  expect(Buffer.from((await reader?.read())?.value ?? "").toString()).toBe("one"); // while the request is still open
  await writer.write(Buffer.from("two"));
  expect(Buffer.from((await reader?.read())?.value ?? "").toString()).toBe("two");
  await writer.close();
  expect((await reader?.read())?.done).toBe(true);
});

it("passes a websocket", async () => {
  const { server, port } = await place(says("http"));
  new WebSocketServer({ server }).on("connection", (socket, request) =>
    socket.send(String(request.headers["x-azure-fdid"])),
  );
  const id = await door([port]);
  const socket = new WebSocket(`ws://${address}/`);
  const [message] = await once(socket, "message");
  expect(String(message)).toBe(id);
  socket.close();
});

it("a GET goes to the next origin when nothing listens at the first; a POST is told, and the next one finds the second", async () => {
  const [first, second] = [await place(says("first")), await place(says("second"))];
  await door([first.port, second.port], { ...PROBES, healthProbeSettings: { probeIntervalInSeconds: 240 } });
  expect(await ask()).toEqual([200, "first"]);
  closeNow(first.server);
  expect(await ask("/", { method: "POST", body: "order" })).toEqual([502, expect.stringContaining("does not answer")]);
  expect(await ask("/", { method: "POST", body: "order" })).toEqual([200, "second"]);
  expect(await ask()).toEqual([200, "second"]);
});

it("without probes nothing is remembered: each request begins with the first origin", async () => {
  const [first, second] = [await place(says("first")), await place(says("second"))];
  await door([first.port, second.port]);
  closeNow(first.server);
  expect(await ask()).toEqual([200, "second"]);
  await place(says("first"), first.port);
  expect(await ask()).toEqual([200, "first"]);
});

it("an origin whose health path fails gets no requests until it is well again; probes say who asks", async () => {
  let well = true;
  const probes: (string | undefined)[] = [];
  const first = await place((request, response) => {
    const isProbe = request.headers["x-fd-healthprobe"] === "1";
    if (isProbe) probes.push(`${request.method} ${request.url} ${request.headers["x-azure-fdid"]}`);
    response.writeHead(well ? 200 : 503).end("first");
  });
  const second = await place(says("second"));
  const id = await door([first.port, second.port], PROBES);
  await until(async () => probes.length > 0);
  expect([probes[0], await ask()]).toEqual([`HEAD /health ${id}`, [200, "first"]]);
  well = false;
  await until(async () => (await ask())[0] === 200);
  expect(await ask()).toEqual([200, "second"]);
  well = true;
  await until(async () => (await ask())[1] === "first");
});

it("when no origin is healthy, all are asked all the same", async () => {
  let probed = 0;
  const { port } = await place((request, response) => {
    probed += request.url === "/health" ? 1 : 0;
    response.writeHead(request.url === "/health" ? 503 : 200).end("alone");
  });
  await door([port], PROBES);
  await until(async () => probed >= 3);
  expect(await ask()).toEqual([200, "alone"]);
});

it("a kept connection that the origin has left meanwhile is no outage", async () => {
  const served = new WeakSet<object>();
  const first = await place((request, response) => {
    if (served.has(request.socket)) return void request.socket.destroy();
    served.add(request.socket);
    response.end("first");
  });
  const second = await place(says("second"));
  await door([first.port, second.port]);
  expect([await ask(), await ask()]).toEqual([
    [200, "first"],
    [200, "first"],
  ]);
});

it("somebody who goes away says nothing about the origin", async () => {
  const [first, second] = [await place(() => {}), await place(says("second"))];
  const arrived = once(first.server, "request");
  await door([first.port, second.port], { ...PROBES, healthProbeSettings: { probeIntervalInSeconds: 240 } });
  const leave = new AbortController();
  const gone = fetch(`http://${address}/`, { signal: leave.signal }).catch(() => "gone");
  await arrived;
  leave.abort();
  expect(await gone).toBe("gone");
  first.server.removeAllListeners("request").on("request", says("first"));
  expect(await ask()).toEqual([200, "first"]);
});

it("asks no disabled origin, and none outside the local Azure", async () => {
  const [first, second] = [await place(says("first")), await place(says("second"))];
  await door([first.port, second.port]);
  await origin("o0", first.port, { priority: 1, enabledState: "Disabled" });
  expect(await ask()).toEqual([200, "second"]);
  await origin("o1", second.port, { priority: 2, hostName: "shop.example.org" });
  expect(await ask()).toEqual([502, expect.stringContaining("does not answer")]);
});

it("a disabled endpoint answers 404", async () => {
  const { port } = await place(says("first"));
  await door([port]);
  await put(ENDPOINT, "profiles/afdEndpoints", { enabledState: "Disabled" });
  expect((await ask())[0]).toBe(404);
});

it("a route needs an origin behind its group", async () => {
  const route = put(ROUTE, "profiles/afdEndpoints/routes", { originGroup: { id: GROUP } });
  await expect(route).rejects.toMatchObject({ status: 400, code: "BadRequest" });
});

it("keeps its address over a restart, and gives it back when it is deleted", async () => {
  const { port } = await place(says("first"));
  await door([port]);
  await host.stop();
  await expect(ask()).rejects.toThrow("fetch failed");
  host = createFrontDoorHost(context);
  await host.start();
  expect(await ask()).toEqual([200, "first"]);
  const endpoint = context.resources.get(ENDPOINT);
  await host.hooks.find((each) => each.type === "Microsoft.Cdn/profiles/afdEndpoints")?.delete?.(endpoint as never);
  await expect(ask()).rejects.toThrow("fetch failed");
  expect(context.ports.list().filter(({ key }) => key === ENDPOINT.toLowerCase())).toEqual([]);
});
