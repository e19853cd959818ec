import { target, type Workbench } from "./operations.ts";
import type { ResourceState } from "./state.ts";
import { dependenciesOf } from "./state.ts";
import { isProviderType, splitReference } from "./urn.ts";
import { type PropertyMap, UNKNOWN, type Value } from "./values.ts";

/** A resource that must go before something it depends on can be deleted, and why. */
export interface DependentReplacement {
  readonly state: ResourceState;
  readonly keys: readonly string[];
}

/**
 * Finds what would be replaced when `root` is: resources whose Diff, with unknown in the properties that depend on the
 * replaced ones, says replace; those whose provider is replaced; those that are deleted with a replaced one.
 *
 * @param skip true for states that this operation has dealt with
 * @returns in dependency order: a dependent stands after what it depends on
 */
export async function dependentReplacements(
  root: ResourceState,
  bench: Workbench,
  skip: (state: ResourceState) => boolean,
): Promise<readonly DependentReplacement[]> {
  const replaced = new Set([root.urn]);
  const found: DependentReplacement[] = [];
  for (const state of bench.snapshot.olds) {
    if (state === root || state.delete || skip(state) || !state.custom || state.external) continue;
    if (!dependenciesOf(state).some((urn) => replaced.has(urn))) continue;
    const keys = await replacementKeys(state, replaced, bench);
    if (!keys) continue;
    replaced.add(state.urn);
    found.push({ state, keys });
  }
  return found;
}

async function replacementKeys(
  state: ResourceState,
  replaced: ReadonlySet<string>,
  bench: Workbench,
): Promise<readonly string[] | undefined> {
  if (state.provider && replaced.has(splitReference(state.provider).urn)) return ["provider"];
  if (state.deletedWith && replaced.has(state.deletedWith)) return ["deletedWith"];
  if (isProviderType(state.type)) return undefined;
  const inputs = withUnknowns(state, replaced);
  if (!inputs) return undefined;
  const provider = await bench.providers.get(state.provider ?? "");
  const diff = await provider.diff({
    ...target(state),
    id: state.id ?? "",
    oldInputs: state.inputs ?? {},
    oldOutputs: state.outputs ?? {},
    news: inputs,
    ignoreChanges: [],
  });
  return diff.replaceKeys.length > 0 ? diff.replaceKeys : undefined;
}

/** The inputs with unknowns where they come from replaced resources; `undefined` when none do. */
function withUnknowns(state: ResourceState, replaced: ReadonlySet<string>): PropertyMap | undefined {
  const byProperty = Object.entries(state.propertyDependencies ?? {});
  const inputs: Record<string, Value> = { ...state.inputs };
  if (byProperty.length === 0) {
    // No record of which property depends on what: each may.
    if (!(state.dependencies ?? []).some((urn) => replaced.has(urn))) return undefined;
    return Object.fromEntries(Object.keys(inputs).map((key) => [key, UNKNOWN]));
  }
  const unknown = byProperty.filter(([, urns]) => urns.some((urn) => replaced.has(urn))).map(([key]) => key);
  if (unknown.length === 0) return undefined;
  for (const key of unknown) inputs[key] = UNKNOWN;
  return inputs;
}
