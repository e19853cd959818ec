import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, linkSync, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { HOST_PATHS } from "../../../hosts/sandbox.ts";
import { BuildError } from "./buildError.ts";
import type { BuildContext, ContextEntry } from "./context.ts";
import type { Instruction } from "./dockerfile.ts";
import { inWorkdir, type StageScope, variables } from "./metadata.ts";
import { expand, splitWords } from "./words.ts";

const KNOWN_FLAGS = new Set(["from", "chown", "chmod", "link"]);
const GLOB = /[*?[]/;

/** Where each entry of a `COPY` lands, before anything is copied. */
export interface CopyPlan {
  readonly context: BuildContext;
  readonly copies: readonly { readonly entry: ContextEntry /** no leading slash */; readonly target: string }[];
  readonly mode?: number;
}

/**
 * Works out a `COPY` (or `ADD` of local files).
 *
 * @param kindAt what the stage holds at a path so far (no leading slash)
 * @throws {BuildError} for missing sources, unknown flags, downloads, archives, and targets that the machine provides
 */
export function planCopy(
  instruction: Instruction,
  scope: StageScope,
  context: BuildContext,
  kindAt: (path: string) => "file" | "folder" | undefined,
): CopyPlan {
  const { keyword, line, flags } = instruction;
  const unknown = Object.keys(flags).find((flag) => !KNOWN_FLAGS.has(flag));
  if (unknown) throw new BuildError(`${keyword} --${unknown} is not supported`, line);
  const words = copyWords(instruction, scope);
  const sources = words.slice(0, -1);
  const target = words.at(-1) ?? "";
  if (sources.length === 0) throw new BuildError(`${keyword} needs a source and a target`, line);
  const refused = keyword === "ADD" && sources.find((each) => /^(https?|git):|\.(tar|tgz|tar\.\w+)$/.test(each));
  if (refused) throw new BuildError(`ADD ${refused}: downloads and archives are not supported`, line);
  const base = inWorkdir(scope, target).slice(1);
  const chosen = sources.map((source) => context.select(source, line));
  const asFolder =
    target.endsWith("/") || sources.length > 1 || GLOB.test(sources[0] ?? "") || kindAt(base) === "folder";
  const copies = chosen.flat().map(({ entry, below, folder }) => {
    const path = folder ? posix.join(base, below) : asFolder ? posix.join(base, posix.basename(entry.path)) : base;
    refuseHostPath(path, keyword, line);
    return { entry, target: path };
  });
  const mode = flags.chmod === undefined ? {} : { mode: octal(flags.chmod, line) };
  return { context, copies, ...mode };
}

/** Sources and target of a `COPY`, with their variables put in. */
export function copyWords(instruction: Instruction, scope: StageScope): readonly string[] {
  return (instruction.json ?? splitWords(instruction.text)).map((word) => expand(word, variables(scope)));
}

/** A hash of all that a copy brings and where it puts it. */
export function copyInputs(plan: CopyPlan): string {
  const content = plan.context.hash(plan.copies.map((each) => each.entry));
  const places = JSON.stringify([plan.copies.map((each) => each.target), plan.mode ?? null]);
  return createHash("sha256").update(content).update(places).digest("hex");
}

/**
 * Carries the plan out, into an empty layer folder. Modes are 755 or 644, so that a checkout's umask does not change the digest.
 *
 * @param how `link`: files that never change again (those of layers) are shared by hard links where their mode fits
 */
export function copyFiles(plan: CopyPlan, layer: string, how: "copy" | "link"): void {
  const folders = new Set<string>();
  const written = new Set<string>();
  for (const { entry, target } of plan.copies) {
    const from = join(plan.context.root, entry.path);
    const to = join(layer, target);
    makeFolders(layer, entry.kind === "folder" ? target : dirname(target), folders);
    if (entry.kind === "folder") continue;
    if (written.has(to)) rmSync(to, { force: true }); // a later source wins, and is never written through a link
    written.add(to);
    if (entry.kind === "link") symlinkSync(readlinkSync(from), to);
    else {
      const mode = plan.mode ?? (entry.executable ? 0o755 : 0o644);
      if (how === "link" && (lstatSync(from).mode & 0o7777) === mode) linkSync(from, to);
      else {
        copyFileSync(from, to);
        chmodSync(to, mode);
      }
    }
  }
}

/**
 * `mkdir -p` with the mode 755 on each new folder, whatever the umask.
 *
 * @param known folders that are there already; gets those that this call saw or made
 */
export function makeFolders(root: string, path: string, known: Set<string> = new Set()): void {
  if (known.has(path)) return;
  const parts = path.split("/").filter((part) => part && part !== ".");
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const folder = join(root, ...parts.slice(0, depth));
    if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) continue;
    mkdirSync(folder);
    chmodSync(folder, 0o755);
  }
  known.add(path);
}

function refuseHostPath(path: string, keyword: string, line: number): void {
  for (const each of HOST_PATHS) {
    if (`/${path}` !== each && !`/${path}`.startsWith(`${each}/`)) continue;
    throw new BuildError(`${keyword} to /${path}: the machine provides ${each} to local images`, line);
  }
}

function octal(value: string, line: number): number {
  if (!/^0?[0-7]{3,4}$/.test(value)) throw new BuildError(`--chmod=${value} is not octal`, line);
  return Number.parseInt(value, 8);
}
