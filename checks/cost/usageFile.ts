import { z } from "zod";
import type { UsedResource } from "./entries.ts";
import { canonicalType, meterOf } from "./meters/index.ts";
import { USAGE_KEYS, type Usage, type UsageFile, type UsageKey, usageOf } from "./usage.ts";

const LIMITS: Readonly<Record<string, number>> = {
  active_share: 1,
  hours_up_per_day: 24,
  max_request_units_utilization_percentage: 100,
};
const KEYS = Object.keys(USAGE_KEYS) as readonly UsageKey[];

/** One resource's usage as written: null is the same as absent; keys that no meter knows are kept apart by `unknownKeys`. */
export const UsageSchema = z
  .record(z.string(), z.number().min(0).nullable())
  .superRefine((usage, context) => {
    for (const [key, most] of Object.entries(LIMITS)) {
      const value = usage[key];
      if (typeof value !== "number" || value <= most) continue;
      context.addIssue({ code: "custom", path: [key], message: `Too big: expected at most ${most}` });
    }
  })
  .transform((usage) => knownUsage(usage));

const InFile = z.preprocess((usage) => usage ?? {}, UsageSchema); // a name with nothing but comments below it

/** The form of a usage file. YAML reads `version: 0.1` as a number. */
export const UsageFileSchema = z.strictObject({
  version: z.union([z.literal("0.1"), z.literal(0.1)]).transform((): "0.1" => "0.1"),
  resource_type_default_usage: z.record(z.string(), InFile).nullish(),
  resource_usage: z.record(z.string(), InFile).nullish(),
});

/** A usage file without its nulls. */
export function toUsageFile(file: z.output<typeof UsageFileSchema>): UsageFile {
  const { version, resource_type_default_usage: types, resource_usage: resources } = file;
  return {
    version,
    ...(types && { resource_type_default_usage: types }),
    ...(resources && { resource_usage: resources }),
  };
}

function knownUsage(usage: Readonly<Record<string, number | null>>): Usage {
  return Object.fromEntries(KEYS.flatMap((key) => (typeof usage[key] === "number" ? [[key, usage[key]]] : [])));
}

/** Keys of a written usage that no meter reads: a slip of the pen. */
export function unknownKeys(usage: unknown): readonly string[] {
  if (typeof usage !== "object" || usage === null) return [];
  return Object.keys(usage).filter((key) => !KEYS.some((each) => each === key));
}

/** The keys that the meter of a resource reads, in alphabetical order: asked of the meter itself, so that they cannot drift. */
export function usageKeysOf(resource: UsedResource, plan: readonly UsedResource[]): readonly UsageKey[] {
  const type = canonicalType(resource.type);
  const read = new Set<UsageKey>();
  const usage = new Proxy<Usage>({}, { get: (_, key) => void read.add(key as UsageKey) });
  const neighbours = plan.map((each) => ({ ...each, type: canonicalType(each.type) }));
  meterOf(type)?.({ ...resource, type, usage, dependencies: resource.dependencies ?? [], plan: neighbours });
  return KEYS.filter((key) => read.has(key));
}

/** A resource's keys with the values that are told so far. */
export interface UsageRow {
  readonly name: string;
  readonly type: string;
  readonly keys: readonly { readonly key: UsageKey; readonly value: number | undefined; readonly meaning: string }[];
}

/** What a usage file for a plan has to tell, with what is told already. */
export function usageRows(plan: readonly UsedResource[], files: readonly UsageFile[]): readonly UsageRow[] {
  return plan.flatMap((resource) => {
    const told = usageOf({ ...resource, type: canonicalType(resource.type) }, files);
    const keys = usageKeysOf(resource, plan).map((key) => ({ key, value: told[key], meaning: USAGE_KEYS[key] }));
    return keys.length > 0 ? [{ name: resource.name, type: resource.type, keys }] : [];
  });
}

/** The rows as a usage file in YAML: what is not told yet stands there as a comment. */
export function renderUsageFile(rows: readonly UsageRow[]): string {
  const blocks = rows.map(({ name, type, keys }) => {
    const lines = keys.map(({ key, value, meaning }) =>
      value === undefined ? `    # ${key}: # ${meaning}` : `    ${key}: ${value} # ${meaning}`,
    );
    return [`  ${JSON.stringify(name)}: # ${type}`, ...lines].join("\n");
  });
  return ["version: 0.1", blocks.length > 0 ? "resource_usage:" : "resource_usage: {}", ...blocks, ""].join("\n");
}
