/** A resource of a plan: what a preview, a recording or a state file tells. */
export interface PlannedResource {
  readonly urn: string;
  /** Pulumi type, for example `azure-native:storage:StorageAccount`. */
  readonly type: string;
  readonly name: string;
  /** As on Pulumi's wire: an unknown value is `UNKNOWN`, a secret is `SECRET_VALUE`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** URN of the component that it belongs to. */
  readonly parent?: string | undefined;
  /** URNs of what it depends on. */
  readonly dependencies?: readonly string[] | undefined;
}

/** What an output is whose value is not known before the resource exists (sdk/nodejs/runtime/rpc.ts, `unknownValue`). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** Stands for a secret: rules and prices never see its value. */
export const SECRET_VALUE = "[secret]";

/** Pulumi's mark of a special value, and the one of secrets (sdk/nodejs/runtime/rpc.ts). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Whether a value, as it stands, is not known yet. */
export function isUnknown(value: unknown): boolean {
  return value === UNKNOWN;
}

/** A value without what is secret in it. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  if ((value as Readonly<Record<string, unknown>>)[SIGNATURE] === SECRET) return SECRET_VALUE;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutSecrets(each)]));
}
