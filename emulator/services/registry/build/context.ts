import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, posix } from "node:path";
import { BuildError } from "./buildError.ts";

/** A file or link of a build context; folders are implied, except empty ones. */
export interface ContextEntry {
  /** Relative to the context, with `/`. */
  readonly path: string;
  readonly kind: "file" | "link" | "folder";
  readonly executable: boolean;
}

/** The files that a build may see: a folder, less what `.dockerignore` names. */
export class BuildContext {
  readonly root: string;
  readonly #ignored: (path: string) => boolean;
  #entries: readonly ContextEntry[] | undefined;

  readonly #skip: (path: string) => boolean;

  /** @param skip folders, by path in the context, that are not even entered (`node_modules` for builds in place) */
  constructor(root: string, skip: (path: string) => boolean = () => false) {
    this.root = root;
    const file = join(root, ".dockerignore");
    this.#ignored = existsSync(file) ? ignoreRules(readFileSync(file, "utf8")) : () => false;
    this.#skip = skip;
  }

  /** All entries, sorted by path. Links are listed, never followed. */
  entries(): readonly ContextEntry[] {
    this.#entries ??= walk(this.root, "", this.#ignored, this.#skip).sort((a, b) => (a.path < b.path ? -1 : 1));
    return this.#entries;
  }

  /** Entries that a `COPY` source names: a file, a folder with all below it (paths relative to it), or a glob. */
  select(source: string, line: number): readonly { entry: ContextEntry; below: string; folder: boolean }[] {
    const pattern = posix.normalize(source.replace(/^\/+/, "") || ".").replace(/\/$/, "");
    if (pattern.startsWith("..")) throw new BuildError(`${source} is outside the build context`, line);
    if (pattern === ".") return this.entries().map((entry) => ({ entry, below: entry.path, folder: true }));
    const matches = globToRegExp(pattern);
    const depth = pattern.split("/").length;
    const found = this.entries().flatMap((entry) => {
      const parts = entry.path.split("/");
      if (parts.length < depth || !matches.test(parts.slice(0, depth).join("/"))) return [];
      const folder = parts.length > depth || entry.kind === "folder";
      const below = folder ? parts.slice(depth).join("/") : (parts.at(-1) ?? "");
      return [{ entry, below, folder }];
    });
    if (found.length === 0) throw new BuildError(`COPY failed: ${source} is not in the build context`, line);
    return found;
  }

  /** A hash over names, modes and contents of some entries. */
  hash(entries: readonly ContextEntry[]): string {
    const hash = createHash("sha256");
    for (const entry of entries) {
      const path = join(this.root, entry.path);
      hash.update(`${entry.kind} ${entry.executable ? "x" : "-"} ${entry.path}\0`);
      if (entry.kind === "file") hash.update(createHash("sha256").update(readFileSync(path)).digest());
      if (entry.kind === "link") hash.update(readlinkSync(path));
    }
    return hash.digest("hex");
  }
}

function walk(
  root: string,
  folder: string,
  ignored: (path: string) => boolean,
  skip: (path: string) => boolean,
): ContextEntry[] {
  const names = readdirSync(join(root, folder), { withFileTypes: true });
  const found = names.flatMap((each): ContextEntry[] => {
    const path = folder ? `${folder}/${each.name}` : each.name;
    if (each.isDirectory() && skip(path)) return [];
    if (each.isDirectory()) {
      // A folder that is ignored may still hold files that a later `!` rule brings back.
      const below = walk(root, path, ignored, skip);
      return below.length > 0 || ignored(path) ? below : [{ path, kind: "folder", executable: true }];
    }
    if (ignored(path)) return [];
    if (each.isSymbolicLink()) return [{ path, kind: "link", executable: false }];
    if (!each.isFile()) return []; // sockets and devices are no content
    return [{ path, kind: "file", executable: (lstatSync(join(root, path)).mode & 0o111) !== 0 }];
  });
  return found;
}

/**
 * `.dockerignore` rules: the last matching line wins, `!` brings back, a rule for a folder covers all below it.
 *
 * @see Docker build, "Build context", syntax of .dockerignore
 */
export function ignoreRules(content: string): (path: string) => boolean {
  const rules = content
    .split("\n")
    .map((each) => each.trim())
    .filter((each) => each && !each.startsWith("#"))
    .map((each) => {
      const negative = each.startsWith("!");
      const pattern = posix.normalize((negative ? each.slice(1) : each).trim()).replace(/^\/+|\/$/g, "");
      return { negative, matches: globToRegExp(pattern, "(?:/.*)?") };
    });
  return (path) => {
    const last = rules.findLast((rule) => rule.matches.test(path));
    return last !== undefined && !last.negative;
  };
}

/** Go's `filepath.Match` with `**`. @param tail a pattern that may follow */
export function globToRegExp(glob: string, tail = ""): RegExp {
  let source = "";
  for (let index = 0; index < glob.length; index += 1) {
    const char = glob[index] ?? "";
    if (glob.startsWith("**/", index)) {
      source += "(?:.*/)?";
      index += 2;
    } else if (glob.startsWith("**", index)) {
      source += ".*";
      index += 1;
    } else if (char === "*") source += "[^/]*";
    else if (char === "?") source += "[^/]";
    else if (char === "[" && glob.indexOf("]", index) > index) {
      const end = glob.indexOf("]", index);
      source += glob.slice(index, end + 1).replace("[!", "[^");
      index = end;
    } else if (char === "\\" && index + 1 < glob.length) {
      index += 1;
      source += (glob[index] ?? "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    } else source += char.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  }
  return new RegExp(`^${source}${tail}$`, "s");
}
