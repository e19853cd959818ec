import { expect, it } from "vitest";
import { schemaErrors } from "./schema.ts";

it.each([
  [{ type: "number" }, 1, []],
  [{ type: "integer" }, 1.5, ["x: Invalid type. Expected: integer, given: number"]],
  [{ type: ["string", "null"] }, true, ["x: Invalid type. Expected: string/null, given: boolean"]],
  [{ type: "object" }, [], ["x: Invalid type. Expected: object, given: array"]],
  [{ enum: ["a", { b: 1 }] }, { b: 1 }, []],
  [{ enum: ["a", 1] }, "b", ['x: x must be one of the following: "a", 1']],
  [{ const: "a" }, "b", ['x: x does not match: "a"']],
  [{ minimum: 2, maximum: 3 }, 1, ["x: Must be greater than or equal to 2"]],
  [{ minimum: 2, maximum: 3 }, 4, ["x: Must be less than or equal to 3"]],
  [{ exclusiveMinimum: 2 }, 2, ["x: Must be greater than 2"]],
  [{ exclusiveMaximum: 2 }, 2, ["x: Must be less than 2"]],
  [{ multipleOf: 3 }, 4, ["x: Must be a multiple of 3"]],
  [{ minLength: 2 }, "🙂", ["x: String length must be greater than or equal to 2"]],
  [{ maxLength: 1 }, "ab", ["x: String length must be less than or equal to 1"]],
  [{ pattern: "^a+$" }, "ab", ["x: Does not match pattern '^a+$'"]],
  [{ minItems: 1 }, [], ["x: Array must have at least 1 items"]],
  [{ maxItems: 1, uniqueItems: true }, [1, 1], ["x: Array must have at most 1 items", "x: array items must be unique"]],
  [{ items: { type: "string" } }, ["a", 1], ["x.1: Invalid type. Expected: string, given: integer"]],
  [
    { properties: { y: { type: "string" } }, required: ["z"] },
    { y: 1 },
    ["x: z is required", "x.y: Invalid type. Expected: string, given: integer"],
  ],
])("holds %j against %j", (schema, value, errors) => {
  expect(schemaErrors({ x: schema }, [], { x: value })).toEqual(errors);
});

it("misses what is required, and lets what has no schema be", () => {
  expect(schemaErrors({ x: { type: "string" } }, ["x", "y"], { z: 1 })).toEqual(["x is required", "y is required"]);
});
