import type { Operation, SummaryEvent } from "../../events/types.ts";
import type { Paint } from "../paint.ts";
import { WORDS } from "../words.ts";

/** Operations that change nothing, so nobody counts them. */
const UNCOUNTED: ReadonlySet<Operation> = new Set(["same", "read", "read-replacement", "discard"]);

/** How many resources changed and how, then how long it took. */
export function summarySection(summary: SummaryEvent, paint: Paint): string {
  const { isPreview, resourceChanges, durationSeconds } = summary;
  const changed = (Object.keys(WORDS) as Operation[]).filter(
    (op) => !UNCOUNTED.has(op) && (resourceChanges[op] ?? 0) > 0,
  );
  const lines = changed.map((op) => {
    const { sign, style, counted } = WORDS[op];
    return `    ${paint(`${sign}${resourceChanges[op]} ${isPreview ? `to ${op}` : counted}`, style)}\n`;
  });
  const total = changed.reduce((sum, op) => sum + (resourceChanges[op] ?? 0), 0);
  const same = resourceChanges.same ?? 0;
  const pieces = [
    // One kind of change has just said its number.
    ...(changed.length > 1 ? [paint(`${total} changes`, "strong")] : []),
    ...(same > 0 ? [`${same} unchanged`] : []),
  ];
  const last = pieces.length > 0 ? `    ${pieces.join(". ")}\n` : "";
  const duration = isPreview ? "" : `\n${paint("Duration:", "headline")} ${durationText(durationSeconds)}\n`;
  return `${paint("Resources:", "headline")}\n${lines.join("")}${last}${duration}`;
}

/** `12s`, `1m5s`, `2h0m1s`: as Go writes durations. */
function durationText(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
