import { expect, it } from "vitest";
import type { PropertyMap } from "../deploy/values.ts";
import { schemaErrors } from "./schema.ts";

const SCHEMA: PropertyMap = {
  owner: { type: "string", minLength: 2, pattern: "^[a-z]+$" },
  limit: { type: "integer", minimum: 1, maximum: 10 },
  size: { enum: ["small", "large"] },
  tags: { type: "array", items: { type: "string" }, uniqueItems: true },
  nested: { type: "object", required: ["inner"], properties: { inner: { type: "boolean" } } },
};

it.each<[string, PropertyMap, readonly string[]]>([
  ["all right", { owner: "ops", limit: 10, size: "small", tags: ["a"], nested: { inner: true } }, []],
  ["nothing but what must be there", { owner: "ops" }, []],
  ["a missing value", {}, ["owner is required"]],
  ["a wrong type", { owner: 3 }, ["owner: must be string"]],
  [
    "a text that does not fit",
    { owner: "A" },
    ["owner: must NOT have fewer than 2 characters", 'owner: must match pattern "^[a-z]+$"'],
  ],
  ["numbers out of bounds", { owner: "ops", limit: 0 }, ["limit: must be >= 1"]],
  ["a fraction for a whole number", { owner: "ops", limit: 1.5 }, ["limit: must be integer"]],
  [
    "none of the choices",
    { owner: "ops", size: "huge" },
    ["size: must be equal to one of the allowed values: small, large"],
  ],
  ["a wrong item", { owner: "ops", tags: ["a", 1] }, ["tags.1: must be string"]],
  ["a part that is missing", { owner: "ops", nested: {} }, ["nested: inner is required"]],
])("tells %s", async (_, config, errors) => {
  expect(await schemaErrors(SCHEMA, ["owner"], config)).toEqual(errors);
});
