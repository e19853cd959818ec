import { isDefaultProvider, STACK_TYPE, splitReference } from "../../deploy/urn.ts";
import { UNKNOWN } from "../../deploy/values.ts";
import type { EngineEvent, Operation, StepMetadata } from "../../events/types.ts";
import type { Paint } from "../paint.ts";
import { WORDS } from "../words.ts";
import { changeLines } from "./changeLines.ts";
import { outputLines } from "./outputLines.ts";
import { stepChanges } from "./stepChanges.ts";
import { type Pen, propertyLines } from "./values.ts";

export interface DiffOptions {
  readonly paint: Paint;
  readonly preview: boolean;
  readonly showSames: boolean;
  readonly showReads: boolean;
  /** Also the halves of replacements. */
  readonly showReplacementSteps: boolean;
  readonly showOutputs: boolean;
  readonly truncate: boolean;
}

/** Operations whose properties are known at their end only. */
const TOLD_AT_END: ReadonlySet<Operation> = new Set(["refresh", "import", "import-replacement"]);

const READS: ReadonlySet<Operation> = new Set(["read", "read-replacement", "discard", "discard-replaced"]);

/** The steps of an operation, each with the properties that it changes (`--diff`, and `details` at the prompt). */
export class DiffView {
  readonly #options: DiffOptions;
  readonly #seen = new Map<string, StepMetadata>();

  constructor(options: DiffOptions) {
    this.#options = options;
  }

  /** The text that an event adds: whole lines, or nothing. */
  text(event: EngineEvent): string {
    const lines =
      "resourcePreEvent" in event
        ? this.#begun(event.resourcePreEvent.metadata)
        : "resOutputsEvent" in event
          ? this.#ended(event.resOutputsEvent.metadata)
          : [];
    return lines.map((line) => `${line}\n`).join("");
  }

  #begun(step: StepMetadata): readonly string[] {
    this.#seen.set(step.urn, step);
    if (TOLD_AT_END.has(step.op) || !this.#shows(step)) return [];
    return [...this.#header(step), ...this.#details(step)];
  }

  #ended(step: StepMetadata): readonly string[] {
    if (!this.#shows(step)) return [];
    if (step.op === "import" || step.op === "import-replacement")
      return [...this.#header(step), ...this.#details(step)];
    const refreshed = this.#seen.get(step.urn)?.op === "refresh";
    const outputs = this.#options.showOutputs ? this.#outputs(step, refreshed) : [];
    if (!refreshed) return outputs;
    return outputs.length > 0 || step.op === "delete" ? [...this.#header(step), ...outputs] : [];
  }

  #outputs(step: StepMetadata, refreshed: boolean): readonly string[] {
    const { paint, preview, showSames, truncate } = this.#options;
    const indent = this.#indent(step) + 1;
    const lines = outputLines(step, { preview, refreshed, showSames }, { paint, indent, truncate });
    return lines.length === 0 ? [] : [paint(`${"    ".repeat(indent)}--outputs:--`, WORDS[step.op].style), ...lines];
  }

  #shows(step: StepMetadata): boolean {
    if (isDefaultProvider(step.urn)) return false;
    if (step.type === STACK_TYPE) return true;
    const { showSames, showReads, showReplacementSteps } = this.#options;
    if (step.op === "same") return showSames || step.old?.protect !== step.new?.protect;
    if (READS.has(step.op)) return showReads;
    return step.logical === true || showReplacementSteps;
  }

  /** How many shown resources stand above it. Parents that are deleted later have not been seen: they do not count. */
  #indent(step: StepMetadata): number {
    let indent = 0;
    const passed = new Set<string>();
    for (let urn = parentOf(step); urn !== "" && !passed.has(urn); ) {
      passed.add(urn);
      const parent = this.#seen.get(urn);
      if (!parent) break;
      if (this.#shows(parent)) indent++;
      urn = parentOf(parent);
    }
    return indent;
  }

  #header(step: StepMetadata): readonly string[] {
    const { paint } = this.#options;
    const indent = this.#indent(step);
    const { sign, style } = WORDS[step.op];
    const space = "    ".repeat(indent);
    const retained = step.old?.retainOnDelete && RETAINING.has(step.op) ? "[retain]" : "";
    const title = paint(`${sign}${step.type}: (${step.op}${retained})`, style) + lock(step);
    const own = step.op === "create" || step.op.startsWith("delete") || step.op.startsWith("discard") ? style : "same";
    const facts = [...(step.old?.id ? [`[id=${step.old.id}]`] : []), `[urn=${step.urn}]`, ...providerFacts(step)];
    return [space + title, ...facts.map((fact) => paint(`${space}    ${fact}`, own))];
  }

  #details(step: StepMetadata): readonly string[] {
    const { paint, truncate } = this.#options;
    const pen: Pen = { paint, truncate, indent: this.#indent(step) + 1, op: step.op, signed: false };
    if (step.new && !step.old) {
      const { inputs, outputs } = step.new;
      return propertyLines(Object.keys(outputs).length > 0 ? outputs : inputs, pen);
    }
    if (step.old && !step.new) return propertyLines(step.old.inputs, pen);
    return changeLines(stepChanges(step, false), pen);
  }
}

const RETAINING: ReadonlySet<Operation> = new Set(["delete", "replace", "create-replacement", "delete-replaced"]);

function parentOf(step: StepMetadata): string {
  return step.new?.parent || step.old?.parent || "";
}

/** An open lock when the protection ends, a closed one while it holds. */
function lock({ old, new: state }: StepMetadata): string {
  if (state && !state.protect && old?.protect) return " 🔓";
  return state?.protect || old?.protect ? " 🔒" : "";
}

/** Default providers go without saying. */
function providerFacts({ provider, old, new: state }: StepMetadata): readonly string[] {
  if (provider === "") return [];
  if (old && state && old.provider !== state.provider)
    return [`[provider: ${old.provider} => ${state.provider.replace(UNKNOWN, "[unknown]")}]`];
  return isDefaultProvider(splitReference(provider).urn) ? [] : [`[provider=${provider}]`];
}

/** All of a recorded operation at once. */
export function renderDiff(events: readonly EngineEvent[], options: DiffOptions): string {
  const view = new DiffView(options);
  return events.map((event) => view.text(event)).join("");
}
