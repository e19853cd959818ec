import { spawn } from "node:child_process";
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, type Stats } from "node:fs";
import { rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HOST_PATHS, type Mount, prepareRoot, sandboxLaunch } from "../../../hosts/sandbox.ts";
import { BuildError } from "./buildError.ts";

export interface RunOptions {
  readonly root: string;
  readonly scratch: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly uid: number;
  readonly node: boolean;
  readonly python: string | undefined;
  /** Shared by all builds: packages are downloaded once. */
  readonly npmCache: string;
  readonly signal: AbortSignal;
  readonly log: (text: string) => void;
  readonly line: number;
}

const NPM_CACHE = "/var/cache/npm";
/** The machine's own settings for reaching the network; never credentials. */
const NETWORK_NAMES = [
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "npm_config_registry",
  "PIP_INDEX_URL",
  "UV_DEFAULT_INDEX",
];
/** Where the machine says which authorities Python's programs trust, best first; they read no `NODE_EXTRA_CA_CERTS`. */
const BUNDLE_NAMES = ["PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"];
const BUNDLE = "/run/build/ca-bundle.pem";
const EXTRA_CA = "/run/build/extra-ca.pem";

/**
 * Carries out one `RUN` in the sandbox, writing into `root`.
 *
 * @throws {BuildError} with the line when the command ends with another code than 0, or the build is cancelled
 */
export async function runCommand(options: RunOptions): Promise<void> {
  mkdirSync(options.npmCache, { recursive: true });
  prepareRoot(options.root);
  mkdirSync(join(options.root, options.cwd), { recursive: true });
  const extraCa = process.env.NODE_EXTRA_CA_CERTS;
  const mounts: Mount[] = [{ source: options.npmCache, target: NPM_CACHE, writable: true }];
  if (extraCa && existsSync(extraCa)) mounts.push({ source: extraCa, target: EXTRA_CA });
  const bundle = BUNDLE_NAMES.map((name) => process.env[name]).find((path) => path && existsSync(path));
  if (bundle) mounts.push({ source: bundle, target: BUNDLE });
  const launch = await sandboxLaunch({ ...options, writes: "through", mounts, env: environment(options, mounts) });
  await new Promise<void>((resolve, reject) => {
    const child = spawn(launch.command, launch.args, {
      cwd: launch.cwd,
      env: launch.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // a group of its own, so that a cancelled build ends with all it started
    });
    const stop = () => child.pid !== undefined && killGroup(child.pid);
    options.signal.addEventListener("abort", stop, { once: true });
    if (options.signal.aborted) stop(); // while the sandbox was prepared
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", options.log);
    child.once("error", reject);
    child.once("close", (code, killed) => {
      options.signal.removeEventListener("abort", stop);
      if (options.signal.aborted) return reject(new BuildError("the build was stopped", options.line));
      if (code === 0) return resolve();
      const how = code === null ? `was ended by ${killed}` : `returned the code ${code}`;
      reject(new BuildError(`the command ${options.argv.at(-1)} ${how}`, options.line));
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it has ended by itself
  }
}

function environment(options: RunOptions, mounts: readonly Mount[]): Record<string, string> {
  const network = NETWORK_NAMES.flatMap((name) => (process.env[name] ? [[name, process.env[name]] as const] : []));
  return {
    ...Object.fromEntries(network),
    npm_config_cache: NPM_CACHE,
    npm_config_update_notifier: "false",
    npm_config_fund: "false",
    npm_config_audit: "false",
    npm_config_prefer_offline: "true",
    ...(mounts.some((each) => each.target === EXTRA_CA) ? { NODE_EXTRA_CA_CERTS: EXTRA_CA } : {}),
    ...(mounts.some((each) => each.target === BUNDLE)
      ? Object.fromEntries(BUNDLE_NAMES.map((name) => [name, BUNDLE]))
      : {}),
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    HOME: "/root",
    ...options.env,
  };
}

/** What a folder held before a step: enough to see what changed. */
export type Snapshot = ReadonlyMap<string, string>;

export function takeSnapshot(root: string): Snapshot {
  const found = new Map<string, string>();
  visit(root, "", (path, stat) => void found.set(path, fingerprint(stat)));
  return found;
}

function fingerprint(stat: Stats): string {
  return stat.isDirectory()
    ? `folder ${stat.mode}`
    : `${stat.ino} ${stat.mode} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`;
}

function visit(root: string, folder: string, see: (path: string, stat: Stats) => void): void {
  for (const name of readdirSync(join(root, folder))) {
    const path = folder ? `${folder}/${name}` : name;
    if (HOST_PATHS.has(`/${path}`)) continue;
    const stat = lstatSync(join(root, path));
    see(path, stat);
    if (stat.isDirectory()) visit(root, path, see);
  }
}

/**
 * Moves what a step added or changed from `root` to `target`; `root` is of no use afterwards.
 *
 * @returns paths that the step removed
 */
export async function moveChanges(root: string, before: Snapshot, target: string): Promise<string[]> {
  const seen = new Set<string>();
  const moves: string[] = [];
  const folders: [string, number][] = [];
  const collect = (folder: string): void => {
    for (const name of readdirSync(join(root, folder)).sort()) {
      const path = folder ? `${folder}/${name}` : name;
      if (HOST_PATHS.has(`/${path}`)) continue;
      const stat = lstatSync(join(root, path));
      seen.add(path);
      const known = before.get(path);
      if (known === fingerprint(stat) && !stat.isDirectory()) continue;
      const wholeNew = known === undefined && !containsHostPath(path);
      if (!stat.isDirectory() || wholeNew) moves.push(path);
      else {
        if (known !== fingerprint(stat)) folders.push([path, stat.mode]);
        collect(path);
      }
    }
  };
  collect("");
  const removed = [...before.keys()].filter(
    (path) => !seen.has(path) && !moves.some((each) => path.startsWith(`${each}/`)),
  );
  for (const [path, mode] of folders) {
    mkdirSync(join(target, path), { recursive: true });
    chmodSync(join(target, path), mode & 0o7777);
  }
  for (const path of moves) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    await rename(join(root, path), join(target, path));
  }
  return removed.filter((path) => !removed.includes(dirname(path))).sort();
}

function containsHostPath(path: string): boolean {
  for (const each of HOST_PATHS) if (each.startsWith(`/${path}/`)) return true;
  return false;
}
