import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { AutomationError, ERRORS, type ErrorCode, toErrorRecord } from "../errors.ts";
import { fillIn } from "../fillIn.ts";

/** Body of every error (RFC 9457 with our fields `code` and `fix`). */
export const Problem = z
  .object({
    code: z.string().openapi({ example: "JOB_NOT_FOUND" }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    fix: z.string(),
    errors: z.array(z.object({ path: z.string(), problem: z.string() })).optional(),
  })
  .openapi("Problem");

export interface FieldProblem {
  readonly path: string;
  readonly problem: string;
}

const CONTENT = { "application/problem+json": { schema: Problem } };

/** Declares the errors of a route in its OpenAPI description. */
export function problems(...codes: readonly ErrorCode[]) {
  const rows = [...codes, "UNAUTHORIZED" as const, "FORBIDDEN" as const].map((code) => ({ code, ...ERRORS[code] }));
  const byStatus = Map.groupBy(rows, (row) => row.status);
  const entries = [...byStatus].map(([status, group]) => {
    const description = group.map((row) => `\`${row.code}\`: ${row.title}`).join("; ");
    return [status, { description, content: CONTENT }];
  });
  return Object.fromEntries(entries) as Record<
    400 | 401 | 402 | 403 | 404 | 409 | 410 | 412 | 413 | 415 | 422 | 429 | 503,
    { description: string; content: typeof CONTENT }
  >;
}

/** What is told of an error. */
export function problemBody(error: AutomationError) {
  const { title, status, fix } = error.row;
  return { code: error.code, title, status, detail: error.message, fix: fillIn(fix, error.details) };
}

/** The answer for an error; what is not ours to explain becomes `INTERNAL` without details. */
export function toResponse(
  c: Context,
  error: unknown,
  fields?: readonly FieldProblem[],
  more: Readonly<Record<string, unknown>> = {},
): Response {
  const passes = !(error instanceof AutomationError) && toErrorRecord(error).class === "infrastructure";
  const known =
    error instanceof AutomationError
      ? error
      : new AutomationError(passes ? "UNAVAILABLE" : "INTERNAL", {}, { cause: error });
  const { status } = known.row;
  const body = { ...problemBody(known), ...(fields ? { errors: fields } : {}), ...more };
  const headers: Record<string, string> = { "content-type": "application/problem+json" };
  const { retryAfterSeconds } = known.details;
  const passing = status === 429 || status === 503 || retryAfterSeconds !== undefined;
  if (passing) headers["retry-after"] = String(retryAfterSeconds ?? 5);
  if (status === 401) headers["www-authenticate"] = "Bearer";
  return c.body(JSON.stringify(body), status, headers);
}
