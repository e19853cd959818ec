import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { NO_FACTS } from "@devfactory/checks/index.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { FileSet } from "../archive/fileSet.ts";
import { readTar } from "../archive/tar.ts";
import type { BuildRequest } from "../build/registryBuilder.ts";
import { AutomationError } from "../errors.ts";
import { AppSources } from "../jobs/appSources.ts";
import { Lease } from "../jobs/lease.ts";
import { JobLedger } from "../jobs/ledger.ts";
import { MemoryStore } from "../jobs/testing/memoryStore.ts";
import { Redactor } from "../redact.ts";
import { tenantLimits } from "../schedule/limits.ts";
import { SourceStore } from "../source/sourceStore.ts";
import { MemoryContainer } from "../source/testing/memoryContainer.ts";
import { deployJob } from "./deployJob.ts";
import { JobSession } from "./jobSession.ts";
import type { WorkflowServices } from "./services.ts";

const TENANT = { tenantId: "t1", userId: "u1" };
const files = (entries: Record<string, string>): FileSet =>
  new Map(Object.entries(entries).map(([path, text]) => [path, { content: Buffer.from(text), executable: false }]));

/** Stands for what was deployed. */
const running = createServer((request, response) => response.writeHead(request.url === "/health" ? 200 : 404).end());
let url = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => running.listen(0, "localhost", resolve));
  url = `http://localhost:${(running.address() as AddressInfo).port}`;
});
afterAll(() => void running.close());

/** An app with a source, its deployment under a lease, and services that write down what they are asked for. */
async function open(project: FileSet, options: { monthlyUsd?: number; builds?: (request: BuildRequest) => void } = {}) {
  const store = new MemoryStore();
  const dispatch = () => {};
  const blobs = new MemoryContainer();
  const ledger = new JobLedger({ store, limitsOf: tenantLimits(), dispatch });
  const apps = new AppSources(store, store);
  const sources = new SourceStore(blobs.client());
  const { appId } = await apps.create(TENANT, { title: "Notes" });
  const bring = async (given: FileSet) => {
    const source = { ...(await sources.save(appId, given)), from: "upload", at: "2026-01-01T00:00:00Z" } as const;
    await apps.setSource(TENANT, appId, source);
    return source;
  };
  const source = await bring(project);
  const { jobId } = await ledger.addToApp(TENANT, appId, { kind: "deploy", prompt: "Deploy", source });
  const built: BuildRequest[] = [];
  const stacks: Record<string, string>[] = [];
  const services = {
    workspaces: blobs.client(),
    artifacts: new MemoryContainer().client(),
    registry: { id: "/registry", loginServer: "registry.example" },
    builder: {
      size: { cpu: 2, memoryGib: 4 },
      probe: async () => {},
      build: async (request: BuildRequest) => {
        built.push(request);
        options.builds?.(request);
        return {
          runId: "r1",
          digest: "sha256:1",
          reference: `registry.example/${request.repository}@sha256:1`,
          log: "ok",
          durationMs: 1,
        };
      },
    },
    deployer: {
      prepare: () => {},
      run: async (request: { config: Record<string, string> }, hooks: { onPlan: (plan: []) => Promise<void> }) => {
        await hooks.onPlan([]);
        stacks.push(request.config);
        const names = (
          JSON.parse(request.config["devfactory:spec"] ?? "{}") as { services: { name: string; kind: string }[] }
        ).services;
        return {
          outputs: { url, services: names.map(({ name, kind }) => ({ name, kind, url })) },
          changes: { create: 1 },
        };
      },
    },
    estimate: () => ({ monthlyUsd: options.monthlyUsd ?? 1, pricesAsOf: "2026-01-01", unsupported: [], resources: [] }),
    policies: { gate: { dev: "warn", standard: "block", production: "block" }, waivers: [] },
    notify: [],
    askAzure: async () => NO_FACTS,
    appScheme: "http",
    defaultBudgetUsd: 500,
    deploymentTimeoutMs: 10_000,
  } as unknown as WorkflowServices;
  const start = async () => {
    const lease = await Lease.acquire(appId, { store, holder: "w", leaseMs: 60_000, dispatch });
    if (!lease) throw new Error("no lease");
    const job = await lease.commit(jobId, () => ({ moves: ["lease", "start"], job: { attempts: 1 } }));
    const { signal } = new AbortController();
    return new JobSession({ lease, store, job, app: await lease.app(), services, redactor: new Redactor(), signal });
  };
  const events = async () => (await ledger.events(TENANT, jobId, 0, 1_000)).map((event) => event.message);
  return { start, bring, built, stacks, events, ledger, appId, jobId, job: () => ledger.job(TENANT, jobId) };
}

const NODE = {
  "package.json": '{"name":"notes","scripts":{"start":"node s.js"}}',
  "s.js": 'if (request.url === "/health") listen(process.env.PORT)',
};

it("files become a running app in five steps: spec by detection, an image of a generated Dockerfile, the stack, the record", async () => {
  const house = await open(files(NODE));
  const session = await house.start();
  expect(await deployJob(session)).toEqual({ kind: "done" });
  const job = await house.job();
  expect(job.steps.map(({ name, status }) => [name, status])).toEqual(
    ["validate", "container", "sync", "build", "deploy"].map((name) => [name, "succeeded"]),
  );
  expect([job.url, job.monthlyUsd]).toEqual([url, 1]);
  const app = await house.ledger.app(TENANT, house.appId);
  expect([
    app.status,
    app.title,
    app.iteration,
    app.spec?.services.map(({ name, kind, health }) => [name, kind, health]),
  ]).toEqual(["live", "Notes", 1, [["web", "web", "/health"]]]);
  expect(house.built.map(({ repository, dockerfile }) => [repository, dockerfile])).toEqual([
    [`apps/${house.appId}/web`, ".devfactory.Dockerfile"],
  ]);
  expect(house.built[0]?.tags).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/) as string, "v1"]);
  const context = await readTar(house.built[0]?.context ?? new Uint8Array());
  expect([...context.keys()]).toEqual([".devfactory.Dockerfile", ".dockerignore", "package.json", "s.js"]);
  expect(JSON.parse(house.stacks[0]?.["devfactory:images"] ?? "")).toEqual({
    web: `registry.example/apps/${house.appId}/web@sha256:1`,
  });
  expect(await house.events()).toContain("web: node with npm, web, port 8080, health /health");
});

it("a deployment takes the files of the moment when it was asked for, not those of a later upload", async () => {
  const house = await open(files(NODE));
  await house.bring(files({ ...NODE, "later.js": "" }));
  await deployJob(await house.start());
  expect([...(await readTar(house.built[0]?.context ?? new Uint8Array())).keys()]).not.toContain("later.js");
});

it("a fixed port is deployed as it is", async () => {
  const house = await open(files({ ...NODE, "s.js": 'app.get("/health"); app.listen(4000)' }));
  await deployJob(await house.start());
  expect(await house.events()).toContain("web: node with npm, web, port 4000, health /health");
});

it("above the budget it fails before anything is made: nobody is there to be asked", async () => {
  const house = await open(
    files({
      ...NODE,
      "devfactory.yaml":
        "version: 1\nname: notes\ntitle: Notes\nbudget: { monthlyUsd: 5 }\nservices: [{ name: web, kind: web }]\n",
    }),
    { monthlyUsd: 9 },
  );
  await expect(deployJob(await house.start())).rejects.toMatchObject({ code: "OVER_BUDGET" });
  expect([house.stacks, (await house.ledger.app(TENANT, house.appId)).status]).toEqual([[], "new"]);
});

it("a build that fails ends there; files that say nothing of themselves end before it", async () => {
  const failing = await open(files(NODE), {
    builds: () => {
      throw new AutomationError("BUILD_FAILED", {
        service: "web",
        status: "Failed",
        reason: "code 1",
        log: 'line 1\nnpm error Missing script: "build"',
      });
    },
  });
  await expect(deployJob(await failing.start())).rejects.toMatchObject({ code: "BUILD_FAILED" });
  expect((await failing.job()).steps.at(-1)).toMatchObject({ name: "build", status: "failed" });
  const unknown = await open(files({ "notes.txt": "" }));
  await expect(deployJob(await unknown.start())).rejects.toMatchObject({ code: "PROJECT_UNKNOWN" });
  expect(unknown.built).toEqual([]);
});
