import { ARM_PATHS } from "./armPaths.ts";

const GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";
const RESOURCE = /^(?<scope>\/.*)\/providers\/(?<rest>[^/]+\/[^/]+\/.+)$/i;

/** Where a resource is, or would be, in Azure. */
export interface ArmPlace {
  readonly id: string;
  readonly apiVersion: string;
}

/**
 * The id that azure-native gives a resource with these inputs: names are deterministic, so it is known before the resource is made.
 *
 * @param type `azure-native:storage:StorageAccount`, also with a version of the module
 * @returns nothing for other providers, classes without a row in the table, and inputs that lack a name
 */
export function placeOf(
  type: string,
  inputs: Readonly<Record<string, unknown>>,
  subscriptionId: string,
): ArmPlace | undefined {
  const [provider, module = "", name = ""] = type.split(":");
  const row = provider === "azure-native" ? ARM_PATHS[`${module.split("/")[0]}:${name}`] : undefined;
  if (!row) return undefined;
  const [path, apiVersion] = row;
  const values: Readonly<Record<string, unknown>> = { ...inputs, subscriptionId };
  let known = true;
  const id = path.replace(/^~/, `${GROUP}/providers`).replace(/\{(\w+)\}/g, (_, key: string) => {
    const value = values[key];
    known &&= typeof value === "string" && value !== "";
    return String(value);
  });
  return known ? { id: id.replace(/\/{2,}/g, "/"), apiVersion } : undefined;
}

/** What a resource stands on: the parent of a child, the target of an extension, else its group. Nothing above a group. */
export function parentOf(id: string): string | undefined {
  const match = RESOURCE.exec(id);
  if (!match?.groups) return undefined;
  const { scope = "", rest = "" } = match.groups;
  const [namespace = "", ...segments] = rest.split("/");
  return segments.length > 2 ? `${scope}/providers/${[namespace, ...segments.slice(0, -2)].join("/")}` : scope;
}

/** Whether it is a resource with tags of its own: a group, or what stands directly in one. */
export function hasTags(id: string): boolean {
  const parent = parentOf(id);
  return parent === undefined || /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i.test(parent);
}

const VERSIONS = new Map(
  Object.values(ARM_PATHS).map(([path, version]) => [armTypeOf(path.replace(/^~/, `${GROUP}/providers`)), version]),
);

/** A version of the API that answers for an id; nothing for types that the table does not have. */
export function versionOf(id: string): string | undefined {
  return VERSIONS.get(armTypeOf(id));
}

/** `microsoft.storage/storageaccounts/…` of an id, or of a template of one; a group's is empty. */
function armTypeOf(id: string): string {
  const rest = RESOURCE.exec(id)?.groups?.rest;
  if (rest === undefined) return "";
  return rest
    .split("/")
    .filter((_, index) => index === 0 || index % 2 === 1)
    .join("/")
    .toLowerCase();
}
