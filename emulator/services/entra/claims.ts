import type { TokenAuthority } from "../../core/tokens.ts";
import { type Directory, type DirectoryObject, list } from "./directory.ts";

/** What a client asks a token for. */
export interface Resource {
  /** As asked, for example `https://vault.azure.net` or `api://…`. */
  readonly audience: string;
  /** Scope names asked for; empty for `.default`. */
  readonly scopes: readonly string[];
  /** The registered application behind it; absent for Azure's own services. */
  readonly application?: DirectoryObject;
}

const OPENID_SCOPES = new Set(["openid", "profile", "email", "offline_access"]);
/** Managed identities and workload federation exchange tokens of this audience. */
export const TOKEN_EXCHANGE = "api://AzureADTokenExchange";

/**
 * Reads `scope` of a request: `https://host/.default`, `api://x/name`, `<client id>/.default`; the part before the last slash is the
 * resource, so `https://servicebus.azure.net//.default` asks for `https://servicebus.azure.net/`.
 *
 * @returns undefined when only OpenID scopes are asked for; `"unknown"` for a resource that is not registered
 */
export function resourceOf(directory: Directory, scope: string): Resource | undefined | "unknown" {
  const scopes = scope.split(/\s+/).filter((each) => each !== "" && !OPENID_SCOPES.has(each));
  const [first] = scopes;
  if (first === undefined) return undefined;
  const at = first.lastIndexOf("/");
  const audience = at < 0 ? first : first.slice(0, at);
  const names = scopes.map((each) => each.slice(each.lastIndexOf("/") + 1)).filter((each) => each !== ".default");
  return resourceFor(directory, audience, names);
}

/** A resource by its identifier alone, as managed identities and v1 clients ask. */
export function resourceFor(
  directory: Directory,
  audience: string,
  scopes: readonly string[] = [],
): Resource | "unknown" {
  const application = directory.application(audience) ?? directory.application(audience.replace(/\/$/, ""));
  if (application) return { audience, scopes, application };
  return audience.startsWith("https://") || audience === TOKEN_EXCHANGE ? { audience, scopes } : "unknown";
}

export interface AccessTokenRequest {
  readonly tenantId: string;
  readonly clientId: string;
  /** A user or a service principal. */
  readonly principal: DirectoryObject;
  readonly resource: Resource;
}

/** Makes the access token: v1 shape for Azure's services, the version that an application's registration asks for else. */
export function issueAccessToken(
  tokens: TokenAuthority,
  directory: Directory,
  request: AccessTokenRequest,
): Promise<string> {
  const { tenantId, clientId, principal, resource } = request;
  const { application, audience } = resource;
  const version = tokenVersion(resource);
  const kind = principal.kind === "user" ? "user" : "app";
  const roles = application ? rolesOf(directory, principal, application) : graphRoles(directory, principal, audience);
  const scp = kind === "user" ? { scp: grantedScopes(resource).join(" ") } : {};
  return tokens.issue({
    tenantId,
    audience: application && version === "v2" ? String(application.body.appId) : audience,
    version,
    subject: { objectId: principal.body.id, clientId, kind },
    claims: {
      ...personClaims(principal),
      ...scp,
      ...(roles.length > 0 ? { roles } : {}),
      ...identityClaims(principal),
    },
  });
}

function tokenVersion({ application, audience }: Resource): "v1" | "v2" {
  if (!application) return audience === TOKEN_EXCHANGE ? "v2" : "v1";
  const api = application.body.api as { readonly requestedAccessTokenVersion?: unknown } | undefined;
  return api?.requestedAccessTokenVersion === 2 ? "v2" : "v1";
}

/** Claims that say who a person is; none for applications. */
export function personClaims(principal: DirectoryObject): Readonly<Record<string, unknown>> {
  if (principal.kind !== "user") return {};
  const { userPrincipalName, displayName, mail } = principal.body;
  return { name: displayName, preferred_username: userPrincipalName, upn: userPrincipalName, email: mail };
}

function identityClaims(principal: DirectoryObject): Readonly<Record<string, unknown>> {
  const { resourceId } = principal.body;
  return typeof resourceId === "string" ? { xms_mirid: resourceId } : {};
}

interface AppRole {
  readonly id: string;
  readonly value?: string;
}

/** App roles of a principal on an application: assigned ones (also through groups), and the one named like a seeded user's role. */
export function rolesOf(
  directory: Directory,
  principal: DirectoryObject,
  application: DirectoryObject,
): readonly string[] {
  const offered = roleList(application.body.appRoles);
  const resources = directory.find("servicePrincipal", String(application.body.appId)).map((each) => each.body.id);
  const holders = [principal.body.id, ...directory.groupsOf(principal.body.id)];
  const assigned = holders
    .flatMap((holder) => directory.find("appRoleAssignment", holder))
    .filter((each) => resources.includes(String(each.body.resourceId)))
    .map((each) => String(each.body.appRoleId));
  const seeded = list(principal.body.seededRoles);
  return offered.flatMap(({ id, value }) =>
    value && (assigned.includes(id) || seeded.includes(value)) ? [value] : [],
  );
}

function graphRoles(directory: Directory, principal: DirectoryObject, audience: string): readonly string[] {
  if (!audience.startsWith("https://graph.microsoft.com")) return [];
  const graph = directory.find("servicePrincipal", "00000003-0000-0000-c000-000000000000")[0];
  return graph ? rolesOf(directory, principal, graph) : [];
}

function roleList(value: unknown): readonly AppRole[] {
  return Array.isArray(value) ? (value as readonly AppRole[]) : [];
}

/** `.default` stands for all scopes that the application offers; Azure's services have one. */
function grantedScopes({ application, scopes }: Resource): readonly string[] {
  if (!application) return ["user_impersonation"];
  const api = application.body.api as {
    readonly oauth2PermissionScopes?: readonly { value?: string; isEnabled?: boolean }[];
  };
  const offered = (api?.oauth2PermissionScopes ?? []).flatMap((each) =>
    each.value && each.isEnabled !== false ? [each.value] : [],
  );
  return scopes.length === 0 ? offered : offered.filter((each) => scopes.includes(each));
}
