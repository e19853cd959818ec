import { parseUrn, STACK_TYPE } from "../../deploy/urn.ts";
import type { DiagnosticEvent } from "../../events/types.ts";
import { adviceFor } from "../advice.ts";
import type { Paint, Style } from "../paint.ts";
import type { Row } from "../progress.ts";
import { wrapText } from "../spans.ts";
import { shortType } from "../words.ts";

const PREFIX_STYLES: Readonly<Record<DiagnosticEvent["severity"], Style>> = {
  debug: "quiet",
  info: "same",
  "info#err": "same",
  warning: "warning",
  error: "error",
};

/**
 * What was said about each resource. Below an error stand the resource's place among its parents and, when the message
 * is a known one, what to do about it.
 *
 * @param columns width of the terminal: advice is broken to it; messages are left as they came
 * @returns nothing when nothing lasting was said
 */
export function diagnosticsSection(rows: ReadonlyMap<string, Row>, paint: Paint, columns?: number): string {
  const advised = new Set<string>();
  const groups = [...rows.values()].flatMap((row) => {
    const lines = row.messages.filter(({ ephemeral }) => !ephemeral).flatMap((event) => messageLines(event, paint));
    if (lines.length === 0) return [];
    const { type, name } = parseUrn(row.urn);
    const head = `  ${paint(`${shortType(type)} (${name}):`, "resource")}`;
    return [[head, ...lines, ...pathLines(row, rows, paint), ...adviceLines(row, advised, paint, columns)]];
  });
  if (groups.length === 0) return "";
  return `${paint("Diagnostics:", "headline")}\n${groups.map((lines) => `${lines.join("\n")}\n`).join("\n")}`;
}

function messageLines(event: DiagnosticEvent, paint: Paint): readonly string[] {
  const text = event.message.trimEnd();
  if (text === "") return [];
  const [first = "", ...rest] = text.split("\n");
  const prefix = paint(event.prefix ?? "", PREFIX_STYLES[event.severity]);
  return [`    ${prefix}${first}`, ...rest.map((line) => `    ${line}`.trimEnd())];
}

function errorsOf(row: Row): readonly DiagnosticEvent[] {
  return row.messages.filter(({ severity, ephemeral }) => severity === "error" && !ephemeral);
}

/** The place of a failed resource below its parents. */
function pathLines(row: Row, rows: ReadonlyMap<string, Row>, paint: Paint): readonly string[] {
  const path = errorsOf(row).length > 0 ? pathOf(row, rows) : [];
  return path.length > 1 ? [`    ${paint("in:", "quiet")} ${path.join(" > ")}`] : [];
}

/** What to do about a failed resource, unless it was said already. */
function adviceLines(row: Row, advised: Set<string>, paint: Paint, columns?: number): readonly string[] {
  return errorsOf(row).flatMap(({ message }) => {
    const text = adviceFor(message);
    if (text === undefined || advised.has(text)) return [];
    advised.add(text);
    const lines = columns === undefined ? [text] : wrapText(text, columns - ADVICE_INDENT - 1);
    return lines.map((line, index) =>
      index === 0 ? `    ${paint("advice:", "advice")} ${line}` : " ".repeat(ADVICE_INDENT) + line,
    );
  });
}

/** Where the text behind `    advice: ` begins. */
const ADVICE_INDENT = 12;

/** Names of the parents, outermost first, and of the resource itself. */
function pathOf(row: Row, rows: ReadonlyMap<string, Row>): readonly string[] {
  const { qualifiedType, name } = parseUrn(row.urn);
  const path = [name];
  let parent = row.step?.new?.parent || row.step?.old?.parent || "";
  // A resource that was refused before its first step has parents only in its URN, and there by type.
  if (!row.step)
    return [
      ...qualifiedType
        .split("$")
        .slice(0, -1)
        .map((type) => type.split(":").at(-1) ?? type),
      name,
    ];
  while (parent !== "" && parseUrn(parent).type !== STACK_TYPE && path.length < MAX_DEPTH) {
    path.unshift(parseUrn(parent).name);
    const step = rows.get(parent)?.step;
    parent = step?.new?.parent || step?.old?.parent || "";
  }
  return path;
}

const MAX_DEPTH = 50;
