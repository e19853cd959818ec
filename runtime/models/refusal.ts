import { APICallError, RetryError } from "ai";
import { z } from "zod";
import type { AgentResult } from "../task.ts";

/** The part of the gateway's problem (RFC 9457) that goes on to the worker. */
const Problem = z.object({
  code: z.string().regex(/^(?:MODEL|KEYS?)_[A-Z_]+$/),
  detail: z.string(),
  model: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});

/** What the platform's gateway said of a call that it did not make, or that the provider refused; nothing for another error. */
export function refusalOf(error: unknown): AgentResult["error"] {
  const last = RetryError.isInstance(error) ? error.lastError : error;
  if (!APICallError.isInstance(last) || last.responseBody === undefined) return undefined;
  const problem = Problem.safeParse(parsed(last.responseBody));
  if (!problem.success) return undefined;
  const { code, detail: message, model: details } = problem.data;
  return { code, message, ...(details && { details }) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
