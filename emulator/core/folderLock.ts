import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Another process works in the data folder. */
export class FolderInUse extends Error {
  constructor(folder: string, options?: ErrorOptions) {
    super(`another local Azure works in ${folder}`, options);
    this.name = "FolderInUse";
  }
}

/**
 * Claims a data folder until the returned function is called or this process ends, however it ends: SQLite's exclusive lock is the
 * operating system's, so nothing stale can stay behind.
 *
 * @throws {FolderInUse} when somebody else has it
 */
export function lockFolder(folder: string): () => void {
  const database = new DatabaseSync(join(folder, "lock.db"));
  try {
    database.exec("PRAGMA busy_timeout = 1000; BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    throw new FolderInUse(folder, { cause });
  }
  return () => database.close();
}
