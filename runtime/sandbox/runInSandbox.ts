import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { DEFAULT_LIMITS, type SandboxLimits } from "./limits.ts";
import { watchProcesses } from "./watchProcesses.ts";

export interface SandboxRequest {
  /** The only folder that can be written, besides a temporary one that goes away. */
  readonly workdir: string;
  readonly command: readonly string[];
  /** `none`: a network namespace of its own with nothing but loopback. `registry`: the host's network, for installs only. */
  readonly network: "none" | "registry";
  /** Added to the few variables that every command gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folders of the host that appear read-only: place inside → folder of the host. */
  readonly mounts?: Readonly<Record<string, string>>;
  /** Folder of the host that can be written too, for installs. */
  readonly writable?: string;
  readonly limits?: Partial<SandboxLimits>;
  readonly signal?: AbortSignal;
}

export interface SandboxResult {
  /** undefined when it was ended: by a limit, a signal, or the caller. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  readonly timedOut: boolean;
  /** Which protection was there, and what was missing. */
  readonly isolation: "bubblewrap" | "process";
  readonly warnings: readonly string[];
}

/** Where the workspace appears inside. */
export const INSIDE = "/workspace";

/** Runs one command on untrusted code and waits for its end; children that it leaves behind die with it. */
export async function runInSandbox(request: SandboxRequest): Promise<SandboxResult> {
  const limits = { ...DEFAULT_LIMITS, ...request.limits };
  const temporary = await mkdtemp(join(tmpdir(), "devfactory-sandbox-"));
  try {
    const wrapped = await hasBubblewrap();
    const argv = limited(wrapped ? bubblewrap(request, temporary) : request.command, limits);
    const result = await run(argv, request, limits, wrapped ? {} : environment(request, temporary), wrapped);
    const warnings = wrapped
      ? []
      : ["bubblewrap is not available: the command ran as a plain process with network and file access of this user"];
    return { ...result, isolation: wrapped ? "bubblewrap" : "process", warnings };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

let available: Promise<boolean> | undefined;

/** Whether bubblewrap is there and may make its namespaces on this machine. */
export function hasBubblewrap(): Promise<boolean> {
  available ??= new Promise((resolve) => {
    const probe = spawn("bwrap", ["--ro-bind", "/", "/", "--unshare-all", "true"], { stdio: "ignore" });
    probe.on("error", () => resolve(false));
    probe.on("exit", (code) => resolve(code === 0));
  });
  return available;
}

/** System folders that programs need; everything else of the host is absent. */
const SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache", "/etc/ssl/certs"];
const FOR_REGISTRY = [
  "/etc/resolv.conf",
  "/etc/hosts",
  "/etc/nsswitch.conf",
  "/etc/ssl",
  "/usr/local/share/ca-certificates",
];

function bubblewrap(request: SandboxRequest, temporary: string): string[] {
  const node = dirname(process.execPath);
  const npm = dirname(npmCli());
  const readable = [...SYSTEM, ...(request.network === "registry" ? FOR_REGISTRY : [])].filter((path) =>
    existsSync(path),
  );
  const mounts = Object.entries(request.mounts ?? {}).flatMap(([inside, outside]) => ["--ro-bind", outside, inside]);
  const env = Object.entries({ ...environment(request, "/tmp"), HOME: "/tmp", PATH: `/runtime/bin:/usr/bin:/bin` });
  return [
    "bwrap",
    "--die-with-parent",
    "--unshare-user",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    ...(request.network === "none" ? ["--unshare-net"] : []),
    "--cap-drop",
    "ALL",
    "--uid",
    "1000",
    "--gid",
    "1000",
    "--hostname",
    "sandbox",
    ...readable.flatMap((path) => ["--ro-bind", path, path]),
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    "--bind",
    temporary,
    "/tmp",
    "--ro-bind",
    node,
    "/runtime/bin",
    "--ro-bind",
    dirname(npm),
    "/runtime/npm",
    "--bind",
    request.workdir,
    INSIDE,
    ...mounts,
    ...(request.writable ? ["--bind", request.writable, request.writable] : []),
    "--remount-ro",
    "/",
    "--chdir",
    INSIDE,
    "--clearenv",
    ...env.flatMap(([name, value]) => ["--setenv", name, value]),
    "--",
    "/usr/bin/setsid", // here, and not by --new-session: bubblewrap itself must stay in the group that is killed until it is bound to us
    ...request.command,
  ];
}

function environment({ env }: SandboxRequest, home: string): Record<string, string> {
  const path = [dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter);
  return { PATH: path, HOME: home, TMPDIR: home, LANG: "C.UTF-8", NO_COLOR: "1", CI: "true", ...env };
}

/** npm's program, which stands beside the global or the system's node. */
export function npmCli(): string {
  const near = join(dirname(process.execPath), "../lib/node_modules/npm/bin/npm-cli.js");
  const places = [
    process.env.npm_execpath ?? "",
    near,
    "/usr/local/lib/node_modules/npm/bin/npm-cli.js",
    "/usr/lib/node_modules/npm/bin/npm-cli.js",
    "/usr/share/nodejs/npm/bin/npm-cli.js",
  ];
  return places.find((place) => place.endsWith("npm-cli.js") && existsSync(place)) ?? near;
}

function limited(command: readonly string[], limits: SandboxLimits): string[] {
  if (process.platform !== "linux" || !existsSync("/usr/bin/prlimit")) return [...command];
  const memory = limits.memoryMb > 0 ? [`--as=${limits.memoryMb * 1024 * 1024}`] : [];
  return [
    "/usr/bin/prlimit",
    ...memory,
    `--nproc=${limits.processes}`,
    `--nofile=${limits.openFiles}`,
    `--fsize=${limits.fileMb * 1024 * 1024}`,
    "--core=0",
    `--cpu=${Math.ceil(limits.seconds * 2)}`,
    "--",
    ...command,
  ];
}

function run(
  [program = "", ...args]: readonly string[],
  { workdir, signal }: SandboxRequest,
  limits: SandboxLimits,
  env: Record<string, string>,
  wrapped: boolean,
): Promise<Omit<SandboxResult, "isolation" | "warnings">> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const cwd = wrapped ? "/" : workdir;
    const child = spawn(program, args, {
      cwd,
      env: { PATH: "/usr/bin:/bin", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const stdout = collector(limits.outputBytes);
    const stderr = collector(limits.outputBytes);
    child.stdout.on("data", stdout.add);
    child.stderr.on("data", stderr.add);
    let timedOut = false;
    const end = () => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, "SIGKILL"); // the whole group; in bubblewrap the namespace dies with its first process
      } catch {
        child.kill("SIGKILL"); // the group is gone already
      }
    };
    const timer = setTimeout(() => {
      timedOut = true;
      end();
    }, limits.seconds * 1000);
    const unwatch = wrapped && child.pid !== undefined ? watchProcesses(child.pid, limits.processes, end) : () => {};
    signal?.addEventListener("abort", end, { once: true });
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      unwatch();
      signal?.removeEventListener("abort", end);
      end();
      const seconds = (performance.now() - started) / 1000;
      resolve({ exitCode: code ?? undefined, stdout: stdout.text(), stderr: stderr.text(), seconds, timedOut });
    });
  });
}

/** Keeps the first part of a stream and forgets the rest, so that endless output costs nothing. */
function collector(maxBytes: number): { add: (chunk: Buffer) => void; text: () => string } {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    add: (chunk) => {
      if (size < maxBytes) chunks.push(chunk.subarray(0, maxBytes - size));
      size += chunk.length;
    },
    text: () =>
      `${Buffer.concat(chunks).toString("utf8")}${size > maxBytes ? `\n[${size - maxBytes} more bytes]` : ""}`,
  };
}
