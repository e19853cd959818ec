import { EngineError } from "../engineError.ts";
import type { Bucket } from "./bucket.ts";
import { type Deployment, serializeCheckpoint, unixNanoseconds } from "./checkpoint.ts";
import { historyFolder } from "./layout.ts";
import { parseJson } from "./parseJson.ts";
import type { ConfigNode } from "./stackConfig.ts";
import type { StackReference } from "./stackReference.ts";

export type UpdateKind = "update" | "destroy" | "refresh" | "resource-import";

/** One finished operation (backend.UpdateInfo); times in seconds since 1970. */
export interface HistoryEntry {
  readonly kind: UpdateKind;
  readonly startTime: number;
  readonly message: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Config by full key; secrets stay sealed. */
  readonly config: Readonly<Record<string, ConfigNode>>;
  readonly version: number;
  readonly result: "succeeded" | "failed" | "in-progress";
  readonly endTime: number;
  readonly resourceChanges: Readonly<Record<string, number>>;
}

const SUFFIX = ".history.json";

/**
 * Writes an entry and the state that the operation left.
 *
 * @throws EngineError when the store refuses; the state itself is in its place already, and the message says so
 */
export async function addHistory(
  bucket: Bucket,
  stack: StackReference,
  entry: HistoryEntry,
  deployment: Deployment,
): Promise<void> {
  const name = `${historyFolder(stack)}/${stack.name}-${unixNanoseconds()}`;
  try {
    await bucket.write(`${name}${SUFFIX}`, JSON.stringify(entry, null, 4));
    await bucket.write(`${name}.checkpoint.json`, serializeCheckpoint(stack, deployment));
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const message = `the state is saved, but not the entry in the history: ${error.message}`;
    throw new EngineError(message, error.exitCode, { cause: error });
  }
}

/**
 * Entries, newest first. Pages count from 1; a page size of 0 means all.
 *
 * @throws EngineError that names a damaged entry
 */
export async function readHistory(
  bucket: Bucket,
  stack: StackReference,
  pageSize = 0,
  page = 1,
): Promise<readonly HistoryEntry[]> {
  const folder = historyFolder(stack);
  const names = (await bucket.list(folder)).filter((name) => name.endsWith(SUFFIX)).sort(byTime);
  const from = pageSize > 0 ? (Math.max(page, 1) - 1) * pageSize : 0;
  const chosen = pageSize > 0 ? names.slice(from, from + pageSize) : names;
  const entries = await Promise.all(chosen.map((name) => readEntry(bucket, `${folder}/${name}`)));
  return entries.filter((entry) => entry !== undefined);
}

async function readEntry(bucket: Bucket, key: string): Promise<HistoryEntry | undefined> {
  const text = await bucket.read(key);
  if (text === undefined) return undefined;
  const advice = "The state of the stack is not affected: delete or repair that file.";
  return parseJson<HistoryEntry>(text, `reading history file ${bucket.locate(key)}: it`, advice);
}

/** Names end in the time with a fixed number of digits; the stack may have been renamed between. */
function byTime(left: string, right: string): number {
  const time = (name: string) => name.slice(name.lastIndexOf("-") + 1, -SUFFIX.length).padStart(24, "0");
  return time(left) < time(right) ? 1 : -1;
}
