import { MODEL_PROVIDERS } from "@devfactory/runtime/models/prices.ts";
import { PROFILES } from "@devfactory/stacks/spec/index.ts";
import { z } from "@hono/zod-openapi";
import { JOB_KINDS } from "../jobs/documents.ts";
import { JOB_STATUSES } from "../jobs/states.ts";
import { withoutCredentials } from "../redact.ts";
import { PRIORITIES } from "../schedule/schedule.ts";
import { RepoView, RepoWish } from "./repoSchemas.ts";

export const MAX_PROMPT = 20_000;

/** Words of a person: some letter in it, at most 20,000 characters. Credentials in it are taken out before anybody keeps it. */
export const Prompt = z
  .string()
  .max(MAX_PROMPT, `must have at most ${MAX_PROMPT} characters`)
  .refine((text) => /\p{L}/u.test(text), "must contain words")
  .transform(withoutCredentials)
  .openapi({ example: "an appointment book for a veterinary clinic" });

export const JobId = z
  .string()
  .max(64)
  .openapi({ param: { name: "id", in: "path" }, example: "ak3m9x2pq7-h4n8w2yt" });
export const AppId = z
  .string()
  .max(64)
  .openapi({ param: { name: "id", in: "path" }, example: "ak3m9x2pq7" });

/** Makes a repeated request harmless: the same key and body give the same job, for a day. */
export const IdempotencyKey = z.object({ "idempotency-key": z.string().min(1).max(200).optional() });

export const Answers = z.array(z.string().min(1).max(MAX_PROMPT).transform(withoutCredentials)).max(50);

const Options = z.strictObject({
  profile: z.enum(PROFILES).optional(),
  region: z
    .string()
    .regex(/^[a-z0-9]{2,40}$/, "must be an Azure region name such as westeurope")
    .optional(),
  target: z.enum(["local", "azure"]).optional(),
  ttlHours: z.number().positive().max(8_760).optional().openapi({
    description: "Of a new app: it ends after so many hours (PUT /apps/{id}/expiry puts that off).",
  }),
});

const ModelChoice = z
  .strictObject({ provider: z.enum([...MODEL_PROVIDERS, "template"]), name: z.string().min(1).max(100) })
  .openapi({
    description:
      "Agents use this model, with your tenant's key of the provider; absent: the template model. A new app keeps it for its later jobs; `template`, `template-1` takes the template model instead.",
  });

export const CreateApp = z
  .strictObject({
    title: z
      .string()
      .max(80)
      .refine((text) => /\p{L}/u.test(text), "must contain words")
      .optional()
      .openapi({ description: "What it is called; absent: as the project calls itself." }),
    options: Options.optional(),
  })
  .openapi("CreateApp");

export const CreateJob = z
  .strictObject({
    prompt: Prompt,
    answers: Answers.optional(),
    appId: z.string().max(64).optional().openapi({ description: "Changes this app instead of making a new one." }),
    options: Options.optional(),
    model: ModelChoice.optional(),
    repo: RepoWish.optional().openapi({
      description:
        "Each version of the app that runs becomes a commit there, also of later jobs, until PUT or DELETE /apps/{id}/repo.",
    }),
    priority: z.enum(PRIORITIES).optional().openapi({
      description: "Among the jobs of your tenant; other tenants' jobs are not passed. Normal without it.",
    }),
    latestWins: z.boolean().optional().openapi({
      description: "Takes the place of the app's queued jobs that say the same and have not started.",
    }),
  })
  .openapi("CreateJob");

export const Service = z.object({
  name: z.string(),
  kind: z.string(),
  url: z.string(),
  revision: z
    .string()
    .optional()
    .openapi({ description: "Of a container app: what Azure calls the version that serves." }),
  regions: z
    .array(z.object({ region: z.string(), url: z.string(), revision: z.string() }))
    .optional()
    .openapi({ description: "Of one in several regions: where each answers by itself; `url` is before them all." }),
});
export const ErrorRecord = z.object({
  code: z.string(),
  class: z.string(),
  title: z.string(),
  detail: z.string(),
  fix: z.string(),
  step: z.string().optional(),
  log: z
    .array(z.string())
    .optional()
    .openapi({ description: "The last lines of the build, or of a version that did not get healthy." }),
  restored: z
    .boolean()
    .optional()
    .openapi({ description: "Of a version that did not get healthy: whether the one before it runs." }),
});

/** What it costs on Azure in a month. */
export const MonthlyCost = z.object({
  monthlyUsd: z.number(),
  unpricedParts: z
    .int()
    .min(1)
    .optional()
    .openapi({ description: "Parts without a price, which the sum leaves out; absent when there are none." }),
});

const Addresses = {
  url: z.string().optional(),
  openapi: z.string().optional().openapi({ description: "OpenAPI document of the running app." }),
  services: z.array(Service),
  estimate: MonthlyCost.optional(),
};

export const CostMetrics = z.object({
  aiTokens: z.number(),
  computeSec: z.number(),
  storageMB: z.number(),
  usd: z.number(),
});

/** Where a deployment that was not built came from. */
export const Origin = z
  .object({
    kind: z.enum(["rollback", "promotion", "domain"]),
    deploymentId: z.string().optional(),
    host: z.string().optional(),
  })
  .openapi({ description: "What it puts into place again, instead of a build" });

/** A version of files that somebody brought. */
export const SourceView = z
  .object({
    hash: z.string(),
    files: z.int(),
    bytes: z.int(),
    from: z.enum(["upload", "git"]),
    git: z.object({ url: z.string(), ref: z.string(), commit: z.string() }).optional(),
    at: z.string(),
  })
  .openapi("Source");

/** A request to stop, and what became of it. */
const CancelView = z.object({
  requestedAt: z.string(),
  by: z.string(),
  /** `confirmed`, `raced-succeeded`, `raced-failed`, `raced-deleted` or `still-pending`; absent while nothing is known. */
  outcome: z.string().optional(),
  message: z.string().optional(),
  leftovers: z
    .object({
      count: z.int(),
      planned: z.int().optional(),
      monthlyUsd: z.number(),
      resources: z.array(
        z.object({ id: z.string(), type: z.string(), name: z.string(), monthlyUsd: z.number().nullable() }),
      ),
    })
    .optional(),
});

export const JobView = z
  .object({
    id: z.string(),
    jobId: z.string(),
    appId: z.string(),
    kind: z.enum(JOB_KINDS),
    status: z.enum(JOB_STATUSES),
    state: z.string(),
    prompt: z.string(),
    options: z.object({
      profile: z.enum(PROFILES).optional(),
      region: z.string().optional(),
      target: z.enum(["local", "azure"]).optional(),
      ttlHours: z.number().optional(),
      model: z.object({ provider: z.string(), name: z.string() }).optional(),
    }),
    phase: z.string().optional(),
    currentAgent: z.string().optional(),
    createdAt: z.string(),
    startedAt: z.string().optional(),
    finishedAt: z.string().optional(),
    durationMs: z.number().optional(),
    attempts: z.int(),
    lastEvent: z.int(),
    parentJobId: z.string().optional(),
    priority: z.enum(PRIORITIES).optional(),
    latestWins: z.boolean().optional(),
    supersededBy: z.string().optional(),
    feedbackId: z.string().optional(),
    steps: z.array(
      z.object({
        name: z.string(),
        status: z.string(),
        startedAt: z.string(),
        durationMs: z.number().optional(),
        reusedFrom: z.string().optional().openapi({ description: "Of a skipped one: the job that did it." }),
      }),
    ),
    questions: z.array(z.string()),
    notUnderstood: z.array(z.string()),
    artifacts: z.array(z.object({ name: z.string(), contentType: z.string(), bytes: z.number(), sha256: z.string() })),
    costMetrics: CostMetrics,
    cancel: CancelView.optional(),
    error: ErrorRecord.optional(),
    queue: z
      .object({
        ahead: z.int().openapi({ description: "Jobs before it in its app." }),
        reason: z.string(),
        estimatedSeconds: z.int().optional().openapi({
          description: "About how long it still waits, by how long your jobs took; absent while nobody can say.",
        }),
      })
      .optional(),
    finalizedVersion: z
      .object({
        iteration: z.int(),
        images: z.record(z.string(), z.string()).openapi({ description: "Service → image by digest" }),
        specHash: z.string().optional().openapi({ description: "sha-256 of the app spec" }),
        workspace: z.string().optional().openapi({ description: "The files, under a name made of their hash" }),
      })
      .optional(),
    from: Origin.optional(),
    replaced: z.string().optional().openapi({ description: "The deployment that ran before it" }),
    repo: RepoView.optional(),
    ...Addresses,
  })
  .openapi("Job");

export const AppView = z
  .object({
    id: z.string(),
    appId: z.string(),
    status: z.enum(["new", "live", "destroyed"]),
    title: z.string().optional(),
    prompt: z.string(),
    feedback: z.array(z.string()),
    iteration: z.int(),
    createdAt: z.string(),
    updatedAt: z.string(),
    activeJobs: z.array(z.string()),
    deployment: z.string().optional().openapi({ description: "The deployment that runs" }),
    promotions: z
      .record(z.string(), z.string())
      .optional()
      .openapi({ description: "Profile → app that versions were promoted to" }),
    promotedFrom: z.string().optional(),
    drift: z
      .object({
        checkedAt: z.string(),
        jobId: z.string(),
        resources: z.array(
          z.object({
            urn: z.string(),
            type: z.string(),
            name: z.string(),
            change: z.enum(["changed", "gone"]),
            properties: z.array(z.string()),
          }),
        ),
      })
      .optional()
      .openapi({ description: "What the last look at its resources found." }),
    expiresAt: z.string().optional().openapi({ description: "When it ends; absent: it stays." }),
    repo: RepoView.optional().openapi({ description: "Where its versions are kept, and what became of the last" }),
    images: z.record(z.string(), z.string()),
    spec: z.unknown().optional(),
    source: SourceView.optional(),
    services: z.array(Service).optional(),
    url: z.string().optional(),
    openapi: z.string().optional(),
    estimate: MonthlyCost.optional(),
  })
  .openapi("App");

export const EventView = z
  .object({
    seq: z.int(),
    at: z.string(),
    type: z.string(),
    level: z.enum(["info", "warning", "error"]),
    message: z.string(),
    step: z.string().optional(),
    agent: z.string().optional(),
    by: z.string().optional().openapi({ description: "The person who did it" }),
    data: z.record(z.string(), z.unknown()).optional(),
  })
  .openapi("JobEvent");

export type JobView = z.infer<typeof JobView>;
export type AppView = z.infer<typeof AppView>;
export type EventView = z.infer<typeof EventView>;
export type CreateJob = z.infer<typeof CreateJob>;

/** A JSON answer in a route's description. */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { "application/json": { schema } } };
}
