import { z } from "zod";
import type { Entity, View } from "../model/entity.ts";

type Json = Record<string, unknown>;

/** The description of the API, made from the same schemas that check requests (OpenAPI 3.1). */
export function openApiDocument(title: string, entities: readonly Entity[], views: readonly View[]): Json {
  const schemas: Json = { Problem: PROBLEM };
  const paths: Json = {};
  for (const entity of entities) {
    const input = jsonSchema(entity.schema);
    schemas[`${entity.name}Input`] = input;
    schemas[`${entity.name}Changes`] = jsonSchema(entity.schema.partial());
    const stamp = { type: "string", format: "date-time" };
    const properties = {
      id: { type: "string", format: "uuid" },
      ...(input.properties as Json),
      createdAt: stamp,
      updatedAt: stamp,
    };
    schemas[entity.name] = { type: "object", properties, required: Object.keys(properties) };
    schemas[`${entity.name}Page`] = {
      type: "object",
      properties: { items: { type: "array", items: ref(entity.name) }, total: { type: "integer" } },
      required: ["items", "total"],
    };
    paths[`/api/${entity.plural}`] = collection(entity);
    paths[`/api/${entity.plural}/{id}`] = single(entity);
  }
  for (const view of views) {
    paths[`/api/views/${view.name}`] = {
      get: {
        operationId: `view_${view.name}`,
        summary: view.title,
        parameters: PAGING,
        responses: { 200: json(`${view.entity}Page`, view.title) },
      },
    };
  }
  return {
    openapi: "3.1.0",
    info: { title, version: "1.0.0" },
    servers: [{ url: "/" }],
    paths,
    components: { schemas },
  };
}

const PROBLEM = {
  type: "object",
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    errors: {
      type: "array",
      items: { type: "object", properties: { field: { type: "string" }, message: { type: "string" } } },
    },
  },
  required: ["type", "title", "status"],
};

const PAGING = [
  { name: "limit", in: "query", schema: { type: "integer", minimum: 1, maximum: 200, default: 50 } },
  { name: "offset", in: "query", schema: { type: "integer", minimum: 0, default: 0 } },
];

function collection(entity: Entity): Json {
  const filters = entity.fields.map((field) => ({ name: field.name, in: "query", schema: { type: "string" } }));
  const search = {
    name: "q",
    in: "query",
    description: "Words to look for",
    schema: { type: "string", maxLength: 200 },
  };
  return {
    get: {
      operationId: `list${entity.name}`,
      summary: `List ${entity.labelPlural.toLowerCase()}`,
      parameters: [search, ...PAGING, { name: "sort", in: "query", schema: { type: "string" } }, ...filters],
      responses: { 200: json(`${entity.name}Page`, entity.labelPlural), 422: problem("The query is not valid") },
    },
    post: {
      operationId: `create${entity.name}`,
      summary: `Add a ${entity.label.toLowerCase()}`,
      requestBody: body(`${entity.name}Input`),
      responses: { 201: json(entity.name, "Created"), 400: problem("Not JSON"), 422: problem("Fields that are wrong") },
    },
  };
}

function single(entity: Entity): Json {
  const absent = { 404: problem("There is no such item") };
  const invalid = { 400: problem("Not JSON"), 422: problem("Fields that are wrong") };
  const found = { 200: json(entity.name, entity.label) };
  const label = entity.label.toLowerCase();
  return {
    parameters: [{ name: "id", in: "path", required: true, schema: { type: "string", format: "uuid" } }],
    get: { operationId: `get${entity.name}`, summary: `One ${label}`, responses: { ...found, ...absent } },
    put: {
      operationId: `replace${entity.name}`,
      summary: `Replace a ${label}`,
      requestBody: body(`${entity.name}Input`),
      responses: { ...found, ...absent, ...invalid },
    },
    patch: {
      operationId: `change${entity.name}`,
      summary: `Change fields of a ${label}`,
      requestBody: body(`${entity.name}Changes`),
      responses: { ...found, ...absent, ...invalid },
    },
    delete: {
      operationId: `delete${entity.name}`,
      summary: `Delete a ${label}`,
      responses: { 204: { description: "Deleted" }, ...absent, 409: problem("Still referenced") },
    },
  };
}

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const body = (name: string) => ({ required: true, content: { "application/json": { schema: ref(name) } } });
const json = (name: string, description: string) => ({
  description,
  content: { "application/json": { schema: ref(name) } },
});
const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: ref("Problem") } },
});

function jsonSchema(schema: z.ZodObject): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Json;
  return rest;
}
