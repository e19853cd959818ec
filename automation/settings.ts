import { WaiverFile } from "@devfactory/checks/policy/waivers.ts";
import { z } from "zod";
import { AgentGroups } from "./agents/agentGroups.ts";
import { AutomationError } from "./errors.ts";
import { ModelUpstreams } from "./models/upstreams.ts";
import { MailSettings } from "./notify/mailSettings.ts";
import { type LimitsOf, tenantLimits } from "./schedule/limits.ts";
import type { Sharing } from "./schedule/schedule.ts";
import { withKnownNames } from "./settingNames.ts";

const url = z.url({ protocol: /^https?$/ });

/** JSON text of one form. @param what the form, in the words of its problem */
function jsonText<Schema extends z.ZodType>(schema: Schema, what: string) {
  return z.string().transform((text, context): z.infer<Schema> => {
    try {
      return schema.parse(JSON.parse(text));
    } catch (error) {
      const issues = error instanceof z.ZodError ? error.issues : [];
      const where = issues
        .filter(({ path }) => path.length > 0)
        .map((each) => `${each.path.join(".")} ${each.message}`);
      const message = [`must be a JSON object ${what}`, ...where].join("; ");
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    }
  });
}

const flag = (otherwise: "true" | "false") =>
  z
    .enum(["true", "false"])
    .default(otherwise)
    .transform((text) => text === "true");

const Gate = z.enum(["warn", "block"]);
/** What a broken rule does to a deployment, by the app's profile: told only, or the end of the job. */
const PolicyGate = z.strictObject({
  dev: Gate.default("warn"),
  standard: Gate.default("block"),
  production: Gate.default("block"),
});
export type PolicyGate = z.infer<typeof PolicyGate>;
const positive = z.number().positive();
const whole = positive.int();
const OwnLimits = z
  .strictObject({
    unfinished: whole,
    concurrent: whole,
    weight: positive,
    jobsPerMinute: positive,
    redrivesPerMinute: positive,
  })
  .partial()
  .transform((given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)));

/** What the API and the worker need from their environment (docs/architecture.md lists the names). */
const Common = z.object({
  AZURE_CLIENT_ID: z.string().optional(),
  AZURE_TENANT_ID: z.string().optional(),
  AZURE_SUBSCRIPTION_ID: z.string().optional(),
  AZURE_COSMOS_ENDPOINT: url,
  AZURE_COSMOS_DATABASE: z.string().default("devfactory"),
  AZURE_SERVICE_BUS_HOST: z.string().min(1),
  AZURE_STORAGE_BLOB_ENDPOINT: url,
  AZURE_KEY_VAULT_ENDPOINT: url.optional(),
  /** Key of the vault that wraps the keys which tenants bring. */
  DEVFACTORY_WRAPPING_KEY: z.string().default("user-keys"),
  DEVFACTORY_QUEUE: z.string().default("jobs"),
  /** `https` on Azure; `http` on the local target, whose authority browsers do not trust. */
  DEVFACTORY_APP_SCHEME: z.enum(["http", "https"]).default("https"),
  /** Whom the platform calls for people: the internet, or (on the local target) also this machine. */
  DEVFACTORY_OUTBOUND: z.enum(["public", "loopback"]).default("public"),
  /** Ports besides 443 that it calls, comma separated. */
  DEVFACTORY_OUTBOUND_PORTS: z
    .string()
    .regex(/^\d{1,5}(,\d{1,5})*$/, "must be ports with commas between them")
    .transform((text) => list(text).map(Number))
    .default([]),
  /** Hosts (`name` or `name:port`, comma separated) from which sources may be fetched by git, and to which versions may be pushed. */
  DEVFACTORY_GIT_HOSTS: z.string().default("github.com,gitlab.com,bitbucket.org,dev.azure.com,codeberg.org"),
  /** Jobs that all workers together can work on at once: so many messages are out. */
  DEVFACTORY_QUEUE_SLOTS: z.coerce.number().int().min(1).max(10_000).default(50),
  /** Jobs of a tenant that may be unfinished at once. */
  DEVFACTORY_TENANT_JOBS: z.coerce.number().int().positive().default(100),
  /** Jobs of a tenant that are worked on at once. */
  DEVFACTORY_TENANT_CONCURRENCY: z.coerce.number().int().positive().default(10),
  /** Jobs that a tenant may send in a minute. */
  DEVFACTORY_TENANT_RATE: z.coerce.number().positive().default(120),
  /** JSON: tenant id → its own limits (automation/schedule/limits.ts). */
  DEVFACTORY_TENANT_LIMITS: z
    .string()
    .default("{}")
    .transform((text, context) => {
      try {
        return z.record(z.string(), OwnLimits).parse(JSON.parse(text));
      } catch {
        context.addIssue({ code: "custom", message: "must be a JSON object of tenant id → limits" });
        return z.NEVER;
      }
    }),
  /** So long before the end of an app its owner is told. */
  DEVFACTORY_EXPIRY_NOTICE_HOURS: z.coerce.number().min(0).max(720).default(24),
  /** So long after its end, and after the notice, it is destroyed. */
  DEVFACTORY_EXPIRY_GRACE_HOURS: z.coerce.number().min(1).max(720).default(24),
  /** JSON: the server that takes the platform's mail, its sender, and the domains that tenants may send to. Absent: no mail. */
  DEVFACTORY_MAIL: jsonText(MailSettings, "with smtp, from and domains").optional(),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
});

const Api = Common.extend({
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  /** Base of token issuers, for example `https://login.microsoftonline.com`. */
  DEVFACTORY_AUTHORITY: url,
  DEVFACTORY_API_CLIENT_ID: z.string().min(1),
  /** Tenants that may use the API, comma separated; empty: every tenant of the authority. */
  DEVFACTORY_TENANTS: z.string().default(""),
  /** Client ids of the applications that may ask for somebody, comma separated; empty: every one that a tenant has agreed to. */
  DEVFACTORY_CLIENTS: z.string().default(""),
  /** Origins of the dashboard, comma separated. */
  DEVFACTORY_DASHBOARD_ORIGIN: z.string().default(""),
  /** Which service answers `POST /api/deploy`: `v2`, `v3` (this one), or the percentage of projects that this one takes. */
  DEPLOYMENT_SERVICE_VERSION: z
    .string()
    .regex(/^(v2|v3|(100|[1-9]?\d)%)$/, "must be v2, v3 or a percentage such as 10%")
    .default("v3"),
  /** Address of the older service, while it takes projects. */
  DEPLOYMENT_V2_URL: url.optional(),
  AZURE_KEY_VAULT_ENDPOINT: url,
  /** JSON: base address of model providers that are not at their own. */
  DEVFACTORY_MODEL_UPSTREAMS: jsonText(ModelUpstreams, "of provider → base address").prefault("{}"),
  /** Address of Stripe's API. */
  STRIPE_API_BASE: url.default("https://api.stripe.com"),
});

const NO_AKS = "aks is not built: agents run as Container Apps Jobs (job) or in container groups (aci)";

const Worker = Common.extend({
  AZURE_KEY_VAULT_ENDPOINT: url,
  /** Where its health is told. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  AZURE_SUBSCRIPTION_ID: z.string().min(1),
  DEVFACTORY_RESOURCE_GROUP: z.string().min(1),
  /** Where agents run: as executions of Container Apps Jobs, or each run in a container group of Container Instances. */
  DEVFACTORY_AGENT_HOST: z
    .string()
    .default("job")
    .transform((host, context) => {
      if (host === "job" || host === "aci") return host;
      context.addIssue({ code: "custom", message: host === "aks" ? NO_AKS : "must be job or aci" });
      return z.NEVER;
    }),
  /** JSON: what the group of each run is made of; needed while agents run in container groups. */
  DEVFACTORY_AGENT_GROUPS: jsonText(AgentGroups, "with location and agents").optional(),
  /** JSON: agent id → name of its Container Apps Job; `{}` while agents run in container groups. */
  DEVFACTORY_AGENT_JOBS: jsonText(z.record(z.string(), z.string()), "of agent id → job name"),
  /** JSON: Entra group (`objectId`, `groupName`) that administers the Postgres servers of apps. */
  DEVFACTORY_OPERATOR_GROUP: jsonText(
    z.strictObject({ objectId: z.uuid(), groupName: z.string().min(1) }),
    "with objectId and groupName",
  ).optional(),
  /** Addresses that are told when an app has spent its budget, comma separated. */
  DEVFACTORY_NOTIFY: z
    .string()
    .transform((text, context) => {
      const addresses = list(text);
      if (addresses.every((each) => z.email().safeParse(each).success)) return addresses;
      context.addIssue({ code: "custom", message: "must be mail addresses with commas between them" });
      return z.NEVER;
    })
    .default([]),
  /** JSON: `warn` or `block` by profile. */
  DEVFACTORY_POLICY_GATE: jsonText(PolicyGate, "of profile → warn or block").prefault("{}"),
  /** JSON: the operator's waiver file (docs/policies.md). One that has ended does not stop the worker: it waives nothing. */
  DEVFACTORY_WAIVERS: jsonText(WaiverFile, "of waivers (docs/policies.md)").prefault('{"waivers":[]}'),
  /** Address of the API, where agents reach models by key; absent: jobs with such a model fail. */
  DEVFACTORY_MODEL_GATEWAY: url.optional(),
  DEVFACTORY_REGISTRY_ID: z.string().startsWith("/subscriptions/"),
  AZURE_CONTAINER_REGISTRY_ENDPOINT: z.string().min(1),
  /** vCPUs of a build; a registry task gets 2 GiB of memory for each. */
  BUILD_CONTAINER_CPU: z.coerce.number().int().min(1).max(4).default(2),
  /** What such a build gets, 2 GiB for each vCPU: other values are refused. */
  BUILD_CONTAINER_MEMORY: z.string().optional(),
  /** Whether apps get replicas by their load; else as many as their minimum, always. */
  ENABLE_AUTO_SCALING: flag("true"),
  /** Static Web Apps serve sites from the edge of the network: this cannot be switched off. */
  ENABLE_CDN_INTEGRATION: z
    .literal("true", "must be true: sites are served from the edge by Static Web Apps")
    .default("true"),
  /** Name server that is asked for the records of people's domains, `address` or `address:port`. */
  DEVFACTORY_DNS_SERVER: z
    .string()
    .regex(/^[\d.]+(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i, "must be an address such as 10.0.0.4 or 10.0.0.4:53")
    .optional(),
  /** Whether apps may run in several regions, as their specs name them (`alsoIn`). */
  ENABLE_MULTI_REGION: flag("false"),
  MAX_CONCURRENT_DEPLOYMENTS: z.coerce.number().int().min(1).max(100).default(10),
  DEPLOYMENT_TIMEOUT_MS: z.coerce.number().int().min(1000).default(600_000),
  DEVFACTORY_LEASE_MS: z.coerce.number().int().min(500).default(60_000),
  /** How long one deployment waits for Azure when it says that it is busy, all waits together. */
  DEVFACTORY_AZURE_WAIT_MS: z.coerce.number().int().min(0).max(3_600_000).default(600_000),
  /** How long a deployment waits for somebody else on the app's stack. */
  DEVFACTORY_LOCK_WAIT_MS: z.coerce.number().int().min(0).max(3_600_000).default(120_000),
  /** From the request of a cancel to its end, whatever happens. The deployment itself has 140 s of it. */
  DEVFACTORY_CANCEL_BUDGET_MS: z.coerce.number().int().min(1_000).max(3_600_000).default(300_000),
  DEVFACTORY_MAX_ATTEMPTS: z.coerce.number().int().min(1).max(10).default(3),
  DEVFACTORY_MAX_REPAIRS: z.coerce.number().int().min(0).max(10).default(2),
  /** Between two looks at an app for drift; 0: only when somebody asks. */
  DEVFACTORY_DRIFT_HOURS: z.coerce.number().min(0).max(720).default(0),
  /** Days after a job's end for which its events, its artifacts and the images of earlier versions are kept. */
  DEVFACTORY_KEEP_DAYS: z.coerce.number().int().min(1).max(3_650).default(90),
  /** Used when the app's spec names no budget. */
  DEVFACTORY_DEFAULT_BUDGET_USD: z.coerce.number().positive().default(500),
}).superRefine((given, context) => {
  const { BUILD_CONTAINER_CPU: cpu, BUILD_CONTAINER_MEMORY: memory } = given;
  const refuse = (name: keyof typeof given, message: string) =>
    context.addIssue({ code: "custom", path: [name], message });
  if (memory !== undefined && memory !== `${2 * cpu}Gi`)
    refuse("BUILD_CONTAINER_MEMORY", `must be ${2 * cpu}Gi beside BUILD_CONTAINER_CPU=${cpu}`);
  if (given.DEVFACTORY_AGENT_HOST === "aci" && !given.DEVFACTORY_AGENT_GROUPS)
    refuse("DEVFACTORY_AGENT_GROUPS", "must be there beside DEVFACTORY_AGENT_HOST=aci");
});

/** Settings that the vault may hold and that are used without a restart when they change there. Addresses and identities are the stack's. */
export const COMMON_IN_VAULT = [
  "DEVFACTORY_QUEUE_SLOTS",
  "DEVFACTORY_TENANT_JOBS",
  "DEVFACTORY_TENANT_CONCURRENCY",
  "DEVFACTORY_TENANT_RATE",
  "DEVFACTORY_TENANT_LIMITS",
  "DEVFACTORY_EXPIRY_NOTICE_HOURS",
  "DEVFACTORY_EXPIRY_GRACE_HOURS",
  "DEVFACTORY_MAIL",
  "LOG_LEVEL",
] as const satisfies readonly (keyof z.infer<typeof Common>)[];
export const WORKER_IN_VAULT = [
  ...COMMON_IN_VAULT,
  "DEVFACTORY_NOTIFY",
  "DEVFACTORY_POLICY_GATE",
  "DEVFACTORY_WAIVERS",
  "DEVFACTORY_DEFAULT_BUDGET_USD",
  "DEVFACTORY_MAX_REPAIRS",
] as const satisfies readonly (keyof z.infer<typeof Worker>)[];
/** A setting of the service, as `devfactory config env` and `.env.example` show it. */
export interface SettingRow {
  readonly name: string;
  readonly neededBy: readonly ("api" | "worker")[];
  /** Text of its value when it is not given; absent: it must be given, or is of no use without a wish. */
  readonly fallback?: string;
  readonly required: boolean;
}

/** Every setting that the API and the worker read, by name. */
export function settingRows(): readonly SettingRow[] {
  const shapes = { api: Api.shape, worker: Worker.shape } as const;
  const names = [...new Set(Object.values(shapes).flatMap((shape) => Object.keys(shape)))].sort();
  return names.map((name) => {
    const neededBy = (["api", "worker"] as const).filter((part) => name in shapes[part]);
    const fields = neededBy.map((part) => (shapes[part] as Readonly<Record<string, z.ZodType>>)[name]);
    const inputs = fields.map((field) => (field instanceof z.ZodPipe ? field.in : field) as unknown as WithDefault);
    const written = inputs.map((field) => field.def.defaultValue).find((value) => value !== undefined);
    const required = fields.some((field) => field?.safeParse(undefined).success === false);
    return { name, neededBy, required, ...(written !== undefined && { fallback: String(written) }) };
  });
}

interface WithDefault {
  readonly def: { readonly defaultValue?: unknown };
}

export type ApiSettings = z.infer<typeof Api>;
export type WorkerSettings = z.infer<typeof Worker>;
export type CommonSettings = z.infer<typeof Common>;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {AutomationError} `SETTING_MISSING` with every problem at once */
export function apiSettings(environment: Environment): ApiSettings {
  return read(Api, environment);
}

/** @throws {AutomationError} `SETTING_MISSING` with every problem at once */
export function workerSettings(environment: Environment): WorkerSettings {
  return read(Worker, environment);
}

/**
 * What the flag of the older service means.
 *
 * @throws {AutomationError} `SETTING_MISSING` when projects go to the older service and nobody says where it is
 */
export function v2Options({ DEPLOYMENT_SERVICE_VERSION: version, DEPLOYMENT_V2_URL: address }: ApiSettings) {
  const share = version === "v3" ? 100 : version === "v2" ? 0 : Number.parseInt(version, 10);
  if (share === 100) return { share };
  if (address) return { share, url: address };
  throw new AutomationError("SETTING_MISSING", {
    problems: `DEPLOYMENT_V2_URL: needed while the version is ${version}`,
  });
}

/** What tenants may have and do, by the settings of each moment. */
export function currentLimits(now: () => CommonSettings): LimitsOf {
  return (tenantId) => limitsOf(now())(tenantId);
}

/** How slots are given, by the settings of each moment. */
export function currentSharing(now: () => CommonSettings): Sharing {
  return {
    get slots() {
      return now().DEVFACTORY_QUEUE_SLOTS;
    },
    shareOf: currentLimits(now),
  };
}

/** What tenants may have and do, by these settings. */
export function limitsOf(settings: CommonSettings): LimitsOf {
  const defaults = {
    unfinished: settings.DEVFACTORY_TENANT_JOBS,
    concurrent: settings.DEVFACTORY_TENANT_CONCURRENCY,
    jobsPerMinute: settings.DEVFACTORY_TENANT_RATE,
  };
  return tenantLimits(defaults, settings.DEVFACTORY_TENANT_LIMITS);
}

/** Comma-separated text as a list without blanks. */
export function list(text: string): readonly string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
}

function read<T extends z.ZodType>(schema: T, environment: Environment): z.infer<T> {
  const result = schema.safeParse(withKnownNames(environment));
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  throw new AutomationError("SETTING_MISSING", { problems });
}
