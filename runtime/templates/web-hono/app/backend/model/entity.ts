import type { z } from "zod";

export type FieldType =
  | "text"
  | "longText"
  | "integer"
  | "decimal"
  | "money"
  | "boolean"
  | "date"
  | "time"
  | "dateTime"
  | "email"
  | "phone"
  | "url"
  | "choice"
  | "reference";

/** One property of an entity. `entity` names what a reference points to. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  readonly required: boolean;
  readonly unique?: boolean;
  readonly choices?: readonly string[];
  readonly entity?: string;
  readonly min?: number;
  readonly max?: number;
  /** Names that it had before; older items may still use them. */
  readonly formerly?: readonly string[];
}

/** A kind of thing that the app keeps. `schema` checks what clients send. */
export interface Entity {
  readonly name: string;
  /** Path segment, table and container. */
  readonly plural: string;
  readonly label: string;
  readonly labelPlural: string;
  readonly fields: readonly Field[];
  /** The fields whose values name an item for a person. */
  readonly display: readonly string[];
  readonly schema: z.ZodObject;
}

export interface ViewFilter {
  readonly field: string;
  readonly op: "upcoming" | "past" | "today" | "equals" | "notEquals";
  readonly value?: string | number | boolean;
}

/** A filtered, sorted list with a name. */
export interface View {
  readonly name: string;
  readonly title: string;
  readonly entity: string;
  readonly filters: readonly ViewFilter[];
  readonly sort?: { readonly field: string; readonly direction: "ascending" | "descending" };
}

export type Value = string | number | boolean | null;
export type Values = Record<string, Value>;
export type Item = Values & { id: string; createdAt: string; updatedAt: string };

/** All values of an item, with null (false for a yes or no) where the client sent nothing. */
export function complete(entity: Entity, values: Readonly<Record<string, unknown>>): Values {
  return Object.fromEntries(
    entity.fields.map((field) => {
      const names = [field.name, ...(field.formerly ?? [])];
      const value = names.map((name) => values[name] as Value | undefined).find((each) => each !== undefined);
      return [field.name, value ?? (field.type === "boolean" ? false : null)];
    }),
  );
}

/** The words by which a person knows an item. */
export function nameOf(entity: Entity, item: Item, labels: Readonly<Record<string, string>> = {}): string {
  const parts = entity.display.map((name) => item[name]).filter((value) => value !== null && value !== undefined);
  return parts.map((value) => labels[String(value)] ?? String(value)).join(" · ") || item.id.slice(0, 8);
}
