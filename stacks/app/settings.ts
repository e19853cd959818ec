import { z } from "zod";
import { type AppSpec, Preset, parseAppSpec, problemsText } from "../spec/index.ts";
import { StackError } from "./errors.ts";

/** `devfactory:deployment`: what of the deployment does not come from the app's spec. */
export const Deployment = z.strictObject({
  appId: z.string().min(1),
  /** Tenant of the platform that owns the app. */
  tenantId: z.string().min(1),
  /** Registry of the platform that holds the app's images. */
  registryId: z.string().startsWith("/subscriptions/"),
  registryLoginServer: z.string().min(1),
  logLevel: z.enum(["debug", "info", "warn", "error"]).optional(),
  /**
   * Whether databases, and in production everything that holds data, answer only in the app's own network. Absent: in every profile but
   * dev, where the network would cost more than the database. A Postgres server then has a public address, and only firewall rules let
   * clients in; a SQL server has none, and nothing reaches it.
   */
  privateDatabases: z.boolean().optional(),
  /** Entra group of the people who run the platform: beside the app's identity they administer its Postgres servers. */
  operatorGroup: z.strictObject({ objectId: z.uuid(), groupName: z.string().min(1) }).optional(),
  /** Rules the app's SQL servers by Entra ID and runs the output `sqlSteps`. Absent: `operatorGroup`; one of them is needed for a resource of kind sql. */
  sqlAdministrator: z
    .strictObject({ kind: z.enum(["Group", "User", "Application"]), name: z.string().min(1), objectId: z.guid() })
    .optional(),
  /** Who gets a mail when the spec's budget is nearly spent, and when it is. Absent: nobody, and Azure watches no budget. */
  notify: z.array(z.email()).max(50).optional(),
  /** The current month, `2027-01`: a budget that is made now begins with it. */
  month: z
    .string()
    .regex(/^2\d{3}-(0[1-9]|1[0-2])$/)
    .optional(),
  /** Names of people's own for services, each as far as it is (docs/components.md, "Custom domains"). */
  domains: z
    .array(
      z.strictObject({
        hostName: z.string().min(1),
        service: z.string().min(1),
        step: z.enum(["records", "verify", "bind"]),
        apex: z.boolean().default(false),
      }),
    )
    .optional(),
  /** `false`: every service has as many replicas as its minimum, one at least, whatever its load. Absent: they follow it. */
  autoScaling: z.boolean().optional(),
  /** Percent of its processors from which on a service gets another replica; for those that always have one. Absent: only requests and messages count. */
  cpuPercent: z.int().min(1).max(100).optional(),
  /** The spec's preset in force. Absent: the one that the spec names. */
  preset: z.string().optional(),
  /** Single sizes on top of the preset. */
  sizes: Preset.optional(),
  /** When the app ends: a tag of everything it has, by which its remains are told from what shall stay. Absent: it stays. */
  expiresAt: z.iso.datetime().optional(),
  /** Names of resources that Azure kept when they were deleted: they are made of those, with their data. */
  recover: z.array(z.string().min(1)).optional(),
  /** Raised for fresh names when a deleted one cannot be recovered. */
  nameEpoch: z.int().min(0).default(0),
});

/** Image reference with its digest, by service. */
const Images = z.record(z.string(), z.string().regex(/@sha256:[0-9a-f]{64}$/, "must end in @sha256: and a digest"));

export type Deployment = z.infer<typeof Deployment>;

/** All that the program of an app needs to know. */
export interface AppSettings {
  readonly spec: AppSpec;
  readonly images: Readonly<Record<string, string>>;
  readonly deployment: Deployment;
  readonly subscriptionId: string;
  /** Entra tenant of the subscription. */
  readonly entraTenantId: string;
}

/** A source of configuration values, JSON text by key. */
export interface ConfigReader {
  require(key: string): string;
}

/**
 * Reads and checks the stack's configuration.
 *
 * @param environment `ARM_SUBSCRIPTION_ID` and `ARM_TENANT_ID`, or their `AZURE_` forms
 * @throws {StackError} `SPEC_INVALID`, `CONFIG_INVALID`
 */
export function readSettings(
  config: ConfigReader,
  environment: Readonly<Record<string, string | undefined>>,
): AppSettings {
  const document = readJson(config, "spec");
  const parsed = parseAppSpec(document);
  if (!parsed.ok) throw new StackError("SPEC_INVALID", { problems: problemsText(parsed.problems) });
  return {
    spec: parsed.spec,
    images: check("images", Images, readJson(config, "images")),
    deployment: check("deployment", Deployment, readJson(config, "deployment")),
    subscriptionId: required(environment, "SUBSCRIPTION_ID"),
    entraTenantId: required(environment, "TENANT_ID"),
  };
}

function required(environment: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = environment[`ARM_${name}`] ?? environment[`AZURE_${name}`];
  if (value) return value;
  throw new StackError("CONFIG_INVALID", { key: `ARM_${name}`, problem: "the environment variable is not set" });
}

function readJson(config: ConfigReader, key: string): unknown {
  const text = config.require(key);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StackError("CONFIG_INVALID", { key: `devfactory:${key}`, problem: "it is not JSON" }, { cause: error });
  }
}

function check<Schema extends z.ZodType>(key: string, schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problem = result.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`.trim()).join("; ");
  throw new StackError("CONFIG_INVALID", { key: `devfactory:${key}`, problem });
}
