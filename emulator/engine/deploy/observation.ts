import { Claims } from "./claims.ts";
import type { ProgramDeployment, Registration } from "./deployment.ts";
import { EMPTY_GOAL } from "./emptyGoal.ts";
import type { StepExecutor } from "./executor.ts";
import type { Goal, ReadGoal } from "./goal.ts";
import { stateOf } from "./goalState.ts";
import { target, type Workbench } from "./operations.ts";
import { problemOf, type ResourceProblem } from "./problem.ts";
import type { ResourceState } from "./state.ts";
import { isProviderType } from "./urn.ts";

export interface ObservationOptions {
  readonly bench: Workbench;
  readonly executor: StepExecutor;
  readonly stack: string;
  readonly project: string;
  /** The operation's own work, done when the program has said all and still lives. */
  readonly work: () => Promise<void>;
}

/**
 * What a program sees while its stack is destroyed or refreshed with `--run-program`: resources answer the state they
 * have, new ones stay unknown, nothing is changed. What counts is the rest that the program does: it configures providers
 * anew (with credentials that may have changed since) and registers hooks.
 */
export class Observation implements ProgramDeployment {
  readonly #options: ObservationOptions;
  readonly #claims: Claims;
  readonly #states = new Map<string, ResourceState>();

  constructor(options: ObservationOptions) {
    this.#options = options;
    this.#claims = new Claims(options, options.bench.snapshot);
  }

  stateOf(urn: string): ResourceState | undefined {
    return this.#states.get(urn);
  }

  async register(goal: Goal): Promise<Registration> {
    const { urn, old } = this.#claims.claim(goal);
    const state = old ?? stateOf(goal, urn);
    this.#states.set(urn, state);
    if (old && isProviderType(goal.type)) await this.#configure(old, goal);
    return { urn, state, result: old ? "success" : "untargeted" };
  }

  read(goal: ReadGoal): Promise<Registration> {
    return this.register({ ...EMPTY_GOAL, ...goal, custom: true });
  }

  async registerOutputs(): Promise<void> {
    // Outputs change nothing here.
  }

  fail(problem: ResourceProblem): void {
    this.#options.bench.events.diagnose("error", problem.message, problem.urn);
    this.#options.executor.fail();
  }

  async finish(programFailed: boolean): Promise<void> {
    const { executor, work } = this.#options;
    if (programFailed) executor.fail();
    else if (!executor.stopped) await work();
  }

  /** Puts a provider with what the program says today behind the reference that the state knows. */
  async #configure(old: ResourceState, goal: Goal): Promise<void> {
    const { providers } = this.#options.bench;
    const id = old.id ?? "";
    try {
      const provider = await providers.load(old.type, goal.inputs);
      await provider.configure({ ...target(old), id, inputs: goal.inputs });
      providers.bind(`${old.urn}::${id}`, provider);
    } catch (error) {
      this.fail(problemOf(error, old.urn));
    }
  }
}
