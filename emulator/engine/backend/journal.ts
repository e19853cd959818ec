import { inDependencyOrder } from "../deploy/order.ts";
import { compactState, type PendingOperation, type PendingType, type ResourceState } from "../deploy/state.ts";
import type { Bucket } from "./bucket.ts";
import type { Deployment } from "./checkpoint.ts";

/**
 * One line of the journal beside a checkpoint. While an operation runs, each step appends a few lines instead of writing
 * all state again, so n steps write O(n) bytes. `new` are states of this operation in order of their first appearance,
 * `old` are states of the checkpoint by position.
 */
type JournalLine =
  | { readonly kind: "base"; readonly time: string; readonly secrets?: Deployment["secrets_providers"] }
  | { readonly kind: "begin"; readonly operation: number; readonly type: PendingType; readonly resource: ResourceState }
  | { readonly kind: "end"; readonly operation: number }
  | { readonly kind: "new"; readonly index: number; readonly resource: ResourceState }
  | { readonly kind: "old"; readonly index: number; readonly resource: ResourceState | null };

/** Appends to a stack's journal. Resources are handed over sealed. */
export class Journal {
  readonly #bucket: Bucket;
  readonly #key: string;

  /** @param time `manifest.time` of the checkpoint that the positions refer to, empty when there is none */
  constructor(bucket: Bucket, key: string, time: string, secrets: Deployment["secrets_providers"]) {
    this.#bucket = bucket;
    this.#key = key;
    bucket.remove(key);
    this.#append({ kind: "base", time, ...(secrets ? { secrets } : {}) });
  }

  begin(operation: number, type: PendingType, resource: ResourceState): void {
    this.#append({ kind: "begin", operation, type, resource: compactState(resource) });
  }

  end(operation: number): void {
    this.#append({ kind: "end", operation });
  }

  putNew(index: number, resource: ResourceState): void {
    this.#append({ kind: "new", index, resource: compactState(resource) });
  }

  putOld(index: number, resource: ResourceState | undefined): void {
    this.#append({ kind: "old", index, resource: resource ? compactState(resource) : null });
  }

  #append(line: JournalLine): void {
    this.#bucket.append(this.#key, `${JSON.stringify(line)}\n`);
  }
}

/**
 * Applies the journal of a killed operation: finished steps become state, begun ones pending operations. A journal of
 * another checkpoint (its operation did end, only the removal was cut off) changes nothing; a torn last line is dropped.
 */
export function foldJournal(base: Deployment | undefined, text: string): Deployment | undefined {
  const lines = parseLines(text);
  const head = lines[0];
  if (head?.kind !== "base" || head.time !== (base?.manifest.time ?? "")) return base;
  const olds: (ResourceState | null)[] = [...(base?.resources ?? [])];
  const news: ResourceState[] = [];
  const pending = new Map<number, PendingOperation>();
  for (const line of lines) {
    if (line.kind === "begin") pending.set(line.operation, { resource: line.resource, type: line.type });
    else if (line.kind === "end") pending.delete(line.operation);
    else if (line.kind === "new") news[line.index] = line.resource;
    else if (line.kind === "old") olds[line.index] = line.resource;
  }
  const resources = inDependencyOrder([
    ...news.filter((state) => state !== undefined),
    ...olds.filter((state) => state !== null),
  ]);
  const operations = [
    ...(base?.pending_operations ?? []).filter(({ type }) => type === "creating"),
    ...pending.values(),
  ];
  return {
    manifest: base?.manifest ?? { time: "", magic: "", version: "" },
    ...(head.secrets ? { secrets_providers: head.secrets } : {}),
    ...(resources.length > 0 ? { resources } : {}),
    ...(operations.length > 0 ? { pending_operations: operations } : {}),
    metadata: {},
  };
}

function parseLines(text: string): readonly JournalLine[] {
  const lines: JournalLine[] = [];
  for (const line of text.split("\n").slice(0, -1)) {
    try {
      lines.push(JSON.parse(line) as JournalLine);
    } catch {
      break; // torn by the kill: nothing after it counts
    }
  }
  return lines;
}
