import { z } from "zod";
import { BOUNDS } from "./catalogue.ts";
import { dnsName } from "./names.ts";
import { OFFERED } from "./offered.ts";

export const SERVICE_KINDS = ["static", "web", "api", "worker", "job", "function"] as const;

/** vCPU and memory of one replica: a pair that the Container Apps consumption plan takes, at twice as many GiB as vCPUs. */
export const Size = z.strictObject({
  cpu: z
    .number()
    .multipleOf(BOUNDS.cpu.multipleOf)
    .min(BOUNDS.cpu.minimum)
    .max(BOUNDS.cpu.maximum)
    .describe("vCPUs of one replica; it has twice as many GiB of memory"),
});

const Scale = z
  .strictObject({
    min: z
      .int()
      .min(BOUNDS.minReplicas.minimum)
      .max(BOUNDS.minReplicas.maximum)
      .default(0)
      .describe(
        "Replicas that always run; at 0 the first request waits. In production at least 2. Of a `function`: waiting instances",
      ),
    max: z
      .int()
      .min(BOUNDS.maxReplicas.minimum)
      .max(BOUNDS.maxReplicas.maximum)
      .default(2)
      .describe("Most replicas at once; of a `job`: executions at once"),
    concurrency: z
      .int()
      .min(1)
      .max(1000)
      .default(100)
      .describe("Concurrent requests that one replica takes before another starts"),
  })
  .refine((scale) => scale.min <= scale.max, { path: ["min"], message: "must not be above max" });

const Use = z.strictObject({
  resource: dnsName.describe("`name` of a resource or of another service"),
  access: z
    .enum(["read", "readwrite", "send", "receive", "listen", "call"])
    .describe("What the service may do there; the narrowest role that allows it is given"),
});

export const Service = z.strictObject({
  name: dnsName.describe("Name of the service; part of names in Azure. Changing it replaces the service"),
  kind: z
    .enum(SERVICE_KINDS)
    .describe(
      "`static`: a site of files; `web`, `api`: a container that answers http; `worker`: one that runs without; `job`: one that runs and ends; `function`: starts with a request",
    ),
  source: z
    .string()
    .default(".")
    .refine((path) => !path.startsWith("/") && !path.split(/[\\/]/).includes(".."), "must stay inside the project")
    .describe("Folder of the source, relative to the document"),
  port: z.int().min(1).max(65_535).default(8080).describe("Where a container listens; it finds the number in `PORT`"),
  health: z.string().startsWith("/").default("/health").describe("Path that answers 200 when the service works"),
  memoryMb: z.literal(OFFERED.function.memoryMb).optional().describe("MB of one instance of a `function`"),
  env: z
    .record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string())
    .default({})
    .describe("Plain settings by name; a secret belongs into a `secrets` resource"),
  size: Size.default({ cpu: 0.25 }).describe("How large one replica is"),
  scale: Scale.default({ min: 0, max: 2, concurrency: 100 }).describe("How many replicas there are"),
  public: z.boolean().default(true).describe("Whether the internet reaches it"),
  uses: z.array(Use).default([]).describe("What it may reach, and how"),
});

export type Service = z.infer<typeof Service>;
export type Access = z.infer<typeof Use>["access"];
