import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LockFolder } from "./lockFolder.ts";
import { readLock } from "./stateLock.ts";

/** Where the locks of a stack are in a self-managed backend, project mode. */
const folderOf = (project: string, stack: string) => `.pulumi/locks/organization/${project}/${stack}`;

/**
 * The lock files of a stack in the state backend.
 *
 * @param backend `file://…` or `azblob://container?storage_account=…`
 * @returns nothing for backends whose files are not to be had: there Pulumi's own words about locks are all there is
 */
export async function lockFolder(backend: string, project: string, stack: string): Promise<LockFolder | undefined> {
  const folder = folderOf(project, stack);
  if (backend.startsWith("file://")) return fileFolder(join(pathOf(backend), folder));
  if (!backend.startsWith("azblob://")) return undefined;
  const { blobFolder } = await import("./stateBlobs.ts"); // the client takes a second to load
  return blobFolder(backend, folder);
}

/** `file://~/x` and `file://./x` are how Pulumi writes paths that are not absolute. */
function pathOf(url: string): string {
  const path = url.slice("file://".length);
  if (path.startsWith("~")) return join(process.env.HOME ?? "", path.slice(1));
  return path.startsWith("/") ? fileURLToPath(url) : path;
}

function fileFolder(folder: string): LockFolder {
  return {
    list: async () => {
      const names = await readdir(folder).catch(() => []); // no folder, no locks
      const read = async (name: string) => readFile(join(folder, name), "utf8").catch(() => undefined);
      const texts = await Promise.all(names.map(async (name) => [name, await read(name)] as const));
      return texts.flatMap(([name, text]) => (text === undefined ? [] : [readLock(name, text)]));
    },
    remove: (name) => rm(join(folder, name), { force: true }),
  };
}
