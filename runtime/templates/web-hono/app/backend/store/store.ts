import type { Entity, Item, Value, Values } from "../model/entity.ts";

/** A comparison of one field with a value; `ne` also holds for a field without a value. */
export interface Condition {
  readonly field: string;
  readonly op: "eq" | "ne" | "gte" | "lt";
  readonly value: Value;
}

export interface ListQuery {
  /** Words to look for in all fields of text. */
  readonly q?: string;
  readonly where: readonly Condition[];
  readonly sort?: { readonly field: string; readonly direction: "ascending" | "descending" };
  readonly limit: number;
  readonly offset: number;
}

export interface Page {
  readonly items: Item[];
  /** All that match, on every page. */
  readonly total: number;
}

/** Where items are kept. */
export interface Store {
  readonly kind: string;
  list(entity: Entity, query: ListQuery): Promise<Page>;
  get(entity: Entity, id: string): Promise<Item | undefined>;
  /** @throws {StoreConflict} when a unique value exists already */
  insert(entity: Entity, item: Item): Promise<Item>;
  /** Changes the given values only. @returns undefined when there is no such item */
  update(entity: Entity, id: string, values: Values): Promise<Item | undefined>;
  /** @returns whether there was such an item */
  remove(entity: Entity, id: string): Promise<boolean>;
  /** Rejects when the store cannot answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The store refused a change, because a value is taken or an item is still referenced. */
export class StoreConflict extends Error {
  readonly reason: "taken" | "referenced";
  readonly field: string | undefined;

  constructor(reason: "taken" | "referenced", field?: string) {
    super(reason === "taken" ? `the value of ${field} is taken` : "other items refer to it");
    this.reason = reason;
    this.field = field;
  }
}

const TEXT_TYPES = new Set(["text", "longText", "email", "phone", "url", "choice"]);

/** The fields that a search looks into. */
export function searchable(entity: Entity): string[] {
  return entity.fields.filter((field) => TEXT_TYPES.has(field.type)).map((field) => field.name);
}
