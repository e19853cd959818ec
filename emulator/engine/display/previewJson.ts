import type { ResourceState } from "../deploy/state.ts";
import { statesOf } from "../deploy/step.ts";
import { isDefaultProvider, STACK_TYPE } from "../deploy/urn.ts";
import type { EngineEvent, StepMetadata } from "../events/types.ts";

export interface PreviewDocumentOptions {
  readonly showSames: boolean;
  /** Also the halves of replacements. */
  readonly showReplacementSteps: boolean;
  /** Leave out the stack's outputs. */
  readonly suppressOutputs: boolean;
}

/** Nanoseconds in a second, the unit of Go's durations. */
const NANOSECONDS = 1_000_000_000;

/** Collects a preview's events into the one document of `preview --json` (display.PreviewDigest). */
export class PreviewDocument {
  readonly #options: PreviewDocumentOptions;
  readonly #states: typeof statesOf;
  readonly #steps: unknown[] = [];
  readonly #diagnostics: unknown[] = [];
  #config: Readonly<Record<string, string>> = {};
  #summary: Readonly<Record<string, unknown>> = {};

  /** @param states the whole states behind a step; events carry only parts */
  constructor(options: PreviewDocumentOptions, states: typeof statesOf = statesOf) {
    this.#options = options;
    this.#states = states;
  }

  readonly listener = (event: EngineEvent): void => {
    if ("preludeEvent" in event) this.#config = event.preludeEvent.config;
    else if ("resourcePreEvent" in event) this.#onStep(event.resourcePreEvent.metadata);
    else if ("stdoutEvent" in event) this.#diagnostics.push({ message: event.stdoutEvent.message, severity: "info" });
    else if ("diagnosticEvent" in event) {
      const { urn, prefix = "", message, severity, ephemeral } = event.diagnosticEvent;
      if (severity === "debug" || ephemeral) return;
      this.#diagnostics.push(withoutEmpty({ urn, message: prefix + message, severity }));
    } else if ("summaryEvent" in event) {
      const { durationSeconds, resourceChanges, maybeCorrupt } = event.summaryEvent;
      const duration = durationSeconds * NANOSECONDS;
      this.#summary = withoutEmpty({ duration, changeSummary: resourceChanges, maybeCorrupt });
    }
  };

  /** The document's text. Empty parts are left out, as Go's `omitempty` does. */
  render(): string {
    const parts = { config: this.#config, steps: this.#steps, diagnostics: this.#diagnostics };
    return `${JSON.stringify({ ...withoutEmpty(parts), ...this.#summary }, null, 4)}\n`;
  }

  #onStep(step: StepMetadata): void {
    if (!this.#shows(step)) return;
    const detailed = Object.entries(step.detailedDiff ?? {});
    const states = this.#states(step);
    const parts = {
      op: step.op,
      urn: step.urn,
      provider: step.provider,
      oldState: this.#state(states.old),
      newState: this.#state(states.new),
      diffReasons: step.diffs,
      replaceReasons: step.keys,
    };
    const kinds = detailed.map(([path, { diffKind, inputDiff }]) => [path, { kind: diffKind, inputDiff }] as const);
    this.#steps.push({ ...withoutEmpty(parts), detailedDiff: detailed.length > 0 ? Object.fromEntries(kinds) : null });
  }

  /** As the real CLI: the stack always, unchanged resources and halves of replacements on request. */
  #shows(step: StepMetadata): boolean {
    if (isDefaultProvider(step.urn)) return false;
    if (step.type === STACK_TYPE) return true;
    if (step.op === "same") return this.#options.showSames || step.old?.protect !== step.new?.protect;
    return step.logical === true || this.#options.showReplacementSteps;
  }

  /** The state in the form of a checkpoint (apitype.ResourceV3). */
  #state(state: ResourceState | undefined): ResourceState | undefined {
    if (!state || state.type !== STACK_TYPE || !this.#options.suppressOutputs) return state;
    const { outputs: _, ...rest } = state;
    return rest;
  }
}

function withoutEmpty(parts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false || value === 0) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
