import { spawn } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { AutomationError } from "../errors.ts";
import { killGroup } from "../processes.ts";

const WATCH_MS = 200;
/** Characters that are kept of what git says, and those at the cut among them that are not told. */
const KEPT = 8_000;
const EDGE = 2_000;

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

export interface GitLimits {
  readonly signal: AbortSignal;
  /** Bytes of the folder and of the output. */
  readonly limit: number;
  /** Variables of git besides those that it always gets. */
  readonly env: Readonly<Record<string, string>>;
  /** What it reads. @default nothing */
  readonly input?: Iterable<Uint8Array>;
  /** Of what git and the other side say, before anybody keeps it. @default as it is */
  readonly redact?: (text: string) => string;
}

/**
 * Runs git with an environment that holds nothing of ours.
 *
 * @param url the repository that it is about, for errors
 * @returns its output
 * @throws {AutomationError} `GIT_REFUSED`; of a run that ended by itself `details.said` has its last words
 */
export async function runGit(
  url: string,
  args: readonly string[],
  folder: string,
  { signal, limit, env, input, redact = (text) => text }: GitLimits,
): Promise<Buffer> {
  const refused = (problem: string, more: { readonly cause?: unknown; readonly said?: string } = {}) => {
    const { cause, ...details } = more;
    return new AutomationError("GIT_REFUSED", { url, problem, ...details }, { cause });
  };
  const child = spawn("git", [...SETTINGS, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, LANG: "C", ...SCRUBBED, ...env },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true, // a group of its own: its helpers end with it
  });
  child.stdin.on("error", () => {}); // it ended before it had read all: its exit code says why
  Readable.from(input ?? []).pipe(child.stdin);
  const output: Buffer[] = [];
  let bytes = 0;
  let problem: string | undefined;
  let words = "";
  const stop = (why: string) => {
    problem ??= why;
    if (child.pid !== undefined) killGroup(child.pid, "SIGKILL");
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
    words = (words + text).slice(-KEPT);
  });
  const watch = setInterval(() => void sizeOf(folder).then((size) => size > limit && stop(tooLarge)), WATCH_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (problem) throw refused(problem);
    // What was quicker than the watch counts too.
    if (code === 0 && (await sizeOf(folder)) > limit) throw refused(tooLarge);
    if (code !== 0) {
      // What was cut off in its middle is no secret that anybody would know: the edge goes first.
      const said = redact(words.length < KEPT ? words : words.slice(EDGE));
      throw refused(lastWords(said), { said });
    }
    return Buffer.concat(output);
  } catch (error) {
    if (error instanceof AutomationError) throw error;
    throw refused("git is not installed where the service runs", { cause: error });
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
