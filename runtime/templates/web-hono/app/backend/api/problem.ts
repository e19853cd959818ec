import type { Context } from "hono";
import type { z } from "zod";
import type { Entity } from "../model/entity.ts";

/** One field that is wrong, in words for a person. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** An answer in the form of RFC 9457, without anything of the inside of the app. */
export class Problem extends Error {
  readonly status: 400 | 404 | 409 | 413 | 415 | 422 | 500 | 503;
  readonly title: string;
  readonly errors: readonly FieldError[];

  constructor(status: Problem["status"], title: string, errors: readonly FieldError[] = []) {
    super(title);
    this.status = status;
    this.title = title;
    this.errors = errors;
  }
}

export function problemResponse(c: Context, problem: Problem): Response {
  const { status, title, errors } = problem;
  const body = { type: "about:blank", title, status, ...(errors.length > 0 ? { errors } : {}) };
  return c.body(JSON.stringify(body), status, { "content-type": "application/problem+json" });
}

/** Turns what the schema found into sentences about fields. */
export function fieldErrors(entity: Entity, error: z.ZodError, input: unknown): FieldError[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ field: key, message: `${entity.label} has no field ${key}` }));
    }
    const name = issue.path.join(".");
    const label = entity.fields.find((field) => field.name === name)?.label ?? name;
    const value = name ? (input as Record<string, unknown> | null)?.[name] : input;
    const missing = value === undefined || value === null || value === "";
    return [
      { field: name, message: missing && name ? `${label} is required` : `${label || "The body"}: ${issue.message}` },
    ];
  });
}
