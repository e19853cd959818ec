import type { FileSet } from "@devfactory/automation/archive/fileSet.ts";
import { GIT_PROVIDERS, type GitProvider } from "@devfactory/automation/keys/keyStore.ts";
import { OutboundClient } from "@devfactory/automation/outbound/outboundClient.ts";
import { type PushOptions, pushVersion, type VersionToPush } from "@devfactory/automation/repos/pushVersion.ts";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { formsOf } from "../../security/searchSecrets.ts";
import { asTree, pushFolders, type RepoHost, startRepoHost, TOKENS } from "./repoRig.ts";

let host: RepoHost;
beforeAll(async () => {
  host = await startRepoHost();
});
afterAll(() => host[Symbol.asyncDispose]());
beforeEach(() => {
  host.hooks.onLook = host.hooks.onPush = host.hooks.isLost = host.hooks.isSilent = undefined;
  host.signedIn.length = 0;
});

const files = (entries: Readonly<Record<string, string | Uint8Array>>): FileSet =>
  new Map(
    Object.entries(entries).map(([path, content]) => [
      path,
      { content: Buffer.from(content as string), executable: path.endsWith(".sh") },
    ]),
  );
/** What git would change on its way through a working tree: line ends, filters, keywords; and paths that need quotes. */
const ODD = files({
  ".gitattributes": "* text eol=crlf\n*.bin filter=lfs\n*.txt ident\n",
  ".gitignore": "ignored.txt\n",
  "ignored.txt": "$Id$ is here all the same\r\nwith\nboth ends\r\n",
  "a.bin": Uint8Array.from({ length: 3_000 }, (_, index) => (index * 7) % 256),
  "run.sh": "#!/bin/sh\n",
  'a "quoted" name.txt': "1",
  "back\\slash": "2",
  "ümlaut/深い/tab\there": "3",
  empty: "",
  "data\ndata 3": "4",
});

let jobs = 0;
function version(url: string, given: FileSet = ODD, more: Partial<VersionToPush> = {}): VersionToPush {
  jobs += 1;
  return {
    repo: { provider: "github", url, branch: "main" },
    files: given,
    appId: "a1",
    jobId: `a1-job${jobs}`,
    iteration: 1,
    title: "Notes",
    at: "2026-11-30T10:00:00.000Z",
    ...more,
  };
}

const options = (more: Partial<PushOptions> = {}): PushOptions => ({
  hosts: [host.host],
  outbound: new OutboundClient({ reach: "loopback" }),
  token: TOKENS.github,
  signal: AbortSignal.timeout(60_000),
  env: host.env,
  pause: async () => {},
  ...more,
});
const problemOf = (push: Promise<unknown>) =>
  push.then(
    () => "pushed",
    (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
  );

it.each(GIT_PROVIDERS)(
  "%s: the first version becomes the branch's first commit, byte for byte, signed in as that provider takes a token",
  async (provider: GitProvider) => {
    const name = `first-${provider}`;
    const url = host.make(name);
    const given = version(url, ODD, { repo: { provider, url, branch: "main" }, iteration: 3, title: "Notes\nfor all" });
    const made = await pushVersion(given, options({ token: TOKENS[provider] }));
    expect(host.tree(name, made.commit)).toEqual(asTree(ODD));
    expect([made, host.log(name)]).toEqual([
      { commit: made.commit, tree: host.git(name, ["rev-parse", "main^{tree}"]), outcome: "pushed" },
      [[made.commit]],
    ]);
    expect(host.git(name, ["log", "--format=%an <%ae> %cn %aI%n%B", "main"])).toBe(
      [
        "DevFactory <devfactory@devfactory.invalid> DevFactory 2026-11-30T10:00:00+00:00",
        "Notes for all: version 3",
        "",
        "DevFactory-App: a1",
        `DevFactory-Job: ${given.jobId}`,
        "DevFactory-Iteration: 3",
      ].join("\n"),
    );
    expect([new Set(host.signedIn), [...host.leaks], pushFolders()]).toEqual([new Set([provider]), [], []]);
  },
);

it("the next version stands on the one before; what it does not have is gone from the tree and stays in the history", async () => {
  const url = host.make("next");
  const first = await pushVersion(version(url), options());
  const smaller = files({ "run.sh": "#!/bin/sh\necho 2\n", "new/file": "5" });
  const second = await pushVersion(version(url, smaller), options());
  expect([host.log("next"), second.parent]).toEqual([[[second.commit, first.commit], [first.commit]], first.commit]);
  expect([host.tree("next", second.commit), host.tree("next", first.commit)]).toEqual([asTree(smaller), asTree(ODD)]);
});

it("a repository with files of its own on another branch gets the version beside them", async () => {
  const url = host.make("aside");
  const main = await pushVersion(version(url), options());
  const repo = { provider: "github", url, branch: "apps/notes" } as const;
  const made = await pushVersion(version(url, files({ a: "1" }), { repo }), options());
  expect([host.log("aside", "apps/notes"), host.log("aside")]).toEqual([[[made.commit]], [[main.commit]]]);
});

it("what others pushed before and during the push stays in the history, and the newest tree is the version's", async () => {
  const url = host.make("shared");
  const first = await pushVersion(version(url), options());
  const before = host.foreign("shared", "before.txt");
  const during: string[] = [];
  const push = () => {
    if (during.length < 3) during.push(host.foreign("shared", `during-${during.length}.txt`));
  };
  host.hooks.onLook = push; // seen by git itself, which would overwrite it if it were told to
  host.hooks.onPush = push; // seen by the host, which compares
  const second = await pushVersion(version(url, files({ a: "2" })), options());
  expect(host.log("shared")).toEqual([
    [second.commit, during[2]],
    [during[2], during[1]],
    [during[1], during[0]],
    [during[0], before],
    [before, first.commit],
    [first.commit],
  ]);
  expect(host.tree("shared", "main")).toEqual(asTree(files({ a: "2" })));
});

it("a push that is refused in other words while the branch moves is tried again", async () => {
  const url = host.make("moving");
  const { commit: first } = await pushVersion(version(url), options());
  host.protect("moving", "an unknown reason");
  let other = "";
  host.hooks.onPush = () => {
    if (other === "") other = host.foreign("moving", "other.txt");
    else host.unprotect("moving");
  };
  const { commit } = await pushVersion(version(url, files({ a: "2" })), options());
  expect(host.log("moving")).toEqual([[commit, other], [other, first], [first]]);
});

it("while others push without end, it gives up after five tries and overwrites nothing", async () => {
  const url = host.make("busy");
  await pushVersion(version(url), options());
  let count = 0;
  host.hooks.onPush = () => {
    count += 1;
    host.foreign("busy", `${count}.txt`);
  };
  expect(await problemOf(pushVersion(version(url, files({ a: "2" })), options()))).toBe(
    `REPO_CONTENDED: main of ${url} was changed by others 5 times in a row.`,
  );
  expect([count, host.log("busy").length]).toEqual([5, 6]);
});

it("repeated after a crash, or when the answer was lost, it finds what it has pushed: one commit", async () => {
  const url = host.make("again");
  const one = version(url);
  const made = await pushVersion(one, options());
  expect(await pushVersion(one, options())).toEqual({ commit: made.commit, tree: made.tree, outcome: "there" });
  let lost = 0;
  host.hooks.isLost = () => {
    lost += 1;
    return lost <= 2; // git's own client sends it once more
  };
  const two = version(url, files({ a: "2" }));
  const found = await pushVersion(two, options());
  expect([host.log("again"), found.outcome, lost]).toEqual([[[found.commit, made.commit], [made.commit]], "there", 2]);
});

it("repeated after somebody went on from it, it leaves their work alone", async () => {
  const url = host.make("onward");
  const one = version(url);
  const { commit, tree } = await pushVersion(one, options());
  const fix = host.foreign("onward", "fix.txt");
  expect(await pushVersion(one, options())).toEqual({ commit, tree, outcome: "there" });
  expect(host.log("onward")).toEqual([[fix, commit], [commit]]);
});

it("a version with the files that stand there makes no commit: it would change nothing but wake who follows the branch", async () => {
  const url = host.make("equal");
  const { commit, tree } = await pushVersion(version(url), options());
  expect(await pushVersion(version(url), options())).toEqual({ commit, tree, outcome: "there" });
  expect(host.log("equal")).toEqual([[commit]]);
});

it("a token of nobody is refused once, with the way out; neither it nor its forms are told", async () => {
  const url = host.make("denied");
  const wrong = "wrong-token-0123456789abcdef";
  const error: Error & { code?: string } = await pushVersion(version(url), options({ token: wrong })).catch((e) => e);
  expect([error.code, error.message]).toEqual([
    "REPO_ACCESS_DENIED",
    expect.stringMatching(/git says: could not read Username/),
  ]);
  const told = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error.cause);
  expect([host.git("denied", ["for-each-ref"]), formsOf(wrong).filter((form) => told.includes(form))]).toEqual([
    "",
    [],
  ]);
  expect(await problemOf(pushVersion(version(`https://${host.host}/absent`), options()))).toMatch(
    /^REPO_ACCESS_DENIED: .*repository '.*' not found/,
  );
});

it("a protected branch takes no push, and says why; a host that repeats the token is not quoted", async () => {
  const url = host.make("protected");
  const header = Buffer.from(`x-access-token:${TOKENS.github}`).toString("base64");
  host.protect("protected", `GH006: Protected branch update failed for ${TOKENS.github} ${header}`);
  expect(await problemOf(pushVersion(version(url), options()))).toBe(
    `REPO_PUSH_REFUSED: main of ${url}: pre-receive hook declined; GH006: Protected branch update failed for [secret:value] [secret:value].`,
  );
});

it("addresses and hosts that are not taken never reach the network", async () => {
  host.seen.length = 0;
  const at = (url: string, more: Partial<PushOptions> = {}) =>
    problemOf(pushVersion(version(url), options({ hosts: [host.host, "10.0.0.1", "inside.example"], ...more })));
  const resolve = async () => ["127.0.0.1", "10.0.0.1"];
  expect([
    await at(`http://${host.host}/x`),
    await at(`https://u:p@${host.host}/x`),
    await at("https://elsewhere.example/x"),
    await at("https://10.0.0.1/x"),
    await at("https://inside.example/x", {
      outbound: new OutboundClient({ resolve: async () => ["169.254.169.254"] }),
    }),
    await at("https://inside.example/x", { outbound: new OutboundClient({ reach: "loopback", resolve }) }),
  ]).toEqual([
    expect.stringMatching(/^REPO_INVALID: .*only https is taken\.$/),
    expect.stringMatching(
      /^REPO_INVALID: https:\/\/localhost:\d+\/x: a name or password does not belong into the address\.$/,
    ),
    expect.stringMatching(/^REPO_INVALID: .*the host is not allowed/),
    expect.stringMatching(/^REPO_INVALID: .*10\.0\.0\.1 belongs to a range/),
    expect.stringMatching(/^REPO_INVALID: .*inside\.example leads to an address that belongs to a range/),
    expect.stringMatching(/^REPO_INVALID: .*inside\.example leads to an address that belongs to a range/),
  ]);
  expect(host.seen).toEqual([]);
});

it("git connects to the address that was checked, whatever the name would lead to later", async () => {
  const named = `repository.example:${host.host.split(":")[1]}`;
  const answers = [["127.0.0.1"], ["10.0.0.1"]];
  const outbound = new OutboundClient({ reach: "loopback", resolve: async () => answers.shift() ?? [] });
  const push = pushVersion(version(`https://${named}/x`), options({ hosts: [named], outbound }));
  // No DNS knows the name: the connection came to this server, whose certificate is asked for the name.
  expect(await problemOf(push)).toMatch(
    /^REPO_UNREACHABLE: .*does not match target host name 'repository\.example'\.$/,
  );
  expect(answers).toEqual([["10.0.0.1"]]);
});

it("a cancel ends git at once, a repository that is too large too; nothing stays on the disk", async () => {
  const url = host.make("slow");
  host.hooks.isSilent = (path) => path.startsWith("/slow");
  const cancel = new AbortController();
  const reason = new Error("cancelled");
  setTimeout(() => cancel.abort(reason), 500);
  const started = performance.now();
  await expect(pushVersion(version(url), options({ signal: cancel.signal }))).rejects.toBe(reason);
  expect(performance.now() - started).toBeLessThan(5_000);
  const noise = files({ noise: Array.from({ length: 60_000 }, () => Math.random().toString(36)).join("\n") });
  const large = host.make("large");
  expect(await problemOf(pushVersion(version(large, noise), options({ maxBytes: 100_000 })))).toBe(
    `REPO_UNREACHABLE: ${large}: is larger than 0 MiB.`,
  );
  expect([pushFolders(), [...host.leaks]]).toEqual([[], []]);
});

it("a host that knows no partial fetches is pushed to all the same", async () => {
  const url = host.make("plain");
  host.git("plain", ["config", "uploadpack.allowFilter", "false"]);
  const first = await pushVersion(version(url), options());
  const second = await pushVersion(version(url, files({ a: "1" })), options());
  host.git("plain", ["config", "uploadpack.allowFilter", "true"]);
  const third = await pushVersion(version(url, files({ a: "1", b: "2" })), options());
  expect(host.log("plain")).toEqual([[third.commit, second.commit], [second.commit, first.commit], [first.commit]]);
  expect(host.tree("plain", "main")).toEqual(asTree(files({ a: "1", b: "2" })));
});
