import { readFileSync } from "node:fs";
import { isObject, type PropertyMap, type Value } from "../deploy/values.ts";
import { EngineError } from "../engineError.ts";
import {
  ENFORCEMENT_LEVELS,
  type EnforcementLevel,
  type PackInfo,
  type PolicyConfig,
  type PolicyInfo,
} from "../plugins/analyzer.ts";
import { schemaErrors } from "./schema.ts";

/** Config for a policy; a level that is not given stays what it was. */
export interface GivenConfig {
  readonly enforcementLevel: EnforcementLevel | undefined;
  readonly properties: PropertyMap;
}

/** The name in a config that stands for every policy of the pack; only its level counts. */
const ALL = "all";

/**
 * Reads a config file: JSON, by policy name a level, or an object of properties that may hold `enforcementLevel`.
 *
 * @throws EngineError naming the file and the policy
 */
export function readPackConfig(file: string): Readonly<Record<string, GivenConfig>> {
  const text = readFileSync(file, "utf8");
  if (text.trim() === "") return {};
  let content: Value;
  try {
    content = JSON.parse(text) as Value;
  } catch (error) {
    throw new EngineError(`${file}: ${error instanceof Error ? error.message : error}`, 1, { cause: error });
  }
  if (!isObject(content)) throw new EngineError(`${file}: a policy pack's config is an object, by policy name`);
  const entries = Object.entries(content).map(([policy, value]) => [policy, givenConfig(file, policy, value)]);
  return Object.fromEntries(entries);
}

function givenConfig(file: string, policy: string, value: Value): GivenConfig {
  if (typeof value === "string") return { enforcementLevel: level(file, policy, value), properties: {} };
  if (!isObject(value)) {
    const text = `${file}: parsing "${policy}": ${JSON.stringify(value)} is not a valid value; must be a string or object`;
    throw new EngineError(text);
  }
  const { enforcementLevel, ...properties } = value;
  if (enforcementLevel === undefined) return { enforcementLevel, properties };
  return { enforcementLevel: level(file, policy, enforcementLevel), properties };
}

function level(file: string, policy: string, value: Value): EnforcementLevel {
  const found = ENFORCEMENT_LEVELS.find((known) => known === value);
  if (found) return found;
  const known = ENFORCEMENT_LEVELS.join(", ");
  throw new EngineError(
    `${file}: parsing enforcement level for "${policy}": ${JSON.stringify(value)} is not a valid enforcement level (${known})`,
  );
}

/** The config that a pack gets, or what is wrong with it. */
export type Reconciled =
  | { readonly status: "valid"; readonly config: Readonly<Record<string, PolicyConfig>> }
  | { readonly status: "invalid"; readonly errors: readonly string[] };

/** Lays config over config: the schemas' defaults, then what the pack's author set, then what the user gave. */
export async function reconcile(info: PackInfo, given: Readonly<Record<string, GivenConfig>>): Promise<Reconciled> {
  const config: Record<string, PolicyConfig> = {};
  for (const { name, enforcementLevel, properties } of info.policies) {
    config[name] = { enforcementLevel, properties: defaultsOf(properties) };
  }
  overlay(config, info.initialConfig);
  overlay(config, given);
  const unknown = Object.entries(given).filter(([name, value]) => !config[name] && !value.enforcementLevel);
  const wrong = await Promise.all(
    info.policies.map((policy) => policyErrors(policy, config[policy.name]?.properties ?? {})),
  );
  const errors = [...unknown.map(([name]) => `${name}: the pack has no such policy`), ...wrong.flat()];
  return errors.length > 0 ? { status: "invalid", errors } : { status: "valid", config };
}

async function policyErrors(
  { name, properties, required }: PolicyInfo,
  config: PropertyMap,
): Promise<readonly string[]> {
  return (await schemaErrors(properties, required, config)).map((error) => `${name}: ${error}`);
}

function defaultsOf(schemas: PropertyMap): PropertyMap {
  const entries = Object.entries(schemas).flatMap(([name, schema]) =>
    isObject(schema) && schema.default !== undefined ? [[name, schema.default] as const] : [],
  );
  return Object.fromEntries(entries);
}

function overlay(config: Record<string, PolicyConfig>, given: Readonly<Record<string, GivenConfig>>): void {
  const forAll = given[ALL]?.enforcementLevel;
  for (const [name, { properties }] of Object.entries(config)) {
    if (forAll) config[name] = { enforcementLevel: forAll, properties };
  }
  for (const [name, { enforcementLevel, properties }] of Object.entries(given)) {
    const before = config[name];
    if (!before) continue; // `all`, or a level for a policy of another version of the pack
    config[name] = {
      enforcementLevel: enforcementLevel ?? before.enforcementLevel,
      properties: { ...before.properties, ...properties },
    };
  }
}
