import type { Bucket } from "./bucket.ts";
import { type Deployment, serializeCheckpoint, unixNanoseconds } from "./checkpoint.ts";
import { historyFolder } from "./layout.ts";
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

/** Writes an entry and the state that the operation left. */
export async function addHistory(
  bucket: Bucket,
  stack: StackReference,
  entry: HistoryEntry,
  deployment: Deployment,
): Promise<void> {
  const name = `${historyFolder(stack)}/${stack.name}-${unixNanoseconds()}`;
  await bucket.write(`${name}${SUFFIX}`, JSON.stringify(entry, null, 4));
  await bucket.write(`${name}.checkpoint.json`, serializeCheckpoint(stack, deployment));
}

/** Entries, newest first. Pages count from 1; a page size of 0 means all. */
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
  const texts = await Promise.all(chosen.map((name) => bucket.read(`${folder}/${name}`)));
  return texts.filter((text) => text !== undefined).map((text) => JSON.parse(text) as HistoryEntry);
}

/** Names end in the time with a fixed number of digits; the stack may have been renamed between. */
function byTime(left: string, right: string): number {
  const time = (name: string) => name.slice(name.lastIndexOf("-") + 1, -SUFFIX.length).padStart(24, "0");
  return time(left) < time(right) ? 1 : -1;
}
