import type { Json } from "../../core/resources.ts";
import type { Caller } from "../../core/tokens.ts";
import { VaultError } from "./errors.ts";
import * as keys from "./keys.ts";
import * as secrets from "./secrets.ts";
import type { Vault, VaultRequest } from "./vault.ts";

/** Tokens for any vault are asked for with this audience. */
const AUDIENCE = "https://vault.azure.net";

/** Serves one vault: challenge, token, version, then the operation (Key Vault REST 7.6). */
export function vaultHandler(vault: Vault): (request: Request) => Promise<Response> {
  return async (request) => {
    try {
      const caller = await authenticate(vault, request);
      const url = new URL(request.url);
      if (!url.searchParams.get("api-version")) {
        throw new VaultError("badParameter", { reason: "api-version must be specified" });
      }
      const path = url.pathname
        .split("/")
        .filter((part) => part !== "")
        .map(decodeURIComponent);
      const body = await readBody(request);
      const answer = await dispatch({ vault, caller, body, query: url.searchParams }, request.method, path);
      return answer === undefined ? new Response(null, { status: 204 }) : Response.json(answer);
    } catch (error) {
      return refusal(vault, error);
    }
  };
}

type Answer = Json | undefined | Promise<Json | undefined>;

/** @param path for example `["secrets", "name", "version"]` */
function dispatch(request: VaultRequest, method: string, path: readonly string[]): Answer {
  const [collection, name, rest, operation] = path;
  if (operation === undefined || collection === "keys") {
    if (collection === "secrets") return secretRoute(request, method, name, rest);
    if (collection === "deletedsecrets") return deletedSecretRoute(request, method, name, rest);
    if (collection === "keys") return keyRoute(request, method, name, rest, operation);
    if (collection === "deletedkeys") return deletedKeyRoute(request, method, name, rest);
  }
  if (collection === "certificates" || collection === "storage")
    throw new VaultError("notEmulated", { operation: collection });
  throw new VaultError("notFound", { path: `/${path.join("/")}` });
}

function secretRoute(request: VaultRequest, method: string, name?: string, rest = ""): Answer {
  if (name === undefined) return only(method, "GET", () => secrets.listSecrets(request));
  if (rest === "versions") return only(method, "GET", () => secrets.listSecretVersions(request, name));
  if (method === "GET") return secrets.getSecret(request, name, rest);
  if (method === "PATCH") return secrets.updateSecret(request, name, rest);
  if (method === "PUT" && rest === "") return secrets.setSecret(request, name);
  if (method === "DELETE" && rest === "") return secrets.deleteSecret(request, name);
  throw new VaultError("notEmulated", { operation: `${method} of secrets/${rest}` });
}

function deletedSecretRoute(request: VaultRequest, method: string, name?: string, rest = ""): Answer {
  if (name === undefined) return only(method, "GET", () => secrets.listDeletedSecrets(request));
  if (rest === "recover") return only(method, "POST", () => secrets.recoverSecret(request, name));
  if (method === "DELETE") return secrets.purgeSecret(request, name);
  return only(method, "GET", () => secrets.getDeletedSecret(request, name));
}

function keyRoute(request: VaultRequest, method: string, name?: string, rest = "", operation?: string): Answer {
  if (name === undefined) return only(method, "GET", () => keys.listKeys(request));
  if (rest === "versions") return only(method, "GET", () => keys.listKeyVersions(request, name));
  if (rest === "create") return only(method, "POST", () => keys.createKey(request, name));
  if (rest === "rotate") return only(method, "POST", () => keys.rotateKey(request, name));
  if (rest === "rotationpolicy") {
    if (method === "PUT") return keys.setRotationPolicy(request, name);
    return only(method, "GET", () => keys.getRotationPolicy(request, name));
  }
  const action = operation ?? rest;
  if (method === "POST" && keys.isKeyOperation(action)) {
    return keys.useKey(request, name, operation === undefined ? "" : rest, action);
  }
  if (method === "GET") return keys.getKey(request, name, rest);
  if (method === "PATCH") return keys.updateKey(request, name, rest);
  if (method === "PUT" && rest === "") return keys.importKey(request, name);
  if (method === "DELETE" && rest === "") return keys.deleteKey(request, name);
  throw new VaultError("notEmulated", { operation: `${method} of keys/${action}` });
}

function deletedKeyRoute(request: VaultRequest, method: string, name?: string, rest = ""): Answer {
  if (name === undefined) return only(method, "GET", () => keys.listDeletedKeys(request));
  if (rest === "recover") return only(method, "POST", () => keys.recoverKey(request, name));
  if (method === "DELETE") return keys.purgeKey(request, name);
  return only(method, "GET", () => keys.getDeletedKey(request, name));
}

function only(method: string, expected: string, work: () => Answer): Answer {
  if (method === expected) return work();
  throw new VaultError("notFound", { path: `${method} here` });
}

/** @throws {VaultError} 401 without a token, with a bad one, or with one of another tenant than the vault's */
async function authenticate(vault: Vault, request: Request): Promise<Caller> {
  const token = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (token === undefined) throw new VaultError("unauthorized");
  const caller = await vault.context.tokens.verify(token, [AUDIENCE]).catch((error: Error) => {
    throw new VaultError("badToken", { reason: error.message });
  });
  const { tenantId } = vault.properties();
  if (caller.tenantId !== tenantId) throw new VaultError("wrongTenant", { tenant: caller.tenantId });
  return caller;
}

async function readBody(request: Request): Promise<Json> {
  const text = await request.text();
  if (text === "") return {};
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null) return body as Json;
  } catch {
    // falls through to the refusal
  }
  throw new VaultError("badParameter", { reason: "The request body is not a JSON object" });
}

/** With 401 goes the challenge, from which clients learn tenant and audience. */
function refusal(vault: Vault, error: unknown): Response {
  if (!(error instanceof VaultError)) {
    vault.context.log("keyVault", "request failed", { error: error instanceof Error ? error.stack : String(error) });
    return Response.json({ error: { code: "InternalServerError", message: "The request failed." } }, { status: 500 });
  }
  const authority = vault.context.tokens.issuer(String(vault.properties().tenantId), "v2").replace(/\/v2\.0$/, "");
  const challenge = `Bearer authorization="${authority}", resource="${AUDIENCE}"`;
  const { status, code, message, inner } = error;
  const body = { error: { code, message, ...(inner && { innererror: { code: inner } }) } };
  return Response.json(body, { status, headers: status === 401 ? { "www-authenticate": challenge } : {} });
}
