import type { EventStream } from "../events/stream.ts";
import type { Provider } from "../plugins/provider.ts";
import { deleteSteps, protectedMessage, runDeletes } from "./deletes.ts";
import { type StepExecutor, StoppedError } from "./executor.ts";
import type { Goal, ReadGoal } from "./goal.ts";
import { stateOf } from "./goalState.ts";
import { Operations, type Workbench } from "./operations.ts";
import { problemOf, ResourceProblem } from "./problem.ts";
import { dependenciesOf, type ResourceState } from "./state.ts";
import { type Step, stepMetadata } from "./step.ts";
import { type GeneratorOptions, type Plan, StepGenerator } from "./stepGenerator.ts";
import { limitDeletes, missingTarget, type Targets, unnamedDependent, withNeeds } from "./targets.ts";
import { isProviderType, STACK_TYPE, splitReference } from "./urn.ts";
import type { PropertyMap } from "./values.ts";

/** The answer to a registration. */
export interface Registration {
  readonly urn: string;
  readonly state: ResourceState;
  readonly result: "success" | "fail" | "skip" | "untargeted";
}

export interface DeploymentOptions extends GeneratorOptions {
  readonly bench: Workbench;
  readonly executor: StepExecutor;
  readonly continueOnError: boolean;
}

/** What a running program talks to, through the monitor. */
export interface ProgramDeployment {
  /** The present state of a URN, from this operation. */
  stateOf(urn: string): ResourceState | undefined;
  /** @throws StoppedError when nothing new may begin */
  register(goal: Goal): Promise<Registration>;
  /** Reads an existing resource. */
  read(goal: ReadGoal): Promise<Registration>;
  /** Takes the outputs of a component. */
  registerOutputs(urn: string, outputs: PropertyMap): Promise<void>;
  /** @param programFailed the program ended with an error */
  finish(programFailed: boolean): Promise<void>;
}

/** One `up` or `preview`: turns registrations into steps, and at the end deletes what is no longer wanted. */
export class Deployment implements ProgramDeployment {
  readonly #bench: Workbench;
  readonly #executor: StepExecutor;
  readonly #operations: Operations;
  readonly #generator: StepGenerator;
  readonly #continueOnError: boolean;
  readonly #targets: Targets;
  /** Components that were not targeted and are not there: their outputs go nowhere. */
  readonly #skipped = new Set<string>();
  /** What this operation has made of each URN. */
  readonly #states = new Map<string, ResourceState>();
  readonly #steps = new Map<string, Step>();
  /** URNs of resources that failed or were left out. */
  readonly #broken = new Set<string>();
  #rootOutputs: { readonly urn: string; readonly outputs: PropertyMap } | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: DeploymentOptions) {
    this.#bench = options.bench;
    this.#executor = options.executor;
    this.#continueOnError = options.continueOnError;
    this.#targets = options.targets;
    this.#operations = new Operations(options.bench);
    this.#generator = new StepGenerator(options, options.bench, this.#operations);
  }

  /** The present state of a URN, from this operation. */
  stateOf(urn: string): ResourceState | undefined {
    return this.#states.get(urn);
  }

  /**
   * Registers a resource: decides and runs its steps.
   *
   * @throws StoppedError when the deployment has failed or was cancelled
   */
  async register(goal: Goal): Promise<Registration> {
    if (this.#needsBroken([...goal.dependencies, goal.parent, providerUrn(goal.provider)])) return this.#skip(goal);
    const prepared = this.#attempt(() => this.#generator.prepare(goal, (state) => this.#load(state)));
    const plan = await this.#decide(() => this.#generator.decide(prepared));
    if (!plan) throw new StoppedError();
    if (plan.skipped) {
      this.#skipped.add(plan.urn);
      await this.#executor.run(plan.steps);
      return { urn: plan.urn, state: plan.state, result: "untargeted" };
    }
    if (isProviderType(goal.type)) this.#generator.noteProvider(plan.state);
    this.#states.set(plan.urn, plan.state);
    const last = plan.steps.at(-1);
    if (last) this.#steps.set(plan.urn, last);
    return this.#run(plan);
  }

  /** Reads an existing resource into the state, as external. */
  async read(goal: ReadGoal): Promise<Registration> {
    const plan = await this.#decide(async () => this.#planRead(goal));
    if (!plan) throw new StoppedError();
    this.#states.set(plan.urn, plan.state);
    return this.#run(plan);
  }

  /** Takes the outputs of a component. Those of the stack itself count at the end only. */
  async registerOutputs(urn: string, outputs: PropertyMap): Promise<void> {
    if (this.#skipped.has(urn)) return;
    const state = this.#states.get(urn);
    if (!state && this.#executor.stopped) throw new StoppedError();
    if (!state) throw new Error(`cannot register outputs: unknown resource '${urn}'`);
    if (state.type === STACK_TYPE) {
      this.#rootOutputs = { urn, outputs };
      return;
    }
    await this.#setOutputs(state, outputs);
  }

  /** Reports a failure that belongs to no step. */
  fail(problem: ResourceProblem): void {
    // Empty: what is wrong is told already, as a policy violation.
    if (problem.message !== "") this.#bench.events.diagnose("error", problem.message, problem.urn);
    this.#executor.fail();
  }

  /**
   * Ends the deployment: waits for what runs, deletes (when all went well, or with `continueOnError`), sets the stack's
   * outputs.
   *
   * @param programFailed the program ended with an error: nothing is deleted
   */
  async finish(programFailed: boolean): Promise<void> {
    await this.#executor.settle();
    if (!programFailed && !this.#executor.stopped) await this.#delete();
    await this.#applyRootOutputs(programFailed || this.#executor.failed || this.#executor.stopped);
  }

  /** Leaves a resource as it is, because something that it needs has failed. */
  #skip(goal: Goal): Registration {
    const { urn, old } = this.#attempt(() => this.#generator.claims.claim(goal));
    this.#broken.add(urn);
    return { urn, state: old ?? stateOf(goal, urn), result: "skip" };
  }

  /** @throws StoppedError when the deployment has stopped, or when the work has failed and thereby stopped it */
  #attempt<T>(work: () => T): T {
    if (this.#executor.stopped) throw new StoppedError();
    try {
      return work();
    } catch (error) {
      this.fail(problemOf(error, ""));
      throw new StoppedError();
    }
  }

  async #decide(make: () => Promise<Plan>): Promise<Plan | undefined> {
    const decision = this.#turn.then(async () => {
      if (this.#executor.stopped) return undefined;
      try {
        return await make();
      } catch (error) {
        this.fail(problemOf(error, ""));
        return undefined;
      }
    });
    this.#turn = decision;
    return decision;
  }

  async #load(state: ResourceState): Promise<Provider | undefined> {
    try {
      if (isProviderType(state.type)) return await this.#bench.providers.load(state.type, state.inputs ?? {});
      return state.custom && state.provider ? await this.#bench.providers.get(state.provider) : undefined;
    } catch (error) {
      throw new ResourceProblem(state.urn, error instanceof Error ? error.message : String(error));
    }
  }

  async #run(plan: Plan): Promise<Registration> {
    const ok = await this.#perform(plan);
    if (ok) return { urn: plan.urn, state: plan.state, result: "success" };
    this.#broken.add(plan.urn);
    if (!this.#continueOnError) throw new StoppedError();
    return { urn: plan.urn, state: plan.state, result: "fail" };
  }

  async #perform({ steps, waitsFor, settle }: Plan): Promise<boolean> {
    let ok = false;
    try {
      ok = (await (waitsFor ?? true)) && (await this.#executor.run(steps));
    } finally {
      settle?.(ok);
    }
    return ok;
  }

  async #planRead(goal: ReadGoal): Promise<Plan> {
    const { urn, old } = this.#generator.claims.claim({ ...goal, aliases: [] });
    const state: ResourceState = {
      urn,
      custom: true,
      type: goal.type,
      id: goal.id,
      inputs: goal.inputs,
      outputs: {},
      parent: goal.parent,
      external: true,
      dependencies: goal.dependencies,
      provider: goal.provider,
      additionalSecretOutputs: goal.additionalSecretOutputs,
      sourcePosition: goal.sourcePosition,
    };
    const provider = await this.#load(state);
    if (!provider) throw new ResourceProblem(urn, `no provider for '${goal.type}'`);
    const replacing = old !== undefined && !old.external && old.id !== goal.id;
    const common = { urn, type: goal.type, provider: goal.provider, old, new: state };
    const read: Step = {
      ...common,
      op: replacing ? "read-replacement" : "read",
      run: () => this.#operations.read(state, provider, replacing ? { marks: old } : { drops: old }),
    };
    const steps = replacing ? [read, { ...common, op: "replace", run: async () => undefined } as const] : [read];
    return { urn, state, steps };
  }

  async #setOutputs(state: ResourceState, outputs: PropertyMap): Promise<void> {
    state.outputs = outputs;
    await this.#bench.snapshot.put(state);
    const step = this.#steps.get(state.urn);
    if (!step) return;
    if (!state.custom) await this.#afterComponent(step);
    const planning = this.#bench.preview ? { planning: true } : {};
    this.#bench.events.emit({ resOutputsEvent: { metadata: stepMetadata(step), ...planning } });
  }

  /** A component is complete when it has said its outputs: its own hooks run then. */
  async #afterComponent({ op, old, new: state }: Step): Promise<void> {
    if (op === "update") await this.#operations.runAfterHooks("AfterUpdate", { old, new: state });
    else if (op === "create" || op === "create-replacement")
      await this.#operations.runAfterHooks("AfterCreate", { new: state });
  }

  /** After a failure new keys overlay the old outputs: what a half-run program did not say stays. */
  async #applyRootOutputs(failed: boolean): Promise<void> {
    if (!this.#rootOutputs) return;
    const state = this.#states.get(this.#rootOutputs.urn);
    if (!state) return;
    const { outputs } = this.#rootOutputs;
    await this.#setOutputs(state, failed ? { ...state.outputs, ...outputs } : outputs);
  }

  async #delete(): Promise<void> {
    const { snapshot } = this.#bench;
    const needed = this.#neededByBroken();
    const { claims } = this.#generator;
    const left = snapshot.olds.filter((old) => !old.delete && !claims.hasClaimed(old) && !claims.hasSeen(old.urn));
    const leant = withNeeds(left, new Set(this.#generator.needs));
    const survivors = {
      claimed: (state: ResourceState) => claims.hasClaimed(state),
      seen: (urn: string) => claims.hasSeen(urn),
      spared: (state: ResourceState) => needed.has(state.urn) || leant.has(state),
    };
    const missing = this.#targets.missing((urn) => survivors.seen(urn) || snapshot.olds.some((old) => old.urn === urn));
    for (const urn of missing) this.#bench.events.diagnose("error", missingTarget(urn));
    if (missing.length > 0) return this.#executor.fail();
    for (const old of left.filter((state) => leant.has(state))) await this.#executor.run([sameStep(old)]);
    const candidates = left.filter((state) => !leant.has(state));
    const limits = limitedDeletes(candidates, this.#targets, this.#bench.events);
    if (!limits) return this.#executor.fail();
    const spared = (state: ResourceState) => survivors.spared(state) || limits.has(state);
    const steps = deleteSteps(snapshot.olds, { ...survivors, spared }, this.#operations, snapshot.renamed);
    await runDeletes(withoutProtected(steps, this.#bench, this.#executor), this.#executor, snapshot.renamed);
  }

  #needsBroken(urns: readonly string[]): boolean {
    return this.#broken.size > 0 && urns.some((urn) => this.#broken.has(urn));
  }

  /** What failed resources, in their old or new form, depend on: it must not be deleted under them. */
  #neededByBroken(): ReadonlySet<string> {
    const needed = new Set<string>(this.#broken);
    if (needed.size === 0) return needed;
    for (const old of this.#bench.snapshot.olds.toReversed()) {
      if (needed.has(old.urn)) for (const urn of dependenciesOf(old)) needed.add(urn);
    }
    return needed;
  }
}

/**
 * Applies `--target` to deletes: replaced resources always go.
 *
 * @returns the states to keep; `undefined` when others would have to go too (that has been reported)
 */
export function limitedDeletes(
  candidates: readonly ResourceState[],
  targets: Targets,
  events: EventStream,
): ReadonlySet<ResourceState> | undefined {
  if (!targets.active) return new Set();
  const { kept, unnamed } = limitDeletes(
    candidates.filter((state) => !state.delete),
    targets,
  );
  for (const urn of unnamed) events.diagnose("error", unnamedDependent(urn), urn);
  return unnamed.length > 0 ? undefined : kept;
}

/**
 * Reports each protected resource among the steps. The operation fails then: an update deletes nothing, a preview goes on
 * with the others.
 */
export function withoutProtected(steps: readonly Step[], bench: Workbench, executor: StepExecutor): readonly Step[] {
  const refused = steps.filter((step) => step.old?.protect);
  for (const step of refused) bench.events.diagnose("error", protectedMessage(step.urn), step.urn);
  if (refused.length === 0) return steps;
  if (bench.preview) return steps.filter((step) => !refused.includes(step));
  executor.fail();
  return [];
}

/** The step of what stays although the program no longer names it. */
function sameStep(old: ResourceState): Step {
  const { urn, type, provider = "" } = old;
  return { op: "same", urn, type, provider, old, new: old, run: async () => undefined };
}

function providerUrn(reference: string): string {
  return reference === "" ? "" : splitReference(reference).urn;
}
