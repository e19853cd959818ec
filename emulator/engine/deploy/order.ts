import { dependenciesOf, type ResourceState } from "./state.ts";

/**
 * Sorts states so that each stands after what it depends on; otherwise the given order stays. A URN may have two states: the
 * one that is to be deleted may depend on what now depends on the other, and then stands after that.
 */
export function inDependencyOrder(states: readonly ResourceState[]): readonly ResourceState[] {
  const byUrn = new Map<string, ResourceState[]>();
  for (const state of states) byUrn.set(state.urn, [...(byUrn.get(state.urn) ?? []), state]);
  const sorted = new Set<ResourceState>();
  const visiting = new Set<ResourceState>();
  /** @returns false when the state cannot stand yet */
  const visit = (state: ResourceState): boolean => {
    if (sorted.has(state)) return true;
    if (visiting.has(state)) return false;
    visiting.add(state);
    const needs = dependenciesOf(state).flatMap((urn) => (urn === state.urn ? [] : (byUrn.get(urn) ?? [])));
    const placed = needs.map(visit).every(Boolean) || !state.delete;
    visiting.delete(state);
    if (placed) sorted.add(state);
    return placed;
  };
  for (const state of states) visit(state);
  return [...sorted];
}
