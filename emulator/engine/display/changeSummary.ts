import type { StepMetadata } from "../events/types.ts";
import type { Change } from "./diff/change.ts";
import { stepChanges } from "./diff/stepChanges.ts";

/** Which properties a step changes, in a few characters: `[diff: +tags-size~name] [replaces: name]`, or nothing. */
export function changeSummary(step: StepMetadata, refreshed: boolean): string {
  if (!step.old || !step.new || step.op.startsWith("delete")) return "";
  const { entries } = stepChanges(step, refreshed);
  const added = keysOf(entries, (kind) => kind === "add");
  const deleted = keysOf(entries, (kind) => kind === "delete");
  const updated = keysOf(entries, (kind) => kind !== "add" && kind !== "delete");
  // A change of these shows in no property.
  if (step.old.provider !== step.new.provider) updated.push("provider");
  if (step.old.protect !== step.new.protect) updated.push("protect");
  const parts = [group("+", added), group("-", deleted), group("~", updated)].join("");
  const replaces = step.keys?.length ? `[replaces: ${step.keys.join(",")}]` : "";
  return [parts === "" ? "" : `[diff: ${parts}]`, replaces].filter((part) => part !== "").join(" ");
}

function keysOf(entries: ReadonlyMap<string, Change>, test: (kind: Change["kind"]) => boolean): string[] {
  return [...entries].filter(([, { kind }]) => test(kind)).map(([key]) => key);
}

function group(sign: string, keys: readonly string[]): string {
  return keys.length === 0 ? "" : sign + [...keys].sort().join(",");
}
