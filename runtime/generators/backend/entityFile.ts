import type { Entity, Field } from "@devfactory/stacks/spec/index.ts";
import { camel, literal, quote } from "../files.ts";
import type { Renames } from "../renames.ts";

/** The source of one entity: the schema that checks it, and what the API, the store and the page must know. */
export function entityFile(entity: Entity, renames: Renames): string {
  const shape = entity.fields.map((field) => `  ${field.name}: ${fieldSchema(field)},`);
  const fields = entity.fields.map((field) => `    ${literal(describe(entity, field, renames))},`);
  return `import { z } from "zod";
import type { Entity } from "../model/entity.ts";

/** What clients send for ${article(entity.label)}. */
export const ${entity.name}Input = z.strictObject({
${shape.join("\n")}
});
export type ${entity.name}Input = z.infer<typeof ${entity.name}Input>;

export const ${constantName(entity)}: Entity = {
  name: ${quote(entity.name)},
  plural: ${quote(entity.plural)},
  label: ${quote(entity.label)},
  labelPlural: ${quote(entity.labelPlural)},
  fields: [
${fields.join("\n")}
  ],
  display: ${literal(entity.display)},
  schema: ${entity.name}Input,
};
`;
}

/** The list of all entities, in the order of the model. */
export function entityIndex(entities: readonly Entity[]): string {
  const sorted = [...entities].sort((a, b) => (camel(a.name) < camel(b.name) ? -1 : 1));
  const imports = sorted.map((entity) => `import { ${constantName(entity)} } from "./${camel(entity.name)}.ts";`);
  return `import type { Entity } from "../model/entity.ts";
${imports.join("\n")}

/** Everything that the app keeps. */
export const entities: readonly Entity[] = [${entities.map(constantName).join(", ")}];
`;
}

/** `orderLineEntity`: cannot collide with a keyword or another name of the file. */
export function constantName(entity: Entity): string {
  return `${camel(entity.name)}Entity`;
}

/** `a pet`, `an owner`. */
export function article(label: string): string {
  return `${/^[aeiou]/i.test(label) ? "an" : "a"} ${label.toLowerCase()}`;
}

function describe(entity: Entity, field: Field, renames: Renames): object {
  const { name, label, type, required, choices, min, max } = field;
  const formerly = renames
    .filter((each) => each.entity === entity.name && each.to === name && each.field)
    .map((each) => each.field);
  return {
    name,
    label,
    type,
    required,
    unique: field.unique || undefined,
    choices,
    entity: field.entity,
    min,
    max,
    formerly: formerly.length > 0 ? formerly : undefined,
  };
}

function fieldSchema(field: Field): string {
  const schema = `z.${typeSchema(field)}`;
  return field.required ? schema : `${schema}.nullish()`;
}

function typeSchema(field: Field): string {
  const range = `${field.min === undefined ? "" : `.min(${field.min})`}${field.max === undefined ? "" : `.max(${field.max})`}`;
  switch (field.type) {
    case "text":
      return `string().trim().min(1).max(${field.maxLength ?? 200})`;
    case "longText":
      return `string().trim().min(1).max(${field.maxLength ?? 10_000})`;
    case "integer":
      return `int32()${range}`;
    case "decimal":
      return `number()${range}`;
    case "money":
      return `number()${range}.multipleOf(0.01)`;
    case "boolean":
      return "boolean()";
    case "date":
      return "iso.date()";
    case "time":
      return 'string().regex(/^([01]\\d|2[0-3]):[0-5]\\d$/, "must be a time like 09:30")';
    case "dateTime":
      return "iso.datetime({ offset: true, local: true }).transform((text) => new Date(text).toISOString())";
    case "email":
      return "email().max(200)";
    case "phone":
      return 'string().trim().regex(/^[+]?[0-9 ()./-]{3,30}$/, "must be a phone number")';
    case "url":
      return "url({ protocol: /^https?$/ }).max(2000)";
    case "choice":
      return `enum(${literal(field.choices ?? [])})`;
    case "reference":
      return "uuid()";
  }
}
