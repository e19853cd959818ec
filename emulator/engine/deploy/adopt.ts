import { checkInputs } from "./checkInputs.ts";
import type { Operations, Workbench } from "./operations.ts";
import { ResourceProblem } from "./problem.ts";
import type { ResourceState } from "./state.ts";
import { makeStep, type Step } from "./step.ts";
import type { Case, Verdicts } from "./verdicts.ts";

/**
 * Takes over a resource that exists (the `import` option): read it, then see whether the program wants it otherwise.
 *
 * @throws ResourceProblem when it does not exist, or could only be replaced
 */
export async function adoptSteps(
  subject: Case,
  bench: Workbench,
  operations: Operations,
  verdicts: Verdicts,
): Promise<readonly Step[]> {
  const { goal, urn, old, state, provider } = subject;
  if (!provider) throw new ResourceProblem(urn, "only custom resources can be imported");
  const existing = await operations.readForImport(state, provider, goal.importId).catch((error: Error) => {
    throw new ResourceProblem(urn, error.message);
  });
  const id = existing.id || goal.importId;
  const found: ResourceState = {
    ...state,
    id,
    importID: goal.importId,
    inputs: existing.inputs ?? goal.inputs,
    outputs: existing.outputs,
  };
  await checkInputs(subject, found.inputs);
  const verdict = await verdicts.verdict(subject, found);
  if (verdict.replaceKeys.length > 0) {
    throw new ResourceProblem(
      urn,
      `inputs to import do not match the existing resource: ${verdict.replaceKeys.join(", ")}`,
    );
  }
  const replacing = old !== undefined && !old.external;
  const adopt = makeStep(replacing ? "import-replacement" : "import", subject, old, {}, async () => {
    Object.assign(state, { id, importID: goal.importId, outputs: existing.outputs });
    if (!verdict.changed) state.created = state.modified = bench.now().toISOString();
    await bench.snapshot.put(state, replacing ? { marks: old } : { drops: old });
  });
  const after: Step[] = replacing ? [makeStep("replace", subject, old, {}, async () => undefined)] : [];
  if (!verdict.changed) return [adopt, ...after];
  const details = { diffs: verdict.diffs, detailed: verdict.detailed };
  return [
    adopt,
    ...after,
    makeStep("update", subject, found, details, () => operations.update(found, state, provider)),
  ];
}
