import { randomUUID, scryptSync, timingSafeEqual } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Json } from "../../core/resources.ts";

export type ObjectKind =
  | "user"
  | "group"
  | "application"
  | "servicePrincipal"
  | "appRoleAssignment"
  | "federated"
  | "member";

/** A directory object in the shape of Microsoft Graph v1.0, with its tenant. */
export interface DirectoryObject {
  readonly kind: ObjectKind;
  readonly tenantId: string;
  readonly body: Json & { readonly id: string };
}

const DIRECTORIES = new WeakMap<DatabaseSync, Directory>();

/** The directory kept in a database; one instance per database. */
export function directoryOf(database: DatabaseSync): Directory {
  const found = DIRECTORIES.get(database) ?? new Directory(database);
  DIRECTORIES.set(database, found);
  return found;
}

/** All directory objects of all local tenants, durable. No HTTP, no rules: those are with the callers. */
export class Directory {
  readonly #database: DatabaseSync;
  #groups: Map<string, readonly string[]> | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(
      `CREATE TABLE IF NOT EXISTS directory (
         id TEXT PRIMARY KEY, kind TEXT NOT NULL, tenant TEXT NOT NULL, lookup TEXT NOT NULL, body TEXT NOT NULL);
       CREATE INDEX IF NOT EXISTS directory_lookup ON directory (kind, lookup);
       CREATE TABLE IF NOT EXISTS directory_secrets (
         id TEXT PRIMARY KEY, owner TEXT NOT NULL, hash TEXT NOT NULL, expires INTEGER);`,
    );
  }

  get(id: string): DirectoryObject | undefined {
    return this.#read("SELECT * FROM directory WHERE id = ?", id.toLowerCase())[0];
  }

  list(kind: ObjectKind): readonly DirectoryObject[] {
    return this.#read("SELECT * FROM directory WHERE kind = ? ORDER BY rowid", kind);
  }

  /** @param key user name, client id (`appId`), group or application that a part belongs to; without case */
  find(kind: ObjectKind, key: string): readonly DirectoryObject[] {
    return this.#read("SELECT * FROM directory WHERE kind = ? AND lookup = ? ORDER BY rowid", kind, key.toLowerCase());
  }

  /** An application by client id or by one of its identifier URIs. */
  application(resource: string): DirectoryObject | undefined {
    const byId = this.find("application", resource)[0];
    if (byId) return byId;
    return this.list("application").find((each) => list(each.body.identifierUris).includes(resource));
  }

  /** The service principal of a client id, in a tenant where given. */
  servicePrincipal(appId: string, tenantId?: string): DirectoryObject | undefined {
    const all = this.find("servicePrincipal", appId);
    return all.find((each) => tenantId === undefined || each.tenantId === tenantId);
  }

  save(kind: ObjectKind, tenantId: string, body: Json & { readonly id: string }): DirectoryObject {
    this.#database
      .prepare(
        `INSERT INTO directory (id, kind, tenant, lookup, body) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET lookup = excluded.lookup, body = excluded.body`,
      )
      .run(body.id.toLowerCase(), kind, tenantId, lookupOf(kind, body).toLowerCase(), JSON.stringify(body));
    this.#groups = undefined;
    return { kind, tenantId, body };
  }

  remove(id: string): void {
    this.#database.prepare("DELETE FROM directory WHERE id = ?").run(id.toLowerCase());
    this.#database.prepare("DELETE FROM directory_secrets WHERE owner = ?").run(id.toLowerCase());
    this.#groups = undefined;
  }

  /** @param expires milliseconds since the epoch */
  addSecret(owner: string, secret: string, id: string = randomUUID(), expires?: number): string {
    this.#database
      .prepare("INSERT OR REPLACE INTO directory_secrets (id, owner, hash, expires) VALUES (?, ?, ?, ?)")
      .run(id, owner.toLowerCase(), hashSecret(secret), expires ?? null);
    return id;
  }

  removeSecret(id: string): void {
    this.#database.prepare("DELETE FROM directory_secrets WHERE id = ?").run(id);
  }

  /** Is this one of the owner's secrets, and still good? */
  checkSecret(owner: string, secret: string, now: number): "good" | "expired" | "wrong" {
    const rows = this.#database
      .prepare("SELECT hash, expires FROM directory_secrets WHERE owner = ?")
      .all(owner.toLowerCase());
    const match = rows.find((row) => secretMatches(secret, String(row.hash)));
    if (!match) return "wrong";
    return match.expires !== null && Number(match.expires) <= now ? "expired" : "good";
  }

  /** Object ids of the groups that hold a principal, directly or through other groups. */
  groupsOf(objectId: string): readonly string[] {
    this.#groups ??= this.#memberships();
    const found = new Set<string>();
    const follow = (member: string) => {
      for (const group of this.#groups?.get(member.toLowerCase()) ?? []) {
        if (found.has(group)) continue;
        found.add(group);
        follow(group);
      }
    };
    follow(objectId);
    return [...found];
  }

  principalType(objectId: string): string | undefined {
    const kind = this.get(objectId)?.kind;
    return kind && { user: "User", group: "Group", servicePrincipal: "ServicePrincipal" }[kind as string];
  }

  #memberships(): Map<string, readonly string[]> {
    const groups = new Map<string, readonly string[]>();
    for (const { body } of this.list("member")) {
      const member = String(body.memberId).toLowerCase();
      groups.set(member, [...(groups.get(member) ?? []), String(body.groupId)]);
    }
    return groups;
  }

  #read(query: string, ...values: string[]): readonly DirectoryObject[] {
    return this.#database
      .prepare(query)
      .all(...values)
      .map((row) => ({
        kind: row.kind as ObjectKind,
        tenantId: String(row.tenant),
        body: JSON.parse(String(row.body)) as DirectoryObject["body"],
      }));
  }
}

/** A JSON value as a list of strings. */
export function list(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function lookupOf(kind: ObjectKind, body: Json): string {
  const field = {
    user: "userPrincipalName",
    group: "displayName",
    application: "appId",
    servicePrincipal: "appId",
    appRoleAssignment: "principalId",
    federated: "applicationId",
    member: "groupId",
  }[kind];
  return String(body[field] ?? "");
}

const COST = { N: 1024, r: 8, p: 1 } as const; // secrets here are random: the hash only keeps them out of the file

function hashSecret(secret: string): string {
  const salt = randomUUID();
  return `${salt}:${scryptSync(secret, salt, 32, COST).toString("hex")}`;
}

function secretMatches(secret: string, stored: string): boolean {
  const [salt = "", hash = ""] = stored.split(":");
  return timingSafeEqual(scryptSync(secret, salt, 32, COST), Buffer.from(hash, "hex"));
}
