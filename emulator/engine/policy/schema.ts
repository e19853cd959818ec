import { equalValues, isObject, type PropertyMap, type Value } from "../deploy/values.ts";

/**
 * Holds a policy's config against its schema (the part of JSON schema that PolicyConfigJSONSchema of the policy SDK
 * has, without formats, `contains` and dependencies).
 *
 * @returns what is wrong, in the words of the CLI's validator (gojsonschema), empty when nothing is
 */
export function schemaErrors(
  properties: PropertyMap,
  required: readonly string[],
  config: PropertyMap,
): readonly string[] {
  const missing = required.filter((name) => config[name] === undefined).map((name) => `${name} is required`);
  const wrong = Object.entries(properties).flatMap(([name, schema]) => {
    const value = config[name];
    return value === undefined || !isObject(schema) ? [] : valueErrors(name, schema, value);
  });
  return [...missing, ...wrong];
}

function valueErrors(path: string, schema: PropertyMap, value: Value): readonly string[] {
  const types = typeof schema.type === "string" ? [schema.type] : stringsOf(schema.type);
  if (types.length > 0 && !types.some((type) => hasType(value, type))) {
    return [`${path}: Invalid type. Expected: ${types.join("/")}, given: ${typeOf(value)}`];
  }
  const errors: string[] = [];
  if (Array.isArray(schema.enum) && !schema.enum.some((allowed: Value) => equalValues(allowed, value))) {
    errors.push(
      `${path} must be one of the following: ${schema.enum.map((item: Value) => JSON.stringify(item)).join(", ")}`,
    );
  }
  if (schema.const !== undefined && !equalValues(schema.const, value))
    errors.push(`${path} does not match: ${JSON.stringify(schema.const)}`);
  if (typeof value === "number") errors.push(...numberErrors(schema, value));
  if (typeof value === "string") errors.push(...stringErrors(schema, value));
  const found = errors.map((error) => `${path}: ${error}`);
  if (Array.isArray(value)) return [...found, ...arrayErrors(path, schema, value)];
  return isObject(value) ? [...found, ...objectErrors(path, schema, value)] : found;
}

function numberErrors(schema: PropertyMap, value: number): readonly string[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  return [
    ...(typeof minimum === "number" && value < minimum ? [`Must be greater than or equal to ${minimum}`] : []),
    ...(typeof maximum === "number" && value > maximum ? [`Must be less than or equal to ${maximum}`] : []),
    ...(typeof exclusiveMinimum === "number" && value <= exclusiveMinimum
      ? [`Must be greater than ${exclusiveMinimum}`]
      : []),
    ...(typeof exclusiveMaximum === "number" && value >= exclusiveMaximum
      ? [`Must be less than ${exclusiveMaximum}`]
      : []),
    ...(typeof multipleOf === "number" && value % multipleOf !== 0 ? [`Must be a multiple of ${multipleOf}`] : []),
  ];
}

function stringErrors(schema: PropertyMap, value: string): readonly string[] {
  const { minLength, maxLength, pattern } = schema;
  const { length } = [...value];
  return [
    ...(typeof minLength === "number" && length < minLength
      ? [`String length must be greater than or equal to ${minLength}`]
      : []),
    ...(typeof maxLength === "number" && length > maxLength
      ? [`String length must be less than or equal to ${maxLength}`]
      : []),
    ...(typeof pattern === "string" && !new RegExp(pattern, "u").test(value)
      ? [`Does not match pattern '${pattern}'`]
      : []),
  ];
}

function arrayErrors(path: string, schema: PropertyMap, value: readonly Value[]): readonly string[] {
  const { minItems, maxItems, uniqueItems, items } = schema;
  const repeated = value.some((item, index) => value.slice(0, index).some((other) => equalValues(item, other)));
  return [
    ...(typeof minItems === "number" && value.length < minItems
      ? [`${path}: Array must have at least ${minItems} items`]
      : []),
    ...(typeof maxItems === "number" && value.length > maxItems
      ? [`${path}: Array must have at most ${maxItems} items`]
      : []),
    ...(uniqueItems === true && repeated ? [`${path}: array items must be unique`] : []),
    ...(isObject(items) ? value.flatMap((item, index) => valueErrors(`${path}.${index}`, items, item)) : []),
  ];
}

function objectErrors(path: string, schema: PropertyMap, value: PropertyMap): readonly string[] {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const missing = stringsOf(schema.required).filter((name) => value[name] === undefined);
  const inner = Object.entries(properties).flatMap(([name, part]) => {
    const item = value[name];
    return item === undefined || !isObject(part) ? [] : valueErrors(`${path}.${name}`, part, item);
  });
  return [...missing.map((name) => `${path}: ${name} is required`), ...inner];
}

function stringsOf(value: Value | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item: Value): item is string => typeof item === "string") : [];
}

function hasType(value: Value, type: string): boolean {
  return typeOf(value) === type || (type === "number" && typeof value === "number");
}

function typeOf(value: Value): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}
