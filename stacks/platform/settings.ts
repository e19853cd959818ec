import type { Profile } from "@devfactory/components/index.ts";
import { z } from "zod";
import { CareSettings, QueueSettings } from "./running.ts";

/** What the platform's program needs to know. */
export interface PlatformSettings {
  readonly profile: Profile;
  readonly location: string;
  /** Tells deployments in one subscription apart: the stack's name. */
  readonly seed: string;
  readonly epoch: number;
  readonly subscriptionId: string;
  readonly tenantId: string;
  /** Variables that the API and the worker get besides their links: the endpoints of the local target, nothing on Azure. */
  readonly environment: Readonly<Record<string, string>>;
  /** Service principal with data rights on the platform's accounts; dev only. */
  readonly operatorObjectId?: string;
  /** Entra group of the people who run the platform. @default one that the stack makes */
  readonly operatorGroup?: { readonly objectId: string; readonly groupName: string };
  /** Who is told when something is wrong. @default nobody */
  readonly notify?: { readonly emails: Readonly<Record<string, string>> };
  /** What a broken rule does to the deployment of an app, by the app's profile. @default dev warns, the others block */
  readonly policyGate?: PolicyGate;
  /** Exceptions to rules that the operator answers for (docs/policies.md). @default `stacks/app/waivers.json` of the checkout */
  readonly waivers?: Waivers;
  /** Where agents run: as Container Apps Jobs, or each run in a container group of its own. @default job */
  readonly agentHost: "job" | "aci";
  /** Who runs when. */
  readonly queue: QueueSettings;
  /** What the platform does by itself. */
  readonly care: CareSettings;
  /** Addresses of the dashboard besides its own, without a slash at the end. */
  readonly dashboardOrigins: readonly string[];
  /** Folder of the checkout, which the images are built from. */
  readonly checkout: string;
}

/** The target's own endpoints: what a program that runs against a local Azure hands on to its replicas. */
const TARGET_VARIABLES = [
  "NODE_EXTRA_CA_CERTS",
  "AZURE_RESOURCE_MANAGER_ENDPOINT",
  "AZURE_AUTHORITY_HOST",
  "PULUMI_HOME",
  "PULUMI_BACKEND_URL",
  "PULUMI_CONFIG_PASSPHRASE_FILE",
  "DEVFACTORY_PULUMI_ROOT",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_METRIC_EXPORT_INTERVAL",
  "ENABLE_MULTI_REGION",
  "DEVFACTORY_DEFAULT_BUDGET_USD",
  "DEVFACTORY_MODEL_UPSTREAMS",
] as const;
const LOCAL_FRONT_DOOR = "http://localhost:4280";

const Gate = z.enum(["warn", "block"]);
const PolicyGate = z.strictObject({ dev: Gate.optional(), standard: Gate.optional(), production: Gate.optional() });
export type PolicyGate = z.infer<typeof PolicyGate>;

/** The form of a waiver file; that its rules exist is checked by the worker, which knows them. */
const Waivers = z.strictObject({
  waivers: z.array(
    z.strictObject({
      rule: z.string().regex(/^[A-Z]{2}\d{2}$/, "must be a rule's id as ST01"),
      target: z.string().min(1),
      reason: z.string().min(1),
      owner: z.string().min(1),
      approver: z.string().min(1).optional(),
      expires: z.iso.date(),
    }),
  ),
});
export type Waivers = z.infer<typeof Waivers>;

const NO_AKS = "agentHost aks is not built: agents run as Container Apps Jobs (job) or in container groups (aci)";

const Values = z.object({
  profile: z.enum(["dev", "standard", "production"]).default("dev"),
  location: z
    .string()
    .regex(/^[a-z0-9]+$/)
    .default("eastus"),
  nameEpoch: z.coerce.number().int().min(0).default(0),
  environment: z.record(z.string(), z.string()),
  operatorObjectId: z.uuid().optional(),
  operatorGroup: z.strictObject({ objectId: z.uuid(), groupName: z.string().min(1) }).optional(),
  notify: z.strictObject({ emails: z.record(z.string(), z.email()) }).optional(),
  policyGate: PolicyGate.optional(),
  waivers: Waivers.optional(),
  agentHost: z
    .enum(["job", "aci", "aks"], { error: "agentHost must be job or aci" })
    .default("job")
    .transform((host, context) => {
      if (host !== "aks") return host;
      context.addIssue({ code: "custom", message: NO_AKS });
      return z.NEVER;
    }),
  queue: QueueSettings.prefault({}),
  care: CareSettings.prefault({}),
  dashboardOrigins: z.array(z.url()).default([]),
  subscriptionId: z.string({ error: "set ARM_SUBSCRIPTION_ID or AZURE_SUBSCRIPTION_ID" }),
  tenantId: z.string({ error: "set ARM_TENANT_ID or AZURE_TENANT_ID" }),
});

/** A source of configuration values; objects come as JSON text. */
export interface ConfigReader {
  get(key: string): string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the stack's configuration. On a local target (`AZURE_RESOURCE_MANAGER_ENDPOINT` is set) `environment`, `operatorObjectId`,
 * `dashboardOrigins` and `agentHost` may be absent: the first is then made of the target's own variables, the others come from
 * `DEVFACTORY_OPERATOR_OBJECT_ID`, `DEVFACTORY_DASHBOARD_ORIGINS` and `DEVFACTORY_AGENT_HOST`, so that no file of the checkout changes by a start.
 *
 * @param place `waivers` is the text of the checkout's own file, which counts when the configuration names none
 * @throws {z.ZodError} with every problem at once
 */
export function readSettings(
  config: ConfigReader,
  environment: Environment,
  place: { readonly stack: string; readonly checkout: string; readonly waivers?: string | undefined },
): PlatformSettings {
  const local = Boolean(environment.AZURE_RESOURCE_MANAGER_ENDPOINT);
  // In production a sign-in leads back to https addresses alone (rule ID03).
  const isSeenHere = local && config.get("profile") !== "production";
  const origins = environment.DEVFACTORY_DASHBOARD_ORIGINS ?? (isSeenHere ? LOCAL_FRONT_DOOR : "");
  const values = Values.parse({
    profile: config.get("profile"),
    location: config.get("location"),
    nameEpoch: config.get("nameEpoch"),
    environment: json(config.get("environment")) ?? (local ? targetVariables(environment) : {}),
    operatorObjectId: config.get("operatorObjectId") ?? (environment.DEVFACTORY_OPERATOR_OBJECT_ID || undefined),
    operatorGroup: json(config.get("operatorGroup")),
    notify: json(config.get("notify")),
    policyGate: json(config.get("policyGate")),
    waivers: json(config.get("waivers") ?? place.waivers),
    agentHost: config.get("agentHost") ?? (local ? environment.DEVFACTORY_AGENT_HOST || undefined : undefined),
    queue: json(config.get("queue")),
    care: json(config.get("care")),
    dashboardOrigins: json(config.get("dashboardOrigins")) ?? origins.split(",").filter(Boolean),
    subscriptionId: environment.ARM_SUBSCRIPTION_ID ?? environment.AZURE_SUBSCRIPTION_ID,
    tenantId: environment.ARM_TENANT_ID ?? environment.AZURE_TENANT_ID,
  });
  const { nameEpoch: epoch, operatorObjectId, operatorGroup, notify, policyGate, waivers, ...rest } = values;
  const operator = values.profile === "dev" && operatorObjectId ? { operatorObjectId } : {};
  const people = { ...(operatorGroup && { operatorGroup }), ...(notify && { notify }) };
  const rules = { ...(policyGate && { policyGate }), ...(waivers && { waivers }) };
  return { ...rest, ...operator, ...people, ...rules, epoch, seed: place.stack, checkout: place.checkout };
}

function targetVariables(environment: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    TARGET_VARIABLES.flatMap((name) => {
      const value = environment[name];
      return value ? [[name, value]] : [];
    }),
  );
}

function json(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}
