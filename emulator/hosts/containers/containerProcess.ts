import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { OpenImage } from "../../services/registry/images.ts";
import type { PrivateNetwork } from "../network/privateNetwork.ts";
import { proxyVariables } from "../network/webProxy.ts";
import { isolation, type Launch, type Mount, sandboxLaunch } from "../sandbox.ts";
import { sharedCache } from "../sharedCache.ts";
import { findProgram } from "../tools.ts";

export interface ContainerRun {
  readonly image: OpenImage;
  /** Override of the image's entry point and command, empty for none. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** The container's own variables; the image's come before them. */
  readonly env: Readonly<Record<string, string>>;
  /** File of the local authority, shown to the process by `NODE_EXTRA_CA_CERTS`. */
  readonly caPath: string;
  readonly mounts: readonly Mount[];
  /** A folder of this process's own. */
  readonly scratch: string;
  readonly onLine: (stream: "stdout" | "stderr", line: string) => void;
  /** The replica's own network; without one the process shares the machine's. */
  readonly network?: PrivateNetwork | undefined;
  /** For a process without a network of its own: tells the virtual network that it speaks from it; what it gives back is called at the end. */
  readonly enter?: ((pid: number) => () => void) | undefined;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

const NGINX = fileURLToPath(new URL("../nginx/main.ts", import.meta.url));
const NGINX_INSIDE = "/run/devfactory/nginx";
const CA_INSIDE = "/run/devfactory/ca.pem";
const INFO_FD = 3;

/** A container as a child process, which dies with the emulator. */
export class ContainerProcess {
  readonly #child: ChildProcess;
  readonly #sandboxed: boolean;
  readonly exited: Promise<Exit>;
  #sandboxPid: number | undefined;
  #over = false;

  private constructor(child: ChildProcess, sandboxed: boolean, onLine: ContainerRun["onLine"]) {
    this.#child = child;
    this.#sandboxed = sandboxed;
    this.exited = new Promise((resolve) => {
      child.once("error", (error) => {
        this.#over = true;
        onLine("stderr", error.message);
        resolve({ code: 127, signal: null });
      });
      child.once("close", (code, signal) => {
        this.#over = true;
        resolve({ code, signal });
      });
    });
    for (const stream of ["stdout", "stderr"] as const) {
      const pipe = child[stream];
      if (pipe) createInterface({ input: pipe }).on("line", (line) => onLine(stream, line));
    }
    const info = child.stdio[INFO_FD] as Readable | undefined;
    info?.setEncoding("utf8").on("data", (text: string) => {
      this.#sandboxPid = Number(/"child-pid":\s*(\d+)/.exec(text)?.[1]) || this.#sandboxPid;
    });
  }

  /** Starts it. A program that does not exist shows as an exit with the code 127. */
  static async start(run: ContainerRun): Promise<ContainerProcess> {
    mkdirSync(run.scratch, { recursive: true });
    const { config, inPlace } = run.image;
    const argv = [...(run.command.length > 0 ? run.command : config.entrypoint), ...argumentsOf(run)];
    const launch = inPlace ? inPlaceLaunch(run, argv) : await imageLaunch(run, argv);
    const sandboxed = !inPlace && isolation() !== "none";
    const child = spawn(launch.command, launch.args, {
      cwd: launch.cwd,
      env: { ...launch.env },
      stdio: ["pipe", "pipe", "pipe", sandboxed ? "pipe" : "ignore"],
      detached: true, // a group of its own: it ends as a whole, and a terminal's Ctrl-C does not reach it
    });
    child.stdin?.on("error", () => {}); // it may end before it reads
    const leave = child.pid === undefined || run.network ? undefined : run.enter?.(child.pid);
    if (leave) child.once("close", leave);
    return new ContainerProcess(child, sandboxed, run.onLine);
  }

  get over(): boolean {
    return this.#over;
  }

  /** Its first process outside of the sandbox; undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Asks it to end (SIGTERM), and ends it after `graceMs`. */
  async terminate(graceMs: number): Promise<Exit> {
    if (!this.#over) {
      this.#signal("SIGTERM");
      const timer = setTimeout(() => this.#kill(), graceMs);
      await this.exited;
      clearTimeout(timer);
    }
    this.#kill(); // what it left in its group
    return this.exited;
  }

  /** In the sandbox the program is the first child of the namespace's first process; bubblewrap passes no signals on. */
  #signal(name: NodeJS.Signals): void {
    const targets = this.#sandboxed && this.#sandboxPid !== undefined ? childrenOf(this.#sandboxPid) : [];
    if (targets.length === 0 && !this.#sandboxed) this.#kill(name);
    else if (targets.length === 0) this.#kill();
    for (const pid of targets) send(pid, name);
  }

  #kill(name: NodeJS.Signals = "SIGKILL"): void {
    if (this.#child.pid !== undefined) send(-this.#child.pid, name);
  }
}

function argumentsOf({ args, command, image }: ContainerRun): readonly string[] {
  if (args.length > 0) return args;
  return command.length > 0 ? [] : image.config.cmd;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended by itself
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

async function imageLaunch(run: ContainerRun, argv: readonly string[]): Promise<Launch> {
  const { image } = run;
  const home = image.config.uid === 0 ? "/root" : "/home/node";
  const env = {
    HOME: home,
    ...(run.network ? proxyVariables() : {}),
    ...image.config.env,
    ...run.env,
    NODE_EXTRA_CA_CERTS: CA_INSIDE,
  };
  const nginx = argv[0] === "nginx" && image.node; // node's server stands in for nginx, with nginx's configuration
  const mounts = [{ source: run.caPath, target: CA_INSIDE }, ...run.mounts];
  if (nginx) mounts.push({ source: dirname(NGINX), target: NGINX_INSIDE });
  const { root, node, config } = image;
  const { scratch } = run;
  const launch = await sandboxLaunch({
    ...{ root, node, scratch, mounts, env, writes: "discard" as const },
    argv: nginx ? ["node", `${NGINX_INSIDE}/main.ts`] : argv,
    cwd: config.workingDir,
    uid: config.uid,
    join: run.network?.join,
    python: image.python,
  });
  if (isolation() === "none") return launch;
  const at = launch.args.indexOf("--unshare-user");
  return { ...launch, args: launch.args.toSpliced(at, 0, "--info-fd", `${INFO_FD}`) };
}

/** The platform's own code runs in the checkout, with the machine's PATH, and dies with the emulator. */
function inPlaceLaunch(run: ContainerRun, argv: readonly string[]): Launch {
  const { config } = run.image;
  const home = join(run.scratch, "home");
  mkdirSync(home, { recursive: true });
  const path = [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter);
  const { PATH: _, ...imageEnv } = config.env;
  // The same module cache as the engine's programs: agents start many times a day with the same code.
  const caches = { NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"), DEVFACTORY_CACHE: sharedCache() };
  const env = {
    ...caches,
    ...registryAccess(process.env),
    ...imageEnv,
    HOME: home,
    PATH: path,
    ...run.env,
    NODE_EXTRA_CA_CERTS: run.caPath,
  };
  const [program = "", ...args] = argv;
  const command = program === "node" ? process.execPath : program;
  const cwd = existsSync(config.workingDir) ? config.workingDir : (run.image.inPlace ?? ".");
  const setpriv = findProgram("setpriv");
  if (setpriv) return { command: setpriv, args: ["--pdeathsig", "KILL", "--", command, ...args], cwd, env };
  const watchdog = fileURLToPath(new URL("./watchdog.ts", import.meta.url));
  return { command: process.execPath, args: [watchdog, command, ...args], cwd, env };
}

/**
 * How an agent's installs reach the package registry from this machine. The names are such that only they read them: Azure's clients
 * must not go to loopback through a proxy, and `NODE_EXTRA_CA_CERTS` names the local authority already.
 */
function registryAccess(host: NodeJS.ProcessEnv): Record<string, string> {
  const known = {
    DEVFACTORY_REGISTRY_CA: host.NODE_EXTRA_CA_CERTS,
    npm_config_registry: host.npm_config_registry,
    npm_config_https_proxy: host.HTTPS_PROXY || host.https_proxy,
    npm_config_proxy: host.HTTP_PROXY || host.http_proxy,
    npm_config_noproxy: host.NO_PROXY || host.no_proxy,
  };
  return Object.fromEntries(Object.entries(known).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
