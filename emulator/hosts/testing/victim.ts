import { createRegistry } from "../../services/registry/index.ts";
import { createContainerAppsHost } from "../containerApps/index.ts";
import { buildImage } from "./buildImage.ts";
import { testCloud } from "./cloud.ts";

// A small emulator in a process of its own, for tests that kill it: `node victim.ts <data folder> [setup]`. It prints the app's host.
const [dataDir = "", setup] = process.argv.slice(2);
const cloud = await testCloud((context) => [createRegistry(context), createContainerAppsHost(context)], dataDir);
const app = `${cloud.group}/providers/Microsoft.App/containerApps/web`;
if (setup) {
  const registry = `${cloud.group}/providers/Microsoft.ContainerRegistry/registries/images`;
  const made = await cloud.call("PUT", registry, { location: "westeurope", sku: { name: "Basic" } });
  const server = (made.body.properties as { loginServer: string }).loginServer;
  await cloud.call("PUT", `${cloud.group}/providers/Microsoft.App/managedEnvironments/env`, {
    location: "westeurope",
    properties: {},
  });
  const script =
    "require('http').createServer((q, r) => r.end(String(process.env.CONTAINER_APP_REVISION))).listen(process.env.PORT)";
  const Dockerfile = `FROM node:24\nWORKDIR /app\nCMD ["node", "-e", ${JSON.stringify(script)}]\n`;
  await buildImage(cloud, "images", { Dockerfile }, { imageNames: ["web:1"] });
  await cloud.puller(app);
  await cloud.call("PUT", app, {
    location: "westeurope",
    identity: { type: "SystemAssigned" },
    properties: {
      environmentId: `${cloud.group}/providers/Microsoft.App/managedEnvironments/env`,
      configuration: { registries: [{ server, identity: "system" }], ingress: { external: true, targetPort: 80 } },
      template: { containers: [{ name: "main", image: `${server}/web:1` }], scale: { minReplicas: 1 } },
    },
  });
}
const { body } = await cloud.call("GET", app);
const { configuration } = body.properties as { configuration: { ingress: { fqdn: string } } };
process.stdout.write(`${configuration.ingress.fqdn}\n`);
