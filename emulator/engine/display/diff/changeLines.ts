import { ARCHIVE, ASSET, isObject, type PropertyMap, signatureOf, type Value } from "../../deploy/values.ts";
import { type Change, compareValues, type PropertyChanges } from "./change.ts";
import { changedLines, compareLines } from "./textLines.ts";
import {
  closing,
  decodeJson,
  deeper,
  entryLines,
  isPrimitive,
  margin,
  type Pen,
  primitiveText,
  shortHash,
} from "./values.ts";

/** What the real CLI writes behind a property because of which the resource is replaced. */
const FORCES = " # forces replacement";

/** The changed properties of a resource; `hideDiff` ones by name only. */
export function changeLines({ entries, hidden }: PropertyChanges, pen: Pen): readonly string[] {
  const own: Pen = { ...pen, op: "update", signed: true };
  const concealed = hidden.map((path) => pen.paint(`${margin(own)}${path} (hidden)`, "update"));
  return [...concealed, ...objectLines(entries, own)];
}

/** Changed and unchanged properties of one bag, keys in order. */
export function mixedLines(entries: ReadonlyMap<string, Change>, sames: PropertyMap, pen: Pen): readonly string[] {
  const keys = [...new Set([...entries.keys(), ...Object.keys(sames)])].sort();
  const width = Math.max(0, ...keys.map((key) => key.length));
  return keys.flatMap((key) => {
    const change = entries.get(key);
    if (change) return oneChange(key.padEnd(width), change, { ...pen, op: "update", signed: true });
    return entryLines(key.padEnd(width), sames[key] ?? null, pen);
  });
}

function objectLines(entries: ReadonlyMap<string, Change>, pen: Pen): readonly string[] {
  return mixedLines(entries, {}, pen);
}

function oneChange(title: string, change: Change, pen: Pen): readonly string[] {
  const [first = "", ...rest] = plainChange(title, change, pen);
  return [change.replaces ? first + pen.paint(FORCES, "replace") : first, ...rest];
}

function plainChange(title: string, change: Change, pen: Pen): readonly string[] {
  if (change.kind === "add") return entryLines(title, change.value, { ...pen, op: "create" });
  if (change.kind === "delete") return entryLines(title, change.value, { ...pen, op: "delete" });
  if (change.kind === "update") return updateLines(title, change.old, change.new, pen);
  const head = pen.paint(`${margin(pen)}${title}: ${change.kind === "array" ? "[" : "{"}`, "update");
  return [head, ...innerLines(change, pen), closing(change.kind === "array" ? "]" : "}", pen)];
}

function innerLines(change: Extract<Change, { readonly entries: unknown }>, pen: Pen): readonly string[] {
  if (change.kind === "object") return objectLines(change.entries, deeper(pen));
  return [...change.entries].flatMap(([index, item]) => oneChange(`[${index}]`, item, deeper(pen)));
}

function updateLines(title: string, old: Value, value: Value, pen: Pen): readonly string[] {
  if (isEmpty(old) && !isEmpty(value)) return entryLines(title, value, { ...pen, op: "create" });
  if (isEmpty(value) && !isEmpty(old)) return entryLines(title, old, { ...pen, op: "delete" });
  const head = `${margin(pen)}${title}: `;
  if (typeof old === "string" && typeof value === "string") {
    const inner = jsonLines(head, old, value, pen) ?? textLines(head, old, value, pen);
    if (inner) return inner;
  }
  if (isPrimitive(old) && isPrimitive(value)) {
    const { paint } = pen;
    const before = paint(primitiveText(old, pen), "delete");
    return [paint(head, "update") + before + paint(" => ", "update") + paint(primitiveText(value, pen), "create")];
  }
  const file = isObject(old) && isObject(value) ? fileLines(head, old, value, pen) : undefined;
  if (file) return file;
  return [...entryLines(title, old, { ...pen, op: "delete" }), ...entryLines(title, value, { ...pen, op: "create" })];
}

/** Values that only clutter: the real CLI shows a change from or to them as an addition or a deletion. */
export function isEmpty(value: Value): boolean {
  if (value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

/** Two texts that hold JSON are compared as what they hold; `undefined` when they do not, or differ in layout only. */
function jsonLines(head: string, old: string, value: string, pen: Pen): readonly string[] | undefined {
  const before = decodeJson(old);
  const after = decodeJson(value);
  const change = before && after ? compareValues(before, after) : undefined;
  if (!change || !("entries" in change)) return undefined;
  const [open, close] = change.kind === "array" ? ["[", "]"] : ["{", "}"];
  return [pen.paint(`${head}(json) ${open}`, "update"), ...innerLines(change, pen), closing(close, pen)];
}

/** Texts of many lines are compared line by line. */
function textLines(head: string, old: string, value: string, pen: Pen): readonly string[] | undefined {
  if (!old.includes("\n") && !value.includes("\n")) return undefined;
  const inner = deeper(pen);
  const shown = changedLines(compareLines(old, value)).filter((line) => line?.text.trim() !== "");
  const lines = shown.map((line) => {
    if (!line || line.kind === "same") return margin({ ...inner, signed: false }) + (line?.text ?? "...");
    const op = line.kind === "add" ? "create" : "delete";
    return pen.paint(margin({ ...inner, op }) + line.text, op);
  });
  return [pen.paint(head.trimEnd(), "update"), ...lines];
}

/** An asset or archive of the same sort on both sides. */
function fileLines(head: string, old: PropertyMap, value: PropertyMap, pen: Pen): readonly string[] | undefined {
  const signature = signatureOf(old);
  if (signature !== signatureOf(value) || (signature !== ASSET && signature !== ARCHIVE)) return undefined;
  const kind = signature === ASSET ? "asset" : "archive";
  const hash = arrow(shortHash(old.hash), shortHash(value.hash));
  for (const [key, word] of [
    ["path", "file"],
    ["uri", "uri"],
  ] as const) {
    const [before, after] = [old[key], value[key]];
    if (typeof before !== "string" || typeof after !== "string") continue;
    return [pen.paint(`${head}${kind}(${word}:${hash}) { ${arrow(before, after)} }`, "update")];
  }
  if (typeof old.text === "string" && typeof value.text === "string") {
    const lines = textLines("", `${old.text}\n`, `${value.text}\n`, pen) ?? [];
    return [pen.paint(`${head}asset(text:${hash}) {`, "update"), ...lines.slice(1), closing("}", pen)];
  }
  if (!isObject(old.assets) || !isObject(value.assets)) return undefined;
  const change = compareValues(old.assets, value.assets);
  const lines = change && "entries" in change ? innerLines(change, pen) : [];
  return [pen.paint(`${head}archive(assets:${hash}) {`, "update"), ...lines, closing("}", pen)];
}

function arrow(old: string, value: string): string {
  return old === value ? old : `${old}->${value}`;
}
