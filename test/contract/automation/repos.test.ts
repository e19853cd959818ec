import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { EventDocument, JobDocument } from "@devfactory/automation/jobs/documents.ts";
import { appPk } from "@devfactory/automation/jobs/documents.ts";
import type { Repo } from "@devfactory/automation/jobs/repo.ts";
import { toAppView, toJobView } from "@devfactory/automation/jobs/view.ts";
import { KeyStore } from "@devfactory/automation/keys/keyStore.ts";
import { MemoryKeyRows, processWrapper } from "@devfactory/automation/keys/testing/memoryKeys.ts";
import { OutboundClient } from "@devfactory/automation/outbound/outboundClient.ts";
import { pushVersion } from "@devfactory/automation/repos/pushVersion.ts";
import { readSpec } from "@devfactory/automation/source/readSpec.ts";
import { loadWorkspace } from "@devfactory/automation/workflow/workspace.ts";
import { AgentResult } from "@devfactory/runtime/task.ts";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { formsOf } from "../../security/searchSecrets.ts";
import { asTree, pushFolders, type RepoHost, startRepoHost, TOKENS } from "./repoRig.ts";
import { filesOf, SOURCE, startWorkflowRig, TENANT, type WorkflowRig } from "./workflowRig.ts";

const WRONG = "canary2wrong6d1f9b4a7c3e5208";
const ALL_TOKENS = [...Object.values(TOKENS), WRONG];
const MORE = { ...SOURCE, "run.sh": "#!/bin/sh\necho 'ünï'\r\n", ".gitattributes": "* text=auto eol=lf\n" };

let rig: WorkflowRig;
let host: RepoHost;
let keys: KeyStore;
let stop: () => Promise<void>;
const logged: string[] = [];

/** A whole workflow with a worker, tokens sealed in a key store, and a host of repositories. */
beforeAll(async () => {
  [rig, host] = await Promise.all([startWorkflowRig(), startRepoHost()]);
  keys = new KeyStore({ rows: new MemoryKeyRows(), wrapper: processWrapper() });
  for (const provider of ["github", "azure-repos"] as const) await keys.put(TENANT, provider, TOKENS[provider]);
  const outbound = new OutboundClient({ reach: "loopback" });
  const own: typeof rig.services.repos = {
    token: (tenantId, provider) => keys.reveal({ tenantId }, provider),
    push: (version, token, signal) =>
      pushVersion(version, { hosts: [host.host], outbound, token, signal, env: host.env }),
  };
  Object.assign(rig.services, { repos: own });
  const lines = new Writable({
    write: (chunk, _, done) => {
      logged.push(String(chunk));
      done();
    },
  });
  const worker = rig.startWorker({ log: pino({ level: "trace" }, lines) });
  stop = () => worker.stop();
}, 180_000);
afterAll(async () => {
  await stop();
  await rig[Symbol.asyncDispose]();
  await host[Symbol.asyncDispose]();
}, 60_000);
beforeEach(() => {
  host.hooks.onPush = host.hooks.isLost = host.hooks.isSilent = undefined;
});

/** A deployment of an app's files, with its repository. */
const deploy = async (appId: string, repo?: Repo) => {
  const { source } = await rig.ledger.app(TENANT, appId);
  if (!source) throw new Error("no source");
  const wish = { kind: "deploy", prompt: "Deploy", source, ...(repo && { repo }) } as const;
  return rig.ended(await rig.add(appId, wish));
};
/** The files of a job's version, as they are stored. */
const stored = async ({ release }: JobDocument) =>
  asTree(await loadWorkspace(rig.services.workspaces, release?.workspace));
const repoAt = (provider: Repo["provider"], url: string): Repo => ({ provider, url, branch: "main" });

it.each(["github", "azure-repos"] as const)(
  "%s: each version of an app becomes a commit whose tree is the version's files, on what stood there before",
  async (provider) => {
    const name = `app-${provider}`;
    const appId = await rig.newApp(MORE);
    const first = await deploy(appId, repoAt(provider, host.make(name)));
    const foreign = host.foreign(name, "by-hand.txt");
    await rig.bring(appId, { ...SOURCE, "part/three.txt": "3" });
    const second = await deploy(appId); // the app keeps its repository
    expect([first.state, second.state, first.repo?.problem, second.repo?.problem]).toEqual([
      "succeeded",
      "succeeded",
      undefined,
      undefined,
    ]);
    const [one = "", two = ""] = [first.repo?.commit, second.repo?.commit];
    expect(host.log(name)).toEqual([[two, foreign], [foreign, one], [one]]);
    expect([host.tree(name, one), host.tree(name, two)]).toEqual([await stored(first), await stored(second)]);
    const app = await rig.ledger.app(TENANT, appId);
    expect([toAppView(app).repo, toJobView(second).repo?.jobId]).toEqual([second.repo, second.jobId]);
    expect(host.git(name, ["log", "-1", "--format=%s|%(trailers:key=DevFactory-Job,valueonly)", "main"])).toBe(
      `bare 1: version 2|${second.jobId}`,
    );
  },
  90_000,
);

it("what agents wrote for a prompt goes there as well", async () => {
  const { spec } = readSpec(filesOf(SOURCE), {});
  const generated = filesOf({ ...SOURCE, "part/README.md": "# made\n" });
  const nothing = { tokens: 0, steps: 0, seconds: 0, usd: 0 };
  const run: typeof rig.services.agents.run = async ({ agent }) => ({
    files: agent === "backend_agent" ? generated : new Map(),
    result: AgentResult.parse({ status: "succeeded", summary: agent, findings: [], usage: nothing, spec }),
  });
  Object.assign(rig.services, { agents: { run, clear: async () => [] } });
  const repo = repoAt("azure-repos", host.make("generated"));
  const job = await rig.ended((await rig.ledger.create(TENANT, { prompt: "a nightly job", repo })).jobId);
  expect([job.kind, job.state, job.repo?.problem]).toEqual(["create", "succeeded", undefined]);
  expect([host.log("generated"), host.tree("generated", "main")]).toEqual([[[job.repo?.commit]], asTree(generated)]);
  expect(await stored(job)).toEqual(asTree(generated));
}, 90_000);

it("a wrong token, a protected branch and no stored token fail no deployment: the problem is told with its way out", async () => {
  const appId = await rig.newApp();
  const told = async (repo: Repo) => {
    const job = await deploy(appId, repo);
    const events = await rig.told(job.jobId, "repo_refused");
    const { problem } = (await rig.ledger.app(TENANT, appId)).repo ?? {};
    expect([job.state, job.error, job.repo?.problem, events.length]).toEqual(["succeeded", undefined, problem, 1]);
    return [problem?.code, problem?.fix];
  };
  const url = host.make("told");
  await keys.put(TENANT, "github", WRONG);
  expect(await told(repoAt("github", url))).toEqual([
    "REPO_ACCESS_DENIED",
    "Look whether the address is right; store a token that may write to it with PUT /keys/github (GitHub: Contents, read and write; Azure Repos: Code, read and write). The app's next version is pushed with it.",
  ]);
  await keys.remove(TENANT, "github");
  expect(await told(repoAt("github", url))).toEqual([
    "KEY_NOT_FOUND",
    "An operator stores it with PUT /keys/github, or `npx devfactory keys set github`.",
  ]);
  await keys.put(TENANT, "github", TOKENS.github);
  host.protect("told", `not with ${TOKENS.github}`);
  expect(await told(repoAt("github", url))).toEqual([
    "REPO_PUSH_REFUSED",
    `Let the token's owner push to the branch, or name a branch without such rules with PUT /apps/${appId}/repo. The app's next version is pushed again.`,
  ]);
  expect(host.git("told", ["for-each-ref"])).toBe("");
}, 90_000);

it("a cancel while the host says nothing ends git, and the job", async () => {
  const appId = await rig.newApp();
  const url = host.make("silent");
  let asked = 0;
  host.hooks.isSilent = (path) => {
    asked += Number(path.startsWith("/silent"));
    return path.startsWith("/silent");
  };
  const id = await rig.add(appId, {
    kind: "deploy",
    prompt: "Deploy",
    ...(await rig.ledger.app(TENANT, appId).then(({ source }) => source && { source })),
    repo: repoAt("github", url),
  });
  for (const end = performance.now() + 60_000; asked === 0 && performance.now() < end; ) await sleep(20);
  const started = performance.now();
  await rig.cancel(id);
  const job = await rig.ended(id);
  expect([job.state, job.repo, asked, performance.now() - started < 10_000]).toEqual(["cancelled", undefined, 1, true]);
  expect([(await rig.ledger.app(TENANT, appId)).status, pushFolders()]).toEqual(["live", []]);
}, 90_000);

it("tokens are in no row, event, artifact, log line, command line and file of all that happened here", async () => {
  const apps = (
    await rig.store.find<JobDocument>({
      type: "job",
      where: { tenantId: TENANT.tenantId },
      orderBy: "createdAt",
      limit: 100,
    })
  ).map(({ doc }) => doc);
  expect(apps.length).toBeGreaterThanOrEqual(8);
  const rows = await Promise.all(
    [...new Set(apps.map(({ appId }) => appId))].map((appId) =>
      rig.store.range<EventDocument>(appPk(appId), "", "\uffff", 5_000),
    ),
  );
  const blobs: string[] = [];
  for (const container of [rig.artifacts, rig.workspaces])
    for await (const blob of container.listBlobsFlat()) {
      blobs.push((await container.getBlobClient(blob.name).downloadToBuffer()).toString("latin1"));
    }
  const { tenantId } = TENANT;
  const range = { tenantId, field: "timestamp", from: "2000-01-01", to: "2100-01-01", skip: 0, limit: 10_000 };
  const trail = await rig.store.between("auditLogs", range);
  const told = new Set(trail.map(({ event }) => event));
  expect(["secret_read", "repo_pushed", "repo_refused"].filter((event) => !told.has(event))).toEqual([]);
  const all = [JSON.stringify(rows), JSON.stringify(trail), logged.join(""), ...blobs];
  expect([rows.flat().length > 100, logged.length > 8, blobs.length > 20]).toEqual([true, true, true]);
  const found = ALL_TOKENS.filter((token) => formsOf(token).some((form) => all.some((text) => text.includes(form))));
  expect([found, [...host.leaks]]).toEqual([[], []]);
});
