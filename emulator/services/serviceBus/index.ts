import type { EmulatorContext, EmulatorService } from "../../core/context.ts";
import { announceEntities } from "./counts.ts";
import { Entities, NAMESPACE } from "./entities.ts";
import { serviceBusHooks } from "./hooks.ts";
import { type NamespaceServer, openNamespace } from "./namespaceServer.ts";
import { MessageStore } from "./store.ts";

/** How often due work is looked for; it moves with the context's clock, so no timer can be set ahead. */
const TICK_MS = 50;

/** Azure Service Bus: one AMQP port for each namespace, all messages in `<dataDir>/serviceBus/serviceBus.db`. */
export function createServiceBus(context: EmulatorContext): EmulatorService {
  const servers = new Map<string, NamespaceServer>();
  let running:
    | { readonly store: MessageStore; readonly entities: Entities; readonly timer: NodeJS.Timeout }
    | undefined;
  const entities = () => {
    if (!running) throw new Error("The Service Bus service is not started.");
    return running.entities;
  };
  const open = async (id: string) => {
    const key = id.toLowerCase();
    const port = servers.get(key)?.port ?? (await context.ports.portFor(id));
    if (!servers.has(key)) servers.set(key, await openNamespace(context, id, port, entities()));
    return port;
  };
  const close = async (id: string) => {
    await servers.get(id.toLowerCase())?.close();
    servers.delete(id.toLowerCase());
    context.ports.release(id);
  };
  return {
    name: "serviceBus",
    hooks: serviceBusHooks(entities, { open, close }),
    start: async () => {
      const store = new MessageStore(context.dataDir);
      const made = new Entities(context, store);
      const tick = () => {
        made.tick();
        for (const server of servers.values()) server.tick();
      };
      running = { store, entities: made, timer: setInterval(tick, TICK_MS).unref() };
      announceEntities(context, made);
      made.load();
      await Promise.all(context.resources.list(NAMESPACE).map(({ id }) => open(id)));
    },
    stop: async () => {
      clearInterval(running?.timer);
      announceEntities(context, undefined);
      await Promise.all([...servers.values()].map((server) => server.close()));
      servers.clear();
      running?.store.close();
      running = undefined;
    },
  };
}
