/** Property bags as they travel: plain JSON, unknown values as `UNKNOWN`. */
export type Properties = Readonly<Record<string, unknown>>;

/** Pulumi's sentinel for a value that a preview cannot know (sdk/go/common/resource/plugin/rpc.go). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SECRET_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_VALUE = "1b47061264138c4ac30d75fd1eb44270";

/** Marks a value as secret for the engine. */
export function secret(value: unknown): Properties {
  return { [SECRET_KEY]: SECRET_VALUE, value };
}

/** Who is meant. */
export interface Target {
  readonly urn: string;
  /** `azure-native:storage:StorageAccount` */
  readonly type: string;
  /** Logical name: the last part of the URN. */
  readonly name: string;
}

export interface CheckArgs extends Target {
  readonly olds: Properties;
  readonly news: Properties;
  readonly randomSeed: Uint8Array;
}

export interface CheckResult {
  readonly inputs: Properties;
  readonly failures: readonly { readonly property: string; readonly reason: string }[];
}

export interface DiffArgs extends Target {
  readonly id: string;
  readonly oldInputs: Properties;
  readonly oldOutputs: Properties;
  readonly news: Properties;
}

export type ChangeKind = "add" | "delete" | "update";

/** One changed property path; `replace` when the resource must be made anew for it. */
export interface Change {
  readonly path: string;
  readonly kind: ChangeKind;
  readonly replace: boolean;
}

export interface DiffResult {
  readonly changes: readonly Change[];
  readonly deleteBeforeReplace: boolean;
}

export interface CreateArgs extends Target {
  readonly inputs: Properties;
  readonly preview: boolean;
}

export interface UpdateArgs extends DiffArgs {
  readonly preview: boolean;
}

export interface ReadArgs extends Target {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

export interface Made {
  readonly id: string;
  readonly outputs: Properties;
  /** Only Read gives them. */
  readonly inputs?: Properties;
}

/** What a resource provider does, without its wire. */
export interface ProviderLogic {
  readonly name: string;
  readonly version: string;
  /** @param config by key without the package: `subscriptionId` */
  configure(config: Readonly<Record<string, string>>): Promise<void>;
  check(args: CheckArgs): Promise<CheckResult>;
  diff(args: DiffArgs): Promise<DiffResult>;
  create(args: CreateArgs): Promise<Made>;
  /** `undefined` when the resource does not exist. */
  read(args: ReadArgs): Promise<Made | undefined>;
  update(args: UpdateArgs): Promise<Properties>;
  delete(args: ReadArgs): Promise<void>;
  invoke(token: string, args: Properties): Promise<Properties>;
}

/** An error with its gRPC status, so that the engine knows that nothing happened. */
export class ProviderError extends Error {
  /** Number of a gRPC status (grpc.status). */
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The resource exists now, but did not become ready. */
export class InitFailed extends Error {
  readonly made: Made;
  readonly inputs: Properties;

  constructor(reason: string, made: Made, inputs: Properties) {
    super(reason);
    this.made = made;
    this.inputs = inputs;
  }
}

/** True when a value or anything in it is unknown. */
export function containsUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(containsUnknown);
  return typeof value === "object" && value !== null && Object.values(value).some(containsUnknown);
}
