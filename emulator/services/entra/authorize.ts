import { randomInt } from "node:crypto";
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { DirectoryObject } from "./directory.ts";
import { EntraError } from "./errors.ts";
import { formPostPage, messagePage, signInPage } from "./pages.ts";
import { checkTenant, clientOf, type EntraRoom, redirectPlatform, signIn, tenantOf } from "./room.ts";

const SESSION = "entra-session";
const SESSION_S = 24 * 3600;

interface Authorization {
  readonly tenantId: string | undefined;
  readonly client: DirectoryObject;
  readonly redirectUri: string;
  readonly query: Readonly<Record<string, string>>;
}

/** GET and POST `/{tenant}/oauth2/v2.0/authorize`: sign-in page, then the answer to the client's redirect URI. */
export async function authorize(room: EntraRoom, c: Context): Promise<Response> {
  const asked = readRequest(room, c);
  const { client, query } = asked;
  if (query.response_type !== undefined && !query.response_type.split(" ").includes("code")) {
    return answer(c, asked, {
      error: "unsupported_response_type",
      error_description: "Only the response type 'code' is served.",
    });
  }
  if (redirectPlatform(client, asked.redirectUri) !== "web" && query.code_challenge_method !== "S256") {
    const error_description =
      "AADSTS9002325: Proof Key for Code Exchange is required for cross-origin authorization code redemption.";
    return answer(c, asked, { error: "invalid_request", error_description });
  }
  const page = (error?: string) =>
    c.html(signInPage({ application: String(client.body.displayName), username: query.login_hint ?? "", error }));
  if (c.req.method === "POST") {
    try {
      const form = await c.req.parseBody();
      const user = signIn(room, String(form.username ?? ""), String(form.password ?? ""));
      checkTenant(user, client, asked.tenantId);
      startSession(room, c, user);
      return answer(c, asked, { code: newCode(room, asked, user) });
    } catch (error) {
      if (error instanceof EntraError) return page(error.message);
      throw error;
    }
  }
  const session = query.prompt === "login" || query.prompt === "select_account" ? undefined : sessionOf(room, c);
  if (session && allowed(session, asked)) return answer(c, asked, { code: newCode(room, asked, session) });
  if (query.prompt === "none") {
    return answer(c, asked, { error: "login_required", error_description: "AADSTS50058: No user is signed in." });
  }
  return page();
}

/** A wrong client or redirect URI is shown here, never sent to the address. */
function readRequest(room: EntraRoom, c: Context): Authorization {
  const query = c.req.query();
  const tenantId = tenantOf(room, c.req.param("tenant") ?? "common");
  const client = clientOf(room, query.client_id ?? "", tenantId);
  const redirectUri = query.redirect_uri ?? "";
  if (!redirectPlatform(client, redirectUri)) throw new EntraError("wrongRedirect", redirectUri);
  return { tenantId, client, redirectUri, query };
}

function newCode(room: EntraRoom, { client, redirectUri, query }: Authorization, user: DirectoryObject): string {
  return room.grants.add({
    kind: "code",
    clientId: String(client.body.appId),
    tenantId: user.tenantId,
    objectId: user.body.id,
    scope: query.scope ?? "openid",
    redirectUri,
    ...(query.code_challenge ? { codeChallenge: query.code_challenge } : {}),
    ...(query.nonce ? { nonce: query.nonce } : {}),
  });
}

function allowed(user: DirectoryObject, { client, tenantId }: Authorization): boolean {
  try {
    checkTenant(user, client, tenantId);
    return true;
  } catch (error) {
    if (error instanceof EntraError) return false;
    throw error;
  }
}

function answer(
  c: Context,
  { redirectUri, query }: Authorization,
  fields: Readonly<Record<string, string>>,
): Response | Promise<Response> {
  const all = { ...fields, ...(query.state === undefined ? {} : { state: query.state }) };
  if (query.response_mode === "form_post") return c.html(formPostPage(redirectUri, all));
  const address = new URL(redirectUri);
  if (query.response_mode === "fragment") address.hash = new URLSearchParams(all).toString();
  else for (const [name, value] of Object.entries(all)) address.searchParams.set(name, value);
  return c.redirect(address.toString(), 302);
}

function startSession(room: EntraRoom, c: Context, user: DirectoryObject): void {
  const grant = { kind: "session", clientId: "", scope: "", tenantId: user.tenantId, objectId: user.body.id } as const;
  const secure = new URL(c.req.url).protocol === "https:";
  setCookie(c, SESSION, room.grants.add(grant), {
    httpOnly: true,
    sameSite: "Lax",
    path: "/",
    secure,
    maxAge: SESSION_S,
  });
}

function sessionOf(room: EntraRoom, c: Context): DirectoryObject | undefined {
  const cookie = getCookie(c, SESSION);
  const grant = cookie === undefined ? undefined : room.grants.get("session", cookie);
  return grant?.objectId === undefined ? undefined : room.directory.get(grant.objectId);
}

/** GET `/{tenant}/oauth2/v2.0/logout`: ends the browser session. Only registered addresses are redirected to. */
export function logout(room: EntraRoom, c: Context): Response | Promise<Response> {
  const cookie = getCookie(c, SESSION);
  if (cookie !== undefined) room.grants.take("session", cookie);
  setCookie(c, SESSION, "", { path: "/", maxAge: 0 });
  const target = c.req.query("post_logout_redirect_uri");
  const known =
    target !== undefined && room.directory.list("application").some((each) => redirectPlatform(each, target));
  return known ? c.redirect(target, 302) : c.html(messagePage("Signed out", "You signed out of your account."));
}

const LETTERS = "BCDFGHJKLMNPQRSTVWXZ";

/** POST `/{tenant}/oauth2/v2.0/devicecode`. */
export async function deviceAuthorization(room: EntraRoom, c: Context): Promise<Response> {
  const form = await c.req.parseBody();
  const tenantId = tenantOf(room, c.req.param("tenant") ?? "common");
  const client = clientOf(room, String(form.client_id ?? ""), tenantId);
  const userCode = Array.from({ length: 9 }, () => LETTERS[randomInt(LETTERS.length)]).join("");
  const clientId = String(client.body.appId);
  const grant = {
    kind: "device",
    clientId,
    tenantId: tenantId ?? "",
    scope: String(form.scope ?? "openid"),
    userCode,
  } as const;
  const verification = `${new URL(c.req.url).origin}/common/oauth2/deviceauth`;
  return c.json({
    user_code: userCode,
    device_code: room.grants.add(grant),
    verification_uri: verification,
    expires_in: 900,
    interval: 1,
    message: `To sign in, use a web browser to open the page ${verification} and enter the code ${userCode} to authenticate.`,
  });
}

/** GET and POST `/{tenant}/oauth2/deviceauth`: the person types the code that the device shows. */
export async function deviceApproval(room: EntraRoom, c: Context): Promise<Response> {
  const page = (error?: string) =>
    c.html(signInPage({ application: "a device", username: "", userCode: c.req.query("user_code") ?? "", error }));
  if (c.req.method !== "POST") return page();
  try {
    const form = await c.req.parseBody();
    const user = signIn(room, String(form.username ?? ""), String(form.password ?? ""));
    const approved = room.grants.answerDevice(String(form.user_code ?? ""), {
      objectId: user.body.id,
      tenantId: user.tenantId,
    });
    if (!approved) return page("That code did not work. Check the code and try again.");
    return c.html(messagePage("You have signed in", "You may now close this window."));
  } catch (error) {
    if (error instanceof EntraError) return page(error.message);
    throw error;
  }
}
