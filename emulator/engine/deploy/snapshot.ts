import type { Journal } from "../backend/journal.ts";
import type { Sealer } from "../backend/sealing.ts";
import { inDependencyOrder } from "./order.ts";
import { compactState, type PendingOperation, type PendingType, type ResourceState, renameUrns } from "./state.ts";

/**
 * The state of a stack while an operation changes it: what was there before (`olds`), and what this operation has put in
 * its place. Every change goes to the journal, sealed, so a killed process loses nothing.
 */
export class Snapshot {
  readonly olds: readonly ResourceState[];
  readonly #current: (ResourceState | undefined)[];
  readonly #oldIndex = new Map<ResourceState, number>();
  readonly #news: ResourceState[] = [];
  readonly #newIndex = new Map<ResourceState, number>();
  readonly #pendingCreates: readonly PendingOperation[];
  readonly #journal: Journal | undefined;
  readonly #sealer: Sealer;
  /** Old URN to new one, for resources found by an alias. */
  readonly #renames = new Map<string, string>();
  #operations = 0;

  /** @param journal `undefined` in previews, which write nothing */
  constructor(
    olds: readonly ResourceState[],
    pendingCreates: readonly PendingOperation[],
    sealer: Sealer,
    journal: Journal | undefined,
  ) {
    this.olds = olds;
    this.#current = [...olds];
    for (const [index, old] of olds.entries()) this.#oldIndex.set(old, index);
    this.#pendingCreates = pendingCreates;
    this.#sealer = sealer;
    this.#journal = journal;
  }

  /** Notes that a provider call begins. @returns its number, for `end` */
  async begin(type: PendingType, resource: ResourceState): Promise<number> {
    const operation = this.#operations++;
    if (this.#journal) this.#journal.begin(operation, type, await this.#sealer.seal(resource));
    return operation;
  }

  /** Notes that the call is over, well or badly. */
  end(operation: number): void {
    this.#journal?.end(operation);
  }

  /** Adds a state of this operation, or writes it again after a change. Its position is that of the first call. */
  async put(state: ResourceState): Promise<void> {
    let index = this.#newIndex.get(state);
    if (index === undefined) {
      index = this.#news.push(state) - 1;
      this.#newIndex.set(state, index);
    }
    if (this.#journal) this.#journal.putNew(index, await this.#sealer.seal(state));
  }

  /** True when this operation has written the state. */
  holds(state: ResourceState): boolean {
    return this.#newIndex.has(state);
  }

  /** Puts `state` for `old`. When nothing differs, no line is written: the old one stands for it should we be killed. */
  async keep(old: ResourceState, state: ResourceState): Promise<void> {
    if (this.#journal && JSON.stringify(compactState(old)) !== JSON.stringify(compactState(state))) {
      await this.put(state);
      this.drop(old);
      return;
    }
    this.#newIndex.set(state, this.#news.push(state) - 1);
    const index = this.#oldIndex.get(old);
    if (index !== undefined) this.#current[index] = undefined;
  }

  /** Removes a state from before. */
  drop(old: ResourceState): void {
    const index = this.#oldIndex.get(old);
    if (index === undefined) return;
    this.#current[index] = undefined;
    this.#journal?.putOld(index, undefined);
  }

  /** Writes a state from before again after a change in place (`delete`, `pendingReplacement`), or another in its place. */
  async change(old: ResourceState, state: ResourceState = old): Promise<void> {
    const index = this.#oldIndex.get(old);
    if (index === undefined) return this.put(state);
    this.#current[index] = state;
    if (this.#journal) this.#journal.putOld(index, await this.#sealer.seal(state));
  }

  /** Remembers that a resource goes by another URN now; references to the old one are rewritten in the result. */
  rename(oldUrn: string, newUrn: string): void {
    this.#renames.set(oldUrn, newUrn);
  }

  /** The new URN of a renamed resource, else the same. */
  readonly renamed = (urn: string): string => this.#renames.get(urn) ?? urn;

  /** All states as they stand, dependencies first. */
  resources(): readonly ResourceState[] {
    const left = this.#current.filter((state) => state !== undefined);
    const all = inDependencyOrder([...this.#news, ...left]);
    return this.#renames.size === 0 ? all : all.map((state) => renameUrns(state, this.renamed));
  }

  /** Pending operations that stay: creates of an earlier, killed process, until someone looks. */
  pendingOperations(): readonly PendingOperation[] {
    return this.#pendingCreates;
  }
}
