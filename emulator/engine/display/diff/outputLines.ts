import { STACK_TYPE } from "../../deploy/urn.ts";
import { equalValues, isUnknown, type PropertyMap } from "../../deploy/values.ts";
import type { Operation, StepMetadata } from "../../events/types.ts";
import { type Change, compareProperties } from "./change.ts";
import { changeLines, isEmpty, mixedLines } from "./changeLines.ts";
import { hiddenPaths } from "./stepChanges.ts";
import type { Pen } from "./values.ts";

export interface OutputOptions {
  /** In a preview only the stack's outputs and those that were read are known to be complete. */
  readonly preview: boolean;
  /** The step read a resource again: its outputs are compared whatever its inputs say. */
  readonly refreshed: boolean;
  readonly showSames: boolean;
}

const READING: ReadonlySet<Operation> = new Set([
  "read",
  "read-replacement",
  "import",
  "import-replacement",
  "refresh",
]);

/** The outputs of a resource that its inputs do not tell, or that differ from those it had. */
export function outputLines(
  step: StepMetadata,
  options: OutputOptions,
  pen: Omit<Pen, "op" | "signed">,
): readonly string[] {
  const { preview, refreshed } = options;
  const root = step.type === STACK_TYPE;
  if (preview && !(root || refreshed || READING.has(step.op))) return [];
  if (step.old?.initErrors?.length) return [];
  const own: Pen = { ...pen, op: step.op, signed: false };
  const told = refreshed ? {} : (step.new?.inputs ?? {});
  const outputs = withoutTold(step.new?.outputs ?? {}, told);
  if (!step.old) return mixedLines(new Map(), withoutEmpty(outputs), own);
  const compared = compareProperties(
    step.old.outputs,
    step.new?.outputs ?? {},
    step.new ? hiddenPaths(step.new) : undefined,
  );
  const entries = new Map(
    [...compared.entries].filter(([key, change]) => isNews(key, change, step, told, preview && root)),
  );
  const hidden = changeLines({ entries: new Map(), hidden: compared.hidden }, own);
  // What a stack gives away is worth seeing after every update, changed or not.
  const showSames = options.showSames || (root && !preview);
  const sames = showSames ? Object.entries(outputs).filter(([key]) => !compared.entries.has(key)) : [];
  const plain: Pen = entries.size + compared.hidden.length > 0 ? { ...own, op: "same" } : own;
  return [...hidden, ...mixedLines(entries, withoutEmpty(Object.fromEntries(sames)), plain)];
}

/** False for outputs that equal their inputs, and in a preview for known values that are merely not computed yet. */
function isNews(key: string, change: Change, step: StepMetadata, told: PropertyMap, planned: boolean): boolean {
  const output = step.new?.outputs[key];
  if (output !== undefined && told[key] !== undefined && equalValues(output, told[key])) return false;
  return !(planned && change.kind === "update" && isUnknown(change.new));
}

function withoutTold(outputs: PropertyMap, told: PropertyMap): PropertyMap {
  return Object.fromEntries(
    Object.entries(outputs).filter(([key, value]) => told[key] === undefined || !equalValues(value, told[key])),
  );
}

function withoutEmpty(outputs: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(outputs).filter(([, value]) => !isEmpty(value)));
}
