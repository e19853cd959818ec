import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { transaction } from "../core/database.ts";
import type { ArmResource, Json, ResourceReader } from "../core/resources.ts";
import { overlay, subtract } from "./json.ts";
import { parentId } from "./path.ts";

/** A resource as ARM keeps it: what the client asked for and what the service set, apart. */
export interface StoredResource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** Body fields beside `properties`: location, tags, sku, kind, identity … */
  readonly top: Json;
  /** The client's properties, secrets included. */
  readonly desired: Json;
  /** What the service laid over them. */
  readonly state: Json;
  /** Absent for types that have none. */
  readonly provisioningState?: string;
  readonly etag: string;
  readonly createdAt: string;
}

/** A soft-deleted resource; its name is held until `purgeAt`. */
export interface DeletedResource {
  readonly resource: StoredResource;
  readonly deletedAt: string;
  readonly purgeAt: string;
}

interface Held {
  readonly stored: StoredResource;
  readonly view: ArmResource;
}

/** All resources: durable in SQLite, read from memory. Keys are ids in lower case. */
export class ResourceStore implements ResourceReader {
  readonly #database: DatabaseSync;
  readonly #held = new Map<string, Held>();
  readonly #byType = new Map<string, Map<string, Held>>();
  readonly #byParent = new Map<string, Set<string>>();
  readonly #versions = new Map<string, number>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(
      `CREATE TABLE IF NOT EXISTS arm_resources (key TEXT PRIMARY KEY, body TEXT NOT NULL);
       CREATE TABLE IF NOT EXISTS arm_deleted (key TEXT PRIMARY KEY, body TEXT NOT NULL);`,
    );
    for (const row of database.prepare("SELECT body FROM arm_resources ORDER BY rowid").all()) {
      this.#remember(JSON.parse(String(row.body)) as StoredResource);
    }
  }

  get(id: string): ArmResource | undefined {
    return this.#held.get(id.toLowerCase())?.view;
  }

  list(type: string, prefix = ""): readonly ArmResource[] {
    const found = this.#byType.get(type.toLowerCase())?.values() ?? [];
    const start = prefix.toLowerCase();
    const views: ArmResource[] = [];
    for (const { view } of found) if (view.id.toLowerCase().startsWith(start)) views.push(view);
    return views;
  }

  update(id: string, properties: Json): void {
    const found = this.stored(id);
    if (!found) return; // a service may learn later than ARM that a resource is gone
    const { provisioningState, ...rest } = properties;
    const state = subtract(overlay(found.state, rest), found.desired);
    const status = typeof provisioningState === "string" ? { provisioningState } : {};
    this.save({ ...found, state, ...status, etag: newEtag() });
  }

  stored(id: string): StoredResource | undefined {
    return this.#held.get(id.toLowerCase())?.stored;
  }

  /** Resources directly below an id, extension resources of it included. */
  children(id: string): readonly StoredResource[] {
    const keys = this.#byParent.get(id.toLowerCase()) ?? [];
    return [...keys].flatMap((key) => this.#held.get(key)?.stored ?? []);
  }

  /** Everything below an id, at any depth. */
  descendants(id: string): readonly StoredResource[] {
    return this.children(id).flatMap((child) => [child, ...this.descendants(child.id)]);
  }

  /** Counts the changes of a type, for caches of what is computed from it. */
  version(type: string): number {
    return this.#versions.get(type.toLowerCase()) ?? 0;
  }

  save(resource: StoredResource): void {
    this.#database
      .prepare(
        "INSERT INTO arm_resources (key, body) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body",
      )
      .run(resource.id.toLowerCase(), JSON.stringify(resource));
    this.#remember(resource);
  }

  remove(id: string): void {
    const key = id.toLowerCase();
    this.#database.prepare("DELETE FROM arm_resources WHERE key = ?").run(key);
    const held = this.#held.get(key);
    if (!held) return;
    this.#held.delete(key);
    this.#byType.get(held.stored.type.toLowerCase())?.delete(key);
    this.#byParent.get(parentId(key))?.delete(key);
    this.#changed(held.stored.type);
  }

  /** Several changes at once: all or none are kept. */
  together<T>(work: () => T): T {
    return transaction(this.#database, work);
  }

  hold(deleted: DeletedResource): void {
    this.#database
      .prepare("INSERT INTO arm_deleted (key, body) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body")
      .run(deleted.resource.id.toLowerCase(), JSON.stringify(deleted));
  }

  deleted(): readonly DeletedResource[] {
    const rows = this.#database.prepare("SELECT body FROM arm_deleted ORDER BY rowid").all();
    return rows.map((row) => JSON.parse(String(row.body)) as DeletedResource);
  }

  release(id: string): void {
    this.#database.prepare("DELETE FROM arm_deleted WHERE key = ?").run(id.toLowerCase());
  }

  #remember(stored: StoredResource): void {
    const key = stored.id.toLowerCase();
    const held = { stored, view: toArm(stored) };
    this.#held.set(key, held);
    mapIn(this.#byType, stored.type.toLowerCase()).set(key, held);
    const parent = parentId(key);
    const siblings = this.#byParent.get(parent) ?? new Set();
    this.#byParent.set(parent, siblings.add(key));
    this.#changed(stored.type);
  }

  #changed(type: string): void {
    this.#versions.set(type.toLowerCase(), this.version(type) + 1);
  }
}

/** A fresh entity tag, unquoted. */
export function newEtag(): string {
  return randomUUID();
}

/** The shape that services and answers see. */
export function toArm(stored: StoredResource): ArmResource {
  const { id, name, type, top, desired, state, provisioningState } = stored;
  const properties = overlay(overlay(desired, state), provisioningState ? { provisioningState } : {});
  return { id, name, type, ...top, properties };
}

function mapIn(outer: Map<string, Map<string, Held>>, key: string): Map<string, Held> {
  const found = outer.get(key) ?? new Map<string, Held>();
  outer.set(key, found);
  return found;
}
