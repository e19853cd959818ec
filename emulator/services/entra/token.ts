import { createHash } from "node:crypto";
import { checkAssertion } from "./assertion.ts";
import { issueAccessToken, personClaims, type Resource, resourceOf, rolesOf } from "./claims.ts";
import type { DirectoryObject } from "./directory.ts";
import { EntraError } from "./errors.ts";
import { checkTenant, clientOf, type EntraRoom, redirectPlatform, signIn } from "./room.ts";

type Form = Readonly<Record<string, string>>;

export interface TokenRequest {
  /** From the path; absent for `common`. */
  readonly tenantId?: string;
  readonly form: Form;
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const LIFETIME_S = 3600;

/** POST `/{tenant}/oauth2/v2.0/token`. @see Microsoft Learn, "OAuth 2.0 and OpenID Connect in the Microsoft identity platform" */
export async function tokenAnswer(room: EntraRoom, request: TokenRequest): Promise<object> {
  const type = need(request.form, "grant_type");
  const grant = GRANTS[type];
  if (!grant) throw new EntraError("unsupportedGrant", type);
  return grant(room, request);
}

const GRANTS: Readonly<Record<string, (room: EntraRoom, request: TokenRequest) => Promise<object>>> = {
  client_credentials: clientCredentials,
  authorization_code: authorizationCode,
  refresh_token: refreshToken,
  password,
  device_code: deviceCode,
  "urn:ietf:params:oauth:grant-type:device_code": deviceCode,
};

async function clientCredentials(room: EntraRoom, { tenantId, form }: TokenRequest): Promise<object> {
  const clientId = need(form, "client_id");
  const principal = room.directory.servicePrincipal(clientId, tenantId);
  const registered = room.directory.find("application", clientId)[0];
  if (!principal && !registered) throw new EntraError("unknownClient", clientId);
  await authenticateClient(room, registered, clientId, form, true);
  const resource = requireResource(room, form.scope ?? form.resource ?? "");
  const tenant = tenantId ?? principal?.tenantId ?? registered?.tenantId ?? "";
  const subject = principal ?? registered;
  if (!subject) throw new EntraError("unknownClient", clientId);
  const token = await issueAccessToken(room.tokens, room.directory, {
    tenantId: tenant,
    clientId,
    principal: subject,
    resource,
  });
  return { token_type: "Bearer", expires_in: LIFETIME_S, ext_expires_in: LIFETIME_S, access_token: token };
}

async function authorizationCode(room: EntraRoom, { tenantId, form }: TokenRequest): Promise<object> {
  const clientId = need(form, "client_id");
  const client = clientOf(room, clientId);
  const grant = room.grants.take("code", need(form, "code"));
  if (!grant || grant.clientId !== clientId) throw new EntraError("wrongCode");
  const redirectUri = form.redirect_uri ?? "";
  if (redirectUri !== grant.redirectUri) throw new EntraError("wrongRedirect", redirectUri);
  const platform = redirectPlatform(client, redirectUri);
  await authenticateClient(room, client, clientId, form, platform === "web");
  checkVerifier(grant.codeChallenge, form.code_verifier);
  if (tenantId !== undefined && tenantId !== grant.tenantId) throw new EntraError("wrongCode");
  const user = room.directory.get(grant.objectId ?? "");
  if (!user) throw new EntraError("wrongCode");
  return userTokens(room, client, user, { scope: form.scope ?? grant.scope, granted: grant.scope, nonce: grant.nonce });
}

function checkVerifier(challenge: string | undefined, verifier: string | undefined): void {
  if (challenge === undefined) return;
  const hash = createHash("sha256")
    .update(verifier ?? "")
    .digest("base64url");
  if (hash !== challenge) throw new EntraError("wrongVerifier");
}

/** The old token stays good: Entra does not revoke it on use (Microsoft Learn, "Refresh tokens in the Microsoft identity platform"). */
async function refreshToken(room: EntraRoom, { tenantId, form }: TokenRequest): Promise<object> {
  const clientId = need(form, "client_id");
  const grant = room.grants.get("refresh", need(form, "refresh_token"));
  if (!grant || grant.clientId !== clientId) throw new EntraError("wrongCode");
  const client = clientOf(room, clientId);
  const user = room.directory.get(grant.objectId ?? "");
  const elsewhere = tenantId !== undefined && tenantId !== grant.tenantId;
  if (!user || user.body.accountEnabled === false || elsewhere) throw new EntraError("wrongCode");
  return userTokens(room, client, user, { scope: form.scope ?? grant.scope, granted: grant.scope });
}

/** Name and password at once, for command lines against this stand-in. */
async function password(room: EntraRoom, { tenantId, form }: TokenRequest): Promise<object> {
  const client = clientOf(room, need(form, "client_id"));
  const user = signIn(room, need(form, "username"), need(form, "password"));
  checkTenant(user, client, tenantId);
  const scope = need(form, "scope");
  return userTokens(room, client, user, { scope, granted: scope });
}

async function deviceCode(room: EntraRoom, { form }: TokenRequest): Promise<object> {
  const client = clientOf(room, need(form, "client_id"));
  const code = form.device_code ?? form.code ?? "";
  const grant = room.grants.get("device", code);
  if (!grant) throw new EntraError("expiredDevice");
  if (grant.declined) throw new EntraError("declined");
  const user = grant.objectId === undefined ? undefined : room.directory.get(grant.objectId);
  if (!user) throw new EntraError("pending");
  room.grants.take("device", code);
  return userTokens(room, client, user, { scope: grant.scope, granted: grant.scope });
}

interface UserTokenRequest {
  readonly scope: string;
  /** What the first sign-in asked for: decides whether a refresh token is given. */
  readonly granted: string;
  readonly nonce?: string | undefined;
}

async function userTokens(
  room: EntraRoom,
  client: DirectoryObject,
  user: DirectoryObject,
  { scope, granted, nonce }: UserTokenRequest,
): Promise<object> {
  const clientId = String(client.body.appId);
  const { tenantId } = user;
  const asked = new Set(`${scope} ${granted}`.split(/\s+/));
  const resource = resourceOf(room.directory, scope) ??
    resourceOf(room.directory, granted) ?? { audience: clientId, scopes: [], application: client };
  if (resource === "unknown") throw new EntraError("unknownResource", scope);
  const access = await issueAccessToken(room.tokens, room.directory, { tenantId, clientId, principal: user, resource });
  const answer = {
    token_type: "Bearer",
    scope,
    expires_in: LIFETIME_S,
    ext_expires_in: LIFETIME_S,
    access_token: access,
  };
  const refresh = asked.has("offline_access")
    ? {
        refresh_token: room.grants.add({ kind: "refresh", clientId, tenantId, objectId: user.body.id, scope: granted }),
      }
    : {};
  const id = asked.has("openid") ? { id_token: await idToken(room, client, user, nonce) } : {};
  const info = Buffer.from(JSON.stringify({ uid: user.body.id, utid: tenantId })).toString("base64url");
  return { ...answer, ...refresh, ...id, client_info: info };
}

function idToken(room: EntraRoom, client: DirectoryObject, user: DirectoryObject, nonce?: string): Promise<string> {
  const clientId = String(client.body.appId);
  const roles = rolesOf(room.directory, user, client);
  return room.tokens.issue({
    tenantId: user.tenantId,
    audience: clientId,
    version: "v2",
    subject: { objectId: user.body.id, clientId, kind: "user" },
    claims: { ...personClaims(user), ...(nonce ? { nonce } : {}), ...(roles.length > 0 ? { roles } : {}) },
  });
}

/** Secret or assertion of a client; public ones have neither. */
async function authenticateClient(
  room: EntraRoom,
  client: DirectoryObject | undefined,
  clientId: string,
  form: Form,
  confidential: boolean,
): Promise<void> {
  if (form.client_assertion !== undefined) {
    if (form.client_assertion_type !== ASSERTION_TYPE) throw new EntraError("badRequest", "client_assertion_type");
    return checkAssertion(room, clientId, form.client_assertion);
  }
  if (form.client_secret === undefined) {
    if (confidential) throw new EntraError("missingSecret");
    return;
  }
  if (!confidential) throw new EntraError("publicSecret");
  const principal = room.directory.servicePrincipal(clientId);
  const owners = [client?.body.id, principal?.body.id].flatMap((each) => each ?? []);
  const verdicts = owners.map((owner) => room.directory.checkSecret(owner, form.client_secret ?? "", room.clock.now()));
  if (verdicts.includes("good")) return;
  throw new EntraError(verdicts.includes("expired") ? "expiredSecret" : "wrongSecret", clientId);
}

function requireResource(room: EntraRoom, scope: string): Resource {
  const resource = resourceOf(room.directory, scope);
  if (resource === undefined) throw new EntraError("unknownScope");
  if (resource === "unknown") throw new EntraError("unknownResource", scope);
  return resource;
}

function need(form: Form, name: string): string {
  const value = form[name];
  if (value === undefined || value === "") throw new EntraError("badRequest", name);
  return value;
}
