import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Cron } from "croner";
import { ArmError, type ArmResource, type Json } from "../../core/resources.ts";
import type { OpenImage } from "../../services/registry/images.ts";
import { ContainerProcess } from "../containers/containerProcess.ts";
import type { ExecutionStatus, ExecutionStore } from "./executionStore.ts";
import type { House } from "./house.ts";
import { wantedBy } from "./scaler.ts";
import { type Container, readConfiguration, readRule, readTemplate, type Template } from "./settings.ts";

/** `configuration` of a job beyond what apps have. */
interface JobSettings {
  readonly trigger: "Manual" | "Schedule" | "Event";
  readonly timeoutS: number;
  readonly retries: number;
  readonly parallelism: number;
  readonly completions: number;
  readonly cron: string;
  readonly maxExecutions: number;
  readonly minExecutions: number;
  readonly rules: readonly ReturnType<typeof readRule>[];
  readonly pollS: number;
}

/** One job: starts executions by hand, by the clock or by events, and sees each to its end. */
export class Job {
  readonly #house: House;
  readonly #store: ExecutionStore;
  readonly #running = new Map<string, { readonly abort: AbortController; readonly done: Promise<void> }>();
  /** Executions that the trigger asked for and that do not run yet: their images are still looked for. */
  #starting = 0;
  #resource: ArmResource;
  #timer: NodeJS.Timeout | undefined;
  #nextRun: number | undefined;
  #graceMs: number | undefined;

  constructor(house: House, store: ExecutionStore, resource: ArmResource) {
    this.#house = house;
    this.#store = store;
    this.#resource = resource;
  }

  get resource(): ArmResource {
    return this.#resource;
  }

  /** Takes the resource as ARM now has it. Running executions go on with what they began with. */
  async update(resource: ArmResource): Promise<void> {
    const configuration = readConfiguration(resource.properties.configuration);
    await this.#house.secrets(resource, configuration);
    for (const container of readTemplate(resource.properties.template).containers)
      await this.#house.image(resource, configuration, container);
    this.#resource = resource;
    this.watch();
  }

  /** Begins to look at the clock or the events, if the job's trigger asks for it. */
  watch(): void {
    clearInterval(this.#timer);
    this.#nextRun = undefined;
    const { trigger } = readJob(this.#resource);
    if (trigger !== "Manual") this.#timer = setInterval(() => this.#tick(), this.#house.pollMs);
  }

  /**
   * Starts an execution.
   *
   * @param override containers of a `JobExecutionTemplate`: they replace those of the job
   * @returns the execution's name
   */
  async start(override?: Json): Promise<string> {
    const job = this.#resource;
    const template = mergeTemplate((job.properties.template ?? {}) as Json, override);
    const parsed = readTemplate(template);
    if (parsed.containers.length === 0)
      throw new ArmError(400, "ContainerAppJobInvalid", "The template has no containers.");
    const configuration = readConfiguration(job.properties.configuration);
    for (const container of parsed.containers) await this.#house.image(job, configuration, container);
    const name = `${job.name}-${randomBytes(4).toString("hex").slice(0, 7)}`;
    this.#store.add(job.id, { name, status: "Running", startMs: this.#now(), template });
    const abort = new AbortController();
    const done = this.#execute(name, parsed, abort.signal).then(
      (status) => this.#end(name, status),
      (error: unknown) => {
        this.#system(name, "ExecutionFailed", error instanceof Error ? error.message : String(error));
        this.#end(name, "Failed");
      },
    );
    this.#running.set(name, { abort, done });
    return name;
  }

  /** Stops one execution, or all. */
  async stopExecutions(names?: readonly string[]): Promise<void> {
    const chosen = [...this.#running].filter(([name]) => names === undefined || names.includes(name));
    for (const [, each] of chosen) each.abort.abort("Stopped");
    await Promise.all(chosen.map(([, each]) => each.done));
  }

  /** Ends everything of it; a shorter grace than the template's is for the end of the emulator. */
  async stop(graceMs?: number): Promise<void> {
    this.#graceMs = graceMs;
    clearInterval(this.#timer);
    await this.stopExecutions();
  }

  #end(name: string, status: ExecutionStatus): void {
    this.#running.delete(name);
    this.#store.end(this.#resource.id, name, status, this.#now());
    this.#system(
      name,
      status === "Succeeded" ? "Completed" : `Execution${status}`,
      `Execution ${name} ended: ${status}`,
    );
  }

  /** `replicaCompletionCount` successes out of `parallelism` replicas at a time, each tried again up to `replicaRetryLimit` times. */
  async #execute(name: string, template: Template, stop: AbortSignal): Promise<ExecutionStatus> {
    const settings = readJob(this.#resource);
    const signal = AbortSignal.any([stop, AbortSignal.timeout(settings.timeoutS * 1000)]);
    const replica = async (index: number): Promise<boolean> => {
      for (let attempt = 0; attempt <= settings.retries; attempt += 1) {
        if (signal.aborted) return false;
        if (await this.#replica(name, `${name}-${index}-${attempt}`, template, signal)) return true;
      }
      return false;
    };
    let started = 0;
    const lane = async (): Promise<boolean> => {
      let good = true;
      while (started < settings.completions && good) {
        started += 1;
        good = await replica(started);
      }
      return good;
    };
    const results = await Promise.all(
      Array.from({ length: Math.min(settings.parallelism, settings.completions) }, lane),
    );
    if (stop.aborted) return "Stopped";
    if (signal.aborted) this.#system(name, "DeadlineExceeded", `The execution ran longer than ${settings.timeoutS} s`);
    return results.every(Boolean) ? "Succeeded" : "Failed";
  }

  /** One replica: init containers in order, then all containers together. @returns whether all ended with 0 */
  async #replica(execution: string, name: string, template: Template, signal: AbortSignal): Promise<boolean> {
    const house = this.#house;
    const configuration = readConfiguration(this.#resource.properties.configuration);
    const secrets = await house.secrets(this.#resource, configuration);
    const identity = await house.identityEndpoint(this.#resource);
    const scratch = house.scratch(name);
    const running = new Set<ContainerProcess>();
    const images = new Map<Container, OpenImage>();
    for (const container of [...template.initContainers, ...template.containers])
      images.set(container, await house.image(this.#resource, configuration, container));
    const inPlace = [...images.values()].some((image) => image.inPlace !== undefined);
    const network = inPlace ? undefined : await house.network(this.#resource, { identity });
    const run = async (container: Container): Promise<boolean> => {
      const process = await ContainerProcess.start({
        image: images.get(container) ?? (await house.image(this.#resource, configuration, container)),
        network,
        command: container.command,
        args: container.args,
        env: {
          ...house.variables(container, secrets),
          CONTAINER_APP_JOB_NAME: this.#resource.name,
          CONTAINER_APP_JOB_EXECUTION_NAME: execution,
          CONTAINER_APP_REPLICA_NAME: name,
          ...(identity ? { IDENTITY_ENDPOINT: identity.url, IDENTITY_HEADER: identity.header } : {}),
        },
        caPath: house.context.certificates.caPath,
        enter: house.entrance(this.#resource),
        mounts: house.mounts(template, container, secrets, scratch),
        scratch: join(scratch, container.name),
        onLine: (stream, line) =>
          house.console(this.#resource, { ContainerGroupName_s: name, ContainerName_s: container.name }, stream, line),
      });
      running.add(process);
      if (signal.aborted) void process.terminate(0);
      const { code, signal: killed } = await process.exited;
      await process.terminate(0); // what it left behind
      if (code !== 0)
        this.#system(
          execution,
          "ContainerTerminated",
          `Container ${container.name} ended with ${code === null ? `the signal ${killed}` : `the exit code ${code}`}`,
        );
      return code === 0;
    };
    const kill = () =>
      void [...running].map((each) => each.terminate(this.#graceMs ?? template.terminationGraceSeconds * 1000));
    signal.addEventListener("abort", kill);
    try {
      for (const each of template.initContainers) if (!(await run(each))) return false;
      const ended = await Promise.all(template.containers.map(run));
      return ended.every(Boolean) && !signal.aborted;
    } finally {
      signal.removeEventListener("abort", kill);
      await identity?.close();
      network?.close();
      await rm(scratch, { recursive: true, force: true });
    }
  }

  /** Schedule: the minute has come. Event: as many executions as the rule asks for, less those that run. */
  #tick(): void {
    const settings = readJob(this.#resource);
    const now = this.#now();
    if (settings.trigger === "Schedule") {
      const due = this.#nextRun !== undefined && now >= this.#nextRun;
      if (due || this.#nextRun === undefined)
        this.#nextRun = new Cron(settings.cron, { timezone: "UTC" }).nextRun(new Date(now))?.getTime();
      if (due) this.#startQuietly(1);
      return;
    }
    const sources = {
      concurrentRequests: () => 0,
      activeMessages: this.#house.options.activeMessages ?? (() => undefined),
      processorUse: () => undefined, // executions end by themselves
      nowMs: () => now,
    };
    const wanted = Math.max(settings.minExecutions, ...settings.rules.map((rule) => wantedBy(rule, sources)));
    this.#startQuietly(Math.min(wanted, settings.maxExecutions) - this.#running.size - this.#starting);
  }

  #startQuietly(count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.#starting += 1;
      this.start()
        .catch((error: unknown) =>
          this.#system("", "ExecutionFailed", error instanceof Error ? error.message : String(error)),
        )
        .finally(() => {
          this.#starting -= 1;
        });
    }
  }

  #system(execution: string, reason: string, message: string): void {
    this.#house.system(this.#resource, { reason, message, columns: { ExecutionName_s: execution } });
  }

  #now(): number {
    return this.#house.context.clock.now();
  }
}

/** The job's settings with the service's defaults (timeout 1800 s, no retry, one replica). */
export function readJob(resource: ArmResource): JobSettings {
  const configuration = (resource.properties.configuration ?? {}) as Readonly<Record<string, unknown>>;
  const trigger = String(configuration.triggerType ?? "Manual") as JobSettings["trigger"];
  const own = (configuration[`${trigger.toLowerCase()}TriggerConfig`] ?? {}) as Readonly<Record<string, unknown>>;
  const scale = (own.scale ?? {}) as Readonly<Record<string, unknown>>;
  const rules = Array.isArray(scale.rules) ? (scale.rules as Readonly<Record<string, unknown>>[]) : [];
  const completions = Number(own.replicaCompletionCount ?? 1);
  return {
    trigger,
    timeoutS: Number(configuration.replicaTimeout ?? 1800),
    retries: Number(configuration.replicaRetryLimit ?? 0),
    parallelism: Number(own.parallelism ?? 1),
    completions,
    cron: String(own.cronExpression ?? ""),
    maxExecutions: Number(scale.maxExecutions ?? 100),
    minExecutions: Number(scale.minExecutions ?? 0),
    pollS: Number(scale.pollingInterval ?? 30),
    rules: rules.map(readRule),
  };
}

/** Lays a `JobExecutionTemplate` over the job's: named containers replace those of the same name, field by field. */
function mergeTemplate(template: Json, override: Json | undefined): Json {
  const given = override?.containers;
  if (!Array.isArray(given) || given.length === 0) return template;
  const own = (Array.isArray(template.containers) ? template.containers : []) as readonly Json[];
  const containers = (given as readonly Json[]).map((each, index) => {
    const base = own.find((container) => container.name === each.name) ?? own[index] ?? {};
    return {
      ...base,
      ...Object.fromEntries(Object.entries(each).filter(([, value]) => value !== undefined && value !== null)),
    };
  });
  return { ...template, containers, ...(override?.initContainers ? { initContainers: override.initContainers } : {}) };
}
