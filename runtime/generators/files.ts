import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Files of an app: path with `/` → text. */
export type Files = Record<string, string>;

const TEMPLATES = join(import.meta.dirname, "../templates");

/** The text files under one folder of `templates/`, with paths relative to it. */
export function templateFiles(folder: string): Files {
  const root = join(TEMPLATES, folder);
  const files: Files = {};
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[relative(root, path).replaceAll("\\", "/")] = readFileSync(path, "utf8");
  }
  return files;
}

/** Puts every path under a folder. */
export function under(folder: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));
}

/** A string as TypeScript source. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** A value as TypeScript source with unquoted keys, on one line. */
export function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const parts = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .map(([key, each]) => `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key)}: ${literal(each)}`);
  return parts.length > 0 ? `{ ${parts.join(", ")} }` : "{}";
}

/** `Order line` → `orderLine`; for the name of a constant. */
export function camel(text: string): string {
  const joined = text.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? "");
  return joined.charAt(0).toLowerCase() + joined.slice(1);
}
