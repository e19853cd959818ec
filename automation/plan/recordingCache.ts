import type { PlannedResource } from "@devfactory/checks/index.ts";
import { LRUCache } from "lru-cache";
import { hashOf } from "../jobs/ids.ts";

type Recording = Promise<readonly PlannedResource[]>;

/** A plan has some 2 KB for each resource. */
const KEPT = 20;

/**
 * Recordings that were made before: one follows from its settings alone, and most deployments change an app's code and not its spec.
 * Those that failed are made again.
 */
export function rememberRecordings<Settings>(
  record: (settings: Settings) => Recording,
): (settings: Settings) => Recording {
  const known = new LRUCache<string, Recording>({ max: KEPT });
  return (settings) => {
    const key = hashOf(settings);
    const made = known.get(key) ?? record(settings);
    known.set(key, made);
    made.catch(() => known.delete(key));
    return made;
  };
}
