import { expect, it } from "vitest";
import { AutomationError } from "../errors.ts";
import { toDeploymentView } from "../jobs/deploymentView.ts";
import type { Repo } from "../jobs/repo.ts";
import { startRollback } from "../jobs/startRollback.ts";
import { toAppView, toJobView } from "../jobs/view.ts";
import type { VersionToPush } from "../repos/pushVersion.ts";
import { deployJob } from "./deployJob.ts";
import { files, HOST, NODE, open, TENANT } from "./testing/deployRig.ts";

const REPO: Repo = { provider: "github", url: "https://github.com/acme/notes", branch: "main" };
const COMMIT = "c".repeat(40);

/** A host that writes down what it is given. */
function repoHost(push: (version: VersionToPush, signal: AbortSignal) => void | Promise<void> = () => {}) {
  const pushed: VersionToPush[] = [];
  const tokens: string[] = [];
  return {
    pushed,
    tokens,
    repos: {
      token: async (tenantId: string, provider: string) => `${provider} token of ${tenantId}`,
      push: async (version: VersionToPush, token: string, signal: AbortSignal) => {
        await push(version, signal);
        pushed.push(version);
        tokens.push(token);
        return { commit: COMMIT, tree: "t".repeat(40), outcome: "pushed" as const };
      },
    },
  };
}

async function withRepo(host: ReturnType<typeof repoHost>, project = files(NODE)) {
  const house = await open(project, { repos: host.repos });
  await house.apps.changeRepo(TENANT, house.appId, REPO);
  const app = () => house.ledger.app(TENANT, house.appId);
  return { ...house, app };
}

it("a version that runs is pushed with the tenant's token: the files that sync stores, and what becomes of it is told in job, deployment, app and events", async () => {
  const host = repoHost();
  const house = await withRepo(host, files({ ...NODE, "node_modules/x/index.js": "", ".git/config": "" }));
  const job = await house.work();
  expect(job.steps.map(({ name, status }) => [name, status]).slice(-2)).toEqual([
    ["deploy", "succeeded"],
    ["repo", "succeeded"],
  ]);
  const { files: sent, ...version } = host.pushed[0] as VersionToPush;
  expect([[...sent.keys()], version, host.tokens]).toEqual([
    ["package.json", "s.js"],
    { repo: REPO, appId: house.appId, jobId: house.jobId, iteration: 1, title: "Notes", at: job.createdAt },
    ["github token of t1"],
  ]);
  const told = { ...REPO, commit: COMMIT, jobId: house.jobId, at: expect.any(String) as string };
  const app = await house.app();
  expect([toJobView(job).repo, toDeploymentView(job, app).repo, toAppView(app).repo]).toEqual([told, told, told]);
  const events = await house.ledger.events(TENANT, house.jobId, 0, 1_000);
  expect(
    events
      .filter(({ type }) => /^(secret_read|repo_)/.test(type))
      .map(({ type, level, message }) => [type, level, message]),
  ).toEqual([
    ["secret_read", "info", "The token of github was read for a push"],
    ["repo_pushed", "info", `Version 1 was pushed to main of ${REPO.url} as ${COMMIT.slice(0, 12)}`],
  ]);
});

it("an app without a repository pushes nothing, nor does a domain, which is no new version; a rollback is one", async () => {
  const host = repoHost();
  const house = await open(files(NODE), { repos: host.repos });
  const first = await house.work();
  expect([host.pushed, first.repo, first.steps.at(-1)?.name]).toEqual([[], undefined, "deploy"]);
  await house.apps.changeRepo(TENANT, house.appId, REPO);
  await house.work(await house.give(HOST));
  expect(host.pushed).toEqual([]);
  await house.work(await house.again(files({ ...NODE, "b.js": "" })));
  await house.work((await startRollback(house.ledger, TENANT, first.jobId)).jobId);
  expect(host.pushed.map(({ iteration, files: sent }) => [iteration, [...sent.keys()]])).toEqual([
    [2, ["b.js", "package.json", "s.js"]],
    [3, ["package.json", "s.js"]],
  ]);
});

it.each([
  ["no stored token", new AutomationError("KEY_NOT_FOUND", { provider: "github" }), "KEY_NOT_FOUND"],
  [
    "a refusal",
    new AutomationError("REPO_PUSH_REFUSED", { url: "u", branch: "main", reason: "protected" }),
    "REPO_PUSH_REFUSED",
  ],
  ["a vault that is down", new AutomationError("KEYS_UNAVAILABLE", {}), "KEYS_UNAVAILABLE"],
  ["a bug", new TypeError("x is not a function"), "INTERNAL"],
])(
  "%s fails no deployment: it is told with the way out, and the next version goes there again",
  async (_, error, code) => {
    let isBroken = true;
    const host = repoHost(() => {
      if (isBroken) throw error;
    });
    const house = await withRepo(host);
    const job = await house.work();
    const problem = { code, detail: expect.any(String) as string, fix: expect.any(String) as string };
    const told = { ...REPO, problem, jobId: house.jobId, at: expect.any(String) as string };
    expect([job.state, job.error, job.url, job.repo, (await house.app()).repo]).toEqual([
      "succeeded",
      undefined,
      house.url,
      told,
      told,
    ]);
    const events = await house.ledger.events(TENANT, house.jobId, 0, 1_000);
    expect(
      events.filter(({ type }) => type === "repo_refused").map(({ level, message, data }) => [level, message, data]),
    ).toEqual([
      [
        "warning",
        `Version 1 is not in main of ${REPO.url}: ${job.repo?.problem?.detail}`,
        { ...REPO, code, fix: job.repo?.problem?.fix },
      ],
    ]);
    isBroken = false;
    const next = await house.again(files({ ...NODE, "b.js": "" }));
    await house.work(next);
    const better = { ...REPO, commit: COMMIT, jobId: next, at: expect.any(String) as string };
    expect((await house.app()).repo).toEqual(better);
    isBroken = true;
    await house.work(await house.again(files(NODE)));
    const { commit, problem: again } = (await house.app()).repo ?? {};
    expect([commit, again?.code]).toEqual([COMMIT, code]); // what got there last stays told
  },
);

it("a push that does not end within its time is told as one, and ended", async () => {
  const host = repoHost(
    (_, signal) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  );
  const house = await withRepo(host);
  const session = await house.start();
  const step: typeof session.step = (own, input, signal) =>
    Object.getPrototypeOf(session).step.call(
      session,
      { ...own, ...(own.name === "repo" && { timeoutMs: 50 }) },
      input,
      signal,
    );
  await deployJob(Object.assign(session, { step }));
  expect((await house.job()).repo?.problem).toEqual({
    code: "REPO_UNREACHABLE",
    detail: `${REPO.url}: it did not take the version within 0.05 s.`,
    fix: "Look whether the repository answers and how large it is. The app's next version is pushed again.",
  });
});

it("a ledger that does not answer once is no refusal: the attempt is repeated, and nothing false is told", async () => {
  const host = repoHost();
  const house = await withRepo(host);
  const session = await house.start();
  const down = new Error("the ledger is down");
  let isDown = false;
  const commit: typeof session.commit = (decide) => {
    if (host.pushed.length === 0 || isDown) return Object.getPrototypeOf(session).commit.call(session, decide);
    isDown = true; // for one write
    return Promise.reject(down);
  };
  await expect(deployJob(Object.assign(session, { commit }))).rejects.toBe(down);
  expect([host.pushed.length, (await house.job()).repo, (await house.app()).repo]).toEqual([1, undefined, REPO]);
});

it("a crash after the push: the repeated attempt is the same version, asks the host again, and tells one commit", async () => {
  let isCrashing = false;
  const host = repoHost();
  const { push } = host.repos;
  host.repos.push = async (...given) => {
    const done = await push(...given);
    if (isCrashing) throw new AutomationError("SHUTTING_DOWN");
    return done;
  };
  const house = await withRepo(host);
  await house.work();
  const second = await house.again(files({ ...NODE, "b.js": "" }));
  isCrashing = true;
  const session = await house.start(second);
  await expect(deployJob(session)).rejects.toMatchObject({ code: "SHUTTING_DOWN" });
  isCrashing = false;
  await session.commit(() => ({ moves: ["release"], publish: {} }));
  await session.options.lease.release();
  const job = await house.work(second);
  expect([job.release?.iteration, (await house.app()).iteration, job.replaced, job.repo?.commit]).toEqual([
    2,
    2,
    house.jobId,
    COMMIT,
  ]);
  expect(host.pushed.map(({ jobId, iteration, at }) => [jobId, iteration, at]).slice(-2)).toEqual([
    [second, 2, job.createdAt],
    [second, 2, job.createdAt],
  ]);
});

it("a repository that is taken away, or changed, while a version goes there stays so; the job tells where it went", async () => {
  for (const next of [undefined, { ...REPO, branch: "apps/notes" }]) {
    const change = { to: async () => {} };
    const house = await withRepo(repoHost(() => change.to()));
    change.to = async () => void (await house.apps.changeRepo(TENANT, house.appId, next));
    const job = await house.work();
    expect([(await house.app()).repo, job.repo?.branch, job.repo?.commit]).toEqual([next, "main", COMMIT]);
  }
});

it.each([
  [{ url: "https://github.com/Acme/notes.git", ref: "main" }, "REPO_IS_SOURCE"],
  [{ url: "https://github.com/acme/notes", ref: "HEAD" }, "REPO_IS_SOURCE"],
  [{ url: "https://github.com/acme/notes", ref: "release" }, undefined],
  [{ url: "https://github.com/acme/other", ref: "main" }, undefined],
])("an app whose files come from %j: %s, for a push there would deploy it again", async (git, code) => {
  const host = repoHost();
  const house = await withRepo(host);
  const brought = await house.bring(files({ ...NODE, "b.js": "" }));
  const source = { ...brought, from: "git", git: { ...git, commit: "1".repeat(40) } } as const;
  await house.work();
  await house.apps.setSource(TENANT, house.appId, source);
  const { jobId } = await house.ledger.addToApp(TENANT, house.appId, { kind: "deploy", prompt: "x", source });
  const job = await house.work(jobId);
  expect([job.state, job.repo?.problem?.code, host.pushed.length]).toEqual(["succeeded", code, code ? 1 : 2]);
  const back = await house.work((await startRollback(house.ledger, TENANT, house.jobId)).jobId);
  expect([back.source?.from, back.repo?.problem?.code]).toEqual(["upload", code]);
});
