import { z } from "zod";
import { DataModel } from "./dataModel.ts";

/** A name that fits into every Azure name rule that is made from it. */
const dnsName = z
  .string()
  .min(2)
  .max(30)
  .regex(
    /^[a-z]([a-z0-9]|-(?!-))*[a-z0-9]$/,
    "must be lower case letters, digits and single hyphens, and start with a letter",
  );

export const PROFILES = ["dev", "standard", "production"] as const;
export const SERVICE_KINDS = ["static", "web", "api", "worker", "job"] as const;

/** vCPU and memory of one replica; the pairs that the Container Apps consumption plan takes, at twice as many GiB as vCPUs. */
const Size = z.strictObject({ cpu: z.number().multipleOf(0.25).min(0.25).max(4) });

const Scale = z
  .strictObject({
    min: z.int().min(0).max(1000).default(0),
    max: z.int().min(1).max(1000).default(2),
    /** Concurrent requests that one replica takes before another starts. */
    concurrency: z.int().min(1).max(1000).default(100),
  })
  .refine((scale) => scale.min <= scale.max, { path: ["min"], message: "must not be above max" });

const Use = z.strictObject({
  /** `name` of a resource or of another service. */
  resource: dnsName,
  access: z.enum(["read", "readwrite", "send", "receive", "call"]),
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
  /** Plain settings; a secret belongs into a `secrets` resource. */
  env: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string()).default({}),
  size: Size.default({ cpu: 0.25 }),
  scale: Scale.default({ min: 0, max: 2, concurrency: 100 }),
  /** Reachable from the internet. */
  public: z.boolean().default(true),
  uses: z.array(Use).default([]),
});

export const Resource = z.discriminatedUnion("kind", [
  z.strictObject({ name: dnsName, kind: z.literal("postgres"), storageGb: z.int().min(32).max(4096).default(32) }),
  z.strictObject({
    name: dnsName,
    kind: z.literal("cosmos"),
    containers: z
      .array(
        z.strictObject({
          name: z.string().regex(/^[a-zA-Z][a-zA-Z0-9-]{0,62}$/),
          partitionKey: z.string().startsWith("/").default("/id"),
        }),
      )
      .min(1)
      .max(30),
  }),
  z.strictObject({ name: dnsName, kind: z.literal("blob"), containers: z.array(dnsName).min(1).max(30) }),
  z.strictObject({ name: dnsName, kind: z.literal("queue"), sessions: z.boolean().default(false) }),
  z.strictObject({ name: dnsName, kind: z.literal("secrets") }),
]);

/** The only thing that crosses from agents to infrastructure; `devfactory.yaml` is the same document for a person. */
export const AppSpec = z
  .strictObject({
    version: z.literal(1),
    name: dnsName,
    title: z.string().min(1).max(80),
    description: z.string().max(4000).default(""),
    profile: z.enum(PROFILES).default("dev"),
    region: z
      .string()
      .regex(/^[a-z0-9]+$/)
      .default("eastus"),
    services: z.array(Service).min(1).max(20),
    resources: z.array(Resource).max(20).default([]),
    budget: z.strictObject({ monthlyUsd: z.number().positive() }).optional(),
    /** What the generators build from; infrastructure does not read it. */
    model: DataModel.optional(),
  })
  .check((context) => {
    const { services, resources } = context.value;
    const names = [...services, ...resources].map((each) => each.name);
    names.forEach((name, index) => {
      if (names.indexOf(name) === index) return;
      context.issues.push({ code: "custom", input: name, path: ["services"], message: `${name} names two things` });
    });
    services.forEach((service, index) => {
      service.uses.forEach((use, position) => {
        const path = ["services", index, "uses", position];
        const allowed = allowedAccess(use.resource, context.value);
        if (!allowed) {
          const others = names.filter((name) => name !== service.name);
          context.issues.push({
            code: "custom",
            input: use.resource,
            path: [...path, "resource"],
            message: `no ${use.resource}; there are: ${others.join(", ") || "none"}`,
          });
        } else if (!allowed.includes(use.access)) {
          context.issues.push({
            code: "custom",
            input: use.access,
            path: [...path, "access"],
            message: `must be one of: ${allowed.join(", ")}`,
          });
        }
      });
    });
  });

export type Profile = (typeof PROFILES)[number];
export type Service = z.infer<typeof Service>;
export type Resource = z.infer<typeof Resource>;
export type AppSpec = z.infer<typeof AppSpec>;
export type Access = z.infer<typeof Use>["access"];

/** Access levels per kind of resource; a service offers `call`. */
export const ACCESS: Readonly<Record<Resource["kind"], readonly Access[]>> = {
  postgres: ["read", "readwrite"],
  cosmos: ["read", "readwrite"],
  blob: ["read", "readwrite"],
  queue: ["send", "receive"],
  secrets: ["read"],
};

function allowedAccess(
  name: string,
  spec: { services: readonly Service[]; resources: readonly Resource[] },
): readonly Access[] | undefined {
  const resource = spec.resources.find((each) => each.name === name);
  if (resource) return ACCESS[resource.kind];
  return spec.services.some((each) => each.name === name) ? ["call"] : undefined;
}
