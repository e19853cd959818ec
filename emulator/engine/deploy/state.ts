import type { PropertyMap, Value } from "./values.ts";

/** Seconds that an operation may take. */
export interface Timeouts {
  readonly create?: number;
  readonly update?: number;
  readonly delete?: number;
}

/**
 * One resource as the checkpoint holds it (apitype.ResourceV3), with secrets opened while an operation runs.
 * Empty fields are left out.
 */
export interface ResourceState {
  urn: string;
  custom: boolean;
  /** Replaced by another state of the same URN and not yet deleted. */
  delete?: boolean;
  id?: string;
  type: string;
  inputs?: PropertyMap;
  outputs?: PropertyMap;
  parent?: string;
  protect?: boolean;
  taint?: boolean;
  external?: boolean;
  dependencies?: readonly string[];
  initErrors?: readonly string[];
  provider?: string;
  propertyDependencies?: Readonly<Record<string, readonly string[]>>;
  pendingReplacement?: boolean;
  additionalSecretOutputs?: readonly string[];
  aliases?: readonly string[];
  customTimeouts?: Timeouts;
  importID?: string;
  retainOnDelete?: boolean;
  deletedWith?: string;
  replaceWith?: readonly string[];
  created?: string;
  modified?: string;
  sourcePosition?: string;
  stackTrace?: readonly unknown[];
  ignoreChanges?: readonly string[];
  hideDiff?: readonly string[];
  replaceOnChanges?: readonly string[];
  replacementTrigger?: Value;
  refreshBeforeUpdate?: boolean;
  viewOf?: string;
  resourceHooks?: Readonly<Record<string, readonly string[]>>;
}

export type PendingType = "creating" | "updating" | "deleting" | "reading" | "importing";

/** An operation that had begun when its process died. */
export interface PendingOperation {
  readonly resource: ResourceState;
  readonly type: PendingType;
}

/** Everything that the state of a resource says it needs, as URNs (with repetitions). */
export function dependenciesOf(state: ResourceState): readonly string[] {
  const urns = [...(state.dependencies ?? [])];
  for (const list of Object.values(state.propertyDependencies ?? {})) urns.push(...list);
  if (state.parent) urns.push(state.parent);
  if (state.provider) urns.push(state.provider.slice(0, state.provider.lastIndexOf("::")));
  if (state.deletedWith) urns.push(state.deletedWith);
  return urns;
}

/** Rewrites every URN that a state mentions, its own too. */
export function renameUrns(state: ResourceState, rename: (urn: string) => string): ResourceState {
  const result: ResourceState = { ...state, urn: rename(state.urn) };
  if (state.parent) result.parent = rename(state.parent);
  if (state.deletedWith) result.deletedWith = rename(state.deletedWith);
  if (state.dependencies) result.dependencies = state.dependencies.map(rename);
  if (state.replaceWith) result.replaceWith = state.replaceWith.map(rename);
  if (state.propertyDependencies) {
    const entries = Object.entries(state.propertyDependencies);
    result.propertyDependencies = Object.fromEntries(entries.map(([key, urns]) => [key, urns.map(rename)]));
  }
  if (state.provider) {
    const at = state.provider.lastIndexOf("::");
    result.provider = rename(state.provider.slice(0, at)) + state.provider.slice(at);
  }
  return result;
}

const EMPTY_MATTERS: ReadonlySet<string> = new Set(["urn", "custom", "type"]);

/** The JSON form: fields in the checkpoint's order, empty ones left out; fields of later versions stay, at the end. */
export function compactState(state: ResourceState): ResourceState {
  const result: Record<string, unknown> = {};
  for (const key of FIELD_ORDER) {
    const value = state[key];
    if (value === undefined) continue;
    if (EMPTY_MATTERS.has(key) || !isEmpty(value)) result[key] = value;
  }
  for (const [key, value] of Object.entries(state))
    if (!KNOWN_FIELDS.has(key) && value !== undefined) result[key] = value;
  return result as unknown as ResourceState;
}

function isEmpty(value: unknown): boolean {
  if (value === "" || value === false || value === null) return true;
  return typeof value === "object" && Object.keys(value as object).length === 0;
}

const FIELD_ORDER: readonly (keyof ResourceState)[] = [
  "urn",
  "custom",
  "delete",
  "id",
  "type",
  "inputs",
  "outputs",
  "parent",
  "protect",
  "taint",
  "external",
  "dependencies",
  "initErrors",
  "provider",
  "propertyDependencies",
  "pendingReplacement",
  "additionalSecretOutputs",
  "aliases",
  "customTimeouts",
  "importID",
  "retainOnDelete",
  "deletedWith",
  "replaceWith",
  "created",
  "modified",
  "sourcePosition",
  "stackTrace",
  "ignoreChanges",
  "hideDiff",
  "replaceOnChanges",
  "replacementTrigger",
  "refreshBeforeUpdate",
  "viewOf",
  "resourceHooks",
];
const KNOWN_FIELDS: ReadonlySet<string> = new Set(FIELD_ORDER);
