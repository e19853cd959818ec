import { dependenciesOf, type PendingOperation, type ResourceState } from "../deploy/state.ts";
import { parseUrn } from "../deploy/urn.ts";

/** The part of an exported stack that invariants are about. */
export interface Exported {
  readonly resources: readonly ResourceState[];
  readonly pending: readonly PendingOperation[];
}

/** What is wrong with a state by itself; empty for a valid one. */
export function flawsOf({ resources }: Exported): readonly string[] {
  const flaws: string[] = [];
  const before = new Set<string>();
  const references = new Set<string>();
  const live = new Set<string>();
  for (const state of resources) {
    for (const urn of dependenciesOf(state)) {
      if (urn !== state.urn && !before.has(urn)) flaws.push(`${state.urn} stands before ${urn}, or that is gone`);
    }
    if (state.provider && !references.has(state.provider)) flaws.push(`${state.urn} has lost ${state.provider}`);
    before.add(state.urn);
    references.add(`${state.urn}::${state.id ?? ""}`);
    if (state.delete) continue;
    if (live.has(state.urn)) flaws.push(`${state.urn} is there twice`);
    live.add(state.urn);
    if (state.custom && !state.id) flaws.push(`${state.urn} has no id`);
  }
  return flaws;
}

/** What a successful operation must not leave. */
export function leftoversOf({ resources, pending }: Exported): readonly string[] {
  const unfinished = resources.filter((state) => state.delete || state.pendingReplacement || state.initErrors?.length);
  return [
    ...unfinished.map((state) => `${state.urn} ${state.id} is unfinished`),
    ...pending.map(({ type, resource }) => `${resource.urn} is ${type}`),
  ];
}

/** Ids of the test provider's resources that the state knows (those that wait for their replacement are gone already). */
export function knownIds({ resources }: Exported): ReadonlySet<string> {
  const things = resources.filter((state) => state.type.startsWith("test:") && !state.pendingReplacement);
  return new Set(things.flatMap((state) => state.id || []));
}

/** Ids that an operation gave up on purpose: retained, gone with another, or only read. */
export function releasedBetween(before: Exported, after: Exported): readonly string[] {
  const known = knownIds(after);
  return before.resources
    .filter((state) => state.retainOnDelete || state.deletedWith || state.external)
    .flatMap((state) => (state.id && !known.has(state.id) ? state.id : []));
}

/** Names of resources that were being made when a process died. */
export function pendingCreates({ pending }: Exported): ReadonlySet<string> {
  return new Set(pending.filter(({ type }) => type === "creating").map(({ resource }) => parseUrn(resource.urn).name));
}

/** The name in an id of the test provider (`NAME-3`). */
export function nameOfId(id: string): string {
  return id.slice(0, id.lastIndexOf("-"));
}
