import type { MiddlewareHandler } from "hono";
import { AutomationError } from "../errors.ts";
import { doubledKey } from "./doubledKeys.ts";

/** Nobody writes a plan or a spec by hand that is deeper. */
const MAX_DEPTH = 100;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a JSON body once, before any route does: its bytes must be UTF-8, its nesting bounded, and no object may have a key twice,
 * or a key `__proto__`, which some code would take for the object's prototype. Bodies of other types pass.
 *
 * @throws {AutomationError} `MALFORMED_BODY`
 */
export function guardJson(): MiddlewareHandler {
  return async (c, next) => {
    if (/\bjson\b/i.test(c.req.header("content-type") ?? "")) {
      const bytes = await c.req.arrayBuffer();
      // An empty body is none, whatever its type: clients name the type of all that they send. A route that needs a body says so itself.
      if (bytes.byteLength === 0) c.req.raw.headers.delete("content-type");
      const problem = bytes.byteLength === 0 ? undefined : problemIn(bytes);
      if (problem) throw new AutomationError("MALFORMED_BODY", { expected: problem });
    }
    await next();
  };
}

/** What the body should have been; nothing when it is fine. */
function problemIn(bytes: ArrayBuffer): string | undefined {
  let text: string;
  let value: unknown;
  try {
    text = UTF8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    return "valid JSON in UTF-8";
  }
  // With a list of its own: a recursive walk would end in a full stack.
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    if (typeof next.value !== "object" || next.value === null) continue;
    if (next.depth >= MAX_DEPTH) return `nested less than ${MAX_DEPTH} levels`;
    if (Object.hasOwn(next.value, "__proto__")) return "free of the key __proto__";
    for (const each of Object.values(next.value)) open.push({ value: each, depth: next.depth + 1 });
  }
  const doubled = doubledKey(text);
  return doubled === undefined ? undefined : `free of doubled keys, as ${JSON.stringify(doubled.slice(0, 50))} is`;
}
