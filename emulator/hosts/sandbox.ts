import { execFile, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import { findNpm, findProgram } from "./tools.ts";

/** How processes of images are kept apart on this machine, best first. */
export type Isolation = "overlay" | "bubblewrap" | "none";

export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly writable?: boolean;
}

export interface SandboxOptions {
  /** The unpacked image. */
  readonly root: string;
  /**
   * What happens to writes outside `/tmp` and HOME. `through`: they land in `root` (builds). `discard`: they land in `scratch` by an
   * overlay and end with the process; without overlays the root is read-only.
   */
  readonly writes: "through" | "discard";
  /** A folder of this process's own, removed by the caller at the end. */
  readonly scratch: string;
  readonly mounts?: readonly Mount[];
  /** The whole environment; nothing of the host's is added. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** User id inside; every id is the emulator's own user outside, without its rights. */
  readonly uid: number;
  readonly argv: readonly string[];
  /** Gives the image this machine's node and npm (images whose base is `node`). */
  readonly node: boolean;
  /** The folder of this machine's Python that images based on `python` get; the system's own is there anyway. */
  readonly python?: string | undefined;
  /** What stands before the command to run it in a private network; without it the process shares the machine's. */
  readonly join?: readonly string[] | undefined;
}

/** What to spawn. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** System folders that images share with the machine, read-only: images carry no C library of their own. */
const SYSTEM_FOLDERS = [
  ...["/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec"],
  ...["/usr/share/ca-certificates", "/usr/share/zoneinfo", "/usr/share/terminfo", "/usr/share/misc"],
];
const SYSTEM_LINKS = ["/bin", "/sbin", "/lib", "/lib32", "/lib64"];
const SYSTEM_FILES = [
  "/etc/resolv.conf",
  "/etc/hosts",
  "/etc/nsswitch.conf",
  "/etc/ld.so.cache",
  "/etc/localtime",
  "/etc/ssl",
  "/etc/ca-certificates",
  "/etc/alternatives",
];
/**
 * Gives the program a session of its own. Not bubblewrap's `--new-session`: that leaves the caller's process group before it binds its
 * life to its parent's, and who kills the group in between leaves the sandbox alive without a parent.
 */
const SETSID = "/usr/bin/setsid";
const NODE_PATH = "/usr/local/bin/node";
const NPM_PATH = "/usr/local/lib/node_modules/npm";
/** Where images find the machine's Python when it is not the system's own. */
export const PYTHON_PATH = "/usr/local/lib/python-of-the-machine";
/** Says that the mount points are made; lies where the sandbox mounts its own folder. */
const READY_MARK = "/run/.mounts";
/** Folders that exist in every container but belong to no layer. */
const VOLATILE = ["/proc", "/dev", "/sys", "/tmp", "/run"];

/** Paths that the machine provides: a build keeps them out of its layers. */
export const HOST_PATHS: ReadonlySet<string> = new Set([
  ...SYSTEM_FOLDERS,
  ...SYSTEM_LINKS,
  ...SYSTEM_FILES,
  ...VOLATILE,
  NODE_PATH,
  NPM_PATH,
  PYTHON_PATH,
  "/usr/local/bin/npm",
  "/usr/local/bin/npx",
  "/var/cache/npm",
]);

let probed: Isolation | undefined;
let networks: boolean | undefined;

/** Finds out, once, what this machine can do. */
export function isolation(): Isolation {
  probed ??= probe();
  return probed;
}

/** Finds out, once, whether this machine gives processes networks of their own. */
export function hasPrivateNetworks(): boolean {
  networks ??= isolation() !== "none" && findProgram("nsenter") !== undefined && probeNetwork();
  return networks;
}

function probeNetwork(): boolean {
  const args = ["--unshare-user", "--unshare-net", "--dev-bind", "/", "/", "--", "/usr/bin/true"];
  return spawnSync(findProgram("bwrap") ?? "bwrap", args, { timeout: 10_000 }).status === 0;
}

function probe(): Isolation {
  const bwrap = findProgram("bwrap");
  if (!bwrap || process.platform !== "linux") return "none";
  const folder = mkdtempSync(join(tmpdir(), "devfactory-probe-"));
  try {
    const options = {
      root: join(folder, "root"),
      scratch: join(folder, "scratch"),
      env: {},
      cwd: "/",
      uid: 0,
      node: false,
    };
    mkdirSync(options.root);
    for (const writes of ["overlay", "bubblewrap"] as const) {
      const launch = launchIn(writes, { ...options, writes: "discard", argv: ["/usr/bin/true"] });
      const ended = spawnSync(launch.command, launch.args, { cwd: launch.cwd, env: launch.env, timeout: 10_000 });
      if (ended.status === 0) return writes;
    }
    return "none";
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Describes the process that runs `argv` inside the image. The root and its mount points are made ready; nothing is started.
 * The process dies with its parent. Without bubblewrap it is a plain process in the image's folder: see {@link plainLaunch}.
 */
export async function sandboxLaunch(options: SandboxOptions): Promise<Launch> {
  const kind = isolation();
  return kind === "none" ? plainLaunch(options) : launchIn(kind, options);
}

function launchIn(kind: "overlay" | "bubblewrap", options: SandboxOptions): Launch {
  const bwrap = findProgram("bwrap") ?? "bwrap";
  mkdirSync(options.scratch, { recursive: true });
  if (options.writes === "discard" && kind === "overlay") {
    for (const each of ["upper", "work", "merged"]) mkdirSync(join(options.scratch, each), { recursive: true });
    prepareRoot(options.root);
    const args = bwrapArguments(options, ["--bind", "merged", "/"]);
    const asRoot = process.getuid?.() === 0;
    // One lower folder, relative names: the mount options never grow beyond a page. The mount ends with the namespace.
    const script = `mount -t overlay overlay -o "lowerdir=$0,upperdir=upper,workdir=work${asRoot ? "" : ",userxattr"}" merged && exec "$@"`;
    // Who has joined a network is root of its user namespace already.
    const mounting = [findProgram("unshare") ?? "unshare", asRoot || options.join ? "-m" : "-rm"];
    return launchOf(options, [...mounting, "/bin/sh", "-c", script, options.root, bwrap, ...args]);
  }
  prepareRoot(options.root);
  const bind = options.writes === "through" ? "--bind" : "--ro-bind";
  return launchOf(options, [bwrap, ...bwrapArguments(options, [bind, options.root, "/"])]);
}

function launchOf({ join: before = [], scratch, env }: SandboxOptions, argv: readonly string[]): Launch {
  const [command = "", ...args] = [...before, ...argv];
  return { command, args, cwd: scratch, env: { ...env } };
}

function bwrapArguments(options: SandboxOptions, root: readonly string[]): string[] {
  const npm = options.node ? findNpm() : undefined;
  const system = [...SYSTEM_FOLDERS, ...SYSTEM_FILES].filter((path) => existsSync(path));
  const links = SYSTEM_LINKS.filter((path) => existsSync(path) && !isLink(path));
  const mounts = [
    ...[...system, ...links].flatMap((path) => ["--ro-bind", path, path]),
    ...(options.node ? ["--ro-bind", process.execPath, NODE_PATH] : []),
    ...(npm ? ["--ro-bind", npm, NPM_PATH] : []),
    ...(options.python ? ["--ro-bind", options.python, PYTHON_PATH] : []),
    // One user in the sandbox: changing owners is accepted and does nothing.
    ...["--ro-bind", "/usr/bin/true", "/usr/bin/chown"],
  ];
  const home = options.writes === "discard" && options.env.HOME ? ["--tmpfs", options.env.HOME] : [];
  const own = (options.mounts ?? []).flatMap((each) => [
    each.writable ? "--bind" : "--ro-bind",
    each.source,
    each.target,
  ]);
  const ids = ["--unshare-user", "--uid", `${options.uid}`, "--gid", `${options.uid}`];
  const spaces = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent"];
  const volatile = ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/run"];
  const shellTraces = ["OLDPWD", "SHLVL", "_"].flatMap((name) => ["--unsetenv", name]);
  return [
    ...ids,
    ...spaces,
    ...root,
    ...mounts,
    ...volatile,
    ...home,
    ...own,
    ...shellTraces,
    "--chdir",
    options.cwd,
    "--",
    SETSID,
    ...options.argv,
  ];
}

function isLink(path: string): boolean {
  try {
    return readlinkSync(path) !== "";
  } catch {
    return false;
  }
}

/** Makes the mount points in an unpacked image, because a read-only root cannot grow them. */
export function prepareRoot(root: string): void {
  if (existsSync(join(root, READY_MARK))) return;
  for (const path of HOST_PATHS) refuseLinks(root, path);
  for (const path of [...SYSTEM_FOLDERS, ...VOLATILE, "/etc", "/root", "/home/node", "/var/cache/npm"])
    mkdirSync(join(root, path), { recursive: true });
  for (const path of SYSTEM_LINKS) {
    if (!existsSync(path) || existsSync(join(root, path))) continue;
    if (isLink(path)) symlinkSync(readlinkSync(path), join(root, path));
    else mkdirSync(join(root, path));
  }
  for (const path of SYSTEM_FILES) {
    if (!existsSync(path) || existsSync(join(root, path))) continue;
    if (statSync(path).isDirectory()) mkdirSync(join(root, path), { recursive: true });
    else writeFileSync(join(root, path), "");
  }
  mkdirSync(join(root, dirname(NODE_PATH)), { recursive: true });
  if (!existsSync(join(root, NODE_PATH))) writeFileSync(join(root, NODE_PATH), "");
  for (const name of ["npm", "npx"]) {
    const path = join(root, "/usr/local/bin", name);
    if (!isLink(path)) symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, path);
  }
  for (const path of [NPM_PATH, PYTHON_PATH]) mkdirSync(join(root, path), { recursive: true });
  writeFileSync(join(root, READY_MARK), "");
}

/** An image must not lead our own writes out of its folder by a link in the place of `/etc` or `/usr`. */
function refuseLinks(root: string, path: string): void {
  const parts = path.split("/").filter(Boolean);
  for (let depth = 1; depth < parts.length; depth += 1) {
    const folder = join(root, ...parts.slice(0, depth));
    if (isLink(folder))
      throw new Error(`the image has a link at ${folder.slice(root.length)}, which the machine provides`);
  }
}

/**
 * Without bubblewrap: a process of the same user in the image's folder, with a scrubbed environment. It is NOT kept from the machine's
 * files; the emulator warns when it starts so. Absolute paths that exist in the image are translated, the rest is left.
 */
async function plainLaunch(options: SandboxOptions): Promise<Launch> {
  let root = options.root;
  if (options.writes === "discard") {
    root = join(options.scratch, "root");
    mkdirSync(options.scratch, { recursive: true });
    await promisify(execFile)("cp", ["-a", options.root, root]);
  }
  const translate = (value: string) => {
    const mount = options.mounts?.find((each) => value === each.target || value.startsWith(`${each.target}/`));
    if (mount) return mount.source + value.slice(mount.target.length);
    return isAbsolute(value) && existsSync(join(root, value)) ? join(root, value) : value;
  };
  const folders = (options.env.PATH ?? "").split(":").map(translate);
  const path = [dirname(process.execPath), ...folders, process.env.PATH ?? ""].join(":");
  const [program = "", ...args] = options.argv;
  const env = Object.fromEntries(Object.entries(options.env).map(([name, value]) => [name, translate(value)]));
  const command = program === "node" || program === NODE_PATH ? process.execPath : translate(program);
  const home = join(options.scratch, "home");
  mkdirSync(home, { recursive: true });
  mkdirSync(join(root, options.cwd), { recursive: true });
  return { command, args: args.map(translate), cwd: join(root, options.cwd), env: { ...env, PATH: path, HOME: home } };
}
