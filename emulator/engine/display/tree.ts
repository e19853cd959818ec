import { stripVTControlCharacters } from "node:util";
import { parseUrn } from "../deploy/urn.ts";
import type { Row } from "./progress.ts";
import { cutLine, type Line, padText, type Span, textWidth } from "./spans.ts";
import { infoOf, isOver, isStack, shownOperation, statusOf, type Telling } from "./status.ts";
import { shortType, WORDS } from "./words.ts";

/** Which rows are worth a line. */
export interface RowFilter {
  readonly showSames: boolean;
  readonly showReads: boolean;
}

/** Everything a frame depends on. */
export interface TreeState extends Telling, RowFilter {
  readonly rows: readonly Row[];
  readonly rootUrn: string;
  readonly notices: readonly string[];
}

/** The room for a frame; a frame without `height` shows every row. */
export interface FrameSize {
  readonly columns: number;
  readonly height?: number;
}

/** Draws the tree of resources: a header, a line per resource below its parent, and what was said meanwhile. */
export function drawTree(state: TreeState, { columns, height = Number.POSITIVE_INFINITY }: FrameSize): readonly Line[] {
  const notices = noticeLines(state.notices);
  const entries = shownEntries(state);
  const room = Math.max(1, height - 1 - notices.length);
  const kept = fit(entries, room, state);
  const cells = kept.map(({ row, guide }) => cellsOf(row, guide, state));
  const header = headerCells(
    state,
    cells.some(({ info }) => info.length > 0),
  );
  const widths = columnWidths([header, ...cells]);
  const left = entries.length - kept.length;
  const rest: readonly Line[] = left > 0 ? [[{ text: `     … and ${left} more`, style: "quiet" }]] : [];
  const lines = [header, ...cells].map((row) => rowLine(row, widths));
  return [...lines, ...rest, ...notices].map((line) => cutLine(line, columns - 1));
}

/** True when a row says something by itself. Unchanged resources and reads only do on request. */
export function isWorthShowing(row: Row, { showSames, showReads }: RowFilter): boolean {
  if (isStack(row) || row.messages.length > 0 || row.phase === "failed") return true;
  const { step } = row;
  if (!step) return false;
  if (step.op === "same") return showSames || step.old?.protect !== step.new?.protect;
  if (step.op === "refresh") return row.phase !== "done" || row.changes !== "" || showSames;
  return showReads || !(step.op.startsWith("read") || step.op.startsWith("discard"));
}

interface Entry {
  readonly row: Row;
  /** `│  └─ ` */
  readonly guide: string;
}

/** The shown rows in the order of the tree; parents of shown rows are shown too. */
function shownEntries(state: TreeState): readonly Entry[] {
  const byUrn = new Map(state.rows.map((row) => [row.urn, row]));
  const parentOf = (row: Row): string => {
    const parent = row.step?.new?.parent || row.step?.old?.parent || "";
    return byUrn.has(parent) ? parent : state.rootUrn;
  };
  const shown = new Set([state.rootUrn]);
  for (const row of state.rows) {
    if (!isWorthShowing(row, state)) continue;
    for (let at: Row | undefined = row; at && !shown.has(at.urn); at = byUrn.get(parentOf(at))) shown.add(at.urn);
  }
  const children = new Map<string, Row[]>();
  for (const row of state.rows) {
    if (row.urn === state.rootUrn || !shown.has(row.urn)) continue;
    const siblings = children.get(parentOf(row));
    if (siblings) siblings.push(row);
    else children.set(parentOf(row), [row]);
  }
  const root = byUrn.get(state.rootUrn);
  return root ? [{ row: root, guide: "" }, ...branches(root.urn, "", children)] : [];
}

function branches(urn: string, indentation: string, children: ReadonlyMap<string, readonly Row[]>): readonly Entry[] {
  const rows = children.get(urn) ?? [];
  return rows.flatMap((row, index) => {
    const isLast = index === rows.length - 1;
    const inner = branches(row.urn, indentation + (isLast ? "   " : "│  "), children);
    return [{ row, guide: indentation + (isLast ? "└─ " : "├─ ") }, ...inner];
  });
}

/** The most telling rows that fit, in their order: what failed or runs, then what ended last. */
function fit(entries: readonly Entry[], room: number, telling: Telling): readonly Entry[] {
  if (entries.length <= room) return entries;
  const ranked = entries.map((entry) => ({ entry, rank: rank(entry.row, telling) }));
  ranked.sort((left, right) => right.rank - left.rank);
  const kept = new Set(ranked.slice(0, Math.max(1, room - 1)).map(({ entry }) => entry)); // one line tells the rest
  return entries.filter((entry) => kept.has(entry));
}

function rank(row: Row, telling: Telling): number {
  if (isStack(row)) return Number.MAX_VALUE;
  if (row.phase === "failed" || !isOver(row, telling)) return Number.MAX_SAFE_INTEGER;
  return row.endedMs;
}

interface Cells {
  readonly sign: Span;
  readonly type: Span;
  readonly name: Span;
  readonly status: Span;
  readonly info: readonly Span[];
}

function headerCells({ preview }: TreeState, withInfo: boolean): Cells {
  const column = (text: string): Span => ({ text, style: "column" });
  const status = column(preview ? "Plan" : "Status");
  return {
    sign: { text: "" },
    type: column("Type"),
    name: column("Name"),
    status,
    info: withInfo ? [column("Info")] : [],
  };
}

function cellsOf(row: Row, guide: string, telling: Telling): Cells {
  const { type, name } = parseUrn(row.urn);
  const { sign, style } = WORDS[shownOperation(row, telling)];
  return {
    sign: { text: sign, style },
    type: { text: guide + shortType(type) },
    name: { text: name },
    status: statusOf(row, telling),
    info: infoOf(row, telling).map((span) => ({ ...span, text: visible(span.text) })),
  };
}

/** A provider's message may hold anything; what would move the cursor becomes a space. */
function visible(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}/gu, " ");
}

function columnWidths(rows: readonly Cells[]): readonly [number, number, number] {
  const widest = (pick: (row: Cells) => Span) => Math.max(...rows.map((row) => textWidth(pick(row).text)));
  return [widest(({ type }) => type), widest(({ name }) => name), widest(({ status }) => status)];
}

function rowLine(
  { sign, type, name, status, info }: Cells,
  [typeWidth, nameWidth, statusWidth]: readonly [number, number, number],
): Line {
  const cell = (span: Span, width: number): readonly Span[] => [
    span,
    { text: " ".repeat(width - textWidth(span.text) + 2) },
  ];
  const first: readonly Span[] = [{ text: " " }, sign, { text: padText("", 4 - textWidth(sign.text)) }];
  return [...first, ...cell(type, typeWidth), ...cell(name, nameWidth), ...cell(status, statusWidth), ...info];
}

function noticeLines(notices: readonly string[]): readonly Line[] {
  const lines = notices.flatMap((notice) => notice.trimEnd().split("\n"));
  if (lines.length === 0) return [];
  return [
    [],
    [{ text: "System Messages", style: "warning" }],
    ...lines.map((text): Line => [{ text: `  ${visible(text)}` }]),
  ];
}
