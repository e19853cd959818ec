import { AliasTable } from "./aliases.ts";
import type { Goal } from "./goal.ts";
import { ResourceProblem } from "./problem.ts";
import type { Snapshot } from "./snapshot.ts";
import type { ResourceState } from "./state.ts";
import { makeUrn, parentType } from "./urn.ts";

/** Who has taken which name, and which old state, in one operation. */
export class Claims {
  readonly #names: { readonly stack: string; readonly project: string };
  readonly #snapshot: Snapshot;
  readonly #aliases: AliasTable;
  readonly #oldsByUrn = new Map<string, ResourceState>();
  /** URNs registered or read in this operation. */
  readonly #seen = new Set<string>();
  /** Old states that a registration took over. */
  readonly #claimed = new Set<ResourceState>();
  /** Old URNs that were found by an alias, and who found them. */
  readonly #aliased = new Map<string, string>();

  constructor(names: { readonly stack: string; readonly project: string }, snapshot: Snapshot) {
    this.#names = names;
    this.#snapshot = snapshot;
    this.#aliases = new AliasTable(names.stack, names.project);
    for (const old of snapshot.olds) if (!old.delete) this.#oldsByUrn.set(old.urn, old);
  }

  /** True when this operation has registered or read the URN. */
  hasSeen(urn: string): boolean {
    return this.#seen.has(urn);
  }

  /** True when a registration took the old state over. */
  hasClaimed(old: ResourceState): boolean {
    return this.#claimed.has(old);
  }

  /**
   * Names a resource and finds its old state, its own name first, then its aliases.
   *
   * @throws ResourceProblem when the name is taken
   */
  claim(resource: Pick<Goal, "type" | "name" | "parent" | "aliases">): {
    readonly urn: string;
    readonly old: ResourceState | undefined;
  } {
    const { type, name, parent } = resource;
    const urn = makeUrn(this.#names.stack, this.#names.project, parentType(parent), type, name);
    if (this.#seen.has(urn)) {
      throw new ResourceProblem(urn, `Duplicate resource URN '${urn}'; try giving it a unique name`);
    }
    this.#seen.add(urn);
    this.#aliases.add({ urn, ...resource });
    const own = this.#oldsByUrn.get(urn);
    const found = own && !this.#claimed.has(own) ? own : this.#findAlias(urn);
    if (found) this.#claimed.add(found);
    return { urn, old: found };
  }

  /** Former URNs of a resource that was claimed. */
  aliasesOf(urn: string): readonly string[] {
    return this.#aliases.of(urn);
  }

  #findAlias(urn: string): ResourceState | undefined {
    for (const alias of this.#aliases.of(urn)) {
      const old = this.#oldsByUrn.get(alias);
      if (!old) continue;
      const other = this.#seen.has(alias) ? urn : this.#aliased.get(alias);
      if (other !== undefined) {
        throw new ResourceProblem(
          urn,
          `Duplicate resource alias '${alias}' applied to resource with URN '${urn}' conflicting with resource with URN '${other}'`,
        );
      }
      this.#aliased.set(alias, urn);
      this.#snapshot.rename(alias, urn);
      return old;
    }
    return undefined;
  }
}
