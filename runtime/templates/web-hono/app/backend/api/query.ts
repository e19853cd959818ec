import type { Entity, Field, Value, View } from "../model/entity.ts";
import type { Condition, ListQuery } from "../store/store.ts";
import { type FieldError, Problem } from "./problem.ts";

const MAX_LIMIT = 200;

/** Reads `q`, `limit`, `offset`, `sort` and a filter for each field from the query of a list. */
export function readListQuery(entity: Entity, query: Readonly<Record<string, string>>): ListQuery {
  const errors: FieldError[] = [];
  const where: Condition[] = [];
  for (const [name, text] of Object.entries(query)) {
    if (["q", "limit", "offset", "sort", "labels"].includes(name)) continue;
    const field = entity.fields.find((each) => each.name === name);
    if (!field) {
      errors.push({ field: name, message: `${entity.label} has no field ${name}` });
      continue;
    }
    const value = parseValue(field, text);
    const checked = value === null ? undefined : entity.schema.shape[name]?.safeParse(value);
    if (checked && !checked.success) errors.push({ field: name, message: `${text} is no value of ${field.label}` });
    else where.push({ field: name, op: "eq", value: (checked?.data ?? null) as Value });
  }
  const limit = readNumber("limit", query.limit, 1, MAX_LIMIT, 50, errors);
  const offset = readNumber("offset", query.offset, 0, 1_000_000, 0, errors);
  const sort = query.sort ? readSort(entity, query.sort, errors) : undefined;
  if (errors.length > 0) throw new Problem(422, "The query is not valid", errors);
  return { where, limit, offset, ...(query.q ? { q: query.q.slice(0, 200) } : {}), ...(sort ? { sort } : {}) };
}

/** The conditions of a view at this moment. */
export function viewQuery(entity: Entity, view: View, now: Date): Pick<ListQuery, "where" | "sort"> {
  const where = view.filters.flatMap((filter): Condition[] => {
    const { field } = filter;
    if (filter.op === "equals") return [{ field, op: "eq", value: filter.value ?? null }];
    if (filter.op === "notEquals") return [{ field, op: "ne", value: filter.value ?? null }];
    const type = entity.fields.find((each) => each.name === field)?.type ?? "dateTime";
    const today = now.toISOString().slice(0, 10);
    const tomorrow = new Date(now.getTime() + 86_400_000).toISOString().slice(0, 10);
    const from = type === "date" ? today : `${today}T00:00:00.000Z`;
    const until = type === "date" ? tomorrow : `${tomorrow}T00:00:00.000Z`;
    if (filter.op === "today")
      return [
        { field, op: "gte", value: from },
        { field, op: "lt", value: until },
      ];
    return [{ field, op: filter.op === "past" ? "lt" : "gte", value: type === "date" ? today : now.toISOString() }];
  });
  return { where, ...(view.sort ? { sort: view.sort } : {}) };
}

function readNumber(
  name: string,
  text: string | undefined,
  min: number,
  max: number,
  standard: number,
  errors: FieldError[],
): number {
  if (text === undefined || text === "") return standard;
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  errors.push({ field: name, message: `${name} must be a whole number from ${min} to ${max}` });
  return standard;
}

function readSort(entity: Entity, text: string, errors: FieldError[]): ListQuery["sort"] {
  const field = text.replace(/^-/, "");
  const known = ["createdAt", "updatedAt", ...entity.fields.map((each) => each.name)];
  if (!known.includes(field)) errors.push({ field: "sort", message: `${entity.label} has no field ${field}` });
  return { field, direction: text.startsWith("-") ? "descending" : "ascending" };
}

function parseValue(field: Field, text: string): Value {
  if (text === "") return null;
  if (["integer", "decimal", "money"].includes(field.type)) return Number(text);
  if (field.type === "boolean") return text === "true" ? true : text === "false" ? false : text;
  return text;
}
