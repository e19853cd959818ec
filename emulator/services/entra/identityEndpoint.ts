import type { EmulatorContext } from "../../core/context.ts";
import { sameId } from "../../core/resources.ts";
import { issueAccessToken, resourceFor } from "./claims.ts";
import { type DirectoryObject, directoryOf } from "./directory.ts";

/** What a workload asks its identity endpoint for; at most one of the three choices. */
export interface IdentityTokenRequest {
  /** Resource ids: user-assigned identities, or the workload's own id for its system-assigned one. */
  readonly identities: readonly string[];
  /** For example `https://vault.azure.net`. */
  readonly audience: string;
  readonly clientId?: string;
  readonly identityResourceId?: string;
  readonly objectId?: string;
}

export interface IdentityToken {
  readonly token: string;
  readonly clientId: string;
  readonly principalId: string;
  /** Seconds since the epoch. */
  readonly expiresOn: number;
}

/** A managed identity that was asked for is not assigned, or several are and none was chosen. */
export class IdentityNotFound extends Error {}

/** Seconds that the tokens of `TokenAuthority` live unless told otherwise. */
const LIFETIME_S = 3600;

/**
 * A token of a managed identity of a workload.
 *
 * @throws IdentityNotFound
 */
export async function identityToken(context: EmulatorContext, request: IdentityTokenRequest): Promise<IdentityToken> {
  const directory = directoryOf(context.database);
  const principals = directory.list("servicePrincipal");
  const assigned = request.identities.flatMap(
    (id) => principals.find((each) => sameId(String(each.body.resourceId ?? ""), id)) ?? [],
  );
  const principal = choose(assigned, request);
  const resource = resourceFor(directory, request.audience);
  if (resource === "unknown")
    throw new IdentityNotFound(`AADSTS500011: The resource ${request.audience} was not found.`);
  const clientId = String(principal.body.appId);
  const token = await issueAccessToken(context.tokens, directory, {
    tenantId: principal.tenantId,
    clientId,
    principal,
    resource,
  });
  const expiresOn = Math.floor(context.clock.now() / 1000) + LIFETIME_S;
  return { token, clientId, principalId: principal.body.id, expiresOn };
}

function choose(assigned: readonly DirectoryObject[], request: IdentityTokenRequest): DirectoryObject {
  const { clientId, identityResourceId, objectId } = request;
  const same = (a: unknown, b: string) => String(a ?? "").toLowerCase() === b.toLowerCase();
  const found = assigned.filter(
    ({ body }) =>
      (clientId === undefined || same(body.appId, clientId)) &&
      (identityResourceId === undefined || same(body.resourceId, identityResourceId)) &&
      (objectId === undefined || same(body.id, objectId)),
  );
  const [only] = found;
  if (!only) throw new IdentityNotFound("No managed identity that fits the request is assigned to this workload.");
  const chosen = clientId ?? identityResourceId ?? objectId;
  if (chosen === undefined && found.length > 1) {
    // without a choice the system-assigned identity is meant; it is the one whose resource is no user-assigned identity
    const system = found.find((each) => !/\/userAssignedIdentities\//i.test(String(each.body.resourceId)));
    if (!system)
      throw new IdentityNotFound("Several identities are assigned: name one by client_id, mi_res_id or object_id.");
    return system;
  }
  return only;
}

export interface IdentityEndpointOptions {
  /** Resource ids of the assigned identities, read at each request. */
  readonly identities: readonly string[] | (() => readonly string[]);
  /** Value that `X-IDENTITY-HEADER` must have: `IDENTITY_HEADER` of the replica. */
  readonly header: string;
}

/**
 * The identity endpoint of one replica as a fetch-style handler: `GET ?api-version=2019-08-01&resource=…` plus at most one of
 * `client_id`, `mi_res_id` (or `mi_resource_id`), `object_id` (or `principal_id`). The host serves it over plain http on loopback.
 *
 * @see Microsoft Learn, "Managed identities in Azure Container Apps: REST endpoint reference"
 */
export function createIdentityEndpoint(
  context: EmulatorContext,
  options: IdentityEndpointOptions,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const query = new URL(request.url).searchParams;
    if (request.headers.get("x-identity-header") !== options.header)
      return refuse(401, "The X-IDENTITY-HEADER is wrong.");
    if (query.get("api-version") !== "2019-08-01") return refuse(400, "The api-version must be 2019-08-01.");
    const audience = query.get("resource");
    if (!audience) return refuse(400, "The resource parameter is missing.");
    const choice = {
      clientId: query.get("client_id") ?? query.get("clientid"),
      identityResourceId: query.get("mi_res_id") ?? query.get("mi_resource_id"),
      objectId: query.get("object_id") ?? query.get("principal_id"),
    };
    const chosen = Object.fromEntries(Object.entries(choice).filter(([, value]) => value !== null));
    if (Object.keys(chosen).length > 1)
      return refuse(400, "At most one of client_id, mi_res_id, object_id may be given.");
    const { identities } = options;
    try {
      const ids = typeof identities === "function" ? identities() : identities;
      const { token, clientId, expiresOn } = await identityToken(context, { identities: ids, audience, ...chosen });
      const body = { access_token: token, expires_on: String(expiresOn), resource: audience, token_type: "Bearer" };
      return Response.json({ ...body, client_id: clientId });
    } catch (error) {
      if (error instanceof IdentityNotFound) return refuse(400, error.message);
      throw error;
    }
  };
}

function refuse(statusCode: number, message: string): Response {
  return Response.json({ statusCode, message }, { status: statusCode });
}
