import type { StepExecutor } from "./executor.ts";
import type { Operations } from "./operations.ts";
import { inDependencyOrder } from "./order.ts";
import type { ResourceState } from "./state.ts";
import { dependenciesOf } from "./state.ts";
import type { Step } from "./step.ts";
import { isProviderType } from "./urn.ts";

/** What decides whether an old state goes. */
export interface Survivors {
  /** A registration has taken the state over. */
  claimed(state: ResourceState): boolean;
  /** The URN is in use in this operation. */
  seen(urn: string): boolean;
  /** The state stays although nothing claimed it: it was not targeted, or something that failed needs it. */
  spared(state: ResourceState): boolean;
}

/** The steps that remove what the program no longer wants, and what was replaced; in no order. */
export function deleteSteps(
  olds: readonly ResourceState[],
  survivors: Survivors,
  operations: Operations,
  renamed: (urn: string) => string,
): readonly Step[] {
  const doomed = withoutNeededProviders(
    olds,
    (state) => survivors.claimed(state),
    (state) => {
      if (state.delete) return !survivors.spared(state);
      return !survivors.claimed(state) && !survivors.seen(state.urn) && !survivors.spared(state);
    },
  );
  const going = new Set(doomed.map((state) => renamed(state.urn)));
  return doomed.map((state) =>
    deleteStep(state, state.deletedWith !== undefined && going.has(renamed(state.deletedWith)), operations),
  );
}

/** A provider stays, also a replaced one, as long as something that stays was made with it. */
function withoutNeededProviders(
  olds: readonly ResourceState[],
  isClaimed: (state: ResourceState) => boolean,
  isDoomed: (state: ResourceState) => boolean,
): readonly ResourceState[] {
  const doomed = olds.filter(isDoomed);
  const going = new Set(doomed);
  const needed = new Set(olds.filter((state) => !going.has(state) && !isClaimed(state)).map((state) => state.provider));
  return doomed.filter((state) => !isProviderType(state.type) || !needed.has(`${state.urn}::${state.id}`));
}

function deleteStep(old: ResourceState, vanishes: boolean, operations: Operations): Step {
  const common = { urn: old.urn, type: old.type, provider: old.provider ?? "", old, new: undefined };
  if (old.pendingReplacement && !old.delete) {
    // It was deleted already, when a replacement broke off; only the record is left.
    return { ...common, op: "remove-pending-replace", run: () => operations.delete(old, true, false) };
  }
  const op = old.external ? (old.delete ? "discard-replaced" : "discard") : old.delete ? "delete-replaced" : "delete";
  return { ...common, op, run: () => operations.delete(old, vanishes, false) };
}

/** The message for a resource that may not be deleted, in the CLI's words. */
export function protectedMessage(urn: string): string {
  return (
    `resource "${urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, either remove the \`protect\` flag ` +
    `from the resource in your Pulumi program and run \`pulumi up\`, or use the command:\n\`pulumi state unprotect '${urn}'\``
  );
}

/**
 * Runs delete steps: each one as soon as all that depend on it are gone. What something else still needs, because its
 * own delete failed, stays. Of two states of one URN only those count for a dependent that stand before it in the state.
 */
export async function runDeletes(
  steps: readonly Step[],
  executor: StepExecutor,
  renamed: (urn: string) => string,
): Promise<void> {
  const order = inDependencyOrder(steps.flatMap(({ old }) => old ?? []));
  const places = new Map(order.map((state, index) => [state, index]));
  const place = ({ old }: Step) => (old && places.get(old)) ?? 0;
  const byUrn = new Map<string, Step[]>();
  for (const step of steps) byUrn.set(renamed(step.urn), [...(byUrn.get(renamed(step.urn)) ?? []), step]);
  const dependents = new Map<Step, Set<Step>>();
  for (const step of steps) {
    const needs = step.old ? dependenciesOf(step.old) : [];
    for (const urn of new Set(needs.map(renamed))) {
      for (const needed of byUrn.get(urn) ?? []) {
        if (renamed(needed.urn) === renamed(step.urn) || place(needed) > place(step)) continue;
        dependents.set(needed, (dependents.get(needed) ?? new Set()).add(step));
      }
    }
  }
  const results = new Map<Step, Promise<boolean>>();
  const remove = (step: Step): Promise<boolean> => {
    const known = results.get(step);
    if (known) return known;
    const result = (async () => {
      const gone = await Promise.all([...(dependents.get(step) ?? [])].map(remove));
      return gone.every(Boolean) && (await executor.run([step]).catch(() => false));
    })();
    results.set(step, result);
    return result;
  };
  await Promise.all(steps.map(remove));
}
