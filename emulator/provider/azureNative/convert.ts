import type { AzureType } from "../../arm/types/table.ts";
import type { Properties } from "../rpc/logic.ts";
import { fromArm, isBag, toArm } from "./shape.ts";

/** The id that a class's inputs name. @throws Error when a path input is missing */
export function idOf(type: AzureType, inputs: Properties, subscriptionId: string): string {
  const filled = (type.path ?? "").replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = name === "subscriptionId" ? subscriptionId : inputs[name];
    if (typeof value !== "string" || value === "") throw new Error(`missing required property '${name}'`);
    return name === "scope" || name === "resourceUri" ? value.replace(/^\/|\/$/g, "") : value;
  });
  return filled.startsWith("/") ? filled : `/${filled}`;
}

/** The ARM body of a PUT. */
export function bodyOf(type: AzureType, inputs: Properties): Properties {
  const body: Record<string, unknown> = {};
  const converted = toArm(type, inputs) as Properties;
  const nested = isBag(converted.properties) && !type.propertiesIsInput ? { ...converted.properties } : {};
  const armName = (input: string) => type.armNames?.[input] ?? input;
  for (const input of type.topLevel ?? []) {
    const value = converted[armName(input)];
    if (value !== undefined) body[armName(input)] = input === "identity" ? identityBody(value) : value;
  }
  const properties: Record<string, unknown> = { ...nested };
  for (const input of type.properties ?? []) {
    const value = converted[armName(input)];
    if (value !== undefined) properties[armName(input)] = value;
  }
  if (type.propertiesIsInput) return { ...body, properties: converted.properties ?? {} };
  return type.properties === undefined ? body : { ...body, properties };
}

/** Programs give user-assigned identities as a list of ids, ARM wants a map. */
function identityBody(identity: unknown): unknown {
  if (!isBag(identity) || !Array.isArray(identity.userAssignedIdentities)) return identity;
  const map = Object.fromEntries(identity.userAssignedIdentities.map((id: unknown) => [String(id), {}]));
  return { ...identity, userAssignedIdentities: map };
}

/** What a program reads of a resource: ARM's answer with `properties` lifted and names as the class has them. */
export function outputsOf(type: AzureType, body: Properties): Properties {
  const { id: _, properties, etag, ...top } = body;
  const lifted = type.propertiesIsInput ? { properties: properties ?? {} } : isBag(properties) ? properties : {};
  const etagOut = etag === undefined ? {} : { etag };
  const flat = Object.entries(fromArm(type, { ...lifted, ...etagOut, ...top }) as Properties);
  // Where ARM has `Name` and `name`, the resource's own comes last and stays.
  const named = [...flat.filter(([name]) => isCapital(name)), ...flat.filter(([name]) => !isCapital(name))];
  return {
    ...Object.fromEntries(named.map(([name, value]) => [outputName(name), value])),
    azureApiVersion: type.apiVersion,
  };
}

function isCapital(name: string): boolean {
  return /^[A-Z]/.test(name);
}

/** Classes begin all their names small, as `connectionString` for Application Insights' `ConnectionString`. */
function outputName(name: string): string {
  return isCapital(name) ? `${name[0]?.toLowerCase()}${name.slice(1)}` : name;
}

/** The inputs that would have made a resource: for import, and to see what changed outside. */
export function inputsOf(type: AzureType, id: string, outputs: Properties): Properties {
  const inputs: Record<string, unknown> = { ...paramsOf(type, id) };
  const names = [
    ...(type.topLevel ?? []),
    ...(type.properties ?? []),
    ...(type.propertiesIsInput ? ["properties"] : []),
  ];
  for (const name of names) {
    const value = outputs[name];
    if (value !== undefined && !(type.outputs ?? []).includes(name))
      inputs[name] = name === "identity" ? identityInput(value) : value;
  }
  return inputs;
}

function identityInput(identity: unknown): unknown {
  if (!isBag(identity)) return identity;
  const { type, userAssignedIdentities } = identity;
  return {
    type,
    ...(isBag(userAssignedIdentities) ? { userAssignedIdentities: Object.keys(userAssignedIdentities) } : {}),
  };
}

/** The path inputs that an id holds. */
export function paramsOf(type: AzureType, id: string): Properties {
  const escaped = (type.path ?? "").replace(/[.+?^$()|[\]\\]/g, "\\$&");
  const source = escaped.replace(/\{(\w+)\}/g, (_, name: string) =>
    name === "scope" || name === "resourceUri" ? `(?<${name}>.+)` : `(?<${name}>[^/]+)`,
  );
  const groups = new RegExp(`^/?${source.replace(/^\//, "")}$`, "i").exec(id.replace(/^\//, ""))?.groups ?? {};
  const { subscriptionId: _, ...rest } = groups;
  return rest;
}
