import type { Entity, Field, Item, Value, Values } from "../model/entity.ts";
import type { Database } from "./database.ts";
import { type Condition, type ListQuery, type Page, type Store, StoreConflict, searchable } from "./store.ts";

const COMPARE = { eq: "=", ne: "IS DISTINCT FROM", gte: ">=", lt: "<" } as const;

/** Keeps items in PostgreSQL, one table for each entity. */
export class PostgresStore implements Store {
  readonly kind = "postgres";
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(entity: Entity, query: ListQuery): Promise<Page> {
    const values: Value[] = [];
    const parameter = (value: Value) => `$${values.push(value)}`;
    const parts = query.where.map((condition) => conditionSql(entity, condition, parameter));
    const fields = searchable(entity);
    if (query.q?.trim() && fields.length > 0) {
      const pattern = parameter(`%${query.q.trim().replace(/[\\%_]/g, "\\$&")}%`);
      parts.push(`(${fields.map((name) => `${column(name)} ILIKE ${pattern}`).join(" OR ")})`);
    }
    const where = parts.length > 0 ? ` WHERE ${parts.join(" AND ")}` : "";
    const { field, direction } = query.sort ?? { field: "createdAt", direction: "descending" };
    const order = ` ORDER BY ${column(field)} ${direction === "ascending" ? "ASC NULLS LAST" : "DESC NULLS LAST"}, id`;
    const counted = await this.#database.query(`SELECT count(*)::int AS total FROM ${table(entity)}${where}`, values);
    const found = await this.#database.query(
      `SELECT ${columns(entity)} FROM ${table(entity)}${where}${order} LIMIT ${parameter(query.limit)} OFFSET ${parameter(query.offset)}`,
      values,
    );
    return { items: found.map((row) => toItem(entity, row)), total: Number(counted[0]?.total ?? 0) };
  }

  async get(entity: Entity, id: string): Promise<Item | undefined> {
    const rows = await this.#database.query(`SELECT ${columns(entity)} FROM ${table(entity)} WHERE id = $1`, [id]);
    return rows[0] && toItem(entity, rows[0]);
  }

  async insert(entity: Entity, item: Item): Promise<Item> {
    const names = ["id", "createdAt", "updatedAt", ...entity.fields.map((field) => field.name)];
    const marks = names.map((_, index) => `$${index + 1}`).join(", ");
    const rows = await this.#change(
      entity,
      `INSERT INTO ${table(entity)} (${names.map(column).join(", ")}) VALUES (${marks}) RETURNING ${columns(entity)}`,
      names.map((name) => item[name] ?? null),
    );
    return toItem(entity, rows[0] ?? {});
  }

  async update(entity: Entity, id: string, values: Values): Promise<Item | undefined> {
    const names = Object.keys(values);
    const changes = [...names.map((name, index) => `${column(name)} = $${index + 2}`), `"updated_at" = now()`];
    const rows = await this.#change(
      entity,
      `UPDATE ${table(entity)} SET ${changes.join(", ")} WHERE id = $1 RETURNING ${columns(entity)}`,
      [id, ...names.map((name) => values[name] ?? null)],
    );
    return rows[0] && toItem(entity, rows[0]);
  }

  async remove(entity: Entity, id: string): Promise<boolean> {
    const rows = await this.#change(entity, `DELETE FROM ${table(entity)} WHERE id = $1 RETURNING id`, [id]);
    return rows.length > 0;
  }

  async ping(): Promise<void> {
    await this.#database.query("SELECT 1", []);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  async #change(entity: Entity, sql: string, values: readonly Value[]): Promise<Record<string, unknown>[]> {
    try {
      return await this.#database.query(sql, values);
    } catch (error) {
      const { code, detail } = error as { code?: string; detail?: string };
      if (code === "23503") throw new StoreConflict("referenced"); // foreign_key_violation
      if (code !== "23505") throw error; // unique_violation
      const taken = entity.fields.find((field) => detail?.includes(snake(field.name)) && field.unique);
      throw new StoreConflict("taken", taken?.name);
    }
  }
}

/** `dueDate` → `due_date`. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const column = (name: string) => `"${snake(name)}"`;
const table = (entity: Entity) => `"${entity.plural.replaceAll("-", "_")}"`;

function conditionSql(entity: Entity, { field, op, value }: Condition, parameter: (value: Value) => string): string {
  if (value === null) return `${column(field)} IS ${op === "ne" ? "NOT " : ""}NULL`;
  const type = entity.fields.find((each) => each.name === field)?.type;
  const cast = type === "date" ? "::date" : type === "dateTime" ? "::timestamptz" : "";
  return `${column(field)} ${COMPARE[op]} ${parameter(value)}${cast}`;
}

/** Dates and numbers as JSON has them, whatever the driver would make of them. */
function columns(entity: Entity): string {
  const own = entity.fields.map((field) => `${expression(field)} AS "${field.name}"`);
  return ["id", ...own, `created_at AS "createdAt"`, `updated_at AS "updatedAt"`].join(", ");
}

function expression({ name, type }: Field): string {
  if (type === "date") return `${column(name)}::text`;
  if (type === "time") return `to_char(${column(name)}, 'HH24:MI')`;
  if (type === "decimal" || type === "money") return `${column(name)}::float8`;
  return column(name);
}

function toItem(entity: Entity, row: Record<string, unknown>): Item {
  const values = entity.fields.map(({ name }) => [name, toJson(row[name])]);
  return {
    id: String(row.id),
    ...Object.fromEntries(values),
    createdAt: toJson(row.createdAt),
    updatedAt: toJson(row.updatedAt),
  };
}

function toJson(value: unknown): Value {
  return value instanceof Date ? value.toISOString() : ((value ?? null) as Value);
}
