import { PROFILES } from "@devfactory/stacks/spec/index.ts";
import { z } from "@hono/zod-openapi";
import { DEPLOYMENT_STATUSES } from "../jobs/deploymentView.ts";
import { RepoView, RepoWish } from "./repoSchemas.ts";
import { CostMetrics, ErrorRecord, MonthlyCost, Origin, Service, SourceView } from "./schemas.ts";

export const Deploy = z
  .strictObject({
    appId: z.string().max(64).openapi({ description: "The app whose source is deployed.", example: "ak3m9x2pq7" }),
    customDomain: z
      .string()
      .max(300)
      .optional()
      .openapi({ description: "A name of your own for the app, as PUT /apps/{id}/domains/{host} sets one up." }),
    repo: RepoWish.optional().openapi({ description: "As PUT /apps/{id}/repo" }),
    options: z
      .strictObject({
        profile: z.enum(PROFILES).optional(),
        region: z
          .string()
          .regex(/^[a-z0-9]{2,40}$/, "must be an Azure region name such as westeurope")
          .optional(),
      })
      .optional(),
  })
  .openapi("Deploy");

export const DeploymentView = z
  .object({
    deploymentId: z.string(),
    projectId: z.string().openapi({ description: "The same as `appId`." }),
    appId: z.string(),
    kind: z.enum(["create", "edit", "destroy", "deploy"]),
    status: z.enum(DEPLOYMENT_STATUSES),
    live: z.boolean().optional().openapi({ description: "In lists: whether it is what runs now." }),
    version: z.int().optional().openapi({ description: "Counts what was deployed: 1 is the app's first." }),
    step: z.string().optional().openapi({ description: "The step that runs." }),
    progress: z.int().min(0).max(100),
    steps: z.array(
      z.object({
        name: z.string(),
        status: z.enum(["ahead", "running", "succeeded", "failed", "cancelled", "skipped"]),
        startedAt: z.string().optional(),
        durationMs: z.number().optional(),
        reusedFrom: z.string().optional().openapi({ description: "Of a skipped one: the deployment that did it." }),
      }),
    ),
    attempts: z.int(),
    createdAt: z.string(),
    startedAt: z.string().optional(),
    finishedAt: z.string().optional(),
    durationMs: z.number().optional(),
    by: z.string().openapi({ description: "The person or program that asked for it." }),
    source: SourceView.optional().openapi({ description: "The files; `git.commit` where they came by git." }),
    images: z.record(z.string(), z.string()).optional().openapi({ description: "Service → image by digest" }),
    services: z.array(Service),
    url: z.string().optional(),
    estimate: MonthlyCost.optional().openapi({ description: "What it costs on Azure" }),
    costMetrics: CostMetrics.openapi({ description: "What making it took" }),
    cancel: z.object({ requestedAt: z.string(), by: z.string(), outcome: z.string().optional() }).optional(),
    error: ErrorRecord.optional(),
    retryOf: z.string().optional(),
    fromStep: z.string().optional().openapi({ description: "Of a retry: the step that was named to begin with." }),
    from: Origin.optional(),
    replaced: z.string().optional().openapi({ description: "The deployment that ran before it" }),
    repo: RepoView.optional(),
  })
  .openapi("Deployment");

export type DeploymentView = z.infer<typeof DeploymentView>;
