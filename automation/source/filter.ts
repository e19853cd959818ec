import ignore from "ignore";
import type { AppFile, FileSet } from "../archive/fileSet.ts";

/** Folders that a machine makes: packages, history, caches, state of tools. Never source. */
const MADE = new Set([
  ...["node_modules", "bower_components", ".git", ".hg", ".svn", ".devfactory", ".pnpm-store"],
  ...[".next", ".nuxt", ".output", ".svelte-kit", ".astro", ".vercel", ".netlify", ".turbo", ".cache", ".parcel-cache"],
  ...["coverage", ".nyc_output", "__pycache__", ".venv", "venv", ".pytest_cache", ".mypy_cache", ".ruff_cache"],
]);
/** What a build script writes, beside the `package.json` that has it. */
const OUTPUT = ["dist", "build", "out"];
const SECRET = /^\.env(\..+)?$/;
const EXAMPLE = /^\.env\.(example|sample|template|dist)$/;
const JUNK = new Set([".DS_Store", "Thumbs.db", "npm-debug.log", "yarn-error.log"]);

export interface Filtered {
  readonly files: FileSet;
  /** How many were left out. */
  readonly left: number;
}

/**
 * Leaves out what is not source: installed packages, history, build output, secrets (`.env`, an `.npmrc` with a token), and what
 * `.devfactoryignore` names (the syntax of `.gitignore`, relative to the project).
 */
export function filterSource(files: FileSet): Filtered {
  const text = files.get(".devfactoryignore");
  const named = ignore().add(text ? Buffer.from(text.content).toString("utf8") : "");
  const outputs = outputFolders(files);
  const kept = [...files].filter(
    ([path, file]) =>
      !isMade(path) &&
      !outputs.some((folder) => path.startsWith(folder)) &&
      !isSecret(path, file) &&
      !named.ignores(path),
  );
  return { files: new Map(kept), left: files.size - kept.length };
}

/** Is this folder never source? For whoever walks a disk: it need not be entered. */
export function isMade(path: string): boolean {
  const parts = path.split("/");
  return parts.some((part) => MADE.has(part)) || JUNK.has(parts.at(-1) ?? "");
}

function isSecret(path: string, file: AppFile): boolean {
  const name = path.split("/").at(-1) ?? "";
  if (SECRET.test(name)) return !EXAMPLE.test(name);
  // A token that is written out; `${NPM_TOKEN}` only names one.
  return (
    name === ".npmrc" && /_(authToken|auth|password)\s*=\s*[^$\s]/.test(Buffer.from(file.content).toString("utf8"))
  );
}

/** `dist/` beside a `package.json` whose build script makes it; not where the script itself lies in it. */
function outputFolders(files: FileSet): readonly string[] {
  return [...files].flatMap(([path, file]) => {
    if (path !== "package.json" && !path.endsWith("/package.json")) return [];
    const build = buildScript(file);
    if (build === undefined) return [];
    const folder = path.slice(0, -"package.json".length);
    return OUTPUT.filter((name) => !build.includes(`${name}/`)).map((name) => `${folder}${name}/`);
  });
}

function buildScript({ content }: AppFile): string | undefined {
  try {
    const { scripts } = JSON.parse(Buffer.from(content).toString("utf8")) as { scripts?: { build?: unknown } };
    return typeof scripts?.build === "string" ? scripts.build : undefined;
  } catch {
    return undefined;
  }
}
