import { dependenciesOf, type ResourceState } from "./state.ts";

/** Sorts states so that each stands after what it depends on; otherwise the given order stays. */
export function inDependencyOrder(states: readonly ResourceState[]): readonly ResourceState[] {
  const byUrn = new Map<string, ResourceState[]>();
  for (const state of states) byUrn.set(state.urn, [...(byUrn.get(state.urn) ?? []), state]);
  const sorted = new Set<ResourceState>();
  const visiting = new Set<ResourceState>();
  const visit = (state: ResourceState): void => {
    if (sorted.has(state) || visiting.has(state)) return;
    visiting.add(state);
    for (const urn of dependenciesOf(state))
      for (const needed of byUrn.get(urn) ?? []) if (needed.urn !== state.urn) visit(needed);
    sorted.add(state);
  };
  for (const state of states) visit(state);
  return [...sorted];
}
