import { ARCHIVE, ASSET, isObject, isUnknown, type PropertyMap, signatureOf, type Value } from "../../deploy/values.ts";
import type { Operation } from "../../events/types.ts";
import type { Paint } from "../paint.ts";
import { WORDS } from "../words.ts";

/** How and where properties are written. */
export interface Pen {
  readonly paint: Paint;
  /** Steps of four spaces. */
  readonly indent: number;
  readonly op: Operation;
  /** Whether lines carry the operation's sign. */
  readonly signed: boolean;
  /** Shorten long texts (`--show-full-output=false`). */
  readonly truncate: boolean;
}

/** All properties, one per line at least, keys in order and aligned. */
export function propertyLines(properties: PropertyMap, pen: Pen): readonly string[] {
  const keys = Object.keys(properties).filter((key) => !key.startsWith("__"));
  const width = Math.max(0, ...keys.map((key) => key.length));
  return keys.sort().flatMap((key) => entryLines(key.padEnd(width), properties[key] ?? null, pen));
}

/** `title: value`. */
export function entryLines(title: string, value: Value, pen: Pen): readonly string[] {
  const [first = "", ...rest] = valueLines(value, pen);
  return [paintLine(`${margin(pen)}${title}: ${first}`, pen), ...rest];
}

/** A line in the pen's style. */
export function paintLine(text: string, pen: Pen): string {
  return pen.paint(text, WORDS[pen.op].style);
}

/** What stands before a line's text. */
export function margin({ indent, op, signed }: Pen): string {
  const space = "    ".repeat(indent);
  return signed && indent > 0 ? space.slice(0, -2) + WORDS[op].sign : space;
}

/** The pen one level further in. */
export function deeper(pen: Pen): Pen {
  return { ...pen, indent: pen.indent + 1 };
}

/** True for values that need no lines of their own. */
export function isPrimitive(value: Value): value is null | boolean | number | string {
  return value === null || typeof value !== "object";
}

/** A primitive value as people read it; secrets come masked already. */
export function primitiveText(value: null | boolean | number | string, pen: Pen): string {
  if (value === null) return "<null>";
  if (value === "[secret]") return value;
  if (isUnknown(value)) return "[unknown]";
  return typeof value === "string" ? JSON.stringify(pen.truncate ? shorten(value) : value) : String(value);
}

/** The object or list that a text holds as JSON. */
export function decodeJson(text: string): PropertyMap | readonly Value[] | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value = JSON.parse(text) as Value;
    return isObject(value) || Array.isArray(value) ? (value as PropertyMap | readonly Value[]) : undefined;
  } catch {
    return undefined;
  }
}

/** What follows `title: `, then whole lines, painted. */
function valueLines(value: Value, pen: Pen): readonly string[] {
  if (typeof value === "string") {
    const decoded = decodeJson(value);
    if (!decoded) return [primitiveText(value, pen)];
    const [first = "", ...rest] = valueLines(decoded, pen);
    return [`(json) ${first}`, ...rest];
  }
  if (isPrimitive(value)) return [primitiveText(value, pen)];
  if (Array.isArray(value)) {
    if (value.length === 0) return ["[]"];
    const items = value.flatMap((item: Value, index) => entryLines(`[${index}]`, item, deeper(pen)));
    return ["[", ...items, closing("]", pen)];
  }
  const bag = value as PropertyMap;
  const signature = signatureOf(bag);
  if (signature === ASSET) return assetLines(bag, pen);
  if (signature === ARCHIVE) return archiveLines(bag, pen);
  if (signature !== undefined) return referenceLines(bag, pen);
  if (Object.keys(bag).length === 0) return ["{}"];
  return ["{", ...propertyLines(bag, deeper(pen)), closing("}", pen)];
}

/** The line that ends a container: at its indentation, without a sign. */
export function closing(bracket: string, pen: Pen): string {
  return paintLine(margin({ ...pen, signed: false }) + bracket, pen);
}

function assetLines(asset: PropertyMap, pen: Pen): readonly string[] {
  const hash = shortHash(asset.hash);
  if (typeof asset.text === "string") {
    const inner = margin({ ...deeper(pen), signed: false });
    const lines = asset.text.split("\n").map((line) => paintLine(inner + line, pen));
    return [`asset(text:${hash}) {`, ...lines, closing("}", pen)];
  }
  return [fileText("asset", asset, hash)];
}

function archiveLines(archive: PropertyMap, pen: Pen): readonly string[] {
  const hash = shortHash(archive.hash);
  const { assets } = archive;
  if (!isObject(assets)) return [fileText("archive", archive, hash)];
  const names = Object.keys(assets).sort();
  const lines = names.flatMap((name) => entryLines(JSON.stringify(name), assets[name] ?? null, deeper(pen)));
  return [`archive(assets:${hash}) {`, ...lines, closing("}", pen)];
}

function fileText(kind: string, file: PropertyMap, hash: string): string {
  if (typeof file.path === "string") return `${kind}(file:${hash}) { ${file.path} }`;
  if (typeof file.uri === "string") return `${kind}(uri:${hash}) { ${file.uri} }`;
  return `${kind}(unknown:${hash}) { }`;
}

function referenceLines(reference: PropertyMap, pen: Pen): readonly string[] {
  const { urn = null, id = null } = reference;
  return ["{", ...propertyLines({ URN: urn, ID: id }, deeper(pen)), closing("}", pen)];
}

/** The first seven characters of a content hash. */
export function shortHash(hash: Value | undefined): string {
  return typeof hash === "string" ? hash.slice(0, 7) : "";
}

const MAX_LINES = 3;
const MAX_LENGTH = 150;

/** At most three lines of 150 characters, as the real CLI shortens. */
function shorten(text: string): string {
  const lines = text.split("\n");
  const kept = lines
    .slice(0, MAX_LINES)
    .map((line) => (line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}...` : line));
  return lines.length > MAX_LINES ? `${kept.join("\n")}\n...` : kept.join("\n");
}
