import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Files of a self-managed state backend; paths begin with `.pulumi/`. */
export interface StateFiles {
  /** Names in a folder, sorted; none when there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  /** @returns nothing when there is no such file */
  read(path: string): Promise<string | undefined>;
  /** All of it or nothing. */
  write(path: string, text: string): Promise<void>;
  /** One that is gone already is fine. */
  remove(path: string): Promise<void>;
}

/**
 * @param backend `file://…` or `azblob://container?storage_account=…`
 * @returns nothing for backends whose files are not to be had: there Pulumi's own words are all there is
 */
export async function stateFiles(backend: string): Promise<StateFiles | undefined> {
  if (backend.startsWith("file://")) return localFiles(pathOf(backend));
  if (!backend.startsWith("azblob://")) return undefined;
  const { blobFiles } = await import("./stateBlobs.ts"); // the client takes a second to load
  return blobFiles(backend);
}

/** `file://~/x` and `file://./x` are how Pulumi writes paths that are not absolute. */
function pathOf(url: string): string {
  const path = url.slice("file://".length);
  if (path.startsWith("~")) return join(process.env.HOME ?? "", path.slice(1));
  return path.startsWith("/") ? fileURLToPath(url) : path;
}

function localFiles(root: string): StateFiles {
  return {
    list: async (folder) => (await readdir(join(root, folder)).catch(() => [])).sort(),
    read: (path) => readFile(join(root, path), "utf8").catch(absent),
    write: async (path, text) => {
      const place = join(root, path);
      await mkdir(dirname(place), { recursive: true });
      await writeFile(`${place}.new`, text, { mode: 0o600 });
      await rename(`${place}.new`, place);
    },
    remove: (path) => rm(join(root, path), { force: true }),
  };
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
