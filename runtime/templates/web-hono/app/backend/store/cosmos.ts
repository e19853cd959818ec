import { type Container, CosmosClient, type Database, type SqlParameter } from "@azure/cosmos";
import { ManagedIdentityCredential } from "@azure/identity";
import type { Entity, Item, Value, Values } from "../model/entity.ts";
import { complete } from "../model/entity.ts";
import { type Condition, type ListQuery, type Page, type Store, StoreConflict, searchable } from "./store.ts";

const COMPARE = { eq: "=", ne: "!=", gte: ">=", lt: "<" } as const;

/**
 * Keeps items in Azure Cosmos DB, one container for each entity with the partition key /id. The containers are made by the
 * infrastructure; the managed identity (AZURE_CLIENT_ID) signs in, there is no key.
 */
export class CosmosStore implements Store {
  readonly kind = "cosmos";
  readonly #client: CosmosClient;
  readonly #database: Database;

  constructor(env: NodeJS.ProcessEnv) {
    const endpoint = env.AZURE_COSMOS_ENDPOINT ?? "";
    const aadCredentials = new ManagedIdentityCredential(env.AZURE_CLIENT_ID ? { clientId: env.AZURE_CLIENT_ID } : {});
    this.#client = new CosmosClient({ endpoint, aadCredentials });
    this.#database = this.#client.database(env.AZURE_COSMOS_DATABASE ?? "app");
  }

  async list(entity: Entity, query: ListQuery): Promise<Page> {
    const parameters: SqlParameter[] = [];
    const parameter = (value: Value) => {
      parameters.push({ name: `@p${parameters.length}`, value });
      return `@p${parameters.length - 1}`;
    };
    const parts = query.where.map((condition) => conditionSql(condition, parameter));
    const fields = searchable(entity);
    if (query.q?.trim() && fields.length > 0) {
      const words = parameter(query.q.trim());
      parts.push(`(${fields.map((name) => `CONTAINS(c["${name}"], ${words}, true)`).join(" OR ")})`);
    }
    const where = parts.length > 0 ? ` WHERE ${parts.join(" AND ")}` : "";
    const { field, direction } = query.sort ?? { field: "createdAt", direction: "descending" };
    const order = ` ORDER BY c["${field}"] ${direction === "ascending" ? "ASC" : "DESC"}`;
    const page = ` OFFSET ${Math.trunc(query.offset)} LIMIT ${Math.trunc(query.limit)}`;
    const { items } = this.#of(entity);
    const [counted, found] = await Promise.all([
      items.query<number>({ query: `SELECT VALUE COUNT(1) FROM c${where}`, parameters }).fetchAll(),
      items.query<Item>({ query: `SELECT * FROM c${where}${order}${page}`, parameters }).fetchAll(),
    ]);
    return { items: found.resources.map((row) => toItem(entity, row)), total: counted.resources[0] ?? 0 };
  }

  async get(entity: Entity, id: string): Promise<Item | undefined> {
    const { resource } = await this.#of(entity).item(id, id).read<Item>();
    return resource && toItem(entity, resource);
  }

  async insert(entity: Entity, item: Item): Promise<Item> {
    await this.#refuseTaken(entity, item);
    await this.#of(entity).items.create(item);
    return item;
  }

  async update(entity: Entity, id: string, values: Values): Promise<Item | undefined> {
    const { resource, etag } = await this.#of(entity).item(id, id).read<Item>();
    if (!resource) return undefined;
    const changed: Item = { ...toItem(entity, resource), ...values, updatedAt: new Date().toISOString() };
    await this.#refuseTaken(entity, changed);
    const accessCondition = { type: "IfMatch", condition: etag };
    await this.#of(entity).item(id, id).replace(changed, { accessCondition });
    return changed;
  }

  async remove(entity: Entity, id: string): Promise<boolean> {
    try {
      await this.#of(entity).item(id, id).delete();
      return true;
    } catch (error) {
      if ((error as { code?: number }).code === 404) return false;
      throw error;
    }
  }

  async ping(): Promise<void> {
    await this.#database.read();
  }

  async close(): Promise<void> {
    this.#client.dispose();
  }

  #of(entity: Entity): Container {
    return this.#database.container(entity.plural);
  }

  async #refuseTaken(entity: Entity, item: Item): Promise<void> {
    for (const field of entity.fields.filter((each) => each.unique && item[each.name] !== null)) {
      const where: Condition[] = [{ field: field.name, op: "eq", value: item[field.name] ?? null }];
      const same = await this.list(entity, { where, limit: 2, offset: 0 });
      if (same.items.some((other) => other.id !== item.id)) throw new StoreConflict("taken", field.name);
    }
  }
}

function conditionSql({ field, op, value }: Condition, parameter: (value: Value) => string): string {
  const path = `c["${field}"]`;
  if (op === "ne") return `(NOT IS_DEFINED(${path}) OR ${path} != ${parameter(value)})`;
  return `${path} ${COMPARE[op]} ${parameter(value)}`;
}

/** Only the model's properties: Cosmos adds its own, and older items lack newer fields. */
function toItem(entity: Entity, row: Item): Item {
  return { id: row.id, ...complete(entity, row), createdAt: row.createdAt, updatedAt: row.updatedAt };
}
