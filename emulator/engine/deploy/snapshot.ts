import type { Journal } from "../backend/journal.ts";
import type { Sealer } from "../backend/sealing.ts";
import { inDependencyOrder } from "./order.ts";
import { compactState, type PendingType, type ResourceState, renameUrns } from "./state.ts";

/** What else is true from the moment that a state is written: all of it together, or nothing. */
export interface Along {
  /** A state from before that is gone. */
  readonly drops?: ResourceState | undefined;
  /** A state from before that has been replaced and is still to be deleted. */
  readonly marks?: ResourceState | undefined;
  /** The operation, by its number from `begin`, that is over. */
  readonly ends?: number | undefined;
}

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
  readonly #journal: Journal | undefined;
  readonly #sealer: Sealer;
  /** Old URN to new one, for resources found by an alias. */
  readonly #renames = new Map<string, string>();
  /** What a state stands for, when that was not worth a line: the next line about the state says it. */
  readonly #silent = new Map<ResourceState, ResourceState>();
  #operations = 0;

  /** @param journal `undefined` in previews, which write nothing */
  constructor(olds: readonly ResourceState[], sealer: Sealer, journal: Journal | undefined) {
    this.olds = olds;
    this.#current = [...olds];
    for (const [index, old] of olds.entries()) this.#oldIndex.set(old, index);
    this.#sealer = sealer;
    this.#journal = journal;
  }

  /** Notes that a provider call begins. @returns its number, for `ends` and `end` */
  async begin(type: PendingType, resource: ResourceState): Promise<number> {
    const operation = this.#operations++;
    await this.#journal?.begin(operation, type, await this.#sealer.seal(resource));
    return operation;
  }

  /** Notes that a call is over that changed nothing. */
  async end(operation: number): Promise<void> {
    await this.#journal?.change({ ends: operation });
  }

  /** Adds a state of this operation, or writes it again after a change. Its position is that of the first call. */
  async put(state: ResourceState, along: Along = {}): Promise<void> {
    const index = this.#place(state);
    const old = along.drops ?? along.marks ?? this.#silent.get(state);
    if (along.marks) along.marks.delete = true;
    const oldIndex = old && this.#oldIndex.get(old);
    if (oldIndex !== undefined) this.#current[oldIndex] = along.marks ? old : undefined;
    if (!this.#journal) return;
    if (!along.marks) this.#silent.delete(state);
    const sealed = await this.#sealer.seal(state);
    const sealedOld = along.marks && (await this.#sealer.seal(along.marks));
    await this.#journal.change({
      ...(along.ends === undefined ? {} : { ends: along.ends }),
      new: { index, resource: compactState(sealed) },
      ...(oldIndex === undefined
        ? {}
        : { old: { index: oldIndex, resource: sealedOld ? compactState(sealedOld) : null } }),
    });
  }

  /** Puts `state` for `old`. When nothing differs, no line is written: the old one stands for it should we be killed. */
  async keep(old: ResourceState, state: ResourceState): Promise<void> {
    if (this.#journal && JSON.stringify(compactState(old)) !== JSON.stringify(compactState(state)))
      return this.put(state, { drops: old });
    this.#place(state);
    this.#silent.set(state, old);
    const index = this.#oldIndex.get(old);
    if (index !== undefined) this.#current[index] = undefined;
  }

  /** Removes a state from before. */
  async drop(old: ResourceState, ends?: number): Promise<void> {
    const index = this.#oldIndex.get(old);
    if (index === undefined) return;
    this.#current[index] = undefined;
    await this.#journal?.change({ ...(ends === undefined ? {} : { ends }), old: { index, resource: null } });
  }

  /** Writes a state from before again after a change in place (`pendingReplacement`), or another in its place. */
  async change(old: ResourceState, state: ResourceState = old, ends?: number): Promise<void> {
    const index = this.#oldIndex.get(old);
    if (index === undefined) return this.put(state, { ends });
    this.#current[index] = state;
    if (!this.#journal) return;
    const resource = compactState(await this.#sealer.seal(state));
    await this.#journal.change({ ...(ends === undefined ? {} : { ends }), old: { index, resource } });
  }

  /** Remembers that a resource goes by another URN now; references to the old one are rewritten in the result. */
  rename(oldUrn: string, newUrn: string): void {
    this.#renames.set(oldUrn, newUrn);
    this.#journal?.rename(oldUrn, newUrn);
  }

  /** The new URN of a renamed resource, else the same. */
  readonly renamed = (urn: string): string => this.#renames.get(urn) ?? urn;

  /** All states as they stand, dependencies first. */
  resources(): readonly ResourceState[] {
    const left = this.#current.filter((state) => state !== undefined);
    const all = [...this.#news, ...left];
    return inDependencyOrder(this.#renames.size === 0 ? all : all.map((state) => renameUrns(state, this.renamed)));
  }

  #place(state: ResourceState): number {
    const known = this.#newIndex.get(state);
    if (known !== undefined) return known;
    const index = this.#news.push(state) - 1;
    this.#newIndex.set(state, index);
    return index;
  }
}
