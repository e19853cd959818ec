import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { logsOf } from "../../services/monitor/logs.ts";
import { createRegistry } from "../../services/registry/index.ts";
import { buildImage } from "../testing/buildImage.ts";
import { type TestCloud, testCloud } from "../testing/cloud.ts";
import { until } from "../testing/until.ts";
import { createContainerAppsHost } from "./index.ts";

const checkout = mkdtempSync(join(tmpdir(), "devfactory-checkout-"));
const messages = new Map<string, number>();
let cloud: TestCloud;
let server = "";

beforeAll(async () => {
  const options = { activeMessages: (queue: { entity: string }) => messages.get(queue.entity), pollMs: 20 };
  cloud = await testCloud((context) => [
    createRegistry(context, { checkout }),
    createContainerAppsHost(context, options),
  ]);
  const made = await cloud.call("PUT", `${cloud.group}/providers/Microsoft.ContainerRegistry/registries/images`, {
    location: "westeurope",
    sku: { name: "Basic" },
  });
  server = (made.body.properties as { loginServer: string }).loginServer;
  await cloud.call("PUT", `${cloud.group}/providers/Microsoft.App/managedEnvironments/env`, {
    location: "westeurope",
    properties: {},
  });
  const built = await buildImage(
    cloud,
    "images",
    { Dockerfile: "FROM node:24\nWORKDIR /app\n" },
    { imageNames: ["job:1"] },
  );
  expect(built.status).toBe("Succeeded");
});
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
  rmSync(checkout, { recursive: true, force: true });
});

const jobId = (name: string) => `${cloud.group}/providers/Microsoft.App/jobs/${name}`;

/** Makes a job that runs a line of JavaScript. */
async function job(name: string, script: string, configuration: object = {}, container: object = {}): Promise<void> {
  await cloud.puller(jobId(name));
  const { status, body } = await cloud.call("PUT", jobId(name), {
    location: "westeurope",
    identity: { type: "SystemAssigned" },
    properties: {
      environmentId: `${cloud.group}/providers/Microsoft.App/managedEnvironments/env`,
      configuration: {
        triggerType: "Manual",
        replicaTimeout: 30,
        replicaRetryLimit: 0,
        registries: [{ server, identity: "system" }],
        manualTriggerConfig: { parallelism: 1, replicaCompletionCount: 1 },
        ...configuration,
      },
      template: {
        containers: [{ name: "main", image: `${server}/job:1`, command: ["node", "-e", script], ...container }],
      },
    },
  });
  if (status >= 400) throw new Error(JSON.stringify(body));
}

/** Starts an execution with the client and waits for its end. */
async function run(name: string, template?: object): Promise<string | undefined> {
  const started = await cloud.apps.jobs.start("rg", name, template ? { template } : {});
  return ended(name, started.name ?? "");
}

async function ended(name: string, execution: string): Promise<string | undefined> {
  let status: string | undefined;
  await until(async () => {
    status = (await cloud.apps.jobExecution("rg", name, execution)).status;
    return status !== "Running";
  });
  return status;
}

const lines = (name: string) =>
  logsOf(cloud.context)
    .tail(jobId(name), 100)
    .filter((row) => row.table === "ContainerAppConsoleLogs_CL")
    .map((row) => row.columns.Log_s);
const executions = (name: string) => Array.fromAsync(cloud.apps.jobsExecutions.list("rg", name));

it("an execution succeeds, its lines are kept, and it is listed", async () => {
  await job("ok", "console.log('did', process.env.CONTAINER_APP_JOB_NAME)");
  expect(await run("ok")).toBe("Succeeded");
  expect(lines("ok")).toEqual(["did ok"]);
  expect((await executions("ok")).map((each) => each.status)).toEqual(["Succeeded"]);
});

it("a start may override the containers", async () => {
  const containers = [
    {
      name: "main",
      image: `${server}/job:1`,
      command: ["node", "-e", "console.log(process.env.DEVFACTORY_TASK)"],
      env: [{ name: "DEVFACTORY_TASK", value: "j/1" }],
    },
  ];
  expect(await run("ok", { containers })).toBe("Succeeded");
  expect(lines("ok").at(-1)).toBe("j/1");
});

it("a failing replica is tried again up to the limit, then the execution has failed", async () => {
  await job("bad", "console.log('try'); process.exit(1)", { replicaRetryLimit: 2 });
  expect(await run("bad")).toBe("Failed");
  expect(lines("bad")).toEqual(["try", "try", "try"]);
});

it("an execution over its time is ended and has failed", async () => {
  await job("slow", "setInterval(() => {}, 1000)", { replicaTimeout: 1 });
  expect(await run("slow")).toBe("Failed");
});

it("as many replicas as wanted run in parallel", async () => {
  await job("wide", "console.log(1)", { manualTriggerConfig: { parallelism: 3, replicaCompletionCount: 3 } });
  expect(await run("wide")).toBe("Succeeded");
  expect(lines("wide")).toEqual(["1", "1", "1"]);
});

it("an execution can be stopped", async () => {
  await job("endless", "setInterval(() => {}, 1000)");
  const { name = "" } = await cloud.apps.jobs.start("rg", "endless");
  await cloud.apps.jobs.stopExecution("rg", "endless", name);
  expect(await ended("endless", name)).toBe("Stopped");
});

it("a schedule fires when its minute comes, in UTC", async () => {
  const soon = new Date(cloud.context.clock.now() + 10 * 60_000);
  const cronExpression = `${soon.getUTCMinutes()} ${soon.getUTCHours()} * * *`;
  const scheduleTriggerConfig = { cronExpression, parallelism: 1, replicaCompletionCount: 1 };
  await job("nightly", "console.log('night')", { triggerType: "Schedule", scheduleTriggerConfig });
  await new Promise((resolve) => setTimeout(resolve, 60)); // the host has seen the schedule
  expect(await executions("nightly")).toEqual([]);
  cloud.context.clock.shift(11 * 60_000);
  await until(async () => (await executions("nightly"))[0]?.status === "Succeeded");
  expect(await executions("nightly")).toHaveLength(1);
});

it("messages start executions, no more than the maximum at a time", async () => {
  const rules = [
    { name: "q", type: "azure-servicebus", metadata: { queueName: "tasks", namespace: "bus", messageCount: "1" } },
  ];
  const eventTriggerConfig = {
    parallelism: 1,
    replicaCompletionCount: 1,
    scale: { maxExecutions: 2, minExecutions: 0, rules },
  };
  await job("eventful", "setTimeout(() => {}, 1000)", { triggerType: "Event", eventTriggerConfig });
  const seen: number[] = [];
  const statuses = async () => {
    const found = (await executions("eventful")).map(({ status }) => status);
    seen.push(found.filter((status) => status === "Running").length);
    return found;
  };
  messages.set("tasks", 5);
  await until(async () => (await statuses()).length >= 3);
  messages.clear();
  await until(async () => (await statuses()).every((status) => status === "Succeeded"));
  expect(Math.max(...seen)).toBe(2);
});

it("an image of the checkout runs in place: its paths are translated, and nothing is copied", async () => {
  writeFileSync(
    join(checkout, "Dockerfile"),
    'FROM node:24 AS base\nWORKDIR /src\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nENV MODE=fast\nENTRYPOINT ["node", "/src/main.mjs"]\n',
  );
  writeFileSync(
    join(checkout, "main.mjs"),
    "console.log(process.cwd(), process.env.MODE, process.argv.slice(2).join())",
  );
  const request = {
    type: "DockerBuildRequest",
    dockerFilePath: "Dockerfile",
    platform: { os: "Linux" },
    imageNames: ["self:1"],
    isPushEnabled: true,
  } as const;
  const schedule = async (folder: string) => {
    const { runId = "" } = await cloud.registries.registries.beginScheduleRunAndWait("rg", "images", {
      ...request,
      sourceLocation: `file://${folder}`,
    });
    await until(async () =>
      ["Succeeded", "Failed"].includes((await cloud.registries.runs.get("rg", "images", runId)).status ?? ""),
    );
    return cloud.registries.runs.get("rg", "images", runId);
  };
  const first = await schedule(checkout);
  expect((await schedule(checkout)).outputImages).toEqual(first.outputImages);
  writeFileSync(join(checkout, "more.txt"), "changed");
  expect((await schedule(checkout)).outputImages?.[0]?.digest).not.toBe(first.outputImages?.[0]?.digest);
  expect((await schedule("/etc")).runErrorMessage).toContain(
    "file:///etc is not the checkout that this emulator serves",
  );
  await job("self", "", {}, { image: `${server}/self:1`, command: [], args: ["a", "b"] });
  expect(await run("self")).toBe("Succeeded");
  expect(lines("self")).toEqual([`${checkout} fast a,b`]);
});
