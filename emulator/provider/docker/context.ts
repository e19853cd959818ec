import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { readdir, readlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import ignore from "ignore";

/** Never part of a build: installed packages, history, and the local Azure's own data, which changes all the time. */
const NEVER = new Set(["node_modules", ".git", ".devfactory"]);

/** The files of a build context, relative with `/`, sorted; `.dockerignore` is honoured. */
export async function contextFiles(root: string): Promise<readonly string[]> {
  const rules = readRules(root);
  const files: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (NEVER.has(entry.name)) continue;
      const path = relative(root, join(folder, entry.name)).replaceAll("\\", "/");
      const excluded = rules.matcher.ignores(entry.isDirectory() ? `${path}/` : path);
      if (entry.isDirectory()) {
        if (!excluded || rules.negates) await walk(join(folder, entry.name)); // a later `!` may bring a file back
      } else if (!excluded && (entry.isFile() || entry.isSymbolicLink())) files.push(path);
    }
  };
  await walk(root);
  return files.toSorted();
}

/** Patterns of `.dockerignore` are anchored at the context's root, unlike those of git. */
function readRules(root: string): { readonly matcher: ReturnType<typeof ignore>; readonly negates: boolean } {
  const path = join(root, ".dockerignore");
  const lines = existsSync(path) ? readFileSync(path, "utf8").split(/\r?\n/) : [];
  const patterns = lines
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const negated = line.startsWith("!");
      const plain = line
        .slice(negated ? 1 : 0)
        .trim()
        .replace(/^\.?\//, "")
        .replace(/\/$/, "");
      return `${negated ? "!" : ""}/${plain}`;
    })
    .filter((pattern) => pattern !== "/" && pattern !== "/.");
  return { matcher: ignore().add([...patterns]), negates: patterns.some((pattern) => pattern.startsWith("!")) };
}

/** A digest over names and contents of a context and its Dockerfile: equal source, equal digest. */
export async function contextDigest(root: string, dockerfile: string): Promise<string> {
  const digest = createHash("sha256");
  for (const file of await contextFiles(root)) digest.update(`${file}\0${await fileDigest(join(root, file))}\0`);
  digest.update(existsSync(dockerfile) ? readFileSync(dockerfile) : "");
  return digest.digest("hex");
}

async function fileDigest(path: string): Promise<string> {
  const link = await readlink(path).catch(() => undefined); // not a link
  if (link !== undefined) return `link:${link}`;
  const digest = createHash("sha256");
  await pipeline(createReadStream(path), digest);
  return digest.digest("hex");
}
