import type { Snapshot } from "./snapshot.ts";
import { dependenciesOf } from "./state.ts";

/**
 * What each resource depends on after this operation. With `--target` a resource that stays as it was may depend, in the
 * state, on one that now depends on it: such a circle is found here.
 */
export class Needs {
  readonly #snapshot: Snapshot;
  readonly #registered = new Map<string, readonly string[]>();
  /** Old URNs that untargeted resources depend on and that have not registered: only through them can a circle close. */
  readonly #awaited = new Set<string>();
  #before: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  /** Notes a resource that stays as it was. */
  keep(urn: string, oldUrn: string, needs: readonly string[]): void {
    this.#note(urn, oldUrn, needs);
    for (const need of needs.map(this.#snapshot.renamed)) if (!this.#registered.has(need)) this.#awaited.add(need);
  }

  /** Notes a resource that registers. @returns the need from which dependencies lead back to it */
  add(urn: string, oldUrn: string | undefined, needs: readonly string[]): string | undefined {
    const other = this.#awaited.size === 0 ? undefined : this.#leadsBack(urn, needs);
    this.#note(urn, oldUrn ?? urn, needs);
    return other;
  }

  #note(urn: string, oldUrn: string, needs: readonly string[]): void {
    this.#registered.set(urn, needs);
    this.#awaited.delete(urn);
    this.#awaited.delete(oldUrn);
  }

  #leadsBack(urn: string, needs: readonly string[]): string | undefined {
    const seen = new Set<string>();
    const reaches = (from: string): boolean => {
      const open = [from];
      for (let at = open.pop(); at !== undefined; at = open.pop()) {
        if (at === urn) return true;
        if (seen.has(at)) continue;
        seen.add(at);
        open.push(...this.#needsOf(at));
      }
      return false;
    };
    return needs.find(reaches);
  }

  #needsOf(urn: string): readonly string[] {
    const { olds, renamed } = this.#snapshot;
    this.#before ??= new Map(olds.filter((old) => !old.delete).map((old) => [old.urn, dependenciesOf(old)]));
    return (this.#registered.get(urn) ?? this.#before.get(urn) ?? []).map(renamed);
  }
}
