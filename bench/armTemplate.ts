import type { PlannedResource } from "../checks/index.ts";
import { AZURE_TYPES } from "../emulator/arm/types/table.ts";

/** A plan as an ARM template, as far as ARM knows its types: for tools that read templates. */
export function armTemplate(plan: readonly PlannedResource[]): object {
  return {
    $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    contentVersion: "1.0.0.0",
    resources: plan.flatMap((resource, index) => armResource(resource, index) ?? []),
  };
}

function armResource({ type, inputs }: PlannedResource, index: number): object | undefined {
  const row = AZURE_TYPES.find(({ token }) => token === type);
  if (!row?.armType) return undefined;
  const { topLevel = [], pathParams = [], propertiesIsInput, armNames = {} } = row;
  const named = Object.entries(inputs).map(([key, value]) => [armNames[key] ?? key, value, key] as const);
  const own = named.filter(([, , key]) => topLevel.includes(key));
  const nested = named.filter(([, , key]) => !topLevel.includes(key) && !pathParams.includes(key));
  const properties = propertiesIsInput
    ? inputs.properties
    : Object.fromEntries(nested.map(([key, value]) => [key, value]));
  const name = row.armType
    .split("/")
    .slice(1)
    .map((_, depth) => `r${index}-${depth}`)
    .join("/");
  return {
    type: row.armType,
    apiVersion: row.apiVersion,
    name,
    location: "eastus",
    ...Object.fromEntries(own.map(([key, value]) => [key, value])),
    properties,
  };
}
