import type { Goal } from "./goal.ts";
import type { ResourceState } from "./state.ts";

/** The state that a goal begins as: no id and no outputs yet. */
export function stateOf(goal: Goal, urn: string): ResourceState {
  return {
    urn,
    custom: goal.custom,
    type: goal.type,
    inputs: goal.inputs,
    outputs: {},
    parent: goal.parent,
    protect: goal.protect,
    dependencies: goal.dependencies,
    provider: goal.provider,
    propertyDependencies: goal.propertyDependencies,
    additionalSecretOutputs: goal.additionalSecretOutputs,
    customTimeouts: goal.timeouts,
    retainOnDelete: goal.retainOnDelete,
    deletedWith: goal.deletedWith,
    replaceWith: goal.replaceWith,
    sourcePosition: goal.sourcePosition,
    ignoreChanges: goal.ignoreChanges,
    hideDiff: goal.hideDiff,
    replaceOnChanges: goal.replaceOnChanges,
    resourceHooks: goal.resourceHooks,
    ...(goal.replacementTrigger === undefined ? {} : { replacementTrigger: goal.replacementTrigger }),
  };
}
