import { expect, it } from "vitest";
import { readTar } from "../archive/tar.ts";
import { AutomationError, toErrorRecord } from "../errors.ts";
import { toDeploymentView } from "../jobs/deploymentView.ts";
import type { JobDocument } from "../jobs/documents.ts";
import { startRollback } from "../jobs/startRollback.ts";
import { toAppView, toJobView } from "../jobs/view.ts";
import { deployJob } from "./deployJob.ts";
import { files, NODE, open, TENANT } from "./testing/deployRig.ts";

it("files become a running app in five steps: spec by detection, an image of a generated Dockerfile, the stack, the record", async () => {
  const house = await open(files(NODE));
  const session = await house.start();
  expect(await deployJob(session)).toEqual({ kind: "done" });
  const job = await house.job();
  expect(job.steps.map(({ name, status }) => [name, status])).toEqual(
    ["validate", "container", "sync", "build", "deploy"].map((name) => [name, "succeeded"]),
  );
  expect([job.url, job.monthlyUsd]).toEqual([house.url, 1]);
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

function imagesOf({ release }: JobDocument): Record<string, string> {
  return Object.fromEntries(Object.entries(release?.images ?? {}).map(([name, { reference }]) => [name, reference]));
}
