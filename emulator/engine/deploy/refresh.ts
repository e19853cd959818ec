import type { StepExecutor } from "./executor.ts";
import { target, type Workbench } from "./operations.ts";
import { dependenciesOf, type ResourceState } from "./state.ts";
import type { Step } from "./step.ts";
import type { Targets } from "./targets.ts";
import { isDefaultProvider, isProviderType } from "./urn.ts";
import { equalValues } from "./values.ts";

/** What reading a resource again found. */
type Finding = "same" | "update" | "delete";

/**
 * Brings the state up to what really exists: every custom resource is read again. What is gone leaves the state, and
 * references to it are dropped.
 *
 * @param counted whether findings count in the summary (`up --refresh` counts only its update)
 * @returns the states afterwards, in their old order
 */
export async function refreshResources(
  olds: readonly ResourceState[],
  bench: Workbench,
  executor: StepExecutor,
  counted: boolean,
  targets: Targets,
): Promise<readonly ResourceState[]> {
  const results = new Map<ResourceState, ResourceState | undefined>();
  for (const old of olds) targets.follow(old.urn, dependenciesOf(old));
  const chosen = olds.filter((old) => targets.includes(old.urn));
  await Promise.all(chosen.map((old) => refreshOne(old, results, bench, executor, counted)));
  const gone = new Set(olds.filter((old) => results.has(old) && results.get(old) === undefined).map((old) => old.urn));
  const kept = olds.flatMap((old) => (results.has(old) ? (results.get(old) ?? []) : old));
  if (gone.size === 0) return kept;
  return kept.map((state) => withoutReferences(state, gone));
}

async function refreshOne(
  old: ResourceState,
  results: Map<ResourceState, ResourceState | undefined>,
  bench: Workbench,
  executor: StepExecutor,
  counted: boolean,
): Promise<void> {
  const state: ResourceState = { ...old };
  const found: { finding: Finding } = { finding: "same" };
  const step: Step = {
    op: "refresh",
    urn: old.urn,
    type: old.type,
    provider: old.provider ?? "",
    old,
    new: state,
    run: async () => {
      found.finding = await readAgain(old, state, bench);
    },
  };
  const ok = await executor.run([step], () => found.finding).catch(() => false);
  if (!ok) return;
  const { finding } = found;
  results.set(old, finding === "delete" ? undefined : state);
  if (finding !== "same") await (finding === "delete" ? bench.snapshot.drop(old) : bench.snapshot.change(old, state));
  if (counted && !isDefaultProvider(old.urn)) executor.count(finding);
}

async function readAgain(old: ResourceState, state: ResourceState, bench: Workbench): Promise<Finding> {
  if (!old.custom || isProviderType(old.type) || old.delete || old.pendingReplacement) return "same";
  const provider = await bench.providers.get(old.provider ?? "");
  const id = old.id ?? "";
  const result = await provider.read({ ...target(old), id, inputs: old.inputs ?? {}, outputs: old.outputs ?? {} });
  if (!result) return "delete";
  state.id = result.id;
  state.outputs = result.outputs;
  if (result.inputs) state.inputs = result.inputs;
  if (result.initErrors) state.initErrors = result.initErrors;
  else delete state.initErrors;
  const unchanged =
    equalValues(old.outputs, state.outputs) && equalValues(old.inputs, state.inputs) && old.id === state.id;
  if (unchanged) return "same";
  state.modified = bench.now().toISOString();
  return "update";
}

function withoutReferences(state: ResourceState, gone: ReadonlySet<string>): ResourceState {
  const result: ResourceState = { ...state };
  if (state.dependencies) result.dependencies = state.dependencies.filter((urn) => !gone.has(urn));
  if (state.propertyDependencies) {
    const entries = Object.entries(state.propertyDependencies);
    result.propertyDependencies = Object.fromEntries(
      entries.map(([key, urns]) => [key, urns.filter((urn) => !gone.has(urn))]),
    );
  }
  if (state.deletedWith && gone.has(state.deletedWith)) delete result.deletedWith;
  if (state.parent && gone.has(state.parent)) delete result.parent;
  return result;
}
