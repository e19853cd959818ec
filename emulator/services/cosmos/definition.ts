import { ArmError, type Json } from "../../core/resources.ts";
import type { PartitionKeyDefinition } from "./partitionKey.ts";

/** The `resource` of a container as ARM and the data plane show it. */
export interface ContainerDefinition {
  readonly id: string;
  readonly partitionKey: PartitionKeyDefinition;
  readonly uniqueKeyPolicy?: { readonly uniqueKeys: readonly { readonly paths: readonly string[] }[] };
  /** Seconds; -1: no item expires unless it says so; absent: time to live is off. */
  readonly defaultTtl?: number;
  readonly indexingPolicy: Json;
  readonly conflictResolutionPolicy: Json;
}

const DEFAULT_INDEXING: Json = {
  indexingMode: "consistent",
  automatic: true,
  includedPaths: [{ path: "/*" }],
  excludedPaths: [{ path: '/"_etag"/?' }],
};
const DEFAULT_CONFLICTS: Json = { mode: "LastWriterWins", conflictResolutionPath: "/_ts" };

/**
 * Reads `properties.resource` of a container, with the service's defaults filled in.
 *
 * @throws {ArmError} 400 `BadRequest` for what the service refuses
 */
export function readDefinition(name: string, properties: Json): ContainerDefinition {
  const resource = asObject(properties.resource);
  if (!resource || resource.id !== name) refuse(`The resource id '${resource?.id}' must be the name '${name}'.`);
  const partitionKey = readPartitionKey(asObject(resource.partitionKey));
  const uniqueKeys = readUniqueKeys(asObject(resource.uniqueKeyPolicy));
  const { defaultTtl } = resource;
  if (defaultTtl !== undefined && defaultTtl !== null && !isTtl(defaultTtl)) {
    refuse(`The default time to live '${defaultTtl}' must be -1 or a positive number of seconds.`);
  }
  return {
    id: name,
    partitionKey,
    ...(uniqueKeys.length > 0 && { uniqueKeyPolicy: { uniqueKeys } }),
    ...(isTtl(defaultTtl) && { defaultTtl }),
    indexingPolicy: { ...DEFAULT_INDEXING, ...asObject(resource.indexingPolicy) },
    conflictResolutionPolicy: { ...DEFAULT_CONFLICTS, ...asObject(resource.conflictResolutionPolicy) },
  };
}

/** Request units per second that are set, undefined when serverless or shared. */
export function readThroughput(properties: Json): number | undefined {
  const options = asObject(properties.options);
  const autoscale = asObject(options?.autoscaleSettings)?.maxThroughput;
  const value = options?.throughput ?? autoscale;
  return typeof value === "number" && value > 0 ? value : undefined;
}

/** What a PUT may not change: the service answers 400, and a provider replaces. */
export function refuseChange(before: ContainerDefinition, after: ContainerDefinition): void {
  const fixed = ({ partitionKey, uniqueKeyPolicy }: ContainerDefinition) =>
    JSON.stringify([partitionKey, uniqueKeyPolicy]);
  if (fixed(before) !== fixed(after)) {
    refuse("Document collection partition key and unique keys cannot be changed after the collection is made.");
  }
}

/** -1 or a positive whole number. */
export function isTtl(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && (value === -1 || value > 0);
}

function readPartitionKey(given: Json | undefined): PartitionKeyDefinition {
  const paths = Array.isArray(given?.paths) ? given.paths.map(String) : [];
  const kind = given?.kind === "MultiHash" || paths.length > 1 ? "MultiHash" : "Hash";
  if (paths.length === 0 || paths.length > 3 || !paths.every((path) => path.startsWith("/"))) {
    refuse("A partition key has one path, or up to three of kind MultiHash, each starting with '/'.");
  }
  if (paths.length > 1 && given?.kind !== "MultiHash") refuse("Several partition key paths need the kind MultiHash.");
  const version = given?.version === 1 && kind === "Hash" ? 1 : 2;
  return { paths, kind, version };
}

function readUniqueKeys(policy: Json | undefined): { readonly paths: readonly string[] }[] {
  const keys = Array.isArray(policy?.uniqueKeys) ? policy.uniqueKeys : [];
  return keys.map((key) => {
    const paths = asObject(key)?.paths;
    if (!Array.isArray(paths) || paths.length === 0) refuse("A unique key needs at least one path.");
    return { paths: paths.map(String) };
  });
}

function asObject(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

function refuse(message: string): never {
  throw new ArmError(400, "BadRequest", message);
}
