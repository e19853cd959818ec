import type { Entity, Item, Value, Values } from "../model/entity.ts";
import { type Condition, type ListQuery, type Page, type Store, StoreConflict, searchable } from "./store.ts";

/** Keeps items in memory: for tests, and for trying the app without a database. */
export class MemoryStore implements Store {
  readonly kind = "memory";
  readonly #items = new Map<string, Map<string, Item>>();

  async list(entity: Entity, query: ListQuery): Promise<Page> {
    const words = query.q?.trim().toLowerCase();
    const fields = searchable(entity);
    const found = [...this.#of(entity).values()].filter(
      (item) =>
        query.where.every((condition) => holds(item, condition)) &&
        (!words ||
          fields.some((name) =>
            String(item[name] ?? "")
              .toLowerCase()
              .includes(words),
          )),
    );
    const { field, direction } = query.sort ?? { field: "createdAt", direction: "descending" };
    const sign = direction === "ascending" ? 1 : -1;
    found.sort((a, b) => compare(a[field], b[field]) * sign || compare(a.id, b.id));
    const items = found.slice(query.offset, query.offset + query.limit).map((item) => ({ ...item }));
    return { items, total: found.length };
  }

  async get(entity: Entity, id: string): Promise<Item | undefined> {
    const item = this.#of(entity).get(id);
    return item && { ...item };
  }

  async insert(entity: Entity, item: Item): Promise<Item> {
    this.#refuseTaken(entity, item);
    this.#of(entity).set(item.id, { ...item });
    return { ...item };
  }

  async update(entity: Entity, id: string, values: Values): Promise<Item | undefined> {
    const item = this.#of(entity).get(id);
    if (!item) return undefined;
    const changed: Item = { ...item, ...values, updatedAt: new Date().toISOString() };
    this.#refuseTaken(entity, changed);
    this.#of(entity).set(id, changed);
    return { ...changed };
  }

  async remove(entity: Entity, id: string): Promise<boolean> {
    return this.#of(entity).delete(id);
  }

  async ping(): Promise<void> {}
  async close(): Promise<void> {}

  #of(entity: Entity): Map<string, Item> {
    const items = this.#items.get(entity.plural) ?? new Map<string, Item>();
    this.#items.set(entity.plural, items);
    return items;
  }

  #refuseTaken(entity: Entity, item: Item): void {
    for (const field of entity.fields.filter((each) => each.unique && item[each.name] !== null)) {
      const taken = [...this.#of(entity).values()].some(
        (other) => other.id !== item.id && other[field.name] === item[field.name],
      );
      if (taken) throw new StoreConflict("taken", field.name);
    }
  }
}

function holds(item: Item, { field, op, value }: Condition): boolean {
  const own = item[field] ?? null;
  if (op === "eq") return own === value;
  if (op === "ne") return own !== value;
  if (own === null) return false;
  return op === "gte" ? compare(own, value) >= 0 : compare(own, value) < 0;
}

function compare(a: Value | undefined, b: Value | undefined): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  if (typeof a === "string" && typeof b === "string") return a.localeCompare(b);
  return Number(a) - Number(b);
}
