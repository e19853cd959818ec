import type { Goal } from "./goal.ts";

/** A goal without any options, for registrations that the engine itself makes. */
export const EMPTY_GOAL: Omit<Goal, "type" | "name" | "custom" | "inputs"> = {
  parent: "",
  provider: "",
  dependencies: [],
  propertyDependencies: {},
  protect: false,
  retainOnDelete: false,
  deletedWith: "",
  replaceWith: [],
  deleteBeforeReplace: undefined,
  ignoreChanges: [],
  replaceOnChanges: [],
  replacementTrigger: undefined,
  additionalSecretOutputs: [],
  aliases: [],
  importId: "",
  timeouts: {},
  hideDiff: [],
  resourceHooks: {},
  sourcePosition: "",
};
