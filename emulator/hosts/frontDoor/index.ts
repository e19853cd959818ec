import type { EmulatorContext, EmulatorService } from "../../core/context.ts";
import { type Listener, listen } from "../../core/listener.ts";
import type { ArmResource } from "../../core/resources.ts";
import { Door } from "./door.ts";
import { OriginHealth } from "./health.ts";
import { frontDoorHooks } from "./hooks.ts";
import { Prober } from "./prober.ts";
import { DoorSettings, TYPES } from "./settings.ts";

/** Azure Front Door: each endpoint has a port of its own and passes requests to the origins of its routes. */
export function createFrontDoorHost(context: EmulatorContext): EmulatorService {
  const settings = new DoorSettings(context.resources);
  const health = new OriginHealth();
  const prober = new Prober(context, settings, health);
  const listeners = new Map<string, Promise<Listener>>();

  const openDoor = async (id: string): Promise<Listener> => {
    const door = new Door(id, settings, health);
    const port = await context.ports.portFor(id);
    const { certificates } = context;
    return listen({ port, certificates, handler: { node: door.serve }, onUpgrade: door.upgrade, plainHttp: true });
  };
  const open = ({ id }: ArmResource): Promise<Listener> => {
    const key = id.toLowerCase();
    const found = listeners.get(key) ?? openDoor(id);
    listeners.set(key, found);
    return found;
  };
  const close = async ({ id }: ArmResource): Promise<void> => {
    const listener = await listeners.get(id.toLowerCase());
    listeners.delete(id.toLowerCase());
    await listener?.close();
    context.ports.release(id);
  };
  return {
    name: "frontDoor",
    hooks: frontDoorHooks({ settings, close, port: async (endpoint) => (await open(endpoint)).port }),
    async start() {
      await Promise.all(context.resources.list(TYPES.endpoint).map(open));
      prober.start();
    },
    async stop() {
      prober.stop();
      for (const listener of listeners.values()) await (await listener).close();
      listeners.clear();
    },
  };
}
