import type { EmulatorContext, EmulatorService } from "../../core/context.ts";
import { type Listener, listen } from "../../core/listener.ts";
import { directoryOf } from "./directory.ts";
import { GrantStore } from "./grants.ts";
import { ManagedIdentities } from "./identities.ts";
import type { EntraRoom } from "./room.ts";
import { entraRoutes } from "./routes.ts";
import { ensureSeeds } from "./seeds.ts";

export { type Directory, directoryOf } from "./directory.ts";
export { ManagedIdentities } from "./identities.ts";
export {
  createIdentityEndpoint,
  type IdentityEndpointOptions,
  IdentityNotFound,
  type IdentityToken,
  type IdentityTokenRequest,
  identityToken,
} from "./identityEndpoint.ts";
export { ensureSeeds, type Seeds, type SeedTenant, type SeedUser } from "./seeds.ts";

/** Key of Entra's port; its address is `https://localhost:<port>`. */
export const ENTRA_PORT_KEY = "entra";

/** The local Microsoft Entra ID: sign-in, tokens, directory, managed identities. Plain http is answered too, for browsers. */
export function createEntra(context: EmulatorContext): EmulatorService {
  const { certificates, clock, database, ports, tokens } = context;
  const directory = directoryOf(database);
  const seeds = ensureSeeds(database, directory);
  const identities = new ManagedIdentities(directory, seeds.developer.tenantId);
  let listener: Listener | undefined;
  return {
    name: "entra",
    hooks: identities.hooks(),
    async start() {
      const port = await ports.portFor(ENTRA_PORT_KEY);
      const authority = () => `https://localhost:${port}`;
      const room: EntraRoom = { directory, grants: new GrantStore(database, clock), tokens, clock, seeds, authority };
      const handler = entraRoutes(room).fetch;
      listener = await listen({ port, certificates, handler: (request) => handler(request), plainHttp: true });
    },
    async stop() {
      await listener?.close();
      listener = undefined;
    },
  };
}
