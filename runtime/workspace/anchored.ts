import { constants, existsSync } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readlink } from "node:fs/promises";
import { join } from "node:path";
import { RuntimeError } from "../errors.ts";

/** Where an open folder can be named by its descriptor: what happens to its path meanwhile leads nowhere. */
const HAS_PROC = existsSync("/proc/self/fd");
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Walks from a folder to one below it, part by part, each opened in the open one before and never through a link (as `openat` with
 * `O_NOFOLLOW` does), and works there. Names in the folder are `<anchor>/<name>`.
 *
 * Where there is no `/proc` paths are checked and used: a link that is swapped in between would be followed.
 *
 * @param root a real path
 * @param create folders that are not there
 * @returns nothing when a folder is not there
 * @throws {RuntimeError} `PATH_REFUSED` when a part is no folder
 */
export async function inFolder<T>(
  root: string,
  parts: readonly string[],
  create: boolean,
  work: (anchor: string) => Promise<T>,
): Promise<T | undefined> {
  const path = parts.join("/");
  let handle: FileHandle = await open(root, FOLDER);
  let folder = root;
  try {
    for (const part of parts) {
      const place = join(anchorOf(handle, folder), part);
      if (create) await mkdir(place).catch(ignoreExisting);
      const next = await openFolder(place, part, path);
      if (!next) return undefined;
      await handle.close();
      handle = next;
      folder = join(folder, part);
    }
    // An open folder may have been moved since; what is outside now is not worked in.
    if (HAS_PROC && (await readlink(`/proc/self/fd/${handle.fd}`)) !== folder)
      throw new RuntimeError("PATH_REFUSED", { path, reason: "its folder was moved" });
    return await work(anchorOf(handle, folder));
  } finally {
    await handle.close();
  }
}

/** @returns nothing when there is none */
async function openFolder(place: string, part: string, path: string): Promise<FileHandle | undefined> {
  try {
    return await open(place, FOLDER);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT" && !(await lstat(place).catch(() => undefined)))
      return undefined;
    throw new RuntimeError("PATH_REFUSED", { path, reason: `${part} is no folder of the app` }, { cause: error });
  }
}

function anchorOf({ fd }: FileHandle, folder: string): string {
  return HAS_PROC ? `/proc/self/fd/${fd}` : folder;
}

function ignoreExisting(error: unknown): void {
  if ((error as { code?: string }).code !== "EEXIST") throw error;
}

/**
 * Opens a plain file of its own: no link, no device, no second name.
 *
 * @param target in the folder of {@link inFolder}
 * @returns nothing when there is none
 * @throws {RuntimeError} `PATH_REFUSED`
 */
export async function openPlain(path: string, target: string, flags: number): Promise<FileHandle | undefined> {
  try {
    const file = await open(target, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o644);
    const stat = await file.stat();
    if (stat.isFile() && stat.nlink <= 1) return file;
    await file.close();
    throw new RuntimeError("PATH_REFUSED", { path, reason: "it is no plain file of its own" });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP") throw new RuntimeError("PATH_REFUSED", { path, reason: "it is a link" }, { cause: error });
    if (code === "EISDIR") throw new RuntimeError("PATH_REFUSED", { path, reason: "it is a folder" }, { cause: error });
    throw error;
  }
}
