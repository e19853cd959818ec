import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { NO_FACTS } from "@devfactory/checks/index.ts";
import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { FileSet } from "../archive/fileSet.ts";
import { readTar } from "../archive/tar.ts";
import type { BuildRequest } from "../build/registryBuilder.ts";
import { AutomationError, toErrorRecord } from "../errors.ts";
import { AppSources } from "../jobs/appSources.ts";
import { toDeploymentView } from "../jobs/deploymentView.ts";
import type { JobDocument } from "../jobs/documents.ts";
import { withDomain } from "../jobs/domains.ts";
import { Lease } from "../jobs/lease.ts";
import { JobLedger } from "../jobs/ledger.ts";
import { startRollback } from "../jobs/startRollback.ts";
import { MemoryStore } from "../jobs/testing/memoryStore.ts";
import { toAppView, toJobView } from "../jobs/view.ts";
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
async function open(
  project: FileSet,
  options: {
    monthlyUsd?: number;
    /** Parts of each estimate, in turn, that have no price. */
    unpriced?: number[];
    builds?: (request: BuildRequest) => void;
    /** May refuse a deployment of the stack, by its configuration. */
    ups?: (config: Readonly<Record<string, string>>) => void;
    /** The zone of a domain: `TYPE name` → values. */
    zone?: Readonly<Record<string, readonly string[]>>;
    multiRegion?: boolean;
    /** Takes no plan before it is previewed. */
    recordFails?: boolean;
  } = {},
) {
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
          digest: `sha256:${built.length}`,
          reference: `registry.example/${request.repository}@sha256:${built.length}`,
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
        options.ups?.(request.config);
        const names = (
          JSON.parse(request.config["devfactory:spec"] ?? "{}") as { services: { name: string; kind: string }[] }
        ).services;
        return {
          outputs: {
            url,
            services: names.map(({ name, kind }) => ({ name, kind, url })),
            ...recordsOf(request.config),
          },
          changes: { create: 1 },
        };
      },
    },
    lookupDns: async (type: string, name: string) => options.zone?.[`${type} ${name}`] ?? [],
    revisions: { notReady: async () => [], lastLines: async () => ["TypeError: x is not a function"] },
    estimate: () => {
      const unpricedParts = options.unpriced?.shift() ?? 0;
      const found = { monthlyUsd: options.monthlyUsd ?? 1, pricesAsOf: "2026-01-01", unsupported: [], resources: [] };
      return { ...found, ...(unpricedParts > 0 && { unpricedParts }) };
    },
    recordPlan: async ({ spec, images }: { spec: AppSpec; images: object }) => {
      if (options.recordFails) throw new Error("no process is to be had");
      return spec.resources.map(({ name }) => ({
        urn: `urn:pulumi:plan::devfactory-app::azure-native:containerregistry:Registry::${name}`,
        type: "azure-native:containerregistry:Registry",
        name,
        inputs: { images },
      }));
    },
    policies: { gate: { dev: "warn", standard: "block", production: "block" }, waivers: [] },
    notify: [],
    askAzure: async () => NO_FACTS,
    appScheme: "http",
    autoScaling: true,
    get multiRegion() {
      return options.multiRegion ?? false;
    },
    defaultBudgetUsd: 500,
    deploymentTimeoutMs: 10_000,
  } as unknown as WorkflowServices;
  const domains = async () => (await ledger.app(TENANT, appId)).domains ?? {};
  /** Asks for a domain, and has the work done. */
  const give = async (host: string) => {
    await apps.changeDomains(TENANT, appId, (app, now) => withDomain(app, TENANT, { host }, now));
    return (await ledger.addToApp(TENANT, appId, { kind: "deploy", prompt: host, from: { kind: "domain", host } }))
      .jobId;
  };
  const start = async (id = jobId) => {
    const lease = await Lease.acquire(appId, { store, holder: "w", leaseMs: 60_000, dispatch });
    if (!lease) throw new Error("no lease");
    const job = await lease.commit(id, () => ({ moves: ["lease", "start"], job: { attempts: 1 } }));
    const { signal } = new AbortController();
    return new JobSession({
      lease,
      store,
      job,
      app: await lease.app(),
      services,
      redactor: new Redactor(),
      signal,
    });
  };
  /** Does a whole job as a worker does. */
  const work = async (id = jobId) => {
    const session = await start(id);
    await deployJob(session);
    await session.commit(() => ({ moves: ["succeed"] }));
    await session.options.lease.release();
    return ledger.job(TENANT, id);
  };
  const events = async (id = jobId) => (await ledger.events(TENANT, id, 0, 1_000)).map((event) => event.message);
  /** Another deployment of the app, of these files. */
  const again = async (given: FileSet) => {
    const next = { kind: "deploy", prompt: "Deploy", source: await bring(given) } as const;
    return (await ledger.addToApp(TENANT, appId, next)).jobId;
  };
  const job = (id = jobId) => ledger.job(TENANT, id);
  return { apps, domains, give, start, work, again, bring, built, stacks, events, ledger, appId, jobId, job };
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

it("what the estimate leaves out is told with the sum, in event, job and app, until a deployment has prices for all", async () => {
  const house = await open(files(NODE), { unpriced: [2] });
  const told = async (jobId: string) => {
    const [job, app] = [await house.work(jobId), await house.ledger.app(TENANT, house.appId)];
    const events = (await house.events(jobId)).filter((message) => message.includes("resources, about"));
    return [events, toJobView(job).estimate, toDeploymentView(job, app).estimate, toAppView(app).estimate];
  };
  const open2 = { monthlyUsd: 1, unpricedParts: 2 };
  const text = "0 resources, about 1.00 USD a month";
  expect(await told(house.jobId)).toEqual([[`${text}, 2 parts without a price`], open2, open2, open2]);
  const whole = { monthlyUsd: 1 };
  expect(await told(await house.again(files(NODE)))).toEqual([[text], whole, whole, whole]);
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

const OVER_BUDGET = files({
  ...NODE,
  "devfactory.yaml":
    "version: 1\nname: notes\ntitle: Notes\nbudget: { monthlyUsd: 5 }\nservices: [{ name: web, kind: web }]\nresources: [{ name: images, kind: registry }]\n",
});

it("what the spec alone decides is decided, and told, before an image is built", async () => {
  const house = await open(OVER_BUDGET, { monthlyUsd: 9 });
  await expect(deployJob(await house.start())).rejects.toMatchObject({ code: "OVER_BUDGET" });
  expect((await house.job()).steps.map(({ name, status }) => [name, status])).toEqual([["validate", "failed"]]);
  expect([house.built, house.stacks]).toEqual([[], []]);
  expect(await house.events()).toContain("1 resources, about 9.00 USD a month");
});

it("a forecast that allows the plan tells nothing, and one that could not be made leaves the verdict to the preview", async () => {
  const allowed = await open(OVER_BUDGET, { monthlyUsd: 4 });
  await allowed.work();
  const told = (await allowed.events()).filter((message) => message.endsWith("USD a month"));
  expect(told.filter((message) => message.includes("about"))).toEqual(["0 resources, about 4.00 USD a month"]);
  const unmade = await open(OVER_BUDGET, { monthlyUsd: 9, recordFails: true });
  await expect(deployJob(await unmade.start())).rejects.toMatchObject({ code: "OVER_BUDGET" });
  expect([unmade.built.length, unmade.stacks]).toEqual([1, []]);
});

it("further regions of a devfactory.yaml are refused before anything is made, unless the platform takes them", async () => {
  const yaml = "version: 1\nname: notes\ntitle: Notes\nalsoIn: [westus2]\nservices: [{ name: web, kind: web }]\n";
  const project = files({ ...NODE, "devfactory.yaml": yaml });
  const off = await open(project);
  await expect(deployJob(await off.start())).rejects.toMatchObject({ code: "REGIONS_OFF" });
  expect([off.built, off.stacks]).toEqual([[], []]);
  const on = await open(project, { multiRegion: true });
  const live = await on.work();
  expect([live.state, JSON.parse(on.stacks[0]?.["devfactory:spec"] ?? "").alsoIn]).toEqual(["succeeded", ["westus2"]]);
});

it("going back to a version with further regions is refused when the platform takes them no more", async () => {
  const yaml = (more: string) => `version: 1\nname: notes\ntitle: Notes\n${more}services: [{ name: web, kind: web }]\n`;
  const options = { multiRegion: true };
  const house = await open(files({ ...NODE, "devfactory.yaml": yaml("alsoIn: [westus2]\n") }), options);
  await house.work();
  const live = await house.work(await house.again(files({ ...NODE, "devfactory.yaml": yaml("") })));
  options.multiRegion = false;
  const back = await startRollback(house.ledger, TENANT, live.jobId);
  await expect(deployJob(await house.start(back.jobId))).rejects.toMatchObject({ code: "REGIONS_OFF" });
  expect(house.stacks.length).toBe(2);
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

it("a rollback puts the earlier images and services into place without a build; what holds data stays as it is", async () => {
  const yaml = (more: string) => `version: 1\nname: notes\ntitle: Notes\nservices: [{ name: web, kind: web${more}\n`;
  const first = { ...NODE, "devfactory.yaml": yaml(" }]") };
  const second = {
    ...NODE,
    "new.js": "",
    "devfactory.yaml": yaml(
      ", env: { NEW: '1' }, uses: [{ resource: db, access: readwrite }] }]\nresources: [{ name: db, kind: postgres }]",
    ),
  };
  const house = await open(files(first));
  const before = await house.work();
  const live = await house.work(await house.again(files(second)));
  expect([before.release?.iteration, live.release?.iteration, live.replaced]).toEqual([1, 2, before.jobId]);
  const back = await house.work((await startRollback(house.ledger, TENANT, live.jobId)).jobId);
  expect(house.built.length).toBe(2); // one build for each deployment that brought files
  expect(back.steps.map(({ name, status }) => [name, status])).toEqual([
    ["validate", "succeeded"],
    ["container", "skipped"],
    ["sync", "skipped"],
    ["build", "skipped"],
    ["deploy", "succeeded"],
  ]);
  const stack = house.stacks.at(-1) ?? {};
  const spec = JSON.parse(stack["devfactory:spec"] ?? "");
  expect(JSON.parse(stack["devfactory:images"] ?? "")).toEqual(imagesOf(before));
  expect([
    spec.services[0].env,
    spec.services[0].uses,
    spec.resources.map(({ name }: { name: string }) => name),
  ]).toEqual([{}, [], ["db"]]);
  const app = await house.ledger.app(TENANT, house.appId);
  expect([app.deployment, app.iteration, app.workspace, back.replaced]).toEqual([
    back.jobId,
    3,
    before.release?.workspace,
    live.jobId,
  ]);
  // To undo that is to go back to what it replaced.
  const forward = await house.work((await startRollback(house.ledger, TENANT, back.jobId)).jobId);
  expect(forward.from).toMatchObject({ kind: "rollback", deploymentId: live.jobId });
  expect(JSON.parse(house.stacks.at(-1)?.["devfactory:images"] ?? "")).toEqual(imagesOf(live));
});

const UNHEALTHY = "ContainerAppOperationError: Failed to provision revision for container app 'web'.";

it("a version that does not get healthy fails with the app's last lines, and what ran before is deployed again", async () => {
  const healthy = { now: true };
  const ups = () => {
    if (healthy.now) return;
    healthy.now = true; // what comes after it is the earlier version
    throw new AutomationError("DEPLOY_FAILED", { reason: UNHEALTHY });
  };
  const house = await open(files(NODE), { ups });
  const before = await house.work();
  healthy.now = false;
  const id = await house.again(files({ ...NODE, "s.js": "x()" }));
  const error = await deployJob(await house.start(id)).catch((reason: unknown) => reason);
  expect(toErrorRecord(error, "deploy")).toMatchObject({
    code: "DEPLOY_FAILED",
    step: "deploy",
    detail: UNHEALTHY,
    log: ["TypeError: x is not a function"],
    restored: true,
  });
  expect(house.stacks.length).toBe(3);
  expect(house.stacks[2]?.["devfactory:images"]).toBe(house.stacks[0]?.["devfactory:images"]);
  expect(await house.events(id)).toContain("The new version did not get healthy: version 1 runs as before");
  const app = await house.ledger.app(TENANT, house.appId);
  expect([app.deployment, app.iteration, app.images?.web]).toEqual([before.jobId, 1, before.release?.images.web]);
});

it("what is not the new version's health takes nothing back, and the first version has nothing to go back to", async () => {
  const reasons = ["QuotaExceeded", UNHEALTHY];
  const house = await open(files(NODE), {
    ups: () => {
      throw new AutomationError("DEPLOY_FAILED", { reason: reasons.shift() ?? "no more" });
    },
  });
  for (const [log, id] of [
    [undefined, house.jobId],
    [["TypeError: x is not a function"], undefined],
  ] as const) {
    const session = await house.start(id ?? (await house.again(files({ ...NODE, "a.js": "" }))));
    const error = toErrorRecord(await deployJob(session).catch((reason: unknown) => reason));
    expect([error.code, error.log, error.restored]).toEqual(["DEPLOY_FAILED", log, undefined]);
    await session.commit(() => ({ moves: ["fail"] }));
    await session.options.lease.release();
  }
  expect(house.stacks.length).toBe(2);
});

const HOST = "www.example.org";
const TXT = { type: "TXT", name: `asuid.${HOST}`, value: "proof" } as const;

/** What the stack tells of its domains. */
function recordsOf(config: Record<string, string>) {
  const { domains = [] } = JSON.parse(config["devfactory:deployment"] ?? "{}") as { domains?: { hostName: string }[] };
  const cname = { type: "CNAME", name: HOST, value: "web.example.net" } as const;
  return { domains: domains.map(({ hostName }) => ({ hostName, records: [cname, TXT] })) };
}

const stepsOf = (stacks: readonly Record<string, string>[]) =>
  stacks.map((config) => {
    const { domains } = JSON.parse(config["devfactory:deployment"] ?? "{}") as { domains?: { step: string }[] };
    return domains?.map(({ step }) => step) ?? [];
  });

it("a domain: its records are told first, it waits for them with what is wrong, then it is verified, issued, bound, and kept", async () => {
  const zone: Record<string, readonly string[]> = {};
  const house = await open(files(NODE), { zone });
  const first = await house.work();
  await house.work(await house.give(HOST));
  expect(await house.domains()).toMatchObject({
    [HOST]: {
      state: "records",
      service: "web",
      apex: false,
      by: "u1",
      records: [{ type: "CNAME", name: HOST, value: "web.example.net" }, TXT],
      problem: {
        code: "DOMAIN_RECORDS_MISSING",
        detail: `CNAME ${HOST}: is not set, must be web.example.net; TXT asuid.${HOST}: is not set, must be proof`,
      },
    },
  });
  zone[`CNAME ${HOST}`] = ["other.example.net."];
  zone[`TXT asuid.${HOST}`] = ["something else", "proof"];
  await house.work(await house.give(HOST));
  expect((await house.domains())[HOST]?.problem?.detail).toBe(
    `CNAME ${HOST}: is other.example.net, must be web.example.net alone`,
  );
  zone[`CNAME ${HOST}`] = ["WEB.example.net."];
  const bound = await house.give(HOST);
  await house.work(bound);
  const { [HOST]: domain } = await house.domains();
  expect([domain?.state, domain?.problem]).toEqual(["bound", undefined]);
  await house.work(await house.again(files({ ...NODE, "new.js": "" })));
  expect(stepsOf(house.stacks)).toEqual([[], ["records"], ["records"], ["records"], ["verify"], ["bind"], ["bind"]]);
  expect((await house.events(bound)).filter((message) => message.startsWith(HOST))).toEqual([
    `${HOST}: its records are set`,
    `${HOST}: it has a certificate`,
    `${HOST}: it answers`,
  ]);
  // A domain is no new version: what ran before it is what a rollback goes to.
  const app = await house.ledger.app(TENANT, house.appId);
  expect([app.iteration, (await house.job(app.deployment)).replaced]).toEqual([2, first.jobId]);
});

it("a domain goes on after a crash from the state that was written down", async () => {
  const zone = { [`CNAME ${HOST}`]: ["web.example.net"], [`TXT asuid.${HOST}`]: ["proof"] };
  const crash = { at: "bind" };
  const ups = (config: Readonly<Record<string, string>>) => {
    if (stepsOf([config])[0]?.includes(crash.at)) throw new AutomationError("SHUTTING_DOWN");
  };
  const house = await open(files(NODE), { zone, ups });
  await house.work();
  const id = await house.give(HOST);
  const session = await house.start(id);
  await expect(deployJob(session)).rejects.toMatchObject({ code: "SHUTTING_DOWN" });
  expect((await house.domains())[HOST]?.state).toBe("issued");
  crash.at = "never";
  await session.commit(() => ({ moves: ["release"], publish: {} }));
  await session.options.lease.release();
  await house.work(id);
  expect([(await house.domains())[HOST]?.state, stepsOf(house.stacks).slice(1)]).toEqual([
    "bound",
    [["records"], ["verify"], ["bind"], ["verify"], ["bind"]],
  ]);
});

it("a domain that Azure refuses fails nothing else, says why, and is taken out of the stack until it is asked for again", async () => {
  const zone = { [`CNAME ${HOST}`]: ["web.example.net"], [`TXT asuid.${HOST}`]: ["proof"] };
  const refuse = { now: true };
  const ups = (config: Readonly<Record<string, string>>) => {
    if (refuse.now && stepsOf([config])[0]?.includes("verify"))
      throw new AutomationError("DEPLOY_FAILED", { reason: "CertificateNotIssued: CAA forbids it" });
  };
  const house = await open(files(NODE), { zone, ups });
  await house.work();
  const job = await house.work(await house.give(HOST));
  expect([job.state, (await house.domains())[HOST]]).toMatchObject([
    "succeeded",
    { state: "failed", problem: { code: "DOMAIN_REFUSED", detail: expect.stringContaining("CAA forbids it") } },
  ]);
  await house.work(await house.again(files({ ...NODE, "new.js": "" })));
  refuse.now = false;
  await house.work(await house.give(HOST));
  expect((await house.domains())[HOST]?.state).toBe("bound");
  expect(stepsOf(house.stacks).slice(1)).toEqual([
    ["records"],
    ["verify"],
    ["records"],
    ["records"],
    ["records"],
    ["verify"],
    ["bind"],
  ]);
});

it("a domain that is asked for before the first deployment comes with it; one that is taken away leaves the stack", async () => {
  const house = await open(files(NODE));
  await house.apps.changeDomains(TENANT, house.appId, (app, now) => withDomain(app, TENANT, { host: HOST }, now));
  await house.work();
  expect((await house.domains())[HOST]).toMatchObject({
    state: "records",
    service: "web",
    records: [{ type: "CNAME" }, TXT],
  });
  await house.apps.changeDomains(TENANT, house.appId, () => ({}));
  const from = { kind: "domain", host: HOST } as const;
  await house.work((await house.ledger.addToApp(TENANT, house.appId, { kind: "deploy", prompt: "x", from })).jobId);
  expect([await house.domains(), stepsOf(house.stacks)]).toEqual([{}, [["records"], []]]);
});

function imagesOf({ release }: JobDocument): Record<string, string> {
  return Object.fromEntries(Object.entries(release?.images ?? {}).map(([name, { reference }]) => [name, reference]));
}
