import { type Entity, type Item, nameOf, type Values } from "../model/entity.ts";
import type { Store } from "../store/store.ts";
import type { FieldError } from "./problem.ts";

/** The references among the values that point to nothing. */
export async function danglingReferences(
  store: Store,
  entities: readonly Entity[],
  entity: Entity,
  values: Values,
): Promise<FieldError[]> {
  const checks = entity.fields.map(async (field): Promise<FieldError[]> => {
    const id = values[field.name];
    const target = entities.find((each) => each.name === field.entity);
    if (!target || typeof id !== "string" || (await store.get(target, id))) return [];
    return [{ field: field.name, message: `There is no ${target.label.toLowerCase()} with this id` }];
  });
  return (await Promise.all(checks)).flat();
}

/** The first kind of item that still refers to this one, if any. */
export async function referringEntity(
  store: Store,
  entities: readonly Entity[],
  entity: Entity,
  id: string,
): Promise<{ entity: Entity; total: number } | undefined> {
  for (const other of entities) {
    for (const field of other.fields.filter((each) => each.entity === entity.name)) {
      const where = [{ field: field.name, op: "eq", value: id } as const];
      const { total } = await store.list(other, { where, limit: 1, offset: 0 });
      if (total > 0) return { entity: other, total };
    }
  }
  return undefined;
}

/** Names for the ids that the items refer to, so that a page can show them: id → name. */
export async function referenceLabels(
  store: Store,
  entities: readonly Entity[],
  entity: Entity,
  items: readonly Item[],
): Promise<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const field of entity.fields) {
    const target = entities.find((each) => each.name === field.entity);
    if (!target) continue;
    const ids = new Set(items.map((item) => item[field.name]).filter((id) => typeof id === "string"));
    for (const id of ids) {
      const item = labels[id] === undefined ? await store.get(target, id) : undefined;
      if (!item) continue;
      const inner = target.fields.some((each) => each.entity && target.display.includes(each.name));
      labels[id] = nameOf(target, item, inner ? await referenceLabels(store, entities, target, [item]) : {});
    }
  }
  return labels;
}
