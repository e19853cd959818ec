import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { AzureType } from "../../arm/types/table.ts";
import type { ArmClient } from "../armClient.ts";
import { type CheckArgs, type CheckResult, containsUnknown, type Properties } from "../rpc/logic.ts";

const GROUP_VERSION = "2024-03-01";

/** Fills names and the location, and says what is missing. */
export async function checkInputs(
  type: AzureType,
  args: CheckArgs,
  client: ArmClient,
  defaultLocation: string | undefined,
): Promise<CheckResult> {
  const named = withName(type, args);
  const inputs = await withLocation(type, named, args.olds, client, defaultLocation);
  const required = new Set([...(type.required ?? []), ...(type.pathParams ?? [])]);
  const failures = [...required]
    .filter((name) => inputs[name] === undefined || inputs[name] === null)
    .map((property) => ({ property, reason: `missing required property '${property}'` }));
  return { inputs, failures };
}

/** An automatic name: the old one stays, a new one is made of the logical name. */
function withName(type: AzureType, { news, olds, name, randomSeed, urn }: CheckArgs): Properties {
  const auto = type.autoName;
  if (!auto || news[auto.input] !== undefined) return news;
  const old = olds[auto.input];
  if (typeof old === "string") return { ...news, [auto.input]: old };
  return { ...news, [auto.input]: newName(auto.kind, name, randomSeed, urn) };
}

function newName(kind: "random" | "copy" | "uuid", name: string, seed: Uint8Array, urn: string): string {
  if (kind === "copy") return name;
  // the engine's seed makes a preview and the update after it agree on the name
  const bytes = seed.length > 0 ? createHash("sha256").update(seed).update(urn).digest() : randomBytes(32);
  if (kind === "random") return `${name}${bytes.toString("hex").slice(0, 8)}`;
  if (seed.length === 0) return randomUUID();
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The location: given, configured, or the group's. A group that a preview cannot see leaves it open until the resource is made. */
async function withLocation(
  type: AzureType,
  inputs: Properties,
  olds: Properties,
  client: ArmClient,
  defaultLocation: string | undefined,
): Promise<Properties> {
  if (inputs.location !== undefined || !takesLocation(type)) return inputs;
  if (defaultLocation) return { ...inputs, location: defaultLocation };
  if (olds.location !== undefined) return { ...inputs, location: olds.location };
  const location = await groupLocation(inputs, client);
  return location === undefined ? inputs : { ...inputs, location };
}

/** Tracked resources of a group: they have a location and tags and are no one's child. */
export function takesLocation(type: AzureType): boolean {
  const top = type.topLevel ?? [];
  const tracked = top.includes("location") && top.includes("tags");
  return (
    tracked &&
    type.armType?.split("/").length === 2 &&
    (type.pathParams?.includes("resourceGroupName") ?? false) &&
    type.armType !== "Microsoft.Resources/resourceGroups"
  );
}

/** `undefined` when the group is unknown or does not exist yet. */
export async function groupLocation(inputs: Properties, client: ArmClient): Promise<string | undefined> {
  const name = inputs.resourceGroupName;
  if (typeof name !== "string" || containsUnknown(name)) return undefined;
  const group = await client.get(`/subscriptions/${client.subscriptionId}/resourceGroups/${name}`, GROUP_VERSION);
  return typeof group?.location === "string" ? group.location : undefined;
}
