import { randomBytes } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import type { EmulatorContext } from "../../core/context.ts";
import type { Caller } from "../../core/tokens.ts";
import { RegistryError } from "./errors.ts";

/** Audiences that the registry exchanges. Source: Azure Container Registry, "Authenticate with a Microsoft Entra access token". */
const AUDIENCES = [
  "https://containerregistry.azure.net",
  "https://management.azure.com",
  "https://management.core.windows.net",
];
const REFRESH_SECONDS = 3 * 3600;
const ACCESS_SECONDS = 75 * 60;
/** User name that marks a refresh token in basic authentication (`docker login`). */
const TOKEN_USER = "00000000-0000-0000-0000-000000000000";

export type Right = "pull" | "push" | "delete";

/** What a right needs: control actions of AcrPull, AcrPush, AcrDelete, or the data actions of the repository roles. */
const ACTIONS: Record<Right, { action: string; dataAction: string }> = {
  pull: {
    action: "Microsoft.ContainerRegistry/registries/pull/read",
    dataAction: "Microsoft.ContainerRegistry/registries/repositories/content/read",
  },
  push: {
    action: "Microsoft.ContainerRegistry/registries/push/write",
    dataAction: "Microsoft.ContainerRegistry/registries/repositories/content/write",
  },
  delete: {
    action: "Microsoft.ContainerRegistry/registries/artifacts/delete",
    dataAction: "Microsoft.ContainerRegistry/registries/repositories/content/delete",
  },
};

/** May the caller do this in the registry? */
export function hasRight(context: EmulatorContext, caller: Caller, right: Right, registryId: string): boolean {
  const { action, dataAction } = ACTIONS[right];
  return context.access.allows(caller, action, registryId) || context.access.allowsData(caller, dataAction, registryId);
}

interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** The registry's token flow: Entra token → refresh token → access token for scopes. */
export class RegistryAuth {
  readonly #context: EmulatorContext;
  readonly #key: Uint8Array;

  constructor(context: EmulatorContext) {
    this.#context = context;
    context.database.exec(
      "CREATE TABLE IF NOT EXISTS registry_keys (id INTEGER PRIMARY KEY CHECK (id = 1), secret BLOB NOT NULL)",
    );
    context.database.prepare("INSERT OR IGNORE INTO registry_keys VALUES (1, ?)").run(randomBytes(32));
    this.#key = context.database.prepare("SELECT secret FROM registry_keys").get()?.secret as Uint8Array;
  }

  /** POST /oauth2/exchange. @throws {RegistryError} `UNAUTHORIZED` for a bad Entra token */
  async exchange(service: string, entraToken: string): Promise<string> {
    const caller = await this.#verifyEntra(entraToken);
    const { objectId, tenantId, clientId, kind, groups } = caller;
    return this.#sign({ grant: "refresh", objectId, tenantId, clientId, kind, groups }, service, REFRESH_SECONDS);
  }

  /**
   * GET or POST /oauth2/token: the scopes, cut down to what the caller's roles allow.
   *
   * @param scopes `repository:<name>:pull,push` or `registry:catalog:*`
   */
  async accessToken(
    service: string,
    refreshToken: string,
    scopes: readonly string[],
    registryId: string,
  ): Promise<string> {
    const claims = await this.#verify(refreshToken, service, "refresh");
    const caller = callerOf(claims);
    const access = scopes.flatMap((scope) => {
      const [type = "", name = "", actions = ""] = splitScope(scope);
      const allowed = actions.split(",").filter((each) => hasRight(this.#context, caller, rightOf(each), registryId));
      return allowed.length > 0 ? [{ type, name, actions: allowed }] : [];
    });
    return this.#sign({ ...claims, grant: "access", access, asked: scopes }, service, ACCESS_SECONDS);
  }

  /** @throws {RegistryError} `UNAUTHORIZED` without a valid token, `DENIED` when it lacks the right */
  async require(
    authorization: string | null,
    service: string,
    scope: { type: string; name: string; action: string },
  ): Promise<void> {
    const token = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
    if (!token) throw new RegistryError("UNAUTHORIZED", "authentication required");
    const claims = await this.#verify(token, service, "access");
    const access = (claims.access ?? []) as readonly Access[];
    const wanted = scope.action;
    const granted = access.some(
      (each) =>
        each.type === scope.type &&
        each.name === scope.name &&
        each.actions.some((action) => satisfies(action, wanted)),
    );
    if (granted) return;
    // A token for something else is no answer yet: the client asks for one with this scope.
    const asked = ((claims.asked ?? []) as readonly string[]).some((each) => {
      const [type, name, actions = ""] = splitScope(each);
      return type === scope.type && name === scope.name && actions.split(",").some((one) => satisfies(one, wanted));
    });
    if (!asked) throw new RegistryError("UNAUTHORIZED", "insufficient scope");
    throw new RegistryError("DENIED", `no right to ${wanted} in ${scope.name || "this registry"}`);
  }

  /** Any valid access token (`GET /v2/`). */
  async requireAny(authorization: string | null, service: string): Promise<void> {
    const token = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
    if (!token) throw new RegistryError("UNAUTHORIZED", "authentication required");
    await this.#verify(token, service, "access");
  }

  /** Reads a refresh token from basic authentication. */
  refreshTokenOf(authorization: string | null): string | undefined {
    const basic = /^Basic (.+)$/i.exec(authorization ?? "")?.[1];
    const [user, ...rest] = Buffer.from(basic ?? "", "base64")
      .toString()
      .split(":");
    return user === TOKEN_USER ? rest.join(":") : undefined;
  }

  async #verifyEntra(token: string): Promise<Caller> {
    try {
      return await this.#context.tokens.verify(token, AUDIENCES);
    } catch (cause) {
      throw new RegistryError("UNAUTHORIZED", cause instanceof Error ? cause.message : "invalid token");
    }
  }

  #sign(claims: Record<string, unknown>, service: string, seconds: number): Promise<string> {
    const now = Math.floor(this.#context.clock.now() / 1000);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256", typ: "JWT" })
      .setIssuer("Azure Container Registry")
      .setAudience(service)
      .setIssuedAt(now)
      .setExpirationTime(now + seconds)
      .sign(this.#key);
  }

  async #verify(token: string, service: string, grant: string): Promise<Record<string, unknown>> {
    try {
      const currentDate = new Date(this.#context.clock.now());
      const { payload } = await jwtVerify(token, this.#key, { algorithms: ["HS256"], audience: service, currentDate });
      if (payload.grant !== grant) throw new Error(`this is no ${grant} token`);
      return payload;
    } catch (cause) {
      throw new RegistryError("UNAUTHORIZED", cause instanceof Error ? cause.message : "invalid token");
    }
  }
}

function callerOf(claims: Record<string, unknown>): Caller {
  return {
    objectId: String(claims.objectId),
    tenantId: String(claims.tenantId),
    clientId: String(claims.clientId),
    kind: claims.kind === "user" ? "user" : "app",
    audience: "https://containerregistry.azure.net",
    groups: Array.isArray(claims.groups) ? claims.groups.map(String) : [],
    claims: {},
  };
}

/** `repository:team/app:pull` → its three parts; a name may hold colons of a host and port. */
function splitScope(scope: string): [string, string, string] {
  const first = scope.indexOf(":");
  const last = scope.lastIndexOf(":");
  return [scope.slice(0, first), scope.slice(first + 1, last), scope.slice(last + 1)];
}

function satisfies(action: string, wanted: string): boolean {
  return action === wanted || action === "*" || rightOf(action) === wanted;
}

function rightOf(action: string): Right {
  if (action === "push" || action === "metadata_write") return "push";
  return action === "delete" ? "delete" : "pull";
}
