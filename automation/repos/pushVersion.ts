import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FileSet } from "../archive/fileSet.ts";
import { ARCHIVE_LIMITS } from "../archive/limits.ts";
import { AutomationError } from "../errors.ts";
import { type GitHosts, pinOf } from "../git/address.ts";
import { runGit } from "../git/runGit.ts";
import type { Repo } from "../jobs/repo.ts";
import type { GitProvider } from "../keys/keyStore.ts";
import { Redactor } from "../redact.ts";
import { fastImport, IMPORTED } from "./fastImport.ts";
import { judgeRefusal, repoError } from "./refusal.ts";
import { checkedRepo } from "./repoTarget.ts";

/** A version of an app, and where it goes. */
export interface VersionToPush {
  readonly repo: Repo;
  readonly files: FileSet;
  readonly appId: string;
  readonly jobId: string;
  readonly iteration: number;
  readonly title: string;
  /** Its date, the same for a repeated attempt. */
  readonly at: string;
}

export interface PushOptions extends GitHosts {
  /** Of the tenant: given to git by its environment, which no other user of the machine reads. */
  readonly token: string;
  /** Ends git. */
  readonly signal: AbortSignal;
  /** Of the temporary repository. @default 400 MiB */
  readonly maxBytes?: number;
  /** Variables of git besides those that it always gets, for example `GIT_SSL_CAINFO`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Between two tries. @default real time */
  readonly pause?: (ms: number) => Promise<unknown>;
}

export interface Pushed {
  /** Of the branch: its tree is the version's. */
  readonly commit: string;
  readonly tree: string;
  /** What stood there before; absent for the first commit of a branch, and when the version was there. */
  readonly parent?: string;
  /** `there`: nothing was to be done. */
  readonly outcome: "pushed" | "there";
}

const TRIES = 5;
const PAUSE_MS = 300;
/** Commits of the branch among which a version of an earlier attempt is looked for. */
const DEPTH = 20;
/** The user beside the token, as the provider takes a personal access token by Basic authentication. */
const USER: Readonly<Record<GitProvider, string>> = { github: "x-access-token", "azure-repos": "" };
const TRAILER = "DevFactory-Job";

/**
 * Makes the files of a version the newest commit of a branch: its tree is theirs, its parent what stood there. Nothing is checked out, and
 * nothing is overwritten by force: who pushed meanwhile stays in the history. Repeated after a crash it finds what it has pushed.
 *
 * @throws {AutomationError} `REPO_INVALID`, `REPO_ACCESS_DENIED`, `REPO_PUSH_REFUSED`, `REPO_CONTENDED`, `REPO_UNREACHABLE`; what ended the signal
 */
export async function pushVersion(version: VersionToPush, options: PushOptions): Promise<Pushed> {
  const repo = checkedRepo(version.repo, options.hosts);
  const folder = mkdtempSync(join(tmpdir(), "devfactory-push-"));
  try {
    const git = gitFor(repo, folder, await pinned(version, options), options);
    await git(["init", "--quiet", "--bare", "."]);
    await git(["fast-import", "--quiet"], { input: fastImport(version.files) });
    const tree = await git(["rev-parse", "--verify", `${IMPORTED}^{tree}`]);
    return await pushed(version, repo, tree, git, options.pause ?? sleep);
  } catch (error) {
    options.signal.throwIfAborted();
    throw error instanceof AutomationError ? repoError(error, repo, version.appId) : error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Git = (
  args: readonly string[],
  more?: { readonly input?: Iterable<Uint8Array>; readonly env?: Readonly<Record<string, string>> },
) => Promise<string>;

async function pinned({ repo }: VersionToPush, { outbound }: PushOptions): Promise<readonly string[]> {
  // A server may think about a large push for a while.
  return [...(await pinOf(repo.url, outbound)), "-c", "http.lowSpeedTime=60"];
}

/** Git in the temporary repository. The token is in its environment alone, and in nothing that it or the server says. */
function gitFor(
  { provider, url }: Repo,
  folder: string,
  settings: readonly string[],
  { token, signal, maxBytes = 2 * ARCHIVE_LIMITS.totalBytes, env: own = {} }: PushOptions,
): Git {
  const basic = Buffer.from(`${USER[provider]}:${token}`).toString("base64");
  const redactor = new Redactor();
  redactor.add(token);
  redactor.add(basic);
  const access = {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${url}.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
  return async (args, { input, env } = {}) => {
    const limits = { signal, limit: maxBytes, env: { ...own, ...access, ...env }, ...(input && { input }) };
    const redact = (text: string) => redactor.text(text);
    return (await runGit(url, [...settings, ...args], folder, { ...limits, redact })).toString().trim();
  };
}

/** Pushes until it is there, others allow it no more, or it is refused. */
async function pushed(
  version: VersionToPush,
  repo: Repo,
  tree: string,
  git: Git,
  pause: (ms: number) => Promise<unknown>,
): Promise<Pushed> {
  let [last, refused]: [string | undefined, unknown] = [undefined, undefined];
  for (let attempt = 1; ; attempt++) {
    try {
      const history = await fetchHistory(repo, git);
      if (refused !== undefined && history[0]?.commit === last) throw refused;
      refused = undefined;
      last = history[0]?.commit;
      const there = history.find(({ jobs, ...each }) => each.tree === tree && jobs.includes(version.jobId));
      const [head] = history;
      // Also a head of another job: a commit that changes nothing would only wake who follows the branch.
      const known = there ?? (head?.tree === tree ? head : undefined);
      if (known) return { commit: known.commit, tree, outcome: "there" };
      const commit = await makeCommit(version, tree, head?.commit, git);
      // Without thin packs nothing is read of the branch's files, which were not fetched.
      await git(["push", "--quiet", "--no-thin", "--no-verify", repo.url, `${commit}:refs/heads/${repo.branch}`]);
      return { commit, tree, outcome: "pushed", ...(head && { parent: head.commit }) };
    } catch (error) {
      const refusal = error instanceof AutomationError ? judgeRefusal(error) : "final";
      if (refusal === "final" || error === refused || (refusal !== "contended" && attempt === TRIES)) throw error;
      if (refusal === "rejected") refused = error;
      if (attempt === TRIES) {
        const { url, branch } = repo;
        throw new AutomationError("REPO_CONTENDED", { url, branch, tries: TRIES }, { cause: error });
      }
      await pause(PAUSE_MS * attempt);
    }
  }
}

interface Known {
  readonly commit: string;
  readonly tree: string;
  /** Jobs whose versions it says that it is. */
  readonly jobs: readonly string[];
}

/** The newest commits of the branch, newest first, without their files; none when there is no such branch. */
async function fetchHistory({ url, branch }: Repo, git: Git): Promise<readonly Known[]> {
  const ref = `refs/heads/${branch}`;
  if ((await git(["ls-remote", "--refs", url, ref])) === "") return [];
  const shallow = [`--depth=${DEPTH}`, "--filter=blob:none", "--no-tags", "--no-recurse-submodules"];
  await git(["fetch", "--quiet", ...shallow, url, ref]);
  const form = `--format=%H%x09%T%x09%(trailers:key=${TRAILER},valueonly,separator=%x20)`;
  const lines = await git(["log", "--first-parent", `--max-count=${DEPTH}`, form, "FETCH_HEAD"]);
  return lines.split("\n").map((line) => {
    const [commit = "", tree = "", jobs = ""] = line.split("\t");
    return { commit, tree, jobs: jobs.split(" ") };
  });
}

async function makeCommit(
  { title, iteration, appId, jobId, at }: VersionToPush,
  tree: string,
  parent: string | undefined,
  git: Git,
): Promise<string> {
  const name = title
    .replace(/\p{C}+/gu, " ")
    .trim()
    .slice(0, 60);
  const trailers = [`DevFactory-App: ${appId}`, `${TRAILER}: ${jobId}`, `DevFactory-Iteration: ${iteration}`];
  const message = [`${name || appId}: version ${iteration}`, "", ...trailers, ""].join("\n");
  const person = (role: string) => ({
    [`GIT_${role}_NAME`]: "DevFactory",
    [`GIT_${role}_EMAIL`]: "devfactory@devfactory.invalid",
    [`GIT_${role}_DATE`]: at,
  });
  return git(["commit-tree", tree, ...(parent === undefined ? [] : ["-p", parent]), "-F", "-"], {
    input: [Buffer.from(message, "utf8")],
    env: { ...person("AUTHOR"), ...person("COMMITTER") },
  });
}
