import { inDependencyOrder } from "../deploy/order.ts";
import {
  compactState,
  type PendingOperation,
  type PendingType,
  type ResourceState,
  renameUrns,
} from "../deploy/state.ts";
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
  | ({ readonly kind: "change" } & JournalChange)
  | { readonly kind: "rename"; readonly from: string; readonly to: string };

/** What one finished step did, in one line, so that a kill leaves all of it or nothing. */
export interface JournalChange {
  /** The operation that is over with this. */
  readonly ends?: number;
  readonly new?: { readonly index: number; readonly resource: ResourceState };
  /** `null`: the state is gone. */
  readonly old?: { readonly index: number; readonly resource: ResourceState | null };
}

/**
 * Appends to a stack's journal. Resources are handed over sealed. Lines that come while others are on their way to a
 * store that takes time go together with the next.
 */
export class Journal {
  readonly #bucket: Bucket;
  readonly #key: string;
  #waiting = "";
  #sending: Promise<void> | undefined;

  /**
   * Starts a journal; one that is there is overwritten.
   *
   * @param time `manifest.time` of the checkpoint that the positions refer to, empty when there is none */
  static async start(
    bucket: Bucket,
    key: string,
    time: string,
    secrets: Deployment["secrets_providers"],
  ): Promise<Journal> {
    const journal = new Journal(bucket, key);
    await bucket.remove(key);
    await journal.#append({ kind: "base", time, ...(secrets ? { secrets } : {}) });
    return journal;
  }

  private constructor(bucket: Bucket, key: string) {
    this.#bucket = bucket;
    this.#key = key;
  }

  /** Resolves when the line is stored: only then may the provider be called. */
  begin(operation: number, type: PendingType, resource: ResourceState): Promise<void> {
    return this.#append({ kind: "begin", operation, type, resource: compactState(resource) });
  }

  /** A resource goes by another URN: what refers to the old one follows. Whoever waits for a later line waits for this one. */
  rename(from: string, to: string): void {
    this.#append({ kind: "rename", from, to }).catch(() => undefined); // the next line meets the same trouble, and is waited for
  }

  change(change: JournalChange): Promise<void> {
    return this.#append({ kind: "change", ...change });
  }

  #append(line: JournalLine): Promise<void> {
    this.#waiting += `${JSON.stringify(line)}\n`;
    this.#sending ??= this.#send();
    return this.#sending;
  }

  async #send(): Promise<void> {
    try {
      while (this.#waiting !== "") {
        const text = this.#waiting;
        this.#waiting = "";
        await this.#bucket.append(this.#key, text);
      }
    } finally {
      this.#sending = undefined;
    }
  }
}

/**
 * Applies the journal of a killed operation: finished steps become state, begun ones pending operations. A journal of
 * another checkpoint (its operation did end, only the removal was cut off) changes nothing; a torn last line is dropped.
 *
 * @returns the base itself when the journal does not belong to it
 */
export function foldJournal(base: Deployment | undefined, text: string): Deployment | undefined {
  const lines = parseLines(text);
  const head = lines[0];
  if (head?.kind !== "base" || head.time !== (base?.manifest.time ?? "")) return base;
  const olds: (ResourceState | null)[] = [...(base?.resources ?? [])];
  const news: ResourceState[] = [];
  const pending = new Map<number, PendingOperation>();
  const renames = new Map<string, string>();
  for (const line of lines) {
    if (line.kind === "begin") pending.set(line.operation, { resource: line.resource, type: line.type });
    if (line.kind === "rename") renames.set(line.from, line.to);
    if (line.kind !== "change") continue;
    if (line.ends !== undefined) pending.delete(line.ends);
    if (line.new) news[line.new.index] = line.new.resource;
    if (line.old) olds[line.old.index] = line.old.resource;
  }
  const states = [...news.filter((state) => state !== undefined), ...olds.filter((state) => state !== null)];
  const renamed = (urn: string) => renames.get(urn) ?? urn;
  const resources = inDependencyOrder(states.map((state) => (renames.size > 0 ? renameUrns(state, renamed) : state)));
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
