import { execFile } from "node:child_process";
import { chown, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The user id that Postgres runs under when the machine allows no user namespace ("nobody" on every Linux). */
const NOBODY = 65534;

/**
 * Postgres refuses to run as root. A way to run it all the same, without a new account on the machine:
 * `direct` for a plain user; `namespace`: root that looks like user 1000 (files stay root's); `capability`: "nobody" that may still
 * pass through root's folders; `setuid`: "nobody", whose folders must be reachable for all.
 */
export type RunAs =
  | { readonly kind: "direct" | "namespace" | "capability"; readonly prefix: readonly string[] }
  | { readonly kind: "setuid"; readonly prefix: readonly []; readonly uid: number; readonly gid: number };

const LADDER: readonly RunAs[] = [
  { kind: "namespace", prefix: ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"] },
  {
    kind: "capability",
    prefix: [
      ...["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"],
      ...["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--"],
    ],
  },
  { kind: "setuid", prefix: [], uid: NOBODY, gid: NOBODY },
];

/** Finds the first way that works here, by running `id -u` through it. */
export async function findRunAs(isRoot = process.geteuid?.() === 0): Promise<RunAs> {
  if (!isRoot) return { kind: "direct", prefix: [] };
  for (const way of LADDER) {
    if (await works(way)) return way;
  }
  throw new Error(
    "Postgres refuses to run as root, and this machine allows neither user namespaces nor a change of user.",
  );
}

async function works(way: RunAs): Promise<boolean> {
  const [program = "id", ...rest] = [...way.prefix, "id", "-u"];
  try {
    const { stdout } = await execute(program, rest, spawnOptions(way));
    return stdout.trim() !== "0";
  } catch {
    return false; // not installed, or forbidden: the next way is tried
  }
}

/** Options for `spawn` that belong to this way. */
export function spawnOptions(way: RunAs): { uid?: number; gid?: number } {
  return way.kind === "setuid" ? { uid: way.uid, gid: way.gid } : {};
}

/** Makes a folder that Postgres may write, and gives it all that is already in it. */
export async function ownFolder(way: RunAs, path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (way.kind !== "setuid" && way.kind !== "capability") return;
  await chown(path, NOBODY, NOBODY);
  const entries = await readdir(path, { recursive: true });
  for (const entry of entries) await chown(join(path, entry), NOBODY, NOBODY);
}
