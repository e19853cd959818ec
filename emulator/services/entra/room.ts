import type { Clock } from "../../core/clock.ts";
import type { TokenAuthority } from "../../core/tokens.ts";
import { type Directory, type DirectoryObject, list } from "./directory.ts";
import { EntraError } from "./errors.ts";
import type { GrantStore } from "./grants.ts";
import type { Seeds } from "./seeds.ts";

/** What the endpoints of Entra share. */
export interface EntraRoom {
  readonly directory: Directory;
  readonly grants: GrantStore;
  readonly tokens: TokenAuthority;
  readonly clock: Clock;
  readonly seeds: Seeds;
  /** `https://localhost:P` */
  readonly authority: () => string;
}

/** Tenants that stand for "whoever signs in". */
const ANY_TENANT = new Set(["common", "organizations", "consumers"]);

/** The id behind a tenant segment of a path: an id, a domain, or `undefined` for `common`. @throws EntraError unknown */
export function tenantOf(room: EntraRoom, segment: string): string | undefined {
  if (ANY_TENANT.has(segment.toLowerCase())) return undefined;
  const found = room.seeds.tenants.find(({ id, domain, name }) => [id, domain, name].includes(segment.toLowerCase()));
  if (!found) throw new EntraError("unknownTenant", segment);
  return found.id;
}

/** The registered client, in its tenant or offered to others. */
export function clientOf(room: EntraRoom, clientId: string, tenantId?: string): DirectoryObject {
  const client = room.directory.find("application", clientId)[0];
  if (!client) throw new EntraError("unknownClient", clientId);
  const audience = String(client.body.signInAudience ?? "AzureADMyOrg");
  if (tenantId !== undefined && client.tenantId !== tenantId && audience === "AzureADMyOrg") {
    throw new EntraError("unknownClient", clientId);
  }
  return client;
}

type Platform = "web" | "spa" | "publicClient";

/** Which platform of the client a redirect URI belongs to; exact, but any port and path on loopback for public clients. */
export function redirectPlatform(client: DirectoryObject, uri: string): Platform | undefined {
  const has = (platform: Platform) => {
    const settings = client.body[platform] as { readonly redirectUris?: unknown } | undefined;
    return list(settings?.redirectUris).some((each) => sameRedirect(each, uri, platform));
  };
  return (["spa", "web", "publicClient"] as const).find(has);
}

/** A registered `http://localhost` of a public client stands for any port there (RFC 8252, 7.3). */
function sameRedirect(registered: string, given: string, platform: Platform): boolean {
  if (registered === given) return true;
  if (platform !== "publicClient" || !URL.canParse(given) || !URL.canParse(registered)) return false;
  const [a, b] = [new URL(registered), new URL(given)];
  return (
    a.protocol === "http:" &&
    b.protocol === "http:" &&
    a.hostname === b.hostname &&
    a.hostname === "localhost" &&
    a.port === ""
  );
}

/** Checks a person's name and password. @throws EntraError `wrongPassword` */
export function signIn(room: EntraRoom, username: string, password: string): DirectoryObject {
  const user = room.directory.find("user", username)[0];
  const good = user && room.directory.checkSecret(user.body.id, password, room.clock.now()) === "good";
  if (!user || !good || user.body.accountEnabled === false) throw new EntraError("wrongPassword");
  return user;
}

/** A person may use a client of the own tenant, or one that is offered to other tenants. @throws EntraError `otherTenant` */
export function checkTenant(user: DirectoryObject, client: DirectoryObject, tenantId?: string): void {
  const name = String(user.body.userPrincipalName);
  if (tenantId !== undefined && user.tenantId !== tenantId) throw new EntraError("otherTenant", name);
  const audience = String(client.body.signInAudience ?? "AzureADMyOrg");
  if (user.tenantId !== client.tenantId && audience === "AzureADMyOrg") throw new EntraError("otherTenant", name);
}
