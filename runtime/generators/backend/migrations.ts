import type { DataModel, Entity, Field } from "@devfactory/stacks/spec/index.ts";
import { z } from "zod";
import type { Files } from "../files.ts";
import type { Renames } from "../renames.ts";

/** The tables after all migrations, kept beside them, so that the next change can be told. */
export const Schema = z.strictObject({
  version: z.int(),
  tables: z.array(
    z.strictObject({
      name: z.string(),
      entity: z.string(),
      columns: z.array(
        z.strictObject({ name: z.string(), type: z.string(), notNull: z.boolean(), unique: z.boolean() }),
      ),
    }),
  ),
});
export type Schema = z.infer<typeof Schema>;
type Table = Schema["tables"][number];
type Column = Table["columns"][number];

export const SCHEMA_PATH = "backend/migrations/schema.json";

const SQL_TYPE: Readonly<Record<Field["type"], string>> = {
  text: "text",
  longText: "text",
  integer: "integer",
  decimal: "double precision",
  money: "numeric(14,2)",
  boolean: "boolean",
  date: "date",
  time: "time",
  dateTime: "timestamptz",
  email: "text",
  phone: "text",
  url: "text",
  choice: "text",
  reference: "uuid",
};

/**
 * What leads from the tables that there are to those of the model. Nothing is dropped: a column that the model no longer has
 * stays, without its NOT NULL, and a column whose type changes keeps its old values under another name.
 *
 * @returns the new migration, if one is needed, and the new snapshot
 */
export function migrationFiles(model: DataModel, before: Schema | undefined, renames: Renames): Files {
  const schema: Schema = structuredClone(before ?? { version: 0, tables: [] });
  const version = schema.version + 1;
  const statements: string[] = [];
  const constraints: string[] = [];
  for (const entity of model.entities) {
    const table = tableOf(schema, entity, renames, statements);
    if (!table) {
      schema.tables.push(createTable(entity, model, statements, constraints));
      continue;
    }
    renameColumns(table, entity, renames, statements);
    changeColumns(table, entity, { model, version, statements, constraints });
  }
  const changes = [...statements, ...constraints];
  if (changes.length === 0) return {};
  schema.version = version;
  const name = `${String(version).padStart(4, "0")}_${version === 1 ? "initial" : "change"}`;
  return {
    [`backend/migrations/${name}.sql`]: `${changes.join("\n\n")}\n`,
    [SCHEMA_PATH]: `${JSON.stringify(schema, null, 2)}\n`,
  };
}

function tableOf(schema: Schema, entity: Entity, renames: Renames, statements: string[]): Table | undefined {
  const name = tableName(entity);
  const found = schema.tables.find((table) => table.name === name);
  if (found) return found;
  const earlier = renames.findLast((each) => !each.field && each.to === entity.name);
  const table = schema.tables.find((each) => each.entity === earlier?.entity);
  if (!table) return undefined;
  statements.push(`ALTER TABLE ${quoted(table.name)} RENAME TO ${quoted(name)};`);
  Object.assign(table, { name, entity: entity.name });
  return table;
}

function createTable(entity: Entity, model: DataModel, statements: string[], constraints: string[]): Table {
  const name = tableName(entity);
  const columns = entity.fields.map((field) => toColumn(field, true));
  const lines = [
    `"id" uuid PRIMARY KEY`,
    ...columns.map((column) => definition(column)),
    `"created_at" timestamptz NOT NULL DEFAULT now()`,
    `"updated_at" timestamptz NOT NULL DEFAULT now()`,
  ];
  statements.push(`CREATE TABLE ${quoted(name)} (\n  ${lines.join(",\n  ")}\n);`);
  statements.push(`CREATE INDEX ${quoted(`${name}_created_at`)} ON ${quoted(name)} ("created_at");`);
  for (const field of entity.fields) constraints.push(...extras(name, field, model));
  return { name, entity: entity.name, columns };
}

function renameColumns(table: Table, entity: Entity, renames: Renames, statements: string[]): void {
  for (const { entity: owner, field, to } of renames) {
    if (owner !== entity.name || !field || !entity.fields.some((each) => each.name === to)) continue;
    const column = table.columns.find((each) => each.name === snake(field));
    if (!column || table.columns.some((each) => each.name === snake(to))) continue;
    statements.push(`ALTER TABLE ${quoted(table.name)} RENAME COLUMN ${quoted(column.name)} TO ${quoted(snake(to))};`);
    column.name = snake(to);
  }
}

interface Change {
  readonly model: DataModel;
  readonly version: number;
  readonly statements: string[];
  readonly constraints: string[];
}

function changeColumns(table: Table, entity: Entity, { model, version, statements, constraints }: Change): void {
  const alter = (change: string) => statements.push(`ALTER TABLE ${quoted(table.name)} ${change};`);
  for (const field of entity.fields) {
    const wanted = toColumn(field, false);
    const column = table.columns.find((each) => each.name === wanted.name);
    if (column?.type === wanted.type) {
      if (column.notNull && !field.required) alter(`ALTER COLUMN ${quoted(column.name)} DROP NOT NULL`);
      if (!field.required) column.notNull = false;
      if (field.unique && !column.unique) constraints.push(uniqueIndex(table.name, column.name));
      column.unique ||= field.unique;
      continue;
    }
    if (column) {
      const kept = `${column.name}_before_${version}`;
      if (column.notNull) alter(`ALTER COLUMN ${quoted(column.name)} DROP NOT NULL`);
      alter(`RENAME COLUMN ${quoted(column.name)} TO ${quoted(kept)}`);
      Object.assign(column, { name: kept, notNull: false });
    }
    alter(`ADD COLUMN ${definition(wanted)}`);
    if (column && wanted.type === "text") {
      statements.push(`UPDATE ${quoted(table.name)} SET ${quoted(wanted.name)} = ${quoted(column.name)}::text;`);
    }
    constraints.push(...extras(table.name, field, model));
    table.columns.push(wanted);
  }
  for (const column of table.columns) {
    if (!column.notNull || entity.fields.some((field) => snake(field.name) === column.name)) continue;
    alter(`ALTER COLUMN ${quoted(column.name)} DROP NOT NULL`);
    column.notNull = false;
  }
}

/** Rows that exist have no value for a new column, so only a new table gets NOT NULL; the API asks for the value either way. */
function toColumn(field: Field, fresh: boolean): Column {
  const boolean = field.type === "boolean";
  return {
    name: snake(field.name),
    type: SQL_TYPE[field.type],
    notNull: fresh && field.required && !boolean,
    unique: field.unique,
  };
}

function definition({ name, type, notNull }: Column): string {
  if (type === "boolean") return `${quoted(name)} boolean NOT NULL DEFAULT false`;
  return `${quoted(name)} ${type}${notNull ? " NOT NULL" : ""}`;
}

function extras(table: string, field: Field, model: DataModel): string[] {
  const column = snake(field.name);
  const target = model.entities.find((each) => each.name === field.entity);
  const statements: string[] = [];
  if (target) {
    const name = quoted(`${table}_${column}_fkey`.slice(0, 63));
    const reference = `FOREIGN KEY (${quoted(column)}) REFERENCES ${quoted(tableName(target))} ("id")`;
    statements.push(`ALTER TABLE ${quoted(table)} ADD CONSTRAINT ${name} ${reference};`);
    statements.push(
      `CREATE INDEX ${quoted(`${table}_${column}`.slice(0, 63))} ON ${quoted(table)} (${quoted(column)});`,
    );
  }
  if (field.unique) statements.push(uniqueIndex(table, column));
  return statements;
}

/** Doubles that exist already must not keep the app from starting. */
function uniqueIndex(table: string, column: string): string {
  const index = `CREATE UNIQUE INDEX ${quoted(`${table}_${column}_key`.slice(0, 63))} ON ${quoted(table)} (${quoted(column)})`;
  return `DO $$ BEGIN\n  ${index};\nEXCEPTION WHEN unique_violation THEN\n  RAISE WARNING 'some values of ${table}.${column} are there twice';\nEND $$;`;
}

export function tableName(entity: { readonly plural: string }): string {
  return entity.plural.replaceAll("-", "_");
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const quoted = (name: string) => `"${name}"`;
