import { STACK_TYPE } from "../deploy/urn.ts";
import type { Operation } from "../events/types.ts";
import type { Row } from "./progress.ts";
import type { Span } from "./spans.ts";
import { WORDS } from "./words.ts";

/** How rows are told. */
export interface Telling {
  readonly preview: boolean;
  /** The whole operation has ended. */
  readonly done: boolean;
  /** It did not succeed, so neither did the stack. */
  readonly failed: boolean;
  readonly nowMs: number;
  /** One line per resource stands for all of a replacement. */
  readonly joinReplacements: boolean;
}

/** Halves of a replacement. */
const HALVES: ReadonlySet<Operation> = new Set(["create-replacement", "delete-replaced", "discard-replaced"]);

/** Operations after which a retained resource stays in the cloud. */
const RETAINING: ReadonlySet<Operation> = new Set(["delete", "replace", "create-replacement", "delete-replaced"]);

/** The operation to show: what looks like one replacement is told as one, unless something failed half-way. */
export function shownOperation(row: Row, telling: Telling): Operation {
  const op = row.step?.op ?? "same";
  const joined = telling.joinReplacements && row.phase !== "failed" && (telling.preview || telling.done);
  return joined && HALVES.has(op) ? "replace" : op;
}

/** True once nothing more is expected for the resource; of the stack only at the end. */
export function isOver(row: Row, telling: Telling): boolean {
  return telling.done || row.phase === "failed" || row.phase === "done";
}

/** `creating (3s)`, `created (0.25s)`, `**creating failed**`, or in a preview `create`. */
export function statusOf(row: Row, telling: Telling): Span {
  const op = shownOperation(row, telling);
  const words = WORDS[op];
  const root = isStack(row);
  const over = isOver(row, telling);
  const failed = row.phase === "failed" || (over && (errorCount(row) > 0 || (root && telling.failed)));
  if (failed) return { text: `**${words.doing === "" ? "" : `${words.doing} `}failed**`, style: "error" };
  if (op === "same") return { text: root && !over ? "running" : "" };
  const retained = row.step?.old?.retainOnDelete && RETAINING.has(op) ? " [retain]" : "";
  if (telling.preview) return { text: words.planned + retained, style: words.style };
  const endedMs = row.phase === "running" ? telling.nowMs : row.endedMs;
  const earlierMs = op === row.step?.op ? 0 : row.spentMs;
  const text = over
    ? `${words.done} (${seconds(earlierMs + endedMs - row.startedMs)})`
    : `${words.doing} (${Math.floor((telling.nowMs - row.startedMs) / 1000)}s)`;
  return { text: text + retained, style: words.style };
}

/** True for the stack's own resource. */
export function isStack(row: Row): boolean {
  return row.urn.includes(`::${STACK_TYPE}::`);
}

/** What stands behind the status: the changed properties, then the latest message, at the end how many there were. */
export function infoOf(row: Row, telling: Telling): readonly Span[] {
  const message = telling.done ? counts(row) : latest(row);
  const changes: readonly Span[] = row.changes === "" ? [] : [{ text: row.changes }];
  return changes.length > 0 && message.length > 0 ? [...changes, { text: "; " }, ...message] : [...changes, ...message];
}

/** How many errors were reported about the resource. */
export function errorCount(row: Row): number {
  return row.messages.filter(({ severity }) => severity === "error").length;
}

function counts(row: Row): readonly Span[] {
  const lasting = row.messages.filter(({ ephemeral }) => !ephemeral);
  const count = (...severities: readonly string[]) =>
    lasting.filter(({ severity }) => severities.includes(severity)).length;
  const parts = [
    { count: count("error"), word: "error", style: "error" },
    { count: count("warning"), word: "warning", style: "warning" },
    { count: count("info", "info#err"), word: "message", style: "info" },
    { count: count("debug"), word: "debug", style: "quiet" },
  ] as const;
  return parts
    .filter((part) => part.count > 0)
    .flatMap((part, index) => [
      { text: `${index > 0 ? "; " : ""}${part.count} ` },
      { text: part.count === 1 ? part.word : `${part.word}s`, style: part.style },
    ]);
}

/** The first line of the last error, else of the last message. */
function latest(row: Row): readonly Span[] {
  const event = row.messages.findLast(({ severity }) => severity === "error") ?? row.messages.at(-1);
  if (!event) return [];
  const [line = ""] = `${event.prefix ?? ""}${event.message}`.trimStart().split("\n", 1);
  return [{ text: line }];
}

/** Fine while it is short: `0.04s`, `1.2s`, `15s`. */
function seconds(ms: number): string {
  if (ms < 1000) return `${(ms / 1000).toFixed(2)}s`;
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)}s` : `${Math.floor(ms / 1000)}s`;
}
