import { z } from "zod";
import { BOUNDS } from "./catalogue.ts";
import { dnsName } from "./names.ts";
import { OFFERED } from "./offered.ts";
import type { Access } from "./service.ts";

const Postgres = z
  .strictObject({
    name: dnsName,
    kind: z.literal("postgres"),
    storageGb: z.literal(OFFERED.postgres.storageGb).default(32),
    /** Absent: the profile decides. */
    sku: z.enum(OFFERED.postgres.sku).optional(),
    /** A second server in another zone, at twice the price. Absent: the profile decides. */
    highAvailability: z.boolean().optional(),
  })
  .refine(({ sku, highAvailability }) => !(highAvailability && sku?.startsWith("Standard_B")), {
    path: ["highAvailability"],
    message: "needs a general purpose or memory optimized sku; a burstable server stands alone",
  });

/** A call of others that carries a proof of its own: it needs the header, and the service checks what that proves. */
const Webhook = z.strictObject({
  path: z.string().regex(/^(\/[a-z0-9-]+)+$/, "must be a path of lower case words"),
  /** `X-Hub-Signature-256` of GitHub. */
  header: z.string().regex(/^[A-Za-z0-9-]{1,100}$/, "must be the name of a header"),
});

export const Resource = z.discriminatedUnion("kind", [
  Postgres,
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
  z.strictObject({
    name: dnsName,
    kind: z.literal("blob"),
    containers: z
      .array(dnsName.min(BOUNDS.blobContainers.minLength).max(BOUNDS.blobContainers.maxLength))
      .min(1)
      .max(30),
    /** Absent: the profile decides. */
    sku: z.enum(OFFERED.blob.sku).optional(),
  }),
  z.strictObject({ name: dnsName, kind: z.literal("queue"), sessions: z.boolean().default(false) }),
  z.strictObject({ name: dnsName, kind: z.literal("secrets") }),
  /** A database that sleeps when nobody asks; `freeOffer` is chosen once. */
  z.strictObject({
    name: dnsName,
    kind: z.literal("sql"),
    freeOffer: z.boolean().default(false),
    pauseMinutes: z.int().min(BOUNDS.pauseMinutes.minimum).max(BOUNDS.pauseMinutes.maximum).default(60),
  }),
  /** A way to servers behind a firewall: a connection for each place that listens. */
  z.strictObject({
    name: dnsName,
    kind: z.literal("relay"),
    connections: z.array(dnsName).min(1).max(30),
  }),
  /** Settings and feature flags that change while the app runs; whoever operates it writes them. */
  z.strictObject({ name: dnsName, kind: z.literal("config"), sku: z.enum(OFFERED.config.sku).optional() }),
  /** One address before services; whoever calls needs a token of the tenant for the audience. Pages of the app's sites may call it. */
  z.strictObject({
    name: dnsName,
    kind: z.literal("gateway"),
    publisher: z.strictObject({ name: z.string().min(1).max(100), email: z.email() }),
    /** Origins of other pages that may call: a site's own domain. */
    origins: z
      .array(z.string().regex(/^https:\/\/[a-z0-9.-]+(:\d+)?$/, "must be an https origin without a path"))
      .max(20)
      .default([]),
    apis: z
      .array(
        z.strictObject({
          name: dnsName,
          path: z
            .string()
            .regex(/^[a-z0-9-]*$/)
            .max(80),
          /** A service with an address. */
          service: dnsName,
          audience: z.string().min(1).max(200),
          /** Paths below that take calls without a token. */
          webhooks: z.array(Webhook).max(20).default([]),
        }),
      )
      .min(1)
      .max(20),
  }),
  /** An image store of the app's own, for images that its own delivery pushes. */
  z.strictObject({ name: dnsName, kind: z.literal("registry"), sku: z.enum(OFFERED.registry.sku).optional() }),
]);

export type Resource = z.infer<typeof Resource>;

/** Access levels per kind of resource; a service offers `call`. */
export const ACCESS: Readonly<Record<Resource["kind"], readonly Access[]>> = {
  postgres: ["read", "readwrite"],
  cosmos: ["read", "readwrite"],
  blob: ["read", "readwrite"],
  queue: ["send", "receive"],
  secrets: ["read"],
  registry: ["read"],
  sql: ["read", "readwrite"],
  relay: ["send", "listen"],
  config: ["read"],
  gateway: [],
};
