import { afterAll, beforeAll, expect, it } from "vitest";
import { createRegistry } from "../../services/registry/index.ts";
import { buildImage } from "../testing/buildImage.ts";
import { httpsJson, type TestCloud, testCloud } from "../testing/cloud.ts";
import { createContainerAppsHost } from "./index.ts";

const SERVER = `
const http = require("node:http");
http.createServer((request, response) => {
  if (request.url === "/env") return response.end(JSON.stringify(process.env));
  if (request.url === "/crash") process.exit(3);
  response.end("hello " + (process.env.GREETING ?? "nobody"));
}).listen(process.env.PORT, () => console.log("listening"));
`;

let cloud: TestCloud;
let server = "";

beforeAll(async () => {
  cloud = await testCloud((context) => [createRegistry(context), createContainerAppsHost(context)]);
  const registry = `${cloud.group}/providers/Microsoft.ContainerRegistry/registries/images`;
  const made = await cloud.call("PUT", registry, { location: "westeurope", sku: { name: "Basic" } });
  server = (made.body.properties as { loginServer: string }).loginServer;
  await cloud.call("PUT", `${cloud.group}/providers/Microsoft.App/managedEnvironments/env`, { location: "westeurope", properties: {} });
  const files = { Dockerfile: 'FROM node:24\nWORKDIR /app\nCOPY server.js .\nCMD ["node", "server.js"]\n', "server.js": SERVER };
  const built = await buildImage(cloud, "images", files, { imageNames: ["web:1"] });
  expect(built.status).toBe("Succeeded");
});
afterAll(() => cloud[Symbol.asyncDispose]());

const environmentId = () => `${cloud.group}/providers/Microsoft.App/managedEnvironments/env`;
const ca = () => cloud.context.certificates.ca;

async function deploy(name: string, container: object, more: { scale?: object; ingress?: object | null; secrets?: object[] } = {}) {
  await cloud.puller(`${cloud.group}/providers/Microsoft.App/containerApps/${name}`);
  return cloud.apps.containerApps.createOrUpdate("rg", name, {
    location: "westeurope",
    identity: { type: "SystemAssigned" },
    environmentId: environmentId(),
    configuration: {
      registries: [{ server, identity: "system" }],
      secrets: more.secrets ?? [],
      ...(more.ingress === null ? {} : { ingress: { external: true, targetPort: 8080, ...more.ingress } }),
    },
    template: { containers: [{ name: "main", image: `${server}/web:1`, ...container }], ...(more.scale ? { scale: more.scale } : {}) },
  });
}

it("an app answers on the address that its resource names, over https and http, with its own variables", async () => {
  const started = Date.now();
  const app = await deploy("hello", { env: [{ name: "GREETING", value: "world" }] });
  const fqdn = app.configuration?.ingress?.fqdn ?? "";
  console.error("deploy ms", Date.now() - started, fqdn);
  expect((await httpsJson(ca(), "GET", `https://${fqdn}/`)).text).toBe("hello world");
  expect(await (await fetch(`http://${fqdn}/`)).text()).toBe("hello world");
  const env = (await httpsJson(ca(), "GET", `https://${fqdn}/env`)).body;
  console.error(env);
});
it("job", async () => {
  await cloud.puller(`${cloud.group}/providers/Microsoft.App/jobs/task`);
  await cloud.apps.jobs.createOrUpdate("rg", "task", {
    location: "westeurope",
    identity: { type: "SystemAssigned" },
    environmentId: environmentId(),
    configuration: { triggerType: "Manual", replicaTimeout: 20, registries: [{ server, identity: "system" }], manualTriggerConfig: {} },
    template: { containers: [{ name: "main", image: `${server}/web:1`, command: ["node", "-e", "console.log(process.env.WHAT)"] , env: [{name:"WHAT", value: "x"}]}] },
  });
  const t = Date.now();
  const started = await cloud.apps.jobs.start("rg", "task");
  const name = started.name ?? "";
  for (;;) {
    const e = await cloud.apps.jobExecution("rg", "task", name);
    if (e.status !== "Running") { console.error(e, Date.now() - t); break; }
    await new Promise((r) => setTimeout(r, 20));
  }
});
