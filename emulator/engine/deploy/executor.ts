import type { EventStream } from "../events/stream.ts";
import type { Operation } from "../events/types.ts";
import { OutcomeUnknownError } from "../plugins/provider.ts";
import { type Step, stepMetadata } from "./step.ts";
import { isDefaultProvider } from "./urn.ts";
import { equalValues } from "./values.ts";

/** The deployment has failed or was cancelled: nothing new begins. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";

  constructor() {
    super("resource monitor shut down");
  }
}

/** Halves of a replacement (the `replace` beside them is counted), and refreshes, which count as what they found. */
const NOT_COUNTED: ReadonlySet<Operation> = new Set([
  "create-replacement",
  "delete-replaced",
  "read-replacement",
  "remove-pending-replace",
  "refresh",
]);

export interface ExecutorOptions {
  readonly events: EventStream;
  readonly preview: boolean;
  /** How many steps may run at once. */
  readonly parallel: number;
  /** A failed step does not stop the others. */
  readonly continueOnError: boolean;
}

/** Runs steps, some at once; reports each, and stops all at the first failure. */
export class StepExecutor {
  readonly #options: ExecutorOptions;
  readonly #changes = new Map<Operation, number>();
  readonly #waiting: (() => void)[] = [];
  readonly #running = new Map<Promise<unknown>, Step>();
  #free: number;
  #failed = false;
  #stopped = false;
  #corrupt = false;
  readonly #stop = Promise.withResolvers<void>();

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#free = options.parallel;
  }

  /** True once a step has failed. */
  get failed(): boolean {
    return this.#failed;
  }

  /** True when no new step may begin. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Resolves when no new step may begin any more; never, when all goes well. */
  get whenStopped(): Promise<void> {
    return this.#stop.promise;
  }

  /** True when a provider left it open what it did. */
  get maybeCorrupt(): boolean {
    return this.#corrupt;
  }

  /** The steps that run at this moment. */
  get runningSteps(): readonly Step[] {
    return [...this.#running.values()];
  }

  /** Steps that ended well, by operation, as the summary counts them. */
  get changes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#changes].sort(([left], [right]) => (left < right ? -1 : 1)));
  }

  /** Notes a failure that no step had. */
  fail(): void {
    this.#failed = true;
    if (!this.#options.continueOnError) this.stop();
  }

  /** Lets nothing new begin; what runs may finish. */
  stop(): void {
    this.#stopped = true;
    this.#stop.resolve();
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves when no step runs any more. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running.keys());
  }

  /**
   * Runs the steps of one resource, one after the other.
   *
   * @param outcome what events call the step once it is done, for steps that only then know (a refresh)
   * @returns false when one of them failed (its resource's later steps are left out)
   * @throws StoppedError when they may not begin
   */
  async run(steps: readonly Step[], outcome: (step: Step) => Operation = (step) => step.op): Promise<boolean> {
    for (const step of steps) {
      await this.#acquire();
      const work = this.#execute(step, outcome);
      this.#running.set(work, step);
      try {
        if (!(await work)) return false;
      } finally {
        this.#running.delete(work);
        this.#release();
      }
    }
    return true;
  }

  async #execute(step: Step, outcome: (step: Step) => Operation): Promise<boolean> {
    const { events, preview } = this.#options;
    const planning = preview ? { planning: true } : {};
    events.emit({ resourcePreEvent: { metadata: stepMetadata(step), ...planning } });
    try {
      await step.run();
    } catch (error) {
      if (error instanceof OutcomeUnknownError) this.#corrupt = true;
      events.diagnose("error", error instanceof Error ? error.message : String(error), step.urn);
      events.emit({ resOpFailedEvent: { metadata: stepMetadata(step), status: 0, steps: 0 } });
      this.fail();
      return false;
    }
    this.#count(step);
    const custom = (step.new ?? step.old)?.custom;
    if (custom || DELETING.has(step.op))
      events.emit({ resOutputsEvent: { metadata: stepMetadata({ ...step, op: outcome(step) }), ...planning } });
    return true;
  }

  #count(step: Step): void {
    if (NOT_COUNTED.has(step.op) || isDefaultProvider(step.urn)) return;
    if (step.op === "read" && !foundOther(step)) return;
    this.count(step.op);
  }

  /** Counts one finished change (a refresh counts what it found). */
  count(op: Operation): void {
    this.#changes.set(op, (this.#changes.get(op) ?? 0) + 1);
  }

  async #acquire(): Promise<void> {
    if (this.#stopped) throw new StoppedError();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#stopped) throw new StoppedError();
  }

  /** Hands the slot to the next in line, so that nobody else can take it in between. */
  #release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}

/** A read counts only when it found other outputs than the last one (pkg/engine/update.go). */
function foundOther({ old, new: state }: Step): boolean {
  return old?.outputs !== undefined && !equalValues(old.outputs, state?.outputs ?? {});
}

/** Operations that are reported at their end for components too. */
const DELETING: ReadonlySet<Operation> = new Set([
  "delete",
  "delete-replaced",
  "discard",
  "discard-replaced",
  "remove-pending-replace",
  "refresh",
]);
