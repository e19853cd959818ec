import type { ResourceState } from "../deploy/state.ts";
import { packageOf, parseUrn } from "../deploy/urn.ts";
import { isObject, isSecret, type PropertyMap, unwrap, type Value } from "../deploy/values.ts";

/** Imported resources and what they may refer to, for the code that takes them into a program. */
export interface ImportedResources {
  /** In the order of the import. */
  readonly states: readonly ResourceState[];
  /** Variable names by URN, for parents and providers that the program has already. */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * Writes TypeScript for imported resources: with it in the program, the next update finds them as they are.
 *
 * Types become classes by their token (`pkg:module/type:Type` → `pkg.module.Type`). Without the package's schema all
 * inputs that the provider told are written, also those that are defaults.
 */
export function importedCode({ states, names }: ImportedResources): string {
  const variables = new Map(names);
  const taken = new Set(names.values());
  for (const state of states) {
    const variable = freeName(identifier(parseUrn(state.urn).name), taken);
    taken.add(variable);
    variables.set(state.urn, variable);
  }
  const ids = new Map(states.map((state) => [state.id ?? "", `${variables.get(state.urn)}.id`]));
  const packages = [...new Set(states.map((state) => packageOf(state.type)))].sort();
  const imports = [
    'import * as pulumi from "@pulumi/pulumi";',
    ...packages.map((name) => `import * as ${moduleName(name)} from "@pulumi/${name}";`),
  ];
  const blocks = states.map((state) => resourceCode(state, variables, ids));
  return `${imports.join("\n")}\n\n${blocks.join("\n")}`;
}

function resourceCode(
  state: ResourceState,
  variables: ReadonlyMap<string, string>,
  ids: ReadonlyMap<string, string>,
): string {
  const { name } = parseUrn(state.urn);
  const own = new Map([...ids].filter(([id]) => id !== state.id));
  const inputs = objectCode(state.inputs ?? {}, own, "");
  const options: [string, string][] = [];
  const parent = variables.get(state.parent ?? "");
  const provider = variables.get((state.provider ?? "").split("::").slice(0, -1).join("::"));
  if (parent) options.push(["parent", parent]);
  if (provider) options.push(["provider", provider]);
  if (state.protect) options.push(["protect", "true"]);
  const opts = options.length > 0 ? `, {\n${options.map(([key, code]) => `    ${key}: ${code},\n`).join("")}}` : "";
  return `const ${variables.get(state.urn)} = new ${className(state.type)}(${JSON.stringify(name)}, ${inputs}${opts});\n`;
}

/** `azure-native:storage/v20230101:StorageAccount` → `azure_native.storage.v20230101.StorageAccount`. */
function className(type: string): string {
  const [pkg = "", modules = "", name = ""] = type.split(":");
  const parts = modules.split("/").filter((part) => part !== "index" && part.toLowerCase() !== name.toLowerCase());
  return [moduleName(pkg), ...parts, name].filter(Boolean).join(".");
}

function moduleName(packageName: string): string {
  return packageName.replaceAll("-", "_");
}

function valueCode(value: Value, ids: ReadonlyMap<string, string>, indent: string): string {
  if (isSecret(value)) return `pulumi.secret(${valueCode(unwrap(value), ids, indent)})`;
  if (typeof value === "string") return ids.get(value) ?? JSON.stringify(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    const items = value.map((item: Value) => `${indent}    ${valueCode(item, ids, `${indent}    `)},\n`);
    return `[\n${items.join("")}${indent}]`;
  }
  return isObject(value) ? objectCode(value, ids, indent) : JSON.stringify(value);
}

function objectCode(properties: PropertyMap, ids: ReadonlyMap<string, string>, indent: string): string {
  const entries = Object.entries(properties).filter(([key]) => !key.startsWith("__"));
  if (entries.length === 0) return "{}";
  const lines = entries.map(([key, value]) => {
    const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
    return `${indent}    ${name}: ${valueCode(value, ids, `${indent}    `)},\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

/** `my-bucket.1` → `myBucket1`. */
function identifier(name: string): string {
  const [first = "", ...rest] = name.split(/[^A-Za-z0-9_$]+/).filter(Boolean);
  const joined = first + rest.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("");
  return /^[A-Za-z_$]/.test(joined) ? joined : `resource${joined}`;
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let count = 0; ; count++) {
    const candidate = count === 0 ? name : `${name}${count}`;
    if (!taken.has(candidate)) return candidate;
  }
}
