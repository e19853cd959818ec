import { z } from "zod";
import { BOUNDS } from "./catalogue.ts";
import { dnsName } from "./names.ts";
import { OFFERED } from "./offered.ts";

export const SERVICE_KINDS = ["static", "web", "api", "worker", "job", "function"] as const;

/** vCPU and memory of one replica; the pairs that the Container Apps consumption plan takes, at twice as many GiB as vCPUs. */
export const Size = z.strictObject({
  cpu: z.number().multipleOf(BOUNDS.cpu.multipleOf).min(BOUNDS.cpu.minimum).max(BOUNDS.cpu.maximum),
});

const Scale = z
  .strictObject({
    min: z.int().min(BOUNDS.minReplicas.minimum).max(BOUNDS.minReplicas.maximum).default(0),
    max: z.int().min(BOUNDS.maxReplicas.minimum).max(BOUNDS.maxReplicas.maximum).default(2),
    /** Concurrent requests that one replica takes before another starts. */
    concurrency: z.int().min(1).max(1000).default(100),
  })
  .refine((scale) => scale.min <= scale.max, { path: ["min"], message: "must not be above max" });

const Use = z.strictObject({
  /** `name` of a resource or of another service. */
  resource: dnsName,
  access: z.enum(["read", "readwrite", "send", "receive", "listen", "call"]),
});

export const Service = z.strictObject({
  name: dnsName,
  kind: z.enum(SERVICE_KINDS),
  /** Folder of the source, relative to the document. */
  source: z
    .string()
    .default(".")
    .refine((path) => !path.startsWith("/") && !path.split(/[\\/]/).includes(".."), "must stay inside the project"),
  /** Where a container listens. */
  port: z.int().min(1).max(65_535).default(8080),
  /** Path that answers 200 when the service works. */
  health: z.string().startsWith("/").default("/health"),
  /** MB of one instance of a `function`, which starts with a request and costs nothing else. */
  memoryMb: z.literal(OFFERED.function.memoryMb).optional(),
  /** Plain settings; a secret belongs into a `secrets` resource. */
  env: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string()).default({}),
  size: Size.default({ cpu: 0.25 }),
  scale: Scale.default({ min: 0, max: 2, concurrency: 100 }),
  /** Reachable from the internet. */
  public: z.boolean().default(true),
  uses: z.array(Use).default([]),
});

export type Service = z.infer<typeof Service>;
export type Access = z.infer<typeof Use>["access"];
