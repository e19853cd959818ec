import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileSet } from "../archive/fileSet.ts";
import { ARCHIVE_LIMITS } from "../archive/limits.ts";
import { readTar } from "../archive/tar.ts";
import { AutomationError } from "../errors.ts";
import type { OutboundClient } from "../outbound/outboundClient.ts";

export interface GitReference {
  readonly url: string;
  /** Branch, tag or full commit id. @default the repository's own branch */
  readonly ref?: string | undefined;
}

export interface GitOptions {
  /** Hosts that may be asked, as `name` or `name:port`. */
  readonly hosts: readonly string[];
  /** Finds where a host is, and whether it may be called. */
  readonly outbound: Pick<OutboundClient, "check">;
  /** @default 60 s */
  readonly timeoutMs?: number;
  /** Of the repository as it comes. @default 200 MiB */
  readonly maxBytes?: number;
  /** Variables of git besides those that it always gets, for example `GIT_SSL_CAINFO`. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface FetchedSource {
  readonly files: FileSet;
  readonly url: string;
  readonly ref: string;
  /** What the reference meant when it was fetched. */
  readonly commit: string;
}

const REF = /^[A-Za-z0-9_][\w./+-]{0,199}$/;
const WATCH_MS = 200;

/** Only https, no redirects, no credentials, no hooks, no other protocols, objects checked; a slow sender is left. */
const SETTINGS = [
  "protocol.allow=never",
  "protocol.https.allow=always",
  "http.followRedirects=false",
  "http.lowSpeedLimit=1000",
  "http.lowSpeedTime=20",
  "credential.helper=",
  "core.hooksPath=/dev/null",
  "core.symlinks=false",
  "core.fsmonitor=false",
  "fetch.fsckObjects=true",
  "fetch.recurseSubmodules=false",
  "gc.auto=0",
  "maintenance.auto=false",
].flatMap((setting) => ["-c", setting]);

/**
 * Fetches one commit of a repository, without history, submodules, hooks and large file storage, and reads its files as an archive of
 * somebody else: nothing is checked out.
 *
 * @throws {AutomationError} `GIT_REFUSED` for an address, host or reference that is not taken, a size or time above the limit, or what
 *   git says; `ARCHIVE_REFUSED` for files that no archive may hold
 */
export async function fetchGit(reference: GitReference, options: GitOptions): Promise<FetchedSource> {
  const url = checkedUrl(reference.url, options.hosts);
  const ref = checkedRef(url, reference.ref ?? "HEAD");
  const pin = await pinOf(url, options.outbound);
  const folder = mkdtempSync(join(tmpdir(), "devfactory-git-"));
  const signal = AbortSignal.timeout(options.timeoutMs ?? 60_000);
  const limit = options.maxBytes ?? ARCHIVE_LIMITS.totalBytes;
  const git = (...args: readonly string[]) =>
    runGit(url, [...SETTINGS, ...pin, ...args], folder, { signal, limit, env: options.env ?? {} });
  try {
    await git("init", "--quiet", "--bare", "repository");
    const inRepository = ["-C", "repository"];
    await git(
      ...inRepository,
      "fetch",
      "--quiet",
      "--depth=1",
      "--no-tags",
      "--no-recurse-submodules",
      "--end-of-options",
      url,
      ref,
    );
    const commit = (await git(...inRepository, "rev-parse", "--verify", "FETCH_HEAD^{commit}")).toString().trim();
    const files = await readTar(await git(...inRepository, "archive", "--format=tar", commit));
    return { files, url, ref, commit };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkedUrl(given: string, hosts: readonly string[]): string {
  const refused = (problem: string) => new AutomationError("GIT_REFUSED", { url: given.slice(0, 200), problem });
  if (!URL.canParse(given)) throw refused("is no address");
  const url = new URL(given);
  if (url.protocol !== "https:") throw refused("only https is taken");
  if (url.username || url.password) throw refused("a name or password does not belong into the address");
  if (url.search || url.hash) throw refused("must be the address of a repository, without ? and #");
  if (!hosts.includes(url.host)) throw refused(`the host is not allowed; allowed are ${hosts.join(", ") || "none"}`);
  return url.href;
}

/** Makes git connect to the addresses that were checked, whatever the DNS says when it asks again (`http.curloptResolve`, git 2.37). */
async function pinOf(url: string, outbound: GitOptions["outbound"]): Promise<readonly string[]> {
  try {
    const { port: given } = new URL(url);
    const { host, port, addresses } = await outbound.check(url, { ports: given ? [Number(given)] : [] });
    const all = addresses.map((each) => (each.includes(":") ? `[${each}]` : each)).join(",");
    return ["-c", `http.curloptResolve=${host}:${port}:${all}`];
  } catch (error) {
    if (!(error instanceof AutomationError)) throw error;
    throw new AutomationError("GIT_REFUSED", { url, problem: error.details.problem }, { cause: error });
  }
}

function checkedRef(url: string, ref: string): string {
  if (REF.test(ref) && !ref.includes("..") && !ref.endsWith(".lock") && !ref.endsWith("/")) return ref;
  throw new AutomationError("GIT_REFUSED", {
    url,
    problem: `${ref.slice(0, 100)} is no name of a branch, tag or commit`,
  });
}

interface Limits {
  readonly signal: AbortSignal;
  /** Bytes of the folder and of the output. */
  readonly limit: number;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs git with an environment that holds nothing of ours. @returns its output */
async function runGit(
  url: string,
  args: readonly string[],
  folder: string,
  { signal, limit, env }: Limits,
): Promise<Buffer> {
  const refused = (problem: string, cause?: unknown) => new AutomationError("GIT_REFUSED", { url, problem }, { cause });
  const child = spawn("git", args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, LANG: "C", ...SCRUBBED, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // a group of its own: its helpers end with it
  });
  const output: Buffer[] = [];
  let bytes = 0;
  let problem: string | undefined;
  let words = "";
  const stop = (why: string) => {
    problem ??= why;
    if (child.pid !== undefined) killGroup(child.pid);
  };
  const onAbort = () => stop("it took too long");
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const tooLarge = `is larger than ${Math.round(limit / 1024 / 1024)} MiB`;
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limit) stop(tooLarge);
    else output.push(chunk);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(-2_000);
  });
  const watch = setInterval(() => void sizeOf(folder).then((size) => size > limit && stop(tooLarge)), WATCH_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (problem) throw refused(problem);
    if (code !== 0) throw refused(lastWords(words));
    return Buffer.concat(output);
  } catch (error) {
    if (error instanceof AutomationError) throw error;
    throw refused("git is not installed where the service runs", error);
  } finally {
    clearInterval(watch);
    signal.removeEventListener("abort", onAbort);
  }
}

/** No system or user configuration, no prompts, no other protocols. */
const SCRUBBED = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_ASKPASS: "/bin/false",
  GIT_ALLOW_PROTOCOL: "https",
  GIT_PROTOCOL_FROM_USER: "0",
  GIT_LFS_SKIP_SMUDGE: "1",
  GIT_ATTR_NOSYSTEM: "1",
};

function lastWords(words: string): string {
  const line =
    words
      .trim()
      .split("\n")
      .findLast((each) => /^(fatal|error|remote)/.test(each)) ?? words.trim();
  return `git says: ${line.replace(/^(fatal|error): /, "").slice(0, 300) || "nothing"}`;
}

async function sizeOf(folder: string): Promise<number> {
  try {
    const names = await readdir(folder, { recursive: true, withFileTypes: true });
    const sizes = await Promise.all(
      names.filter((each) => each.isFile()).map(async (each) => (await stat(join(each.parentPath, each.name))).size),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    return 0; // files come and go while git works
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it has ended by itself
  }
}
