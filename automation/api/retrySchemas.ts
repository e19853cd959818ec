import { z } from "@hono/zod-openapi";
import type { ErrorCode } from "../errors.ts";

/** Body of a retry; without one it begins with the first step that has to be done. */
export const Retry = z
  .strictObject({
    fromStep: z.string().min(1).max(40).optional().openapi({
      description:
        "The step to begin with: it and all after it are done. Of a deployment: validate, container, sync, build or deploy; of a generated app also plan, generate or check.",
      example: "build",
    }),
  })
  .openapi("Retry");

export const RETRY_TEXT =
  "What the job has done is taken over as far as it still stands (the same input, its files and images are there); the first step that does not, and all after it, are done again. `fromStep` names an earlier begin.";

export const RETRY_PROBLEMS = [
  "WRONG_STATE",
  "RETRY_STEP_UNKNOWN",
  "RETRY_STEP_TOO_LATE",
  "INVALID_REQUEST",
  "MALFORMED_BODY",
  "APP_DESTROYED",
  "APP_FILES_ARE_OWN",
  "APP_IS_PROMOTED",
  "TENANT_QUOTA",
  "PLAN_INACTIVE",
  "RATE_LIMITED",
  "IDEMPOTENCY_MISMATCH",
  "STILL_ACCEPTING",
] as const satisfies readonly ErrorCode[];
