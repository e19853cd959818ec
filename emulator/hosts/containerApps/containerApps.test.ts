import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RawData, WebSocket } from "ws";
import { createRegistry } from "../../services/registry/index.ts";
import { proxyVariables } from "../network/webProxy.ts";
import { hasPrivateNetworks } from "../sandbox.ts";
import { buildImage } from "../testing/buildImage.ts";
import { httpsJson, type TestCloud, testCloud } from "../testing/cloud.ts";
import { until } from "../testing/until.ts";
import { createContainerAppsHost } from "./index.ts";

/** Answers about itself; `/slow` takes a while, `/events` streams, an upgrade echoes one frame. */
const SERVER = `
const http = require("node:http"), fs = require("node:fs"), crypto = require("node:crypto");
const read = (path) => { try { return fs.readFileSync(path, "utf8"); } catch (error) { return error.code; } };
const server = http.createServer((request, response) => {
  if (request.url === "/env") return response.end(JSON.stringify(process.env));
  if (request.url === "/headers") return response.end(JSON.stringify(request.headers));
  if (request.url.startsWith("/read?")) return response.end(read(decodeURIComponent(request.url.slice(6))));
  if (request.url === "/write") { fs.writeFileSync("/app/written", "1"); return response.end(read("/app/written")); }
  if (request.url === "/crash") process.exit(3);
  if (request.url === "/busy") { const until = Date.now() + 60_000; return setInterval(() => { const end = Math.min(Date.now() + 90, until); while (Date.now() < end); }, 100); }
  if (request.url === "/slow") return setTimeout(() => response.end("done"), 400);
  if (request.url === "/events") { response.writeHead(200, { "content-type": "text/event-stream" }); return response.write("data: 1\\n\\n"); }
  response.end(process.env.GREETING ?? "hello");
});
server.on("upgrade", (request, socket) => {
  const accept = crypto.createHash("sha1").update(request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
  socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: " + accept + "\\r\\n\\r\\n");
  socket.write(Buffer.from([0x81, 2, 0x68, 0x69]));
});
server.listen(process.env.PORT, () => console.log("listening"));
process.on("SIGTERM", () => { console.error("ending"); server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

let cloud: TestCloud;
let server = "";
const messages = new Map<string, number>();

beforeAll(async () => {
  const activeMessages = (queue: { entity: string }) => messages.get(queue.entity);
  const options = { activeMessages, pollMs: 20, processorWindowMs: 600 };
  cloud = await testCloud((context) => [createRegistry(context), createContainerAppsHost(context, options)]);
  const registry = `${cloud.group}/providers/Microsoft.ContainerRegistry/registries/images`;
  const made = await cloud.call("PUT", registry, { location: "westeurope", sku: { name: "Basic" } });
  server = (made.body.properties as { loginServer: string }).loginServer;
  await cloud.call("PUT", `${cloud.group}/providers/Microsoft.App/managedEnvironments/env`, {
    location: "westeurope",
    properties: {},
  });
  const files = {
    Dockerfile: 'FROM node:24\nWORKDIR /app\nCOPY server.js .\nCMD ["node", "server.js"]\n',
    "server.js": SERVER,
  };
  expect((await buildImage(cloud, "images", files, { imageNames: ["web:1"] })).status).toBe("Succeeded");
});
afterAll(() => cloud[Symbol.asyncDispose]());

const ca = () => cloud.context.certificates.ca;
const appId = (name: string) => `${cloud.group}/providers/Microsoft.App/containerApps/${name}`;

interface Wish {
  readonly env?: object[];
  readonly scale?: object;
  readonly ingress?: object | null;
  readonly secrets?: object[];
  readonly image?: string;
  readonly command?: string[];
  readonly pull?: boolean;
  readonly mode?: string;
  readonly probes?: object[];
}

/** PUTs an app. @returns its host, or the error of the operation */
async function deploy(name: string, wish: Wish = {}): Promise<string> {
  if (wish.pull !== false) await cloud.puller(appId(name));
  const {
    env = [],
    image = `${server}/web:1`,
    command = [],
    scale,
    ingress,
    secrets = [],
    mode = "Single",
    probes,
  } = wish;
  const { status, body } = await cloud.call("PUT", appId(name), {
    location: "westeurope",
    identity: { type: "SystemAssigned" },
    properties: {
      environmentId: `${cloud.group}/providers/Microsoft.App/managedEnvironments/env`,
      configuration: {
        activeRevisionsMode: mode,
        registries: [{ server, identity: "system" }],
        secrets,
        ...(ingress === null ? {} : { ingress: { external: true, targetPort: 8080, ...ingress } }),
      },
      template: {
        containers: [{ name: "main", image, env, command, ...(probes && { probes }) }],
        scale: scale ?? { minReplicas: 1 },
        terminationGracePeriodSeconds: 5,
      },
    },
  });
  if (status >= 400) return JSON.stringify(body);
  return (body.properties as { configuration?: { ingress?: { fqdn?: string } } }).configuration?.ingress?.fqdn ?? "";
}

const get = async (host: string, path = "/") => (await httpsJson(ca(), "GET", `https://${host}${path}`)).text;
const replicas = async (name: string) => {
  const { latestReadyRevisionName = "" } = await cloud.apps.containerApps.get("rg", name);
  return (await cloud.apps.containerAppsRevisionReplicas.listReplicas("rg", name, latestReadyRevisionName)).value ?? [];
};

it("an app answers by https under a name that is bound with a certificate, and under no other", async () => {
  const name = "www.example.org";
  const bindings = (bindingType: string) => ({ ingress: { customDomains: [{ name, bindingType }] } });
  const under = (host: string, header: string) =>
    httpsJson(ca(), "GET", `https://${host}/headers`, { host: header }).then(({ body }) => body["x-forwarded-host"]);
  const host = await deploy("domain", bindings("Disabled"));
  await expect(under(host, name)).rejects.toThrow("Host: www.example.org. is not in the cert's altnames");
  expect(await deploy("domain", bindings("SniEnabled"))).toBe(host);
  expect(await under(host, name)).toBe(name);
  await expect(under(host, "example.org")).rejects.toThrow("Host: example.org. is not in the cert's altnames");
}, 60_000);

it("an app answers on its resource's address, over https and http, with its variables and nothing of the host's", async () => {
  const host = await deploy("hello", {
    env: [
      { name: "GREETING", value: "world" },
      { name: "TOKEN", secretRef: "token" },
    ],
    secrets: [{ name: "token", value: "s3cret" }],
  });
  expect([await get(host), await (await fetch(`http://${host}/`)).text()]).toEqual(["world", "world"]);
  const env = JSON.parse(await get(host, "/env")) as Record<string, string>;
  expect(Object.keys(env).sort()).toEqual(
    [
      ...[
        "CONTAINER_APP_ENV_DNS_SUFFIX",
        "CONTAINER_APP_HOSTNAME",
        "CONTAINER_APP_NAME",
        "CONTAINER_APP_PORT",
        "CONTAINER_APP_REPLICA_NAME",
      ],
      ...[
        "CONTAINER_APP_REVISION",
        "GREETING",
        "HOME",
        "IDENTITY_ENDPOINT",
        "IDENTITY_HEADER",
        "NODE_EXTRA_CA_CERTS",
        "NODE_VERSION",
      ],
      ...["PATH", "PORT", "PWD", "TOKEN"],
      ...(hasPrivateNetworks() ? Object.keys(proxyVariables()) : []),
    ].sort(),
  );
  expect(env).toMatchObject({
    CONTAINER_APP_NAME: "hello",
    CONTAINER_APP_HOSTNAME: host,
    TOKEN: "s3cret",
    HOME: "/root",
    PORT: env.CONTAINER_APP_PORT,
  });
});

it("a secret's value is never shown, but listed to who may", async () => {
  const shown = await cloud.apps.containerApps.get("rg", "hello");
  expect(shown.configuration?.secrets).toEqual([{ name: "token" }]);
  expect((await cloud.apps.containerApps.listSecrets("rg", "hello")).value).toEqual([
    { name: "token", value: "s3cret" },
  ]);
});

it("the proxy says where a request came from, streams events and passes websockets", async () => {
  const host = await deploy("hello", {
    env: [{ name: "GREETING", value: "world" }],
    secrets: [{ name: "token", value: "s3cret" }],
  });
  expect(JSON.parse(await get(host, "/headers"))).toMatchObject({
    "x-forwarded-proto": "https",
    "x-forwarded-host": host,
    "x-forwarded-for": "127.0.0.1",
  });
  const events = await fetch(`http://${host}/events`);
  const first = await events.body?.getReader().read();
  expect(new TextDecoder().decode(first?.value)).toBe("data: 1\n\n");
  const socket = new WebSocket(`ws://${host}/`);
  const frame = await new Promise<RawData>(
    (resolve, reject) => void socket.once("message", resolve).once("error", reject),
  );
  expect(frame.toString()).toBe("hi");
  socket.terminate();
});

it("an app sees its image and may write there, but not the checkout, the home directory or the emulator's data", async () => {
  const host = (await cloud.apps.containerApps.get("rg", "hello")).configuration?.ingress?.fqdn ?? "";
  const paths = [
    import.meta.filename,
    process.cwd(),
    process.env.HOME ?? "/root/.profile",
    `${cloud.context.dataDir}/azure.db`,
  ];
  const read = await Promise.all(
    paths.map((path) => get(host, `/read?${encodeURIComponent(path === "/root" ? "/root/.bashrc" : path)}`)),
  );
  expect(read).toEqual(["ENOENT", "ENOENT", "ENOENT", "ENOENT"]);
  expect(await get(host, "/write")).toBe("1");
  expect(await get(host, "/read?/proc/1/cmdline")).not.toContain("vitest");
});

it("a new template makes a revision that takes over when it is ready, and no request fails meanwhile", async () => {
  const host = await deploy("switch", { env: [{ name: "GREETING", value: "one" }] });
  const answers = new Set<string>();
  let going = true;
  const load = (async () => {
    while (going) answers.add(`${await get(host)}`);
  })();
  await deploy("switch", { env: [{ name: "GREETING", value: "two" }] });
  expect(await get(host)).toBe("two");
  going = false;
  await load;
  expect([...answers].sort()).toEqual(["one", "two"]);
  const revisions = await Array.fromAsync(cloud.apps.containerAppsRevisions.listRevisions("rg", "switch"));
  expect(revisions.map((each) => [each.active, each.trafficWeight, each.provisioningState])).toEqual([
    [false, 0, "Provisioned"],
    [true, 100, "Provisioned"],
  ]);
  await deploy("switch", { env: [{ name: "GREETING", value: "two" }] });
  expect(await Array.fromAsync(cloud.apps.containerAppsRevisions.listRevisions("rg", "switch"))).toHaveLength(2);
});

it("a revision that does not start fails the deployment with the reason, and the old one keeps serving", async () => {
  const host = await deploy("keep", { env: [{ name: "GREETING", value: "good" }] });
  const failed = await deploy("keep", { command: ["node", "-e", "process.exit(7)"] });
  expect(failed).toContain("ContainerAppOperationError");
  expect(failed).toContain("Failed to provision revision for container app 'keep'");
  expect(await get(host)).toBe("good");
  const revisions = await Array.fromAsync(cloud.apps.containerAppsRevisions.listRevisions("rg", "keep"));
  expect(revisions.map((each) => [each.active, each.provisioningState])).toEqual([
    [true, "Provisioned"],
    [false, "Failed"],
  ]);
});

it("an image that the app's identity may not pull, or that is not there, is refused by name", async () => {
  expect(await deploy("nopull", { pull: false })).toContain("has no right to pull (AcrPull)");
  expect(await deploy("noimage", { image: `${server}/absent:9` })).toContain(
    `${server}/absent:9: there is no such image`,
  );
});

it("at zero replicas the first request is held until one has started, and after the cool-down it is gone again", async () => {
  const host = await deploy("sleepy", { scale: { minReplicas: 0, maxReplicas: 2, cooldownPeriod: 300 } });
  cloud.context.clock.shift(301_000);
  await until(async () => (await replicas("sleepy")).length === 0);
  expect(await get(host)).toBe("hello");
  expect(await replicas("sleepy")).toHaveLength(1);
});

it("concurrent requests make more replicas, up to the maximum", async () => {
  const rules = [{ name: "busy", http: { metadata: { concurrentRequests: "1" } } }];
  const host = await deploy("busy", { scale: { minReplicas: 1, maxReplicas: 3, rules } });
  const answers = await Promise.all(Array.from({ length: 12 }, () => get(host, "/slow")));
  expect(new Set(answers)).toEqual(new Set(["done"]));
  await until(async () => (await replicas("busy")).length === 3);
});

it("250 open requests are served by 3 replicas, of 100 requests each", async () => {
  const rules = [{ name: "requests", http: { metadata: { concurrentRequests: "100" } } }];
  const host = await deploy("crowded", { scale: { minReplicas: 2, maxReplicas: 10, rules } });
  const agent = new Agent({ ca: ca(), keepAlive: false });
  const open = await Promise.all(
    Array.from({ length: 250 }, async () => {
      const asked = request(`https://${host}/events`, { agent }).end();
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      return answer.statusCode;
    }),
  );
  expect(open.filter((status) => status === 200)).toHaveLength(250);
  await until(async () => (await replicas("crowded")).length === 3);
  await pause(500);
  expect(await replicas("crowded")).toHaveLength(3);
  agent.destroy();
});

it("busy processors bring replicas, as many as are allowed; the ones of others do not", async () => {
  const rules = [{ name: "processors", custom: { type: "cpu", metadata: { type: "Utilization", value: "70" } } }];
  const host = await deploy("hot", { scale: { minReplicas: 1, maxReplicas: 2, rules } });
  const other = await deploy("cold", { scale: { minReplicas: 1, maxReplicas: 2, rules } });
  expect(await get(other)).toBe("hello");
  const asked = request(`https://${host}/busy`, { ca: ca() })
    .on("error", () => {})
    .end();
  await until(async () => (await replicas("hot")).length === 2);
  expect(await replicas("cold")).toHaveLength(1);
  asked.destroy();
});

it("what is probed without ingress is probed in its own network: two replicas stand beside each other", async () => {
  const probes = [{ type: "Readiness", httpGet: { port: 8080, path: "/" }, periodSeconds: 1 }];
  await deploy("probed", { ingress: null, probes, scale: { minReplicas: 2, maxReplicas: 2 } });
  await expect
    .poll(async () => (await replicas("probed")).map((each) => each.runningState), { timeout: 20_000 })
    .toEqual(["Running", "Running"]);
});

it("messages in a queue wake a worker without ingress", async () => {
  const metadata = { queueName: "work", namespace: "bus", messageCount: "2" };
  const rules = [{ name: "queue", custom: { type: "azure-servicebus", metadata } }];
  await deploy("worker", {
    ingress: null,
    command: ["node", "-e", "setInterval(() => {}, 1000)"],
    scale: { minReplicas: 0, maxReplicas: 5, rules },
  });
  cloud.context.clock.shift(301_000);
  await until(async () => (await replicas("worker")).length === 0);
  messages.set("work", 7);
  await until(async () => (await replicas("worker")).length === 4);
  messages.clear();
});

it("a replica that crashes is started again, and its lines and end are in the log stream", async () => {
  const host = await deploy("crashy");
  await get(host, "/crash").catch(() => "dropped");
  await until(async () => (await get(host).catch(() => "")) === "hello");
  const { eventStreamEndpoint = "" } = await cloud.apps.containerApps.get("rg", "crashy");
  const { token } = await cloud.apps.containerApps.getAuthToken("rg", "crashy");
  const headers = { authorization: `Bearer ${token}` };
  const lines = async (url: string) => (await httpsJson(ca(), "GET", url, headers)).text.trim().split("\n");
  const console_ = await lines(eventStreamEndpoint.replace(/eventstream$/, "logstream?tailLines=10"));
  expect(console_.map((line) => JSON.parse(line).Log)).toEqual(["listening", "listening"]);
  const events = await lines(eventStreamEndpoint);
  expect(events.map((line) => JSON.parse(line).Msg)).toContain("Container main ended with the exit code 3");
  expect((await httpsJson(ca(), "GET", eventStreamEndpoint)).status).toBe(401);
});

it("a deleted app is gone: no listener, no process, and its SIGTERM handler ran", async () => {
  const host = await deploy("gone");
  const lines: string[] = [];
  const { logsOf } = await import("../../services/monitor/logs.ts");
  const end = logsOf(cloud.context).follow(appId("gone"), (row) => void lines.push(String(row.columns.Log_s)));
  await cloud.call("DELETE", appId("gone"));
  await until(async () => (await cloud.call("GET", appId("gone"))).status === 404);
  end();
  await expect(get(host)).rejects.toThrow("ECONNREFUSED");
  expect(lines).toContain("ending");
});

it("with several active revisions the traffic is split by weight", async () => {
  const host = await deploy("split", { mode: "Multiple", env: [{ name: "GREETING", value: "a" }] });
  await deploy("split", { mode: "Multiple", env: [{ name: "GREETING", value: "b" }] });
  const names = (await Array.fromAsync(cloud.apps.containerAppsRevisions.listRevisions("rg", "split"))).map(
    (each) => each.name,
  );
  const traffic = [
    { revisionName: names[0], weight: 50 },
    { latestRevision: true, weight: 50 },
  ];
  await deploy("split", { mode: "Multiple", env: [{ name: "GREETING", value: "b" }], ingress: { traffic } });
  const answers = await Promise.all(Array.from({ length: 40 }, () => get(host)));
  expect(new Set(answers)).toEqual(new Set(["a", "b"]));
  expect(await deploy("split", { mode: "Multiple", ingress: { traffic: traffic.slice(1) } })).toContain(
    "add up to 50, not to 100",
  );
});

it("an image upon nginx serves its files by the configuration that it wrote", async () => {
  const config = "server { listen 8080; root /usr/share/nginx/html; location / { try_files $uri $uri/ /index.html; } }";
  const Dockerfile = `FROM nginxinc/nginx-unprivileged:alpine\nRUN echo '${config}' > /etc/nginx/conf.d/default.conf\nCOPY public /usr/share/nginx/html\n`;
  const built = await buildImage(
    cloud,
    "images",
    { Dockerfile, "public/index.html": "<p>site" },
    { imageNames: ["static:1"] },
  );
  expect(built.status, built.log).toBe("Succeeded");
  const host = await deploy("static", { image: `${server}/static:1` });
  expect([await get(host), await get(host, "/any/page")]).toEqual(["<p>site", "<p>site"]);
});

it("a revision is restarted without a gap, and an app is stopped and started", async () => {
  const host = await deploy("steady");
  const { latestRevisionName = "" } = await cloud.apps.containerApps.get("rg", "steady");
  const before = (await replicas("steady")).map((each) => each.name);
  await cloud.apps.containerAppsRevisions.restartRevision("rg", "steady", latestRevisionName);
  const answers = await Promise.all(Array.from({ length: 5 }, () => get(host)));
  expect(new Set(answers)).toEqual(new Set(["hello"]));
  await until(async () => {
    const after = (await replicas("steady")).map((each) => each.name);
    return after.length === 1 && after[0] !== before[0];
  });
  await cloud.call("POST", `${appId("steady")}/stop`);
  expect((await httpsJson(ca(), "GET", `https://${host}/`)).status).toBe(503);
  expect((await cloud.apps.containerApps.get("rg", "steady")).runningStatus).toBe("Stopped");
  await cloud.call("POST", `${appId("steady")}/start`);
  expect(await get(host)).toBe("hello");
});

it("ingress that is added later gives the running revision a port", async () => {
  await deploy("later", { ingress: null });
  expect(await get(await deploy("later"))).toBe("hello");
});
