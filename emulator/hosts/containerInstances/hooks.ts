import { ArmError, type ArmResource, type ResourceHooks } from "../../core/resources.ts";
import { type Group, runsTheSame } from "./group.ts";
import { shown } from "./groupView.ts";
import { validateGroup } from "./validate.ts";

const GROUP = "Microsoft.ContainerInstance/containerGroups";

export interface HookParts {
  readonly find: (id: string) => Group | undefined;
  /** A group as ARM now has it, in place of the one before. */
  readonly make: (resource: ArmResource) => Group;
  readonly forget: (id: string) => void;
}

/** Container groups and the lines of their containers (API version 2023-05-01). */
export function containerInstancesHooks({ find, make, forget }: HookParts): readonly ResourceHooks[] {
  const groupOf = (resource: Pick<ArmResource, "id" | "name">): Group => {
    const group = find(resource.id);
    if (!group) throw new ArmError(404, "ResourceNotFound", `The container group '${resource.name}' was not found.`);
    return group;
  };
  const startAnew = async (resource: ArmResource) => {
    await groupOf(resource).stop();
    await make(resource).start();
    return { status: 204 };
  };
  return [
    {
      type: GROUP,
      secretPaths: SECRETS,
      validate: ({ desired }) => validateGroup(desired),
      async put({ desired, existing }) {
        const before = find(desired.id);
        if (before && existing && runsTheSame(existing.properties, desired.properties)) return undefined;
        await before?.stop();
        try {
          await make(desired).start();
        } catch (error) {
          forget(desired.id); // nothing of it runs
          throw error;
        }
        return undefined;
      },
      read: (resource) => {
        const group = find(resource.id);
        return group ? shown(group.view, resource.properties) : {};
      },
      async delete(resource) {
        await find(resource.id)?.delete();
        forget(resource.id);
      },
      actions: {
        stop: async (resource) => {
          await groupOf(resource).stop();
          return { status: 204 };
        },
        start: startAnew,
        restart: startAnew,
      },
    },
    {
      type: `${GROUP}/containers/logs`,
      view: (ownerId, query) => {
        const [groupId = "", container = ""] = ownerId.split("/containers/");
        const tail = query.has("tail") ? { tail: Number(query.get("tail")) } : {};
        const timestamps = query.get("timestamps") === "true";
        return {
          content: groupOf({ id: groupId, name: groupId.split("/").at(-1) ?? "" }).lines(container, {
            ...tail,
            timestamps,
          }),
        };
      },
    },
  ];
}

const SECRETS = [
  "containers[].properties.environmentVariables[].secureValue",
  "initContainers[].properties.environmentVariables[].secureValue",
  "imageRegistryCredentials[].password",
  "diagnostics.logAnalytics.workspaceKey",
  "volumes[].secret",
];
