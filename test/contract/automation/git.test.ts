import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testApi } from "@devfactory/automation/api/testApi.ts";
import type { AppDocument } from "@devfactory/automation/jobs/documents.ts";
import { OutboundClient } from "@devfactory/automation/outbound/outboundClient.ts";
import { fetchGit } from "@devfactory/automation/source/git.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type GitServer, startGitServer } from "./gitServer.ts";

let server: GitServer;
let folder = "";
let seen: string[] = [];
let host = "";
let env: Record<string, string> = {};

beforeAll(async () => {
  server = await startGitServer({
    instead: (_request, response, { pathname }) => {
      if (pathname.startsWith("/moved/")) response.writeHead(301, { location: `https://localhost:1${pathname}` }).end();
      return /^\/(moved|slow)\//.test(pathname); // a slow one never answers
    },
  });
  ({ folder, seen, host, env } = server);
});

afterAll(() => server[Symbol.asyncDispose]());

/** A repository with one commit for each map of files. @returns its address */
function repository(name: string, ...versions: readonly Readonly<Record<string, string | { link: string }>>[]): string {
  const work = join(folder, "work", name);
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: work, env: { PATH: process.env.PATH, HOME: folder }, stdio: "pipe" });
  mkdirSync(work, { recursive: true });
  git("init", "--quiet", "--initial-branch=main");
  for (const [index, files] of versions.entries()) {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(work, path, ".."), { recursive: true });
      if (typeof content === "string") writeFileSync(join(work, path), content);
      else symlinkSync(content.link, join(work, path));
    }
    git("add", "--all");
    git("-c", "user.name=t", "-c", "user.email=t@example", "commit", "--quiet", "-m", `v${index + 1}`);
    git("tag", `v${index + 1}`);
  }
  git("clone", "--quiet", "--bare", work, join(folder, "served", `${name}.git`));
  return `https://${host}/${name}.git`;
}

/** One more commit on main. @returns its id */
function commit(name: string, files: Readonly<Record<string, string>>): string {
  const work = join(folder, "work", name);
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: work, env: { PATH: process.env.PATH, HOME: folder }, stdio: "pipe" }).toString();
  for (const [path, content] of Object.entries(files)) writeFileSync(join(work, path), content);
  git("add", "--all");
  git("-c", "user.name=t", "-c", "user.email=t@example", "commit", "--quiet", "-m", "more");
  git("push", "--quiet", join(folder, "served", `${name}.git`), "main");
  return git("rev-parse", "HEAD").trim();
}

const options = () => ({ hosts: [host], env, outbound: new OutboundClient({ reach: "loopback" }) });
const refused = (url: string, ref?: string, more = {}) =>
  fetchGit({ url, ref }, { ...options(), ...more }).then(
    () => "taken",
    (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
  );
const leftovers = () => readdirSync(tmpdir()).filter((name) => /^devfactory-git-(?!test)/.test(name));

it("fetches the newest commit, a tag and a commit id, without history; nothing stays on the disk", async () => {
  const before = leftovers();
  const url = repository("app", { "package.json": "{}", "src/a.js": "1" }, { "src/a.js": "2", "run.sh": "#!" });
  const head = await fetchGit({ url }, options());
  expect([
    [...head.files.keys()].sort(),
    Buffer.from(head.files.get("src/a.js")?.content ?? []).toString(),
    head.ref,
  ]).toEqual([["package.json", "run.sh", "src/a.js"], "2", "HEAD"]);
  const tag = await fetchGit({ url, ref: "v1" }, options());
  expect([[...tag.files.keys()].sort(), Buffer.from(tag.files.get("src/a.js")?.content ?? []).toString()]).toEqual([
    ["package.json", "src/a.js"],
    "1",
  ]);
  expect(tag.commit).toMatch(/^[0-9a-f]{40}$/);
  expect(tag.commit).not.toBe(head.commit);
  expect((await fetchGit({ url, ref: "main" }, options())).commit).toBe(head.commit);
  expect(leftovers()).toEqual(before);
});

it("a repository with a link is refused whole, submodules stay away, hooks and filters do not run", async () => {
  const marker = join(folder, "ran");
  const linked = repository("linked", { a: "1", "evil.txt": { link: "/etc/passwd" } });
  expect(await refused(linked)).toBe("ARCHIVE_REFUSED: evil.txt: is a SymbolicLink");
  const url = repository("tricky", {
    ".gitattributes": "*.bin filter=lfs\n",
    "a.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    ".gitmodules": `[submodule "x"]\n\tpath = x\n\turl = https://${host}/app.git\n`,
    ".lfsconfig": `[lfs]\n\turl = https://${host}/lfs\n`,
    "hooks/post-checkout": `#!/bin/sh\ntouch ${marker}\n`,
  });
  seen.length = 0;
  const { files } = await fetchGit({ url }, options());
  expect(Buffer.from(files.get("a.bin")?.content ?? []).toString()).toContain("git-lfs");
  expect([existsSync(marker), seen.filter((line) => !line.includes("/tricky.git/"))]).toEqual([false, []]);
});

it("an address, host, protocol or reference that is not taken never reaches the network", async () => {
  seen.length = 0;
  const url = `https://${host}/app.git`;
  const cases = [
    [`http://${host}/app.git`, undefined, "only https is taken"],
    [`ssh://git@${host}/app.git`, undefined, "only https is taken"],
    [`ext::sh -c touch%20${folder}/ran`, undefined, "only https is taken"],
    [`file://${folder}/served/app.git`, undefined, "only https is taken"],
    ["--upload-pack=touch /tmp/x", undefined, "is no address"],
    [`https://user:pass@${host}/app.git`, undefined, "a name or password does not belong into the address"],
    [`https://github.com@${host}/app.git`, undefined, "a name or password does not belong into the address"],
    [`https://${host}/app.git?x=1`, undefined, "must be the address of a repository"],
    ["https://evil.example/app.git", undefined, "the host is not allowed"],
    [`https://localhost.evil.example/app.git`, undefined, "the host is not allowed"],
    [`https://2130706433:${host.split(":")[1]}/app.git`, undefined, "the host is not allowed"],
    [`https://localhost.:${host.split(":")[1]}/app.git`, undefined, "the host is not allowed"],
    [url, "--upload-pack=x", "is no name of a branch"],
    [url, "main:refs/heads/x", "is no name of a branch"],
    [url, "a..b", "is no name of a branch"],
    [url, "+main", "is no name of a branch"],
  ] as const;
  for (const [given, ref, problem] of cases) expect(await refused(given, ref)).toContain(problem);
  expect([seen, existsSync(join(folder, "ran"))]).toEqual([[], false]);
});

it("git connects to the address that was checked: a host that leads into a network of its own is not called, and a later answer is not asked for", async () => {
  seen.length = 0;
  const port = host.split(":")[1];
  const named = `repository.example:${port}`;
  const at = (...answers: readonly string[][]) => {
    const left = [...answers];
    return {
      hosts: [named],
      outbound: new OutboundClient({ reach: "loopback", resolve: async () => left.shift() ?? [] }),
    };
  };
  for (const address of ["10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1"]) {
    expect(await refused(`https://${named}/app.git`, undefined, at([address]))).toMatch(
      /^GIT_REFUSED: .* repository\.example leads to an address that belongs to a range that is not called/,
    );
  }
  // No DNS knows the name: only the checked address leads to the server, whose certificate is asked for the name.
  expect(await refused(`https://${named}/app.git`, undefined, at(["127.0.0.1"], ["10.0.0.1"]))).toContain(
    "does not match target host name 'repository.example'",
  );
  expect(seen).toEqual([]);
});

it("a redirect is not followed, an unknown repository and reference say so", async () => {
  expect(await refused(`https://${host}/moved/app.git`)).toMatch(/^GIT_REFUSED: .*git says: /);
  expect(await refused(`https://${host}/absent.git`)).toMatch(/^GIT_REFUSED: .*git says: .*not found/);
  expect(await refused(`https://${host}/app.git`, "absent")).toMatch(/^GIT_REFUSED: .*couldn't find remote ref absent/);
});

it("one that takes too long, or is too large, is ended", async () => {
  const started = performance.now();
  expect(await refused(`https://${host}/slow/app.git`, undefined, { timeoutMs: 500 })).toMatch(/it took too long\.$/);
  expect(performance.now() - started).toBeLessThan(5_000);
  const noise = Array.from({ length: 60_000 }, () => Math.random().toString(36)).join("\n");
  const url = repository("large", { "noise.txt": noise });
  expect(await refused(url, undefined, { maxBytes: 100_000 })).toMatch(/is larger than 0 MiB\.$/);
});

it("a signed push of a followed branch deploys the app from the branch's new head; other branches and repositories do not", async () => {
  const url = repository("followed", { "package.json": '{"scripts":{"start":"node a.js"}}', "a.js": "1" });
  const secret = "of the sender";
  const { call, deliveries, store } = testApi({ git: options(), secrets: { "github-webhook-secret": secret } });
  const made = (await call("POST", "/apps", {})).json;
  expect((await call("POST", `/apps/${made.appId}/source`, { git: { url, ref: "main" } })).status).toBe(201);
  const push = async (branch: string, clone: string, delivery: string) => {
    const body = JSON.stringify({
      ref: `refs/heads/${branch}`,
      after: "1".repeat(40),
      repository: { clone_url: clone },
    });
    const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
    const headers = { "x-github-event": "push", "x-github-delivery": delivery, "x-hub-signature-256": signature };
    expect((await call("POST", "/webhooks/github", body, "", headers)).status).toBe(202);
    await deliveries.stop();
    return (await store.read<AppDocument>(`app:${made.appId}`, "app"))?.doc;
  };
  expect((await push("other", url, "d1"))?.active).toEqual([]);
  expect((await push("main", `https://${host}/another.git`, "d2"))?.active).toEqual([]);
  const head = commit("followed", { "a.js": "2" });
  const app = await push("main", url, "d3");
  expect([app?.active.length, app?.source?.git]).toEqual([1, { url, ref: "main", commit: head }]);
});
