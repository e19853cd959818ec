import type { EmulatorContext } from "../../core/context.ts";
import type { ArmResource, Json } from "../../core/resources.ts";
import type { Caller } from "../../core/tokens.ts";
import { CosmosError } from "./errors.ts";

export const ASSIGNMENT_TYPE = "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments";
export const DEFINITION_TYPE = "Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions";

const PREFIX = "Microsoft.DocumentDB/databaseAccounts/";
const ITEMS = `${PREFIX}sqlDatabases/containers/items/`;

/** Built-in definitions ("Azure Cosmos DB for NoSQL data plane roles", read 2026-11-21). */
export const BUILT_IN_ROLES: Readonly<Record<string, readonly string[]>> = {
  "00000000-0000-0000-0000-000000000001": [
    `${PREFIX}readMetadata`,
    `${ITEMS}read`,
    `${PREFIX}sqlDatabases/containers/executeQuery`,
    `${PREFIX}sqlDatabases/containers/readChangeFeed`,
  ],
  "00000000-0000-0000-0000-000000000002": [`${PREFIX}readMetadata`, `${PREFIX}sqlDatabases/containers/*`, `${ITEMS}*`],
};

/** Data actions that requests need. */
export const ACTION = {
  readMetadata: `${PREFIX}readMetadata`,
  read: `${ITEMS}read`,
  create: `${ITEMS}create`,
  replace: `${ITEMS}replace`,
  upsert: `${ITEMS}upsert`,
  delete: `${ITEMS}delete`,
  query: `${PREFIX}sqlDatabases/containers/executeQuery`,
  changeFeed: `${PREFIX}sqlDatabases/containers/readChangeFeed`,
} as const;

interface KnownToken {
  readonly caller: Caller;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

const TOKEN_CACHE = 1000;
const TOKEN_FORM = /^type(?:=|%3d)aad(?:&|%26)ver(?:=|%3d)1\.0(?:&|%26)sig(?:=|%3d)(.+)$/i;

/** Who asks one account, and what they may do there. Only the account's own role assignments count. */
export class Authorizer {
  readonly #context: Pick<EmulatorContext, "tokens" | "clock" | "resources">;
  readonly #accountId: string;
  readonly #audiences: readonly string[];
  readonly #known = new Map<string, KnownToken>();

  /** @param endpoint `https://localhost:PORT`, which clients ask tokens for */
  constructor(context: Pick<EmulatorContext, "tokens" | "clock" | "resources">, accountId: string, endpoint: string) {
    this.#context = context;
    this.#accountId = accountId;
    this.#audiences = [endpoint, "https://cosmos.azure.com"];
  }

  /**
   * Reads `type=aad&ver=1.0&sig=<token>`. A token is verified once and then known until it expires.
   *
   * @throws {CosmosError} 401
   */
  async authenticate(header: string | undefined): Promise<Caller> {
    if (header === undefined) {
      throw unauthorized("Required Header authorization is missing. Ensure a valid Authorization token is passed.");
    }
    const known = this.#known.get(header);
    if (known && known.until > this.#context.clock.now()) return known.caller;
    this.#known.delete(header);
    const token = TOKEN_FORM.exec(header)?.[1];
    if (token === undefined) {
      throw unauthorized("Local Authorization is disabled. Use an AAD token to authorize all requests.");
    }
    try {
      const caller = await this.#context.tokens.verify(decodeURIComponent(token), this.#audiences);
      if (this.#known.size >= TOKEN_CACHE) this.#known.clear();
      this.#known.set(header, { caller, until: Number(caller.claims.exp) * 1000 });
      return caller;
    } catch (error) {
      throw unauthorized(`The input authorization token can't serve the request: ${(error as Error).message}.`);
    }
  }

  /**
   * @param place path below the account, for example `/dbs/app/colls/jobs`; "" for the account
   * @throws {CosmosError} 403/5301 when no assignment grants the action there
   */
  require(caller: Caller, action: string, place: string): void {
    const metadata = action === ACTION.readMetadata;
    const allowed = this.#assignments().some(({ properties }) => {
      if (!isPrincipal(caller, properties.principalId)) return false;
      const scope = this.#scopeOf(properties.scope);
      const reaches = `${place}/`.startsWith(`${scope}/`) || (metadata && `${scope}/`.startsWith(`${place}/`));
      return reaches && this.#actionsOf(properties.roleDefinitionId).some((granted) => matches(granted, action));
    });
    if (allowed) return;
    throw new CosmosError(
      403,
      `Request blocked by Auth: Request is blocked because principal [${caller.objectId}] does not have required RBAC ` +
        `permissions to perform action [${action}] on resource [${place || "/"}]. Learn more: https://aka.ms/cosmos-native-rbac.`,
      { substatus: 5301 },
    );
  }

  #assignments(): readonly ArmResource[] {
    return this.#context.resources.list(ASSIGNMENT_TYPE, `${this.#accountId}/`);
  }

  /** The part of a scope below the account. */
  #scopeOf(scope: unknown): string {
    const text = String(scope).replace(/\/+$/, "");
    const below = text.toLowerCase().startsWith(this.#accountId.toLowerCase())
      ? text.slice(this.#accountId.length)
      : text;
    return below.replace("/sqlDatabases/", "/dbs/").replace("/containers/", "/colls/");
  }

  #actionsOf(roleDefinitionId: unknown): readonly string[] {
    const name = String(roleDefinitionId).split("/").at(-1)?.toLowerCase() ?? "";
    const builtIn = BUILT_IN_ROLES[name];
    if (builtIn) return builtIn;
    const definition = this.#context.resources.get(`${this.#accountId}/sqlRoleDefinitions/${name}`);
    return definition ? dataActions(definition.properties) : [];
  }
}

/** All data actions of a role definition's `permissions`. */
export function dataActions(properties: Json): readonly string[] {
  const permissions = Array.isArray(properties.permissions) ? (properties.permissions as readonly Json[]) : [];
  return permissions.flatMap(({ dataActions: actions }) => (Array.isArray(actions) ? actions.map(String) : []));
}

function isPrincipal(caller: Caller, principalId: unknown): boolean {
  return principalId === caller.objectId || caller.groups.some((group) => group === principalId);
}

function matches(granted: string, action: string): boolean {
  if (granted === action || granted === "*") return true;
  return granted.endsWith("*") && action.startsWith(granted.slice(0, -1));
}

function unauthorized(message: string): CosmosError {
  return new CosmosError(401, message, { substatus: 5000 });
}
