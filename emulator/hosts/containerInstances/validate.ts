import { ArmError, type ArmResource, type Json } from "../../core/resources.ts";

/**
 * What a container of a Linux group may ask for. Source: Microsoft Learn, "Resource availability & quota limits for Azure Container
 * Instances" (from memory, to be verified: the numbers differ between regions).
 */
const LARGEST = { cpu: 4, memoryInGB: 16 } as const;
/** Containers of one group, init containers included. */
const MOST_CONTAINERS = 60;
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const POLICIES = ["Always", "OnFailure", "Never"];

type Loose = Readonly<Record<string, unknown>>;
const object = (value: unknown): Loose => (typeof value === "object" && value !== null ? (value as Loose) : {});

/**
 * Refuses what Container Instances refuses before it stores anything.
 *
 * @throws {ArmError} 400. The codes `InvalidOsType`, `ResourceRequestsNotSpecified`, `ResourceSomeRequestsNotSpecified` and their
 * messages are as the service gives them; the other codes are from memory, to be verified.
 */
export function validateGroup({ name, properties }: Pick<ArmResource, "name" | "properties">): void {
  const { osType, restartPolicy = "Always" } = properties;
  if (osType !== "Linux" && osType !== "Windows")
    refuse(
      "InvalidOsType",
      `The 'osType' for container group '${name}' is invalid. The value must be one of 'Windows,Linux'.`,
    );
  if (osType === "Windows") refuse("InvalidOsType", "The local Azure runs no Windows containers.");
  if (!POLICIES.includes(String(restartPolicy)))
    refuse("InvalidRestartPolicy", `The 'restartPolicy' of container group '${name}' must be one of '${POLICIES}'.`);
  const containers = listOf(properties.containers);
  const all = [...containers, ...listOf(properties.initContainers)];
  if (containers.length === 0)
    refuse("MissingContainers", `The containers of container group '${name}' are not specified.`);
  if (all.length > MOST_CONTAINERS)
    refuse(
      "TooManyContainers",
      `The container group '${name}' has ${all.length} containers; ${MOST_CONTAINERS} are allowed.`,
    );
  for (const each of all) checkContainer(name, each);
  const names = all.map((each) => String(each.name));
  const twice = names.find((each, index) => names.indexOf(each) !== index);
  if (twice !== undefined)
    refuse("DuplicateContainerName", `The container name '${twice}' is used twice in container group '${name}'.`);
  for (const each of containers) checkRequests(name, each);
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(object) : [];
}

function checkContainer(group: string, container: Json): void {
  const name = String(container.name ?? "");
  if (!NAME.test(name) || name.length > 63)
    refuse("InvalidContainerName", `The container name '${name}' in container group '${group}' is invalid.`);
  if (String(object(container.properties).image ?? "") === "")
    refuse("MissingImageName", `The image of container '${name}' in container group '${group}' is not specified.`);
}

function checkRequests(group: string, { name, properties }: Json): void {
  const requests = object(object(properties).resources).requests;
  const of = `in container '${name}' of contain group '${group}'`; // the service's own spelling
  if (requests === undefined)
    refuse(
      "ResourceRequestsNotSpecified",
      `The resource requests are not specified ${of}. Both memory and CPU requests are required since API version '2017-07-01-preview'.`,
    );
  const { cpu, memoryInGB } = object(requests);
  for (const [title, asked] of [
    ["Cpu", cpu],
    ["MemoryInGB", memoryInGB],
  ] as const)
    if (typeof asked !== "number")
      refuse(
        "ResourceSomeRequestsNotSpecified",
        `The '${title}' request is not specified in 'MemoryInGB '${memoryInGB ?? ""}' Cpu '${cpu ?? ""}'' ${of}. It is required since API version '2017-07-01-preview'.`,
      );
  for (const [title, asked, largest] of [
    ["Cpu", cpu, LARGEST.cpu],
    ["MemoryInGB", memoryInGB, LARGEST.memoryInGB],
  ] as const)
    if (Number(asked) <= 0 || Number(asked) > largest)
      refuse(
        "InvalidResourceRequest",
        `The '${title}' request '${asked}' ${of} is invalid: it must be above 0, at most ${largest}.`,
      );
}

function refuse(code: string, message: string): never {
  throw new ArmError(400, code, message);
}
