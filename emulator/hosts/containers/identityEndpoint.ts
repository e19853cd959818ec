import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { EmulatorContext } from "../../core/context.ts";
import type { ArmResource } from "../../core/resources.ts";
import { createIdentityEndpoint } from "../../services/entra/identityEndpoint.ts";
import type { IdentityEndpoint } from "./identities.ts";

/** The identity endpoint of one replica, served by Entra's code on a port of its own with a header of its own. */
export async function openIdentityEndpoint(context: EmulatorContext, resource: ArmResource): Promise<IdentityEndpoint> {
  const header = randomBytes(24).toString("base64url");
  const assigned = Object.keys((resource.identity?.userAssignedIdentities ?? {}) as Readonly<Record<string, unknown>>);
  const system = /system/i.test(String(resource.identity?.type ?? "")) ? [resource.id] : [];
  const handler = createIdentityEndpoint(context, { identities: [...assigned, ...system], header });
  const server = createServer(getRequestListener(handler));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/msi/token`, header, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
