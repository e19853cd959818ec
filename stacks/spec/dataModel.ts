import { z } from "zod";

/** Kinds of a field of an entity, and how they are stored and shown. */
export const FIELD_TYPES = [
  "text",
  "longText",
  "integer",
  "decimal",
  "money",
  "boolean",
  "date",
  "time",
  "dateTime",
  "email",
  "phone",
  "url",
  "choice",
  "reference",
] as const;

const camelName = z.string().regex(/^[a-z][a-zA-Z0-9]{0,39}$/, "must be a camelCase name");

export const Field = z
  .strictObject({
    name: camelName.describe(
      "camelCase, the JSON and column name; a reference is named after its role (`owner`, `vet`)",
    ),
    label: z.string().min(1).max(60).describe("For people"),
    type: z.enum(FIELD_TYPES).describe("How it is stored and shown"),
    required: z.boolean().default(false).describe("Whether an item must have it"),
    unique: z.boolean().default(false).describe("Whether no two items may have the same"),
    choices: z
      .array(z.string().min(1).max(60))
      .min(2)
      .max(30)
      .optional()
      .describe("Only of `choice`: what may be chosen"),
    entity: z.string().optional().describe("Only of `reference`: the `name` of the entity that it points to"),
    min: z.number().optional().describe("Least number"),
    max: z.number().optional().describe("Greatest number"),
    maxLength: z.int().min(1).max(10_000).optional().describe("Most characters"),
  })
  .check((context) => {
    const { type, choices, entity } = context.value;
    if ((type === "choice") !== (choices !== undefined)) {
      context.issues.push({
        code: "custom",
        input: choices,
        path: ["choices"],
        message: "belongs to a field of type choice, and only there",
      });
    }
    if ((type === "reference") !== (entity !== undefined)) {
      context.issues.push({
        code: "custom",
        input: entity,
        path: ["entity"],
        message: "belongs to a field of type reference, and only there",
      });
    }
  });

export const Entity = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Z][a-zA-Z0-9]{0,39}$/, "must be a PascalCase name")
    .describe("PascalCase singular: `Appointment`"),
  plural: z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, "must be lower case words joined by -")
    .describe("Path segment and table: `appointments`, `order-lines`"),
  label: z.string().min(1).max(60).describe("One of them, for people"),
  labelPlural: z.string().min(1).max(60).describe("Many of them, for people"),
  fields: z.array(Field).min(1).max(40).describe("What it has"),
  display: z.array(camelName).min(1).max(3).describe("The fields whose values name an item for a person, in order"),
});

/** A page beyond the list, detail and form that each entity has: a filtered, sorted list. */
export const View = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
    .describe("Path segment"),
  title: z.string().min(1).max(80).describe("For people"),
  entity: z.string().describe("Whose items it lists"),
  filters: z
    .array(
      z.strictObject({
        field: camelName.describe("A field of the entity"),
        op: z
          .enum(["upcoming", "past", "today", "equals", "notEquals"])
          .describe("`upcoming` and `past` compare a date or dateTime with now; `today` with the current day"),
        value: z.union([z.string(), z.number(), z.boolean()]).optional().describe("For `equals` and `notEquals`"),
      }),
    )
    .max(5)
    .describe("All must hold"),
  sort: z
    .strictObject({
      field: camelName.describe("A field of the entity, or `createdAt`"),
      direction: z.enum(["ascending", "descending"]).describe("Which way"),
    })
    .optional()
    .describe("Order of the list"),
});

export const DataModel = z
  .strictObject({
    entities: z.array(Entity).min(1).max(30).describe("What the app keeps"),
    views: z.array(View).max(30).default([]).describe("Pages beside the list, detail and form of each entity"),
  })
  .check((context) => {
    for (const problem of modelProblems(context.value)) {
      context.issues.push({ code: "custom", input: context.value, ...problem });
    }
  });

export type FieldType = (typeof FIELD_TYPES)[number];
export type Field = z.infer<typeof Field>;
export type Entity = z.infer<typeof Entity>;
export type View = z.infer<typeof View>;
export type DataModel = z.infer<typeof DataModel>;

interface ModelProblem {
  readonly path: (string | number)[];
  readonly message: string;
}

function modelProblems(model: { entities: readonly Entity[]; views: readonly View[] }): ModelProblem[] {
  const problems: ModelProblem[] = [];
  const names = model.entities.map((entity) => entity.name);
  model.entities.forEach((entity, index) => {
    const path = ["entities", index];
    if (names.indexOf(entity.name) !== index)
      problems.push({ path: [...path, "name"], message: `${entity.name} is defined twice` });
    entity.fields.forEach((field, position) => {
      const twice = entity.fields.findIndex((other) => other.name === field.name) !== position;
      if (twice)
        problems.push({ path: [...path, "fields", position, "name"], message: `${field.name} is defined twice` });
      if (field.entity !== undefined && !names.includes(field.entity)) {
        const message = `no entity ${field.entity}; there are: ${names.join(", ")}`;
        problems.push({ path: [...path, "fields", position, "entity"], message });
      }
    });
    entity.display.forEach((shown, position) => {
      if (entity.fields.some((field) => field.name === shown)) return;
      problems.push({ path: [...path, "display", position], message: `${entity.name} has no field ${shown}` });
    });
  });
  model.views.forEach((view, index) => {
    const entity = model.entities.find((each) => each.name === view.entity);
    if (!entity) {
      const message = `no entity ${view.entity}; there are: ${names.join(", ")}`;
      problems.push({ path: ["views", index, "entity"], message });
      return;
    }
    const used = [...view.filters.map((filter) => filter.field), ...(view.sort ? [view.sort.field] : [])];
    for (const field of used.filter(
      (name) => name !== "createdAt" && !entity.fields.some((each) => each.name === name),
    )) {
      problems.push({ path: ["views", index], message: `${entity.name} has no field ${field}` });
    }
  });
  return problems;
}
