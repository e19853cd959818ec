import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ContainerApp } from "../compute/containerApp.ts";
import { ContainerEnvironment } from "../compute/containerEnvironment.ts";
import { FunctionApp } from "../compute/functionApp.ts";
import { CosmosAccount } from "../data/cosmosAccount.ts";
import { PostgresServer } from "../data/postgresServer.ts";
import { StorageAccount } from "../data/storageAccount.ts";
import { ServiceBus } from "../messaging/serviceBus.ts";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
import { KeyVault } from "../security/keyVault.ts";
import { Monitoring } from "../shared/monitoring.ts";
import { containerVariables, record, testContext } from "../testing/index.ts";
import type { LinkGrant } from "./link.ts";
import { runtimeReader } from "./runtimeReader.ts";

const ROOT = resolve(import.meta.dirname, "../..");
let folder: string;
beforeAll(() => {
  mkdirSync(join(ROOT, ".devfactory"), { recursive: true });
  folder = mkdtempSync(join(ROOT, ".devfactory/reader-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** An app that links to something of each kind, two stores of a kind among them. */
async function makeApp() {
  const made = await record(() => {
    const context = testContext("dev");
    const bus = new ServiceBus("bus", {
      context,
      queues: { jobs: {} },
      topics: { news: { subscriptions: { mail: {} } } },
    });
    const orders = new CosmosAccount("orders", { context, databases: { shop: { lines: "/id" } } }).database("shop");
    const people = new CosmosAccount("people", { context, databases: { crm: {} } }).database("crm");
    const files = new StorageAccount("files", { context, containers: ["photos"], tables: ["visits"] });
    const database = new PostgresServer("db", { context, databases: ["shop"], azureServices: true }).database("shop");
    const vault = new KeyVault("vault", { context });
    const mailer = new FunctionApp("mailer", { context, runtime: { name: "node" } });
    const app = new ContainerApp("web", {
      context,
      environment: new ContainerEnvironment("env", { context }),
      registry: ContainerRegistry.existing("r", { registryId: "/registry", loginServer: "r.azurecr.io" }),
      image: "i",
      secretEnv: { STRIPE: vault.secret("stripe") },
      link: [
        bus.queue("jobs").link("send"),
        bus.topic("news").subscription("mail").link("receive"),
        orders.container("lines").link("readwrite"),
        people.link("read"),
        files.container("photos").link("readwrite"),
        files.table("visits").link("read"),
        database.link("readwrite"),
        vault.secret("mail").link("read"),
        mailer.link("call"),
        new Monitoring("mon", { context, insights: true }).link("publish"),
      ],
    });
    return runtimeReader(app, { "bus-jobs": "jobs" });
  });
  return { text: made.result, variables: containerVariables(made, "web-app") };
}

it("the text of an app with links to one of each kind", async () => {
  await expect((await makeApp()).text).toMatchFileSnapshot("fixtures/runtimeReader.txt");
});

it("it compiles without any types of a platform, and refuses what is not there", async () => {
  const { text } = await makeApp();
  writeFileSync(join(folder, "runtime.ts"), text);
  const use = (line: string) => `import { resources } from "./runtime.ts";\nexport const value: ${line};\n`;
  writeFileSync(join(folder, "right.ts"), use('"jobs" = resources.jobs.queueName'));
  writeFileSync(join(folder, "wrong.ts"), use("string = resources.jobs.topicName"));
  const compile = (file: string) => {
    const tsc = join(ROOT, "node_modules/tsc7/bin/tsc");
    const flags = ["--noEmit", "--strict", "--noUncheckedIndexedAccess", "--erasableSyntaxOnly", "--ignoreConfig"];
    const settings = [
      ...flags,
      "--types",
      "",
      "--lib",
      "es2023",
      "--module",
      "nodenext",
      "--allowImportingTsExtensions",
    ];
    return spawnSync(process.execPath, [tsc, ...settings, join(folder, file)], { encoding: "utf8" }).stdout;
  };
  expect(compile("right.ts")).toBe("");
  expect(compile("wrong.ts")).toContain("Property 'topicName' does not exist");
}, 60_000);

it("it runs: reads what the platform sets, each store its own, and names what is missing when it is asked for", async () => {
  const { text, variables } = await makeApp();
  const file = join(folder, "running.ts");
  writeFileSync(file, text);
  const run = (expression: string, env: Readonly<Record<string, string>>) => {
    const script = `import { resources } from ${JSON.stringify(file)}; console.log(JSON.stringify(${expression}));`;
    const args = ["--no-warnings", "--input-type=module-typescript", "--eval", script];
    return spawnSync(process.execPath, args, { encoding: "utf8", env });
  };
  const told = run(
    "[resources.jobs, resources.ordersShopLines.endpoint, resources.peopleCrm.endpoint, resources.mailer.baseUrl]",
    variables,
  );
  expect(JSON.parse(told.stdout)).toEqual([
    { queueName: "jobs", host: variables.AZURE_SERVICE_BUS_HOST, namespaceName: variables.AZURE_SERVICE_BUS_NAME },
    variables.AZURE_COSMOS_ENDPOINT_ORDERS,
    variables.AZURE_COSMOS_ENDPOINT_PEOPLE,
    variables.MAILER_BASE_URL,
  ]);
  const { AZURE_SERVICE_BUS_HOST: _, ...incomplete } = variables;
  expect(JSON.parse(run("resources.jobs.queueName", incomplete).stdout)).toBe("jobs"); // loading asks for nothing
  expect(run("resources.jobs.host", incomplete).stderr).toContain(
    "AZURE_SERVICE_BUS_HOST is not set: resources.jobs needs it.",
  );
}, 60_000);

it("all variables that it reads are those that the app has", async () => {
  const { text, variables } = await makeApp();
  const read = [...text.matchAll(/return read\("([^"]+)"/g)].map(([, name]) => name);
  expect(read.filter((name) => !(String(name) in variables))).toEqual([]);
  expect(new Set(read).size).toBe(14);
});

it("nothing but names needs no function; names that are no identifiers are quoted", () => {
  const link: LinkGrant = { key: "a-b", source: "a", env: {}, names: { "x-y": 'q"' }, roles: [] };
  const consumer = { key: "web", links: [link], allLinks: [link] };
  expect(runtimeReader(consumer, { "a-b": "1st" })).toBe(
    [
      "// Made from the links of web; what is changed here is lost with the next change of them.",
      "/** What this program may reach, and where. */",
      "export const resources = {",
      "  /** The link a-b. */",
      '  "1st": {',
      '    "x-y": "q\\"",',
      "  },",
      "} as const;",
      "",
    ].join("\n"),
  );
});
