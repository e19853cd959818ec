import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import { authorize, deviceApproval, deviceAuthorization, logout } from "./authorize.ts";
import { EntraError } from "./errors.ts";
import { graphRoutes } from "./graph.ts";
import { messagePage } from "./pages.ts";
import { type EntraRoom, tenantOf } from "./room.ts";
import { tokenAnswer } from "./token.ts";

/** All endpoints of the local Entra. */
export function entraRoutes(room: EntraRoom): Hono {
  const app = new Hono();
  app.use("*", cors()); // single-page applications redeem codes from the browser
  app.get("/:tenant/v2.0/.well-known/openid-configuration", (c) => c.json(discovery(room, c, "v2")));
  app.get("/:tenant/.well-known/openid-configuration", (c) => c.json(discovery(room, c, "v1")));
  app.get("/:tenant/discovery/v2.0/keys", async (c) => c.json(await room.tokens.publicKeys()));
  app.get("/:tenant/discovery/keys", async (c) => c.json(await room.tokens.publicKeys()));
  app.get("/:tenant/discovery/instance", (c) => c.json(instances(c)));
  app.on(["GET", "POST"], ["/:tenant/oauth2/v2.0/authorize", "/:tenant/oauth2/authorize"], (c) => authorize(room, c));
  app.post("/:tenant/oauth2/v2.0/token", (c) => token(room, c));
  app.post("/:tenant/oauth2/token", (c) => token(room, c));
  app.post("/:tenant/oauth2/v2.0/devicecode", (c) => deviceAuthorization(room, c));
  app.on(["GET", "POST"], "/:tenant/oauth2/deviceauth", (c) => deviceApproval(room, c));
  app.get("/:tenant/oauth2/v2.0/logout", (c) => logout(room, c));
  app.route("/v1.0", graphRoutes(room));
  app.onError((error, c) => {
    if (!(error instanceof EntraError)) throw error;
    const page = c.req.path.endsWith("/authorize");
    if (page) return c.html(messagePage("Sign in", error.message), 400);
    return c.json(error.toJson(), error.status === 401 ? 401 : 400);
  });
  return app;
}

async function token(room: EntraRoom, c: Context): Promise<Response> {
  const parsed = await c.req.parseBody();
  const fields = Object.entries(parsed).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : [],
  );
  const form = { ...Object.fromEntries(fields), ...basicCredentials(c.req.header("authorization")) };
  const tenantId = tenantOf(room, c.req.param("tenant") ?? "common");
  const body = await tokenAnswer(room, { form, ...(tenantId === undefined ? {} : { tenantId }) });
  return c.json(body, 200, { "Cache-Control": "no-store", Pragma: "no-cache" });
}

function basicCredentials(header: string | undefined): Readonly<Record<string, string>> {
  const [, encoded] = /^Basic\s+(.+)$/i.exec(header ?? "") ?? [];
  if (!encoded) return {};
  const [id = "", secret = ""] = Buffer.from(encoded, "base64").toString().split(":").map(decodeURIComponent);
  return { client_id: id, client_secret: secret };
}

/** The issuer is the same whatever address asked; the endpoints are at the address that did, so a browser may use plain http. */
function discovery(room: EntraRoom, c: Context, version: "v1" | "v2"): object {
  const segment = c.req.param("tenant") ?? "common";
  const tenantId = tenantOf(room, segment);
  const base = `${new URL(c.req.url).origin}/${segment}`;
  const issuer = tenantId === undefined ? `${room.authority()}/{tenantid}/v2.0` : room.tokens.issuer(tenantId, version);
  return {
    issuer,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_types_supported: ["code"],
    response_modes_supported: ["query", "fragment", "form_post"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    code_challenge_methods_supported: ["S256"],
    scopes_supported: ["openid", "profile", "email", "offline_access"],
    token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic", "private_key_jwt"],
    claims_supported: ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "oid", "roles"],
    tenant_region_scope: null,
    cloud_instance_name: new URL(base).host,
  };
}

function instances(c: Context): object {
  const { host, origin } = new URL(c.req.url);
  const metadata = [{ preferred_network: host, preferred_cache: host, aliases: [host] }];
  return {
    tenant_discovery_endpoint: `${origin}/common/v2.0/.well-known/openid-configuration`,
    "api-version": "1.1",
    metadata,
  };
}
