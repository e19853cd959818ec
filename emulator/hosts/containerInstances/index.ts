import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { EmulatorContext, EmulatorService } from "../../core/context.ts";
import type { ArmResource } from "../../core/resources.ts";
import { logsOf } from "../../services/monitor/logs.ts";
import { imagesOf } from "../../services/registry/images.ts";
import { openIdentityEndpoint } from "../containers/identityEndpoint.ts";
import { Networks } from "../network/networks.ts";
import { Group, type GroupParts } from "./group.ts";
import { GroupStore } from "./groupStore.ts";
import { containerInstancesHooks } from "./hooks.ts";

/** What a container gets to end when the emulator itself ends. */
const SHUTDOWN_GRACE_MS = 3000;

/**
 * Container groups: each runs as child processes of the emulator.
 *
 * @param options for tests; by default images come from the registry service of the same house, identity endpoints from Entra
 */
export function createContainerInstancesHost(
  context: EmulatorContext,
  options: Partial<Pick<GroupParts, "images" | "identityEndpoint">> = {},
): EmulatorService {
  const store = new GroupStore(context.database);
  const networks = new Networks(context);
  const groups = new Map<string, Group>();
  const restoring: Promise<void>[] = [];
  let known: GroupParts | undefined;
  // Not before it is needed: the registry of the same house may be made after this one.
  const parts = (): GroupParts => {
    known ??= {
      ...{ context, store, networks },
      images: options.images ?? imagesOf(context),
      identityEndpoint: options.identityEndpoint ?? ((resource) => openIdentityEndpoint(context, resource)),
      logs: logsOf(context),
    };
    return known;
  };
  const make = (resource: ArmResource): Group => {
    const group = new Group(parts(), resource);
    groups.set(resource.id.toLowerCase(), group);
    return group;
  };
  return {
    name: "containerInstances",
    hooks: containerInstancesHooks({
      make,
      find: (id) => groups.get(id.toLowerCase()),
      forget: (id) => void groups.delete(id.toLowerCase()),
    }),
    async start() {
      await rm(join(context.dataDir, "containerGroups"), { recursive: true, force: true }); // scratch folders of an earlier life
      const stored = context.resources.list("Microsoft.ContainerInstance/containerGroups");
      for (const group of stored.map(make)) {
        restoring.push(group.restore().catch((error: unknown) => context.log("containerInstances", String(error))));
      }
    },
    async stop() {
      await Promise.all([...groups.values()].map((each) => each.close(SHUTDOWN_GRACE_MS)));
      await Promise.all(restoring);
      groups.clear();
      networks.close();
      logsOf(context).flush();
    },
  };
}
