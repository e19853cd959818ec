import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startDevOps } from "@devfactory/automation/pullRequest/testing/devOpsPeer.ts";
import { startGitHub } from "@devfactory/automation/pullRequest/testing/gitHubPeer.ts";
import { afterAll, expect, it } from "vitest";

const MAIN = join(import.meta.dirname, "../../../automation/cli/main.ts");
const TOKEN = "actions-token";
const root = mkdtempSync(join(tmpdir(), "devfactory-pr-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A folder with an app spec. */
function folder(name: string, { region = "eastus", budget = 100, storageGb = 32 } = {}): string {
  const at = join(root, name);
  mkdirSync(at, { recursive: true });
  const spec = {
    version: 1,
    name: "shop",
    title: "Shop",
    region,
    services: [{ name: "web", kind: "web", uses: [{ resource: "db", access: "readwrite" }] }],
    resources: [{ name: "db", kind: "postgres", storageGb }],
    budget: { monthlyUsd: budget },
  };
  writeFileSync(join(at, "devfactory.yaml"), JSON.stringify(spec));
  return at;
}

/** What an app with Postgres breaks in dev (docs/policies.md), for as long as a waiver may last. */
const waivers = join(root, "waivers.json");
const waiver = {
  target: "azure-native:dbforpostgresql:*",
  reason: "a server for trying out",
  owner: "ada",
  approver: "grace",
  expires: new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10),
};
writeFileSync(waivers, JSON.stringify({ waivers: ["PG02", "PG04"].map((rule) => ({ rule, ...waiver })) }));

async function pr(args: readonly string[], env: NodeJS.ProcessEnv) {
  const variables = { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env };
  const options = { env: variables, cwd: root };
  const run = promisify(execFile)(
    process.execPath,
    [MAIN, "pr", "--app", "shop", "--waivers", waivers, ...args],
    options,
  );
  const { code, stdout, stderr } = await run.then(
    (ran) => ({ code: 0, ...ran }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  return { code, stdout, stderr };
}

const base = folder("base");
const same = folder("same");
const moved = folder("moved", { region: "westeurope" });
const poor = folder("poor", { budget: 1, storageGb: 64 });

it("three pushes keep one comment on GitHub, and a guardrail that blocks fails the check", async () => {
  const { peer, comments } = await startGitHub();
  await using _ = peer;
  const env = {
    GITHUB_API_URL: peer.url,
    GITHUB_REPOSITORY: "acme/shop",
    GITHUB_REF: "refs/pull/5/merge",
    GITHUB_TOKEN: TOKEN,
  };
  const unchanged = await pr([same, "--base", base], env);
  expect([unchanged.code, unchanged.stderr.split("\n")[1], comments]).toEqual([
    0,
    "GitHub: the comment is not needed, nothing changed.",
    [],
  ]);
  const replaced = await pr([moved, "--base", base], env);
  expect([replaced.code, replaced.stderr.split("\n")[1]]).toEqual([0, "GitHub: the comment is created."]);
  expect(comments[0]?.body).toContain("**Replaces `db-server` with its data**");
  expect(comments[0]?.body).toContain(
    "; of `PostgresServer` these replace: `network`, `administrators`, `name`, `location`",
  );
  const blocked = await pr([poor, "--base", base], env);
  expect([blocked.code, comments.length]).toEqual([1, 1]);
  expect(comments[0]?.body.split("\n")[0]).toMatch(/^\*\*❌ Fails\*\* · \d+\.\d\d USD a month/);
  expect(comments[0]?.body).toMatch(/- \*\*budget\*\* \d+\.\d\d of 1\.00 USD a month/);
  expect([replaced, blocked].map(({ stdout, stderr }) => (stdout + stderr).includes(TOKEN))).toEqual([false, false]);
});

it("on Azure DevOps the comment and the status are kept", async () => {
  const { peer, threads, statuses } = await startDevOps();
  await using _ = peer;
  const env = {
    TF_BUILD: "True",
    SYSTEM_COLLECTIONURI: `${peer.url}/acme/`,
    SYSTEM_TEAMPROJECT: "Shop Project",
    BUILD_REPOSITORY_ID: "repo-1",
    SYSTEM_PULLREQUEST_PULLREQUESTID: "5",
    SYSTEM_ACCESSTOKEN: "build-token",
  };
  const ran = await pr([poor, "--base", base], env);
  expect([ran.code, threads.length, statuses.length]).toEqual([1, 1, 1]);
  expect(statuses[0]).toMatchObject({ state: "failed", description: expect.stringMatching(/^❌ Fails · /) });
});

it("--print shows the comment and needs no host", async () => {
  const ran = await pr([moved, "--base", base, "--print"], {});
  expect([ran.code, ran.stderr, ran.stdout.trim().split("\n").at(-1)]).toEqual([
    0,
    "",
    "<!-- devfactory:pull-request shop -->",
  ]);
});

it.each([
  ["no pull request", {}, "error: It is not known where the pull request is: GITHUB_REPOSITORY is not set."],
  [
    "no token",
    { GITHUB_REPOSITORY: "a/b", GITHUB_REF: "refs/pull/1/merge" },
    "error: There is no token for GitHub: GITHUB_TOKEN is not set.",
  ],
])("%s is wrong use", async (_, env, message) => {
  const ran = await pr([same, "--base", base], env);
  expect([ran.code, ran.stderr.split("\n")[0]]).toEqual([2, message]);
});
