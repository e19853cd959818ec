import type { LockFolder } from "./lockFolder.ts";
import type { StateFiles } from "./stateFiles.ts";
import { readLock } from "./stateLock.ts";

/** The lock files of a stack in a self-managed backend, project mode. */
export function lockFolder(files: StateFiles, project: string, stack: string): LockFolder {
  const folder = `.pulumi/locks/organization/${project}/${stack}`;
  return {
    list: async () => {
      const names = await files.list(folder);
      const texts = await Promise.all(
        names.map(async (name) => [name, await files.read(`${folder}/${name}`)] as const),
      );
      // One that went in between is no lock.
      return texts.flatMap(([name, text]) => (text === undefined ? [] : [readLock(name, text)]));
    },
    remove: (name) => files.remove(`${folder}/${name}`),
  };
}
