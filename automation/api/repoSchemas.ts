import { z } from "@hono/zod-openapi";
import { GIT_PROVIDERS } from "../keys/keyStore.ts";

/** A repository that keeps an app's versions. */
export const RepoWish = z
  .strictObject({
    provider: z.enum(GIT_PROVIDERS),
    url: z.string().min(1).max(2_000).openapi({
      description: "Over https, without a sign-in: your tenant's token is stored with PUT /keys/{provider}.",
      example: "https://github.com/owner/name",
    }),
    branch: z.string().min(1).max(200).optional().openapi({ description: "Default: main" }),
  })
  .openapi("RepoWish");

export const RepoView = z
  .object({
    provider: z.enum(GIT_PROVIDERS),
    url: z.string(),
    branch: z.string(),
    commit: z.string().optional().openapi({ description: "The commit whose tree is the version's files" }),
    jobId: z.string().optional().openapi({ description: "The job whose version was pushed, or was not" }),
    at: z.string().optional(),
    problem: z
      .object({ code: z.string(), detail: z.string(), fix: z.string() })
      .optional()
      .openapi({ description: "Why the version is not there; the app runs all the same" }),
  })
  .openapi("Repo");
