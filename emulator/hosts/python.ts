import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** A Python of this machine that can make virtual environments. */
export interface Python {
  /** For example `3.13.2`. */
  readonly version: string;
  /** For example `3.13`. */
  readonly minor: string;
  /** Its folder; `undefined` for the system's own, which images have anyway. */
  readonly folder: string | undefined;
  /** The program, in {@link folder} or the system's. */
  readonly program: string;
}

const ABOUT = "import sys, venv, ensurepip; print(sys.base_prefix); print('%d.%d.%d' % sys.version_info[:3])";
/** A first start on a busy machine reads its whole library. */
const PATIENCE_MS = 20_000;

let found: readonly Python[] | undefined;

/**
 * The Python that stands in for `python:<minor>`: the same minor version when there is one, else the newest.
 *
 * @returns `undefined` when there is none with the modules `venv` and `ensurepip` (Debian: the package python3-venv)
 */
export function findPython(minor: string | undefined): Python | undefined {
  found ??= [...new Set(candidates().map((path) => realpathSync(path)))].flatMap((path) => inspect(path) ?? []);
  const newestFirst = found.toSorted((a, b) => b.version.localeCompare(a.version, "en", { numeric: true }));
  return newestFirst.find((each) => each.minor === minor) ?? newestFirst[0];
}

/** The system's, those on PATH, and those that pyenv and uv keep. */
function candidates(): readonly string[] {
  const kept = [
    join(process.env.PYENV_ROOT ?? join(homedir(), ".pyenv"), "versions"),
    join(process.env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "uv", "python"),
  ].flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, "bin")) : []));
  const onPath = (process.env.PATH ?? "").split(delimiter).filter((folder) => !/[/]shims$/.test(folder)); // pyenv's choose by folder
  return ["/usr/bin", ...kept, ...onPath].map((folder) => join(folder, "python3")).filter((path) => existsSync(path));
}

function inspect(program: string): Python | undefined {
  const ran = spawnSync(program, ["-I", "-c", ABOUT], { encoding: "utf8", timeout: PATIENCE_MS });
  const [prefix = "", version = ""] = (ran.status === 0 ? ran.stdout : "").trim().split("\n");
  const minor = /^3\.\d+/.exec(version)?.[0];
  if (!prefix || !minor) return undefined;
  return { version, minor, folder: prefix === "/usr" ? undefined : prefix, program };
}
