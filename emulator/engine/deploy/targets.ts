import { dependenciesOf, type ResourceState } from "./state.ts";
import { isProviderType, parseUrn, STACK_TYPE } from "./urn.ts";

export interface TargetOptions {
  /** Only these (`--target`). URNs, or globs (`*` within a segment, `**` across). */
  readonly targets: readonly string[];
  /** All but these (`--exclude`). */
  readonly excludes: readonly string[];
  /** What depends on a target is one too (`--target-dependents`), or is excluded too (`--exclude-dependents`). */
  readonly withDependents: boolean;
}

/** The resources that an operation is limited to: some, or all but some. */
export class Targets {
  readonly #patterns: readonly RegExp[];
  readonly #literals: readonly string[];
  readonly excluding: boolean;
  readonly withDependents: boolean;
  /** Dependents of those that the patterns mean, as they come up. */
  readonly #added = new Set<string>();

  constructor({ targets, excludes, withDependents }: TargetOptions) {
    this.excluding = excludes.length > 0;
    const patterns = this.excluding ? excludes : targets;
    this.#patterns = patterns.map(globExpression);
    this.#literals = patterns.filter((pattern) => !pattern.includes("*"));
    this.withDependents = withDependents;
  }

  /** False when the operation is not limited at all. */
  get active(): boolean {
    return this.#patterns.length > 0;
  }

  /** Providers and the stack itself are always meant. */
  includes(urn: string): boolean {
    if (!this.active) return true;
    const { type } = parseUrn(urn);
    return isProviderType(type) || type === STACK_TYPE || this.names(urn) !== this.excluding;
  }

  /** True when the user's list names the URN, by itself or as a dependent. */
  names(urn: string): boolean {
    return this.#added.has(urn) || this.#patterns.some((pattern) => pattern.test(urn));
  }

  /** Adds a dependent of what the list names, when that is wanted. */
  follow(urn: string, needs: readonly string[]): void {
    if (this.withDependents && needs.some((need) => this.names(need))) this.#added.add(urn);
  }

  /** URNs in the list, not globs, that nobody knows. */
  missing(known: (urn: string) => boolean): readonly string[] {
    return this.#literals.filter((urn) => !known(urn));
  }
}

/** No limits. */
export const EVERYTHING: Targets = new Targets({ targets: [], excludes: [], withDependents: false });

function globExpression(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*|\*)/).map((part) => {
    if (part === "**") return ".*";
    return part === "*" ? "[^:]*" : part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`, "s");
}

/** The message for a target that is not there, in the CLI's words. */
export function missingTarget(urn: string): string {
  const advice = urn.includes("$") ? "" : " Did you forget to escape $ in your shell?";
  return `Target '${urn}' could not be found in the stack.${advice}`;
}

/**
 * What a limited operation deletes: of the candidates the targets, with what depends on them when that is wanted.
 *
 * @returns the states to keep, and the URNs that would have to go too but were not named
 */
export function limitDeletes(
  candidates: readonly ResourceState[],
  targets: Targets,
): { readonly kept: ReadonlySet<ResourceState>; readonly unnamed: readonly string[] } {
  if (targets.excluding) return { kept: excludedAndNeeded(candidates, targets), unnamed: [] };
  const going = new Set<string>();
  const kept = new Set<ResourceState>();
  const unnamed: string[] = [];
  for (const state of candidates) {
    const follows = dependenciesOf(state).some((urn) => urn !== state.urn && going.has(urn));
    if (targets.names(state.urn) || (follows && targets.withDependents)) {
      going.add(state.urn);
      continue;
    }
    if (follows) unnamed.push(state.urn);
    kept.add(state);
  }
  return { kept, unnamed };
}

/** The excluded among the candidates, their dependents when that is wanted, and all that those depend on. */
function excludedAndNeeded(candidates: readonly ResourceState[], targets: Targets): ReadonlySet<ResourceState> {
  for (const state of candidates) targets.follow(state.urn, dependenciesOf(state));
  const kept = candidates.filter((state) => !targets.includes(state.urn)).map((state) => state.urn);
  return withNeeds(candidates, new Set(kept));
}

/** The states of these URNs and all that they depend on. `states` stand in dependency order. */
export function withNeeds(states: readonly ResourceState[], urns: Set<string>): ReadonlySet<ResourceState> {
  const found = new Set<ResourceState>();
  for (const state of states.toReversed()) {
    if (!urns.has(state.urn)) continue;
    found.add(state);
    for (const need of dependenciesOf(state)) urns.add(need);
  }
  return found;
}

/** The message for a dependent that would have to go but was not named, in the CLI's words. */
export function unnamedDependent(urn: string): string {
  return `Resource '${urn}' will be destroyed but was not specified in --target list.\nEither include resource in --target list or pass --target-dependents to proceed.`;
}
