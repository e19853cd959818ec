import { parseUrn } from "../deploy/urn.ts";
import type { EngineEvent } from "../events/types.ts";
import type { Row } from "./progress.ts";
import { type Line, padText } from "./spans.ts";
import { infoOf, isStack, shownOperation, statusOf, type Telling } from "./status.ts";
import { isWorthShowing, type RowFilter } from "./tree.ts";
import { shortType, WORDS } from "./words.ts";

/** A row as a line of a log: ` +  test:index:Thing a created (0.01s)`. */
export function plainLine(row: Row, telling: Telling): Line {
  const { type, name } = parseUrn(row.urn);
  const { sign, style } = WORDS[shownOperation(row, telling)];
  const status = statusOf(row, telling);
  const info = telling.done ? infoOf(row, telling) : row.changes === "" ? [] : [{ text: row.changes }];
  return [
    { text: " " },
    { text: padText(sign, 2), style },
    { text: ` ${shortType(type)} ${name}` },
    ...(status.text === "" ? [] : [{ text: " " }, status]),
    ...(info.length === 0 ? [] : [{ text: " " }, ...info]),
  ];
}

/**
 * Whether an event earns a line: the begin and the end of each step; in a preview each step once. The end of the stack
 * is told at the very end, with the counts of its messages.
 */
export function earnsLine(event: EngineEvent, row: Row, preview: boolean, filter: RowFilter): boolean {
  if ("resOpFailedEvent" in event) return true;
  if (!row.step) return false;
  const ended = "resOutputsEvent" in event;
  if (ended && row.step.op === "refresh") return !isStack(row); // also of what has not changed: its begin was told
  if (!isWorthShowing({ ...row, messages: [] }, filter)) return false;
  if ("resourcePreEvent" in event) return true;
  return ended && !preview && !isStack(row) && row.step.op !== "same";
}
