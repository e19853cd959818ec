import type { PropertyMap } from "../deploy/values.ts";

/** Something is wrong with one input. */
export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

export interface CheckResult {
  readonly inputs: PropertyMap;
  readonly failures: readonly CheckFailure[];
}

export type PropertyDiffKind = "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";

export interface PropertyDiff {
  readonly kind: PropertyDiffKind;
  readonly inputDiff: boolean;
}

/** What a provider says about a change. `detailed` is by property path; `undefined` when the provider gives none. */
export interface DiffResult {
  readonly changes: "unknown" | "none" | "some";
  readonly replaceKeys: readonly string[];
  readonly changedKeys: readonly string[];
  readonly stableKeys: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly detailed: Readonly<Record<string, PropertyDiff>> | undefined;
}

/** What Create, Update and Read leave. */
export interface OperationResult {
  readonly id: string;
  readonly outputs: PropertyMap;
  /** Only Read, and an initialisation that failed, give inputs. */
  readonly inputs?: PropertyMap;
  /** The resource exists but did not become ready. */
  readonly initErrors?: readonly string[];
}

export interface InvokeResult {
  readonly value: PropertyMap;
  readonly failures: readonly CheckFailure[];
}

/** Who is meant: a URN, with the parts that newer providers want apart. */
export interface Target {
  readonly urn: string;
  readonly name: string;
  readonly type: string;
}

export interface CheckArguments extends Target {
  /** `undefined` for a resource that is new. */
  readonly olds: PropertyMap | undefined;
  readonly news: PropertyMap;
  readonly randomSeed: Uint8Array;
}

export interface DiffArguments extends Target {
  readonly id: string;
  readonly oldInputs: PropertyMap;
  readonly oldOutputs: PropertyMap;
  readonly news: PropertyMap;
  readonly ignoreChanges: readonly string[];
}

export interface CreateArguments extends Target {
  readonly inputs: PropertyMap;
  readonly timeoutSeconds: number;
  readonly preview: boolean;
}

export interface UpdateArguments extends DiffArguments {
  readonly timeoutSeconds: number;
  readonly preview: boolean;
}

export interface ReadArguments extends Target {
  readonly id: string;
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
}

export interface DeleteArguments extends ReadArguments {
  readonly timeoutSeconds: number;
}

export interface ConfigureArguments extends Target {
  readonly id: string;
  readonly inputs: PropertyMap;
}

/** A resource provider as the engine sees it; the built-in one and gRPC ones are alike. */
export interface Provider {
  /** Version of the plugin, empty when it tells none. */
  readonly version: string;
  checkConfig(args: CheckArguments): Promise<CheckResult>;
  diffConfig(args: DiffArguments): Promise<DiffResult>;
  configure(args: ConfigureArguments): Promise<void>;
  check(args: CheckArguments): Promise<CheckResult>;
  diff(args: DiffArguments): Promise<DiffResult>;
  create(args: CreateArguments): Promise<OperationResult>;
  update(args: UpdateArguments): Promise<OperationResult>;
  /** `undefined` when the resource does not exist. */
  read(args: ReadArguments): Promise<OperationResult | undefined>;
  delete(args: DeleteArguments): Promise<void>;
  invoke(token: string, args: PropertyMap, preview: boolean): Promise<InvokeResult>;
  cancel(): Promise<void>;
  close(): Promise<void>;
}

/** A provider call that failed in such a way that nobody knows what it did. */
export class OutcomeUnknownError extends Error {
  override readonly name = "OutcomeUnknownError";
}

/** The answer of a provider that cannot be asked yet: its configuration is unknown in this preview. */
export const UNKNOWN_DIFF: DiffResult = {
  changes: "unknown",
  replaceKeys: [],
  changedKeys: [],
  stableKeys: [],
  deleteBeforeReplace: false,
  detailed: undefined,
};
