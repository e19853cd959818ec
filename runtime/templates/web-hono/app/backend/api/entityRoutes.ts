import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { complete, type Entity, type Item, type Values } from "../model/entity.ts";
import { type Store, StoreConflict } from "../store/store.ts";
import { fieldErrors, Problem } from "./problem.ts";
import { readListQuery } from "./query.ts";
import { danglingReferences, referenceLabels, referringEntity } from "./references.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** List, create, read, replace, change and delete for one entity. */
export function entityRoutes(store: Store, entities: readonly Entity[], entity: Entity): Hono {
  const routes = new Hono();

  routes.get("/", async (c) => {
    const page = await store.list(entity, readListQuery(entity, c.req.query()));
    if (c.req.query("labels") === undefined) return c.json(page);
    return c.json({ ...page, labels: await referenceLabels(store, entities, entity, page.items) });
  });

  routes.post("/", async (c) => {
    const values = complete(entity, await readBody(c, entity, "all"));
    await refuseDangling(store, entities, entity, values);
    const now = new Date().toISOString();
    const made: Item = { ...values, id: randomUUID(), createdAt: now, updatedAt: now };
    const item = await translateConflicts(entity, () => store.insert(entity, made));
    return c.json(item, 201, { location: `/api/${entity.plural}/${item.id}` });
  });

  routes.get("/:id", async (c) => {
    const item = await find(store, entity, c.req.param("id"));
    if (c.req.query("labels") === undefined) return c.json(item);
    return c.json({ ...item, labels: await referenceLabels(store, entities, entity, [item]) });
  });

  const change = (part: "all" | "some") => async (c: Context) => {
    const { id } = await find(store, entity, c.req.param("id") ?? "");
    const body = await readBody(c, entity, part);
    const values = part === "all" ? complete(entity, body) : body;
    await refuseDangling(store, entities, entity, values);
    const item = await translateConflicts(entity, () => store.update(entity, id, values));
    if (!item) throw unknown(entity, id);
    return c.json(item);
  };
  routes.put("/:id", change("all"));
  routes.patch("/:id", change("some"));

  routes.delete("/:id", async (c) => {
    const { id } = await find(store, entity, c.req.param("id"));
    const user = await referringEntity(store, entities, entity, id);
    if (user) {
      const words = `${user.total} ${(user.total === 1 ? user.entity.label : user.entity.labelPlural).toLowerCase()}`;
      throw new Problem(409, `This ${entity.label.toLowerCase()} is still used by ${words}`);
    }
    await translateConflicts(entity, () => store.remove(entity, id));
    return c.body(null, 204);
  });

  return routes;
}

async function find(store: Store, entity: Entity, id: string): Promise<Item> {
  const item = UUID.test(id) ? await store.get(entity, id.toLowerCase()) : undefined;
  if (!item) throw unknown(entity, id);
  return item;
}

function unknown(entity: Entity, id: string): Problem {
  return new Problem(404, `There is no ${entity.label.toLowerCase()} ${id.slice(0, 60)}`);
}

async function readBody(c: Context, entity: Entity, part: "all" | "some"): Promise<Values> {
  if (!c.req.header("content-type")?.toLowerCase().startsWith("application/json")) {
    throw new Problem(415, "The body must be application/json");
  }
  const body: unknown = await c.req.json().catch(() => {
    throw new Problem(400, "The body is not valid JSON");
  });
  const schema = part === "all" ? entity.schema : entity.schema.partial();
  const result = schema.safeParse(body);
  if (!result.success) {
    throw new Problem(422, `This is no valid ${entity.label.toLowerCase()}`, fieldErrors(entity, result.error, body));
  }
  return Object.fromEntries(Object.entries(result.data).filter(([, value]) => value !== undefined)) as Values;
}

async function refuseDangling(
  store: Store,
  entities: readonly Entity[],
  entity: Entity,
  values: Values,
): Promise<void> {
  const errors = await danglingReferences(store, entities, entity, values);
  if (errors.length > 0) throw new Problem(422, `This is no valid ${entity.label.toLowerCase()}`, errors);
}

async function translateConflicts<T>(entity: Entity, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error;
    if (error.reason === "referenced")
      throw new Problem(409, "Other items refer to this one, or it refers to a deleted one");
    const field = entity.fields.find((each) => each.name === error.field);
    const message = `Another ${entity.label.toLowerCase()} has this ${field?.label.toLowerCase() ?? "value"} already`;
    throw new Problem(422, message, [{ field: error.field ?? "", message }]);
  }
}
