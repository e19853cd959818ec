import { isDefaultProvider, parseUrn, STACK_TYPE } from "../deploy/urn.ts";
import { isObject, type PropertyMap, type Value } from "../deploy/values.ts";
import type { DiagnosticEvent, EngineEvent, Operation, StepMetadata, SummaryEvent } from "../events/types.ts";

/** What the lines say while a step runs and after it. */
const WORDS: Readonly<Record<Operation, { readonly sign: string; readonly planned: string; readonly done: string }>> = {
  same: { sign: "  ", planned: "", done: "" },
  create: { sign: "+ ", planned: "create", done: "created" },
  update: { sign: "~ ", planned: "update", done: "updated" },
  delete: { sign: "- ", planned: "delete", done: "deleted" },
  replace: { sign: "+-", planned: "replace", done: "replaced" },
  "create-replacement": { sign: "++", planned: "create replacement", done: "created replacement" },
  "delete-replaced": { sign: "--", planned: "delete original", done: "deleted original" },
  read: { sign: "> ", planned: "read", done: "read" },
  "read-replacement": { sign: ">>", planned: "read for replacement", done: "read for replacement" },
  refresh: { sign: "~ ", planned: "refresh", done: "refreshed" },
  discard: { sign: "< ", planned: "discard", done: "discarded" },
  "discard-replaced": { sign: "<<", planned: "discard original", done: "discarded original" },
  "remove-pending-replace": { sign: "~ ", planned: "complete replacement", done: "completed replacement" },
  import: { sign: "= ", planned: "import", done: "imported" },
  "import-replacement": { sign: "=>", planned: "import replacement", done: "imported replacement" },
};

const COUNT_WORDS: Readonly<Record<string, { readonly planned: string; readonly done: string }>> = {
  same: { planned: "unchanged", done: "unchanged" },
  create: { planned: "to create", done: "created" },
  update: { planned: "to update", done: "updated" },
  delete: { planned: "to delete", done: "deleted" },
  replace: { planned: "to replace", done: "replaced" },
  import: { planned: "to import", done: "imported" },
  read: { planned: "to read", done: "read" },
};

export interface HumanOptions {
  /** For instance `Updating (dev)`. */
  readonly title: string;
  readonly preview: boolean;
  readonly showOutputs: boolean;
  readonly showProgress: boolean;
  /** `--diff`: name the properties that change. */
  readonly showDiff: boolean;
  readonly write: (text: string) => void;
}

/** Prints an operation's events as lines for people: one per change, then messages, outputs and counts. */
export class HumanDisplay {
  readonly #options: HumanOptions;
  readonly #started = new Map<string, number>();
  readonly #messages = new Map<string, string[]>();
  #outputs: PropertyMap = {};
  #begun = false;

  constructor(options: HumanOptions) {
    this.#options = options;
  }

  readonly listener = (event: EngineEvent): void => {
    this.#begin();
    if ("resourcePreEvent" in event) this.#onStart(event.resourcePreEvent.metadata);
    else if ("resOutputsEvent" in event) this.#onEnd(event.resOutputsEvent.metadata);
    else if ("resOpFailedEvent" in event) this.#onFailure(event.resOpFailedEvent.metadata);
    else if ("diagnosticEvent" in event) this.#onMessage(event.diagnosticEvent);
    else if ("stdoutEvent" in event) this.#options.write(event.stdoutEvent.message);
    else if ("summaryEvent" in event) this.#onSummary(event.summaryEvent);
  };

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#options.write(`${this.#options.title}:\n\n`);
  }

  #onStart(step: StepMetadata): void {
    this.#started.set(step.urn, Date.now());
    if (step.new?.custom || step.old?.custom) return;
    if (step.op !== "same") this.#line(step, this.#options.preview ? WORDS[step.op].planned : WORDS[step.op].done);
  }

  #onEnd(step: StepMetadata): void {
    if (step.type === STACK_TYPE && step.new) this.#outputs = step.new.outputs;
    const custom = step.new?.custom ?? step.old?.custom;
    if (step.op === "same" || !custom) return;
    if (this.#options.preview) {
      this.#line(step, WORDS[step.op].planned);
      return;
    }
    const seconds = Math.round((Date.now() - (this.#started.get(step.urn) ?? Date.now())) / 100) / 10;
    this.#line(step, `${WORDS[step.op].done} (${seconds}s)`);
  }

  #onFailure(step: StepMetadata): void {
    this.#line(step, `**${WORDS[step.op].planned} failed**`);
  }

  #line(step: StepMetadata, text: string): void {
    if (!this.#options.showProgress || isDefaultProvider(step.urn)) return;
    const keys = step.keys?.length ? ` [replaces: ${step.keys.join(", ")}]` : "";
    const diffs =
      step.diffs?.length && (this.#options.preview || this.#options.showDiff)
        ? ` [diff: ${step.diffs.join(", ")}]`
        : "";
    const kept = step.old?.retainOnDelete && step.op.startsWith("delete") ? " [retain]" : "";
    this.#options.write(
      ` ${WORDS[step.op].sign} ${step.type} ${parseUrn(step.urn).name} ${text}${kept}${diffs}${keys}\n`,
    );
  }

  #onMessage(event: DiagnosticEvent): void {
    if (event.severity === "debug" || event.ephemeral) return;
    const urn = event.urn ?? "";
    this.#messages.set(urn, [...(this.#messages.get(urn) ?? []), `${event.prefix ?? ""}${event.message}`]);
  }

  #onSummary(summary: SummaryEvent): void {
    const { write, preview, showOutputs } = this.#options;
    if (this.#messages.size > 0) write("\nDiagnostics:\n");
    for (const [urn, messages] of this.#messages) {
      const { type, name } = parseUrn(urn);
      write(urn === "" ? "  pulumi:pulumi:Stack:\n" : `  ${type} (${name}):\n`);
      for (const message of messages) write(indent(message, "    "));
    }
    const outputs = Object.entries(this.#outputs);
    if (showOutputs && outputs.length > 0) {
      write("\nOutputs:\n");
      const width = Math.max(...outputs.map(([key]) => key.length));
      for (const [key, value] of outputs) write(`    ${key.padEnd(width)}: ${formatValue(value)}\n`);
    }
    write(`\nResources:\n${countLines(summary, preview)}`);
    if (!preview) write(`\nDuration: ${summary.durationSeconds}s\n`);
  }
}

function countLines(summary: SummaryEvent, preview: boolean): string {
  const counts = Object.entries(summary.resourceChanges);
  const changed = counts.filter(([op]) => op !== "same");
  const lines = changed.map(([op, count]) => {
    const words = COUNT_WORDS[op] ?? { planned: `to ${op}`, done: op };
    return `    ${WORDS[op as Operation]?.sign ?? "  "}${count} ${preview ? words.planned : words.done}\n`;
  });
  const same = counts.find(([op]) => op === "same")?.[1] ?? 0;
  const total = changed.reduce((sum, [, count]) => sum + count, 0);
  if (same === 0) return lines.join("");
  return `${lines.join("")}    ${changed.length > 0 ? `${total} change${total === 1 ? "" : "s"}. ` : ""}${same} unchanged\n`;
}

function formatValue(value: Value): string {
  if (value === "[secret]") return value;
  return isObject(value) || Array.isArray(value) ? JSON.stringify(value) : JSON.stringify(value);
}

function indent(text: string, prefix: string): string {
  const lines = text.replace(/\n$/, "").split("\n");
  return `${lines.map((line) => prefix + line).join("\n")}\n`;
}
