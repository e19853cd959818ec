import { EngineError } from "../engineError.ts";

/**
 * Parses a file that must be a JSON object.
 *
 * @param name of the file, for the message
 * @param advice what the reader can do when it is damaged
 * @throws EngineError with name, place and advice
 */
export function parseJson<T extends object>(text: string, name: string, advice: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const cause = text.trim() === "" ? "it is empty" : error instanceof Error ? error.message : String(error);
    throw new EngineError(`${name} is not valid JSON: ${cause}. ${advice}`, undefined, { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new EngineError(`${name} is not valid: an object is expected. ${advice}`);
  return value as T;
}
