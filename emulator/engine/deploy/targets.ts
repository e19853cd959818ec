import { dependenciesOf, type ResourceState } from "./state.ts";
import { isProviderType, parseUrn, STACK_TYPE } from "./urn.ts";

/** The resources that an operation is limited to (`--target`): URNs, or globs (`*` within a segment, `**` across). */
export class Targets {
  readonly #patterns: readonly RegExp[];
  readonly #literals: readonly string[];
  /** `--target-dependents`: what depends on a target is one too. */
  readonly withDependents: boolean;
  readonly #added = new Set<string>();

  constructor(patterns: readonly string[], withDependents: boolean) {
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
    if (!this.active || this.#added.has(urn)) return true;
    const { type } = parseUrn(urn);
    return isProviderType(type) || type === STACK_TYPE || this.names(urn);
  }

  /** True when the user's list means the URN, by itself or as a dependent. */
  names(urn: string): boolean {
    return this.#added.has(urn) || this.#patterns.some((pattern) => pattern.test(urn));
  }

  /** Makes a dependent of a target a target too, when that is wanted. */
  follow(urn: string, needs: readonly string[]): void {
    if (this.withDependents && needs.some((need) => this.names(need))) this.#added.add(urn);
  }

  /** Targets without glob that nobody knows. */
  missing(known: (urn: string) => boolean): readonly string[] {
    return this.#literals.filter((urn) => !known(urn));
  }
}

/** No limits. */
export const EVERYTHING: Targets = new Targets([], false);

function globExpression(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*|\*)/).map((part) => {
    if (part === "**") return ".*";
    return part === "*" ? "[^:]*" : part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`, "s");
}

/** The message for a target that is not there, in the CLI's words. */
export function missingTarget(urn: string): string {
  return `Target '${urn}' could not be found in the stack. Did you forget to escape $ in your shell?`;
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

/** The message for a dependent that would have to go but was not named, in the CLI's words. */
export function unnamedDependent(urn: string): string {
  return `Resource '${urn}' will be destroyed but was not specified in --target list.\nEither include resource in --target list or pass --target-dependents to proceed.`;
}
