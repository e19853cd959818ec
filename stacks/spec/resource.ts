import { z } from "zod";
import { BOUNDS } from "./catalogue.ts";
import { dnsName } from "./names.ts";
import { OFFERED } from "./offered.ts";
import type { Access } from "./service.ts";

const name = dnsName.describe(
  "Name that services use it by; part of names in Azure. Changing it replaces the resource",
);

const Postgres = z
  .strictObject({
    name,
    kind: z.literal("postgres"),
    storageGb: z.literal(OFFERED.postgres.storageGb).default(32).describe("Disk in GB; it can only grow"),
    sku: z.enum(OFFERED.postgres.sku).optional().describe("Size of the server. Absent: the profile decides"),
    highAvailability: z
      .boolean()
      .optional()
      .describe(
        "A second server in another zone, at twice the price; not with a `Standard_B` sku. Absent: the profile decides",
      ),
  })
  .refine(({ sku, highAvailability }) => !(highAvailability && sku?.startsWith("Standard_B")), {
    path: ["highAvailability"],
    message: "needs a general purpose or memory optimized sku; a burstable server stands alone",
  })
  .describe("A relational database (PostgreSQL)");

const Cosmos = z
  .strictObject({
    name,
    kind: z.literal("cosmos"),
    containers: z
      .array(
        z.strictObject({
          name: z
            .string()
            .regex(/^[a-zA-Z][a-zA-Z0-9-]{0,62}$/)
            .describe("Up to 63 letters, digits and hyphens"),
          partitionKey: z
            .string()
            .startsWith("/")
            .default("/id")
            .describe("Path of the value that spreads documents. Changing it replaces the container with its data"),
        }),
      )
      .min(1)
      .max(30)
      .describe("Where documents are kept"),
  })
  .describe("Documents (Cosmos DB)");

const Blob = z
  .strictObject({
    name,
    kind: z.literal("blob"),
    containers: z
      .array(dnsName.min(BOUNDS.blobContainers.minLength).max(BOUNDS.blobContainers.maxLength))
      .min(1)
      .max(30)
      .describe("Blob containers; a service that uses the resource reaches each of them"),
    sku: z
      .enum(OFFERED.blob.sku)
      .optional()
      .describe("How often and where files are kept. Absent: the profile decides"),
  })
  .describe("Files (Blob Storage)");

const Queue = z
  .strictObject({
    name,
    kind: z.literal("queue"),
    sessions: z
      .boolean()
      .default(false)
      .describe("Messages of one session are handled in order. Changing it replaces the queue"),
  })
  .describe("A queue of messages (Service Bus); all queues of an app share one namespace");

const Secrets = z
  .strictObject({ name, kind: z.literal("secrets") })
  .describe("A vault for secrets (Key Vault); people or programs write them, never this document");

const Sql = z
  .strictObject({
    name,
    kind: z.literal("sql"),
    freeOffer: z.boolean().default(false).describe("Free amounts of a month, then it sleeps; chosen once"),
    pauseMinutes: z
      .int()
      .min(BOUNDS.pauseMinutes.minimum)
      .max(BOUNDS.pauseMinutes.maximum)
      .default(60)
      .describe("Minutes without a connection until it sleeps"),
  })
  .describe("A relational database that sleeps when nobody asks (Azure SQL, serverless)");

const Relay = z
  .strictObject({
    name,
    kind: z.literal("relay"),
    connections: z.array(dnsName).min(1).max(30).describe("A connection for each place that listens"),
  })
  .describe("A way to servers behind a firewall (Azure Relay)");

const Config = z
  .strictObject({
    name,
    kind: z.literal("config"),
    sku: z.enum(OFFERED.config.sku).optional().describe("Absent: the profile decides"),
  })
  .describe(
    "Settings and feature flags that change while the app runs (App Configuration); whoever operates it writes them",
  );

/** A call of others that carries a proof of its own: it needs the header, and the service checks what that proves. */
const Webhook = z.strictObject({
  path: z
    .string()
    .regex(/^(\/[a-z0-9-]+)+$/, "must be a path of lower case words")
    .describe("Below the API's path"),
  header: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,100}$/, "must be the name of a header")
    .describe("Header that every call must have, whose proof the service checks: `X-Hub-Signature-256` of GitHub"),
});

const Gateway = z
  .strictObject({
    name,
    kind: z.literal("gateway"),
    publisher: z
      .strictObject({
        name: z.string().min(1).max(100).describe("Shown to developers"),
        email: z.email().describe("Gets the notices of the service"),
      })
      .describe("Whose gateway it is"),
    origins: z
      .array(z.string().regex(/^https:\/\/[a-z0-9.-]+(:\d+)?$/, "must be an https origin without a path"))
      .max(20)
      .default([])
      .describe(
        "Origins of other pages that may call, such as a site's own domain; pages of the app's own sites may anyway",
      ),
    apis: z
      .array(
        z.strictObject({
          name: dnsName.describe("Id of the API"),
          path: z
            .string()
            .regex(/^[a-z0-9-]*$/)
            .max(80)
            .describe("Below the gateway's address; empty for one API at the root"),
          service: dnsName.describe("A service with an address: `web`, `api` or `function`"),
          audience: z.string().min(1).max(200).describe("Whom a caller's token must be for"),
          webhooks: z.array(Webhook).max(20).default([]).describe("Paths below that take calls without a token"),
        }),
      )
      .min(1)
      .max(20)
      .describe("What it stands before"),
  })
  .describe("One address before services (API Management); whoever calls needs a token of the tenant for the audience");

const Registry = z
  .strictObject({
    name,
    kind: z.literal("registry"),
    sku: z.enum(OFFERED.registry.sku).optional().describe("Absent: the profile decides"),
  })
  .describe("An image store of the app's own (Container Registry), for images that its own delivery pushes");

export const Resource = z.discriminatedUnion("kind", [
  Postgres,
  Cosmos,
  Blob,
  Queue,
  Secrets,
  Sql,
  Relay,
  Config,
  Gateway,
  Registry,
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
