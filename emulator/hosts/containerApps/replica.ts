import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { OpenImage } from "../../services/registry/images.ts";
import { backOffMs, pause } from "../containers/backOff.ts";
import { ContainerProcess } from "../containers/containerProcess.ts";
import type { PrivateNetwork } from "../network/privateNetwork.ts";
import type { Mount } from "../sandbox.ts";
import { awaitProbe, DEFAULT_STARTUP, watchProbe } from "./probes.ts";
import { type Reach, ReplicaAgent, reachLoopback } from "./reach.ts";
import type { Container, Probe } from "./settings.ts";

export interface ReplicaContainer {
  readonly container: Container;
  readonly image: OpenImage;
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
}

export interface ReplicaOptions {
  readonly name: string;
  readonly init: readonly ReplicaContainer[];
  readonly containers: readonly ReplicaContainer[];
  /** The port that the ingress speaks to; `undefined` without ingress. */
  readonly port?: number;
  /** The port that the template names for the same: probes on it go to `port`. */
  readonly targetPort?: number;
  readonly scratch: string;
  readonly caPath: string;
  readonly graceMs: number;
  /** Its own network, closed at its end; without one it shares the machine's. */
  readonly network?: PrivateNetwork | undefined;
  /** As of `ContainerRun`. */
  readonly enter?: ((pid: number) => () => void) | undefined;
  readonly onLine: (container: string, stream: "stdout" | "stderr", line: string) => void;
  readonly onSystem: (reason: string, message: string) => void;
  /** Readiness or an end changed. */
  readonly onChange: () => void;
  /** Called at the end of all. */
  readonly onGone: () => void | Promise<void>;
}

export type ReplicaState = "starting" | "ready" | "unready" | "crashed" | "failed" | "stopped";

/** A container that ran so long has recovered. */
const RECOVERED_MS = 10 * 60_000;
/** Crashes before the first readiness after which the replica is given up: a wrong program does not get right. */
const STARTUP_CRASHES = 2;
/** Without ingress and probes a container counts as ready when it has lived so long. */
const ALIVE_MS = 250;

/** One replica: its containers, probes and restarts. */
export class Replica {
  readonly name: string;
  readonly port: number | undefined;
  readonly reach: Reach;
  /** Keeps connections to the port; `undefined` without one. */
  readonly agent: ReplicaAgent | undefined;
  readonly createdMs = Date.now();
  /** Requests that it serves now, kept by the ingress. */
  active = 0;
  state: ReplicaState = "starting";
  restarts = 0;
  readonly #options: ReplicaOptions;
  readonly #stop = new AbortController();
  readonly #processes = new Map<string, ContainerProcess>();
  readonly #ends: (() => void)[] = [];
  #wasReady = false;
  #gone: Promise<void> | undefined;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.name = options.name;
    this.port = options.port;
    const { network } = options;
    this.reach = network ? (port) => network.reach(port) : reachLoopback;
    this.agent = options.port === undefined ? undefined : new ReplicaAgent(this.reach, options.port);
  }

  get containerNames(): readonly string[] {
    return this.#options.containers.map((each) => each.container.name);
  }

  /** Processors that its containers have together. */
  get cpu(): number {
    return this.#options.containers.reduce((sum, each) => sum + each.container.cpu, 0);
  }

  /** First processes of its containers. */
  get pids(): readonly number[] {
    return [...this.#processes.values()].flatMap(({ pid, over }) => (pid === undefined || over ? [] : [pid]));
  }

  /** Starts it. @returns whether it got ready */
  async start(): Promise<boolean> {
    for (const each of this.#options.init) {
      const ended = await (await this.#spawn(each)).exited;
      if (this.#stop.signal.aborted) return false;
      if (ended.code !== 0)
        return this.#fail(`the init container ${each.container.name} ended with the code ${ended.code}`);
    }
    const first = await Promise.all(this.#options.containers.map((each) => this.#keepRunning(each)));
    if (this.#stop.signal.aborted || first.length === 0) return false;
    const ready = await this.#awaitReady();
    if (this.#stop.signal.aborted || this.state === "failed") return false;
    if (!ready) {
      return this.#fail(`the startup probe failed: ${this.#silence()}`);
    }
    this.#wasReady = true;
    this.#watch();
    this.#set("ready");
    return true;
  }

  #silence(): string {
    const { network, targetPort = this.port } = this.#options;
    if (!network) return `nothing answers on PORT (${this.port}, for the target port ${targetPort})`;
    return `nothing answers on the port ${targetPort}: the program must listen there on all addresses (0.0.0.0), not only on localhost`;
  }

  /** Ends it: SIGTERM, after the grace period SIGKILL. */
  terminate(graceMs = this.#options.graceMs): Promise<void> {
    this.#gone ??= this.#end(graceMs);
    return this.#gone;
  }

  async #end(graceMs: number): Promise<void> {
    this.#stop.abort();
    if (this.state !== "failed") this.state = "stopped";
    for (const end of this.#ends) end();
    await Promise.all([...this.#processes.values()].map((each) => each.terminate(graceMs)));
    this.agent?.destroy();
    this.#options.network?.close();
    await rm(this.#options.scratch, { recursive: true, force: true });
    await this.#options.onGone();
  }

  async #awaitReady(): Promise<boolean> {
    const { signal } = this.#stop;
    const probes = this.#options.containers.flatMap((each) => each.container.probes);
    const startup = probes.find((each) => each.type === "Startup");
    const readiness = probes.find((each) => each.type === "Readiness");
    const gate = startup ?? readiness ?? (this.port === undefined ? undefined : DEFAULT_STARTUP);
    if (!gate) {
      await new Promise((resolve) => setTimeout(resolve, ALIVE_MS));
      return this.state === "starting";
    }
    for (const one of new Set([gate, readiness ?? gate])) {
      const limitMs = Math.max(one.initialDelaySeconds + one.periodSeconds * one.failureThreshold, 60) * 1000;
      if (!(await awaitProbe(one, this.#targetOf(one), limitMs, signal))) return false;
    }
    return true;
  }

  #watch(): void {
    for (const { container } of this.#options.containers) {
      for (const one of container.probes) {
        const target = this.#targetOf(one);
        if (one.type === "Readiness")
          this.#ends.push(watchProbe(one, target, (healthy) => this.#set(healthy ? "ready" : "unready")));
        if (one.type === "Liveness") {
          this.#ends.push(watchProbe(one, target, (healthy) => void (healthy || this.#restart(container.name))));
        }
      }
    }
  }

  async #restart(container: string): Promise<void> {
    this.#options.onSystem("ProbeFailed", `the liveness probe of ${container} failed: the container is restarted`);
    await this.#processes.get(container)?.terminate(this.#options.graceMs);
  }

  /** Starts a container, and again whenever it ends. */
  async #keepRunning(each: ReplicaContainer): Promise<void> {
    const process = await this.#spawn(each);
    const since = Date.now();
    void process.exited.then(async ({ code, signal }) => {
      if (this.#stop.signal.aborted) return;
      if (Date.now() - since > RECOVERED_MS) this.restarts = 0;
      const how = signal === null ? `the exit code ${code}` : `the signal ${signal}`;
      this.#options.onSystem("ContainerTerminated", `Container ${each.container.name} ended with ${how}`);
      this.restarts += 1;
      if (!this.#wasReady && this.restarts >= STARTUP_CRASHES) {
        this.#fail(`the container ${each.container.name} ended with ${how} before it was ready`);
        return;
      }
      this.#set("crashed");
      const pauseMs = backOffMs(this.restarts);
      if (this.restarts > 1)
        this.#options.onSystem(
          "CrashLoopBackOff",
          `Back-off of ${pauseMs} ms before container ${each.container.name} is restarted`,
        );
      await pause(pauseMs, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      await this.#keepRunning(each);
      if (!this.#wasReady) this.state = "starting";
      else if (await this.#awaitReady()) this.#set("ready");
    });
  }

  async #spawn(each: ReplicaContainer): Promise<ContainerProcess> {
    const { container, image, env, mounts } = each;
    const { caPath, scratch, network, enter, onLine } = this.#options;
    const process = await ContainerProcess.start({
      ...{ image, env, mounts, caPath, network, enter },
      command: container.command,
      args: container.args,
      scratch: join(scratch, `${container.name}-${this.restarts}`),
      onLine: (stream, line) => onLine(container.name, stream, line),
    });
    this.#processes.set(container.name, process);
    if (this.#stop.signal.aborted) await process.terminate(0);
    return process;
  }

  #targetOf(one: Probe): { port: number; reach: Reach } {
    const { targetPort } = this.#options;
    const own = one.port === undefined || one.port === targetPort || targetPort === undefined;
    return { port: (own ? this.port : one.port) ?? one.port ?? 0, reach: this.reach };
  }

  #fail(message: string): false {
    if (this.state === "failed" || this.#stop.signal.aborted) return false;
    this.#options.onSystem("ReplicaFailed", message);
    this.#set("failed");
    void this.terminate(1000);
    return false;
  }

  #set(state: ReplicaState): void {
    if (this.#stop.signal.aborted && state !== "failed") return;
    this.state = state;
    this.#options.onChange();
  }
}
