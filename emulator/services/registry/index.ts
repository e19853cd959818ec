import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { EmulatorContext, EmulatorService } from "../../core/context.ts";
import { type Listener, listen } from "../../core/listener.ts";
import type { ArmResource } from "../../core/resources.ts";
import { RegistryAuth } from "./auth.ts";
import { BlobStore } from "./blobs.ts";
import { LayerStore } from "./build/layers.ts";
import { Catalog } from "./catalog.ts";
import type { RegistryView } from "./distribution.ts";
import { serveRegistry } from "./endpoints.ts";
import { registryHooks } from "./hooks.ts";
import { announceImages, ImageStore } from "./images.ts";
import { RunStore } from "./runStore.ts";
import { BuildRunner } from "./runs.ts";
import { SourceStore } from "./sources.ts";

export type { ImageStore, OpenImage } from "./images.ts";

export interface RegistryOptions {
  /** The folder that may be built in place (`sourceLocation: file://<checkout>`). */
  readonly checkout?: string;
}

/** The registry as a service, with the door for the hosts. */
export interface RegistryService extends EmulatorService {
  readonly images: ImageStore;
}

const TYPE = "Microsoft.ContainerRegistry/registries";

/** Container registries with their builds. Blobs, layers and unpacked images lie in `<dataDir>/registry`. */
export function createRegistry(context: EmulatorContext, options: RegistryOptions = {}): RegistryService {
  const folder = join(context.dataDir, "registry");
  const blobs = new BlobStore(folder);
  const catalog = new Catalog(context.database);
  const auth = new RegistryAuth(context);
  const layers = new LayerStore(folder, blobs, context.database);
  const runs = new RunStore(context.database);
  const doors = new Map<string, { readonly listener: Listener; readonly view: RegistryView }>();
  const registryAt = (loginServer: string) =>
    [...doors.values()].find((door) => door.view.loginServer === loginServer)?.view;
  const images = new ImageStore({ context, blobs, catalog, layers, folder, registryAt });
  announceImages(context, images);
  const sources: SourceStore = new SourceStore(folder, context.clock, (name) => runner.isComplete(name));
  const { checkout } = options;
  const runner = new BuildRunner({
    context,
    folder,
    blobs,
    catalog,
    layers,
    images,
    sources,
    runs,
    ...(checkout ? { checkout } : {}),
  });
  const opening = new Map<string, Promise<RegistryView>>();

  const openDoor = async (id: string): Promise<RegistryView> => {
    const port = await context.ports.portFor(id);
    const view = { id, loginServer: `localhost:${port}` };
    const parts = { blobs, catalog, auth, clock: context.clock, sources };
    const handler = (request: Request) => serveRegistry(parts, view, request);
    doors.set(id, { view, listener: await listen({ port, certificates: context.certificates, handler }) });
    return view;
  };
  const open = async (resource: ArmResource): Promise<RegistryView> => {
    const id = resource.id.toLowerCase();
    const door = doors.get(id);
    if (door) return door.view;
    const running = opening.get(id) ?? openDoor(id).finally(() => opening.delete(id));
    opening.set(id, running);
    return running;
  };
  const close = async (resource: ArmResource): Promise<void> => {
    const id = resource.id.toLowerCase();
    await doors.get(id)?.listener.close();
    doors.delete(id);
    context.ports.release(id);
    catalog.deleteRegistry(id);
  };
  return {
    name: "registry",
    images,
    hooks: registryHooks({ open, close, runner, runs, sources }),
    async start() {
      runs.failUnfinished(new Date(context.clock.now()).toISOString());
      if (existsSync(join(folder, "contexts"))) await rm(join(folder, "contexts"), { recursive: true, force: true });
      await Promise.all(context.resources.list(TYPE).map(open));
    },
    async stop() {
      await runner.stop();
      await Promise.all([images.settled(), layers.settled()]);
      await Promise.all([...doors.values()].map((door) => door.listener.close()));
      doors.clear();
    },
  };
}
