import { join } from "node:path";
import type { EmulatorContext, EmulatorService } from "../../core/context.ts";
import { findBinaries } from "./binaries.ts";
import { postgresHooks, type Servers } from "./hooks.ts";
import { findRunAs } from "./runAs.ts";
import { PostgresServer, type ServerParts } from "./server.ts";
import { Template } from "./template.ts";

/**
 * Azure Database for PostgreSQL, flexible server: one real Postgres 18 cluster for each server resource, with a proxy in front that
 * speaks TLS and signs Entra principals in. Data: `<dataDir>/postgres/<server name>`.
 */
export function createPostgres(context: EmulatorContext): EmulatorService {
  const servers = new Map<string, PostgresServer>();
  let parts: Promise<ServerParts> | undefined;
  const door: Servers = {
    find: (id) => servers.get(id.toLowerCase()),
    open: async (id, name) => {
      parts ??= makeParts(context).catch((error: unknown) => {
        parts = undefined; // the next server tries again
        throw error;
      });
      const server = servers.get(id.toLowerCase()) ?? new PostgresServer(id, name, await parts);
      servers.set(id.toLowerCase(), server);
      return server;
    },
    remove: async (id) => {
      const server = servers.get(id.toLowerCase());
      servers.delete(id.toLowerCase());
      await server?.destroy();
    },
  };
  return {
    name: "postgres",
    hooks: postgresHooks(door),
    start: async () => {
      const stored = context.resources.list("Microsoft.DBforPostgreSQL/flexibleServers");
      await Promise.all(stored.map(async ({ id, name }) => (await door.open(id, name)).open()));
    },
    stop: async () => {
      await Promise.all([...servers.values()].map((server) => server.close()));
      servers.clear();
    },
  };
}

async function makeParts(context: EmulatorContext): Promise<ServerParts> {
  const folder = join(context.dataDir, "postgres");
  const [binaries, runAs] = await Promise.all([findBinaries(), findRunAs()]);
  return { context, folder, binaries, runAs, template: new Template(folder, binaries, runAs) };
}
