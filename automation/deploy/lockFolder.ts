import type { StateLock } from "./stateLock.ts";

/** Files of a backend by name. */
export interface LockFolder {
  list(): Promise<readonly StateLock[]>;
  /** One that is gone already is fine. */
  remove(name: string): Promise<void>;
}
