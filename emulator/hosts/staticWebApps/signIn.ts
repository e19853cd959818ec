import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** Who is signed in, as `/.auth/me` and `x-ms-client-principal` show it. */
export interface ClientPrincipal {
  readonly identityProvider: string;
  readonly userId: string;
  readonly userDetails: string;
  readonly userRoles: readonly string[];
}

const COOKIE = "StaticWebAppsAuthCookie";

/**
 * The sites' own sign-in (`/.auth/…`). Locally `/.auth/login/<provider>` shows a form that takes any name and roles, as the Static Web
 * Apps CLI does; sites that sign in with Entra themselves do not use it.
 */
export class SignIn {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  principal(request: IncomingMessage): ClientPrincipal | undefined {
    const value = new RegExp(`(?:^|;\\s*)${COOKIE}=([^;]+)`).exec(request.headers.cookie ?? "")?.[1] ?? "";
    const [payload = "", signature = ""] = value.split(".");
    const given = Buffer.from(signature);
    const expected = Buffer.from(this.#sign(payload));
    if (payload === "" || given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    return JSON.parse(Buffer.from(payload, "base64url").toString()) as ClientPrincipal;
  }

  /** Answers `/.auth/me`, `/.auth/login/<provider>`, `/.auth/logout`. @returns `false` for another path */
  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    const [, verb = "", provider = ""] = /^\/\.auth\/(me|login|logout)(?:\/([\w-]+))?\/?$/.exec(url.pathname) ?? [];
    if (verb === "me") {
      response.writeHead(200, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
      response.end(JSON.stringify({ clientPrincipal: this.principal(request) ?? null }));
      return true;
    }
    if (verb === "logout")
      return redirect(response, target(url, "post_logout_redirect_uri"), `${COOKIE}=; Path=/; HttpOnly; Max-Age=0`);
    if (verb !== "login" || provider === "") return false;
    if (request.method !== "POST") {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      response.end(form(provider));
      return true;
    }
    const given = new URLSearchParams(await readText(request));
    const name = given.get("name") ?? "";
    const roles = (given.get("roles") ?? "").split(/[\s,]+/).filter(Boolean);
    const userId = createHmac("sha256", this.#key).update(`${provider} ${name}`).digest("hex").slice(0, 32);
    const userRoles = [...new Set(["anonymous", "authenticated", ...roles])];
    const principal: ClientPrincipal = { identityProvider: provider, userId, userDetails: name, userRoles };
    const payload = Buffer.from(JSON.stringify(principal)).toString("base64url");
    return redirect(
      response,
      target(url, "post_login_redirect_uri"),
      `${COOKIE}=${payload}.${this.#sign(payload)}; Path=/; HttpOnly; SameSite=Lax`,
    );
  }

  #sign(payload: string): string {
    return createHmac("sha256", this.#key).update(payload).digest("base64url");
  }
}

/** Only paths of this site: an open redirect would send a person anywhere. */
function target(url: URL, name: string): string {
  const wanted = url.searchParams.get(name) ?? "/";
  return wanted.startsWith("/") && !/^\/[/\\]/.test(wanted) ? wanted : "/";
}

function redirect(response: ServerResponse, location: string, cookie: string): true {
  response.writeHead(302, { location, "set-cookie": cookie });
  response.end();
  return true;
}

function form(provider: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>
<style>body{font:16px system-ui;max-width:24rem;margin:4rem auto}label{display:block;margin:1rem 0}input{width:100%;padding:.4rem}</style>
<h1>Local sign-in</h1><p>Stands in for ${provider}: any name is accepted.</p>
<form method="post"><label>Name <input name="name" required></label><label>Roles <input name="roles" placeholder="editor admin"></label>
<button>Sign in</button></form></html>`;
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
