import { complete, type Entity, type Value } from "../model/entity.ts";
import type { Store } from "./store.ts";

/** Rows by entity name, in an order in which every reference points to an earlier row. */
export type SeedRows = Readonly<Record<string, readonly Readonly<Record<string, Value>>[]>>;

/** Puts the examples into a store that holds nothing at all. @returns how many items were added */
export async function seedIfEmpty(store: Store, entities: readonly Entity[], rows: SeedRows): Promise<number> {
  for (const entity of entities) {
    const { total } = await store.list(entity, { where: [], limit: 1, offset: 0 });
    if (total > 0) return 0;
  }
  let added = 0;
  for (const [name, items] of Object.entries(rows)) {
    const entity = entities.find((each) => each.name === name);
    if (!entity) continue;
    for (const row of items) {
      const stamp = new Date(Date.now() + added).toISOString();
      await store.insert(entity, { ...complete(entity, row), id: String(row.id), createdAt: stamp, updatedAt: stamp });
      added += 1;
    }
  }
  return added;
}

/** The day so many days from today, as `2026-01-31`. */
export function day(offset: number): string {
  return new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
}

/** A moment so many days from today, at this hour (UTC). */
export function moment(offset: number, hour: number): string {
  return `${day(offset)}T${String(hour).padStart(2, "0")}:00:00.000Z`;
}
