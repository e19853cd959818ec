import type { EmulatorContext, EmulatorService } from "./core/context.ts";
import { sameId } from "./core/resources.ts";

/** What the composition gives to rooms beside the context. */
export interface RoomOptions {
  /** Folder whose own code runs in place (`--checkout`). */
  readonly checkout: string;
  /** Fixed port of the front door. */
  readonly frontDoorPort: number;
}

/** A room: loaded only when it is started. */
export interface Room {
  readonly name: string;
  load(context: EmulatorContext, options: RoomOptions): Promise<EmulatorService>;
}

/** All rooms of the house (docs/architecture.md, "Inside the emulator"). */
export const ROOMS: readonly Room[] = [
  { name: "entra", load: async (context) => (await import("./services/entra/index.ts")).createEntra(context) },
  { name: "keyVault", load: loadKeyVault },
  { name: "cosmos", load: async (context) => (await import("./services/cosmos/index.ts")).createCosmos(context) },
  {
    name: "serviceBus",
    load: async (context) => (await import("./services/serviceBus/index.ts")).createServiceBus(context),
  },
  { name: "storage", load: async (context) => (await import("./services/storage/index.ts")).createStorage(context) },
  { name: "postgres", load: async (context) => (await import("./services/postgres/index.ts")).createPostgres(context) },
  {
    name: "registry",
    load: async (context, { checkout }) =>
      (await import("./services/registry/index.ts")).createRegistry(context, { checkout }),
  },
  { name: "monitor", load: async (context) => (await import("./services/monitor/index.ts")).createMonitor(context) },
  {
    name: "containerApps",
    load: async (context) => (await import("./hosts/containerApps/index.ts")).createContainerAppsHost(context),
  },
  {
    name: "containerInstances",
    load: async (context) =>
      (await import("./hosts/containerInstances/index.ts")).createContainerInstancesHost(context),
  },
  {
    name: "staticWebApps",
    load: async (context, { frontDoorPort }) =>
      (await import("./hosts/staticWebApps/index.ts")).createStaticWebAppsHost(context, { frontDoorPort }),
  },
  {
    name: "frontDoor",
    load: async (context) => (await import("./hosts/frontDoor/index.ts")).createFrontDoorHost(context),
  },
];

/** Deleted vaults are listed and purged through ARM: its hook ends the vault for good. */
async function loadKeyVault(context: EmulatorContext): Promise<EmulatorService> {
  const { createKeyVault } = await import("./services/keyVault/index.ts");
  const service = createKeyVault(context);
  const hooks = service.hooks.map((hook) =>
    sameId(hook.type, "Microsoft.KeyVault/vaults")
      ? { ...hook, purge: async (resource: { readonly name: string }) => void service.vaults.purge(resource.name) }
      : hook,
  );
  return { name: service.name, hooks, start: () => service.start(), stop: () => service.stop() };
}
