import type { ErrorObject } from "ajv";
import { isObject, type PropertyMap } from "../deploy/values.ts";

/**
 * Holds a policy's config against its schema (PolicyConfigJSONSchema of the policy SDK, JSON schema draft 7).
 *
 * @returns what is wrong, one sentence each, empty when nothing is
 */
export async function schemaErrors(
  properties: PropertyMap,
  required: readonly string[],
  config: PropertyMap,
): Promise<readonly string[]> {
  if (Object.keys(properties).length === 0 && required.length === 0) return [];
  const { Ajv } = await import("ajv"); // only packs with config need it
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
  const validate = ajv.compile({ type: "object", properties, required });
  return validate(config) ? [] : (validate.errors ?? []).map(sentence);
}

/** `owner is required`, `limit: must be >= 1`, `tags.0: must be string`. */
function sentence({ instancePath, keyword, params, message }: ErrorObject): string {
  const path = instancePath.slice(1).replaceAll("/", ".");
  const before = path === "" ? "" : `${path}: `;
  if (keyword === "required") return `${before}${params.missingProperty} is required`;
  const allowed = isObject(params) && Array.isArray(params.allowedValues) ? `: ${params.allowedValues.join(", ")}` : "";
  return `${before}${message}${allowed}`;
}
