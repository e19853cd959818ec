import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join, relative } from "node:path";
import ignore from "ignore";

/** Never part of a build: installed packages, history, and the local Azure's own data, which changes all the time. */
const NEVER = new Set(["node_modules", ".git", ".devfactory"]);

/** Bytes from which on a file is read in pieces. */
const LARGE = 16 * 1024 * 1024;

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

/** Several images share one context: a file that did not change since is not read again. */
const DIGESTS = new Map<string, { readonly stamp: string; readonly digest: string }>();

async function fileDigest(path: string): Promise<string> {
  const entry = await lstat(path);
  const { mtimeMs, ctimeMs, size } = entry;
  if (entry.isSymbolicLink()) return `link:${await readlink(path)}`;
  const stamp = `${mtimeMs}/${ctimeMs}/${size}`;
  const known = DIGESTS.get(path);
  if (known?.stamp === stamp) return known.digest;
  const content = size > LARGE ? createReadStream(path) : [await readFile(path)];
  const hash = createHash("sha256");
  for await (const chunk of content) hash.update(chunk);
  const digest = hash.digest("hex");
  DIGESTS.set(path, { stamp, digest });
  return digest;
}
