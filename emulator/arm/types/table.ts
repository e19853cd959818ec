import { readFileSync } from "node:fs";

/** What the local Azure knows of one Pulumi resource class and its ARM type. Field notes: see the table's own `source`. */
export interface AzureType {
  /** `azure-native:<module>:<Class>` */
  readonly token: string;
  readonly armType: string | null;
  readonly apiVersion: string | null;
  /** ARM URL template; `{x}` are inputs except `subscriptionId`. */
  readonly path?: string;
  readonly pathParams?: readonly string[];
  readonly autoName?: { readonly input: string; readonly kind: "random" | "copy" | "uuid" } | null;
  /** Inputs at the top of the ARM body. */
  readonly topLevel?: readonly string[];
  /** Inputs that the provider nests under `properties`. */
  readonly properties?: readonly string[];
  /** The input `properties` is the ARM properties object itself. */
  readonly propertiesIsInput?: boolean;
  /** Input path → ARM name where they differ; `[]` each item, `{}` each value; `properties.x` sits one level deeper. */
  readonly armNames?: Readonly<Record<string, string>>;
  readonly query?: readonly string[];
  readonly inputs?: readonly string[];
  readonly required?: readonly string[];
  readonly replaceOn?: readonly string[];
  readonly outputs?: readonly string[];
  /** Outputs that programs read; a dotted one lies inside an input object. */
  readonly keyOutputs?: readonly string[];
  readonly secretInputs?: readonly string[];
  readonly secretOutputs?: readonly string[];
  readonly defaults?: Readonly<Record<string, string>>;
  readonly singleton?: boolean;
  readonly fixedName?: string;
  readonly nameRule?: NameRule;
  readonly armReadOnly?: readonly string[];
  /** Statuses that the clients accept per method, `lro` with the style that they follow. */
  readonly http?: Readonly<Record<string, string>>;
  readonly actions?: Readonly<Record<string, string>>;
  readonly softDelete?: boolean;
}

export interface NameRule {
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly scope?: string;
}

/** All classes, in the order of the table. */
export const AZURE_TYPES: readonly AzureType[] = (
  JSON.parse(readFileSync(new URL("./azure-types.json", import.meta.url), "utf8")) as {
    types: readonly AzureType[];
  }
).types;

const BY_ARM_TYPE = new Map<string, AzureType>();
for (const row of AZURE_TYPES) {
  const key = row.armType?.toLowerCase();
  if (key && !BY_ARM_TYPE.has(key)) BY_ARM_TYPE.set(key, row);
}
const BY_TOKEN = new Map(AZURE_TYPES.map((row) => [row.token, row]));

/** The row of an ARM type, compared without case; the first class where several share it. */
export function armTypeOf(type: string): AzureType | undefined {
  return BY_ARM_TYPE.get(type.toLowerCase());
}

/** The row of a Pulumi type token. */
export function classOf(token: string): AzureType | undefined {
  return BY_TOKEN.get(token);
}

/** A method's statuses: the numbers that clients accept, and how they follow a long-running operation. */
export interface Statuses {
  readonly accepted: ReadonlySet<number>;
  readonly longRunning: "none" | "async-operation" | "location";
}

const GENERIC: Readonly<Record<string, string>> = {
  GET: "200",
  PUT: "200,201 lro",
  PATCH: "200,202 lro",
  DELETE: "200,202,204 lro:location",
  POST: "200,202,204 lro:location",
};

/** @param type the row of the ARM type, absent for types that only a service knows */
export function statusesOf(type: AzureType | undefined, method: string): Statuses {
  return parseStatuses(type?.http?.[method] ?? GENERIC[method] ?? "200");
}

/** @param action its name in any case */
export function actionStatuses(type: AzureType | undefined, action: string): Statuses {
  const entry = Object.entries(type?.actions ?? {}).find(([name]) => name.toLowerCase() === action.toLowerCase());
  return parseStatuses(entry?.[1] ?? "200,202,204 lro:location");
}

function parseStatuses(text: string): Statuses {
  const [numbers = "200", style] = text.split(" ");
  const accepted = new Set(numbers.split(",").map(Number));
  if (style === undefined) return { accepted, longRunning: "none" };
  return { accepted, longRunning: style === "lro:location" ? "location" : "async-operation" };
}
