import * as pulumi from "@pulumi/pulumi";
import { checkInteger } from "../core/argument.ts";
import { sites } from "../core/azureOnDemand.ts";
import type { CrossCutTransforms } from "../core/crossCut.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import type { LinkGrant } from "../core/link.ts";
import { checkedName, physicalName } from "../core/naming.ts";
import type { Profile } from "../core/profile.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";
import { StorageAccount } from "../data/storageAccount.ts";
import type { Monitoring } from "../shared/monitoring.ts";
import type { LinkedParts } from "./linkedComponent.ts";
import { checkSettings, Site, type SiteBaseArgs } from "./site.ts";

/**
 * Versions that Flex Consumption runs. Source: Microsoft Learn, "Azure Functions Flex Consumption plan", supported stacks, and the support
 * dates of the runtimes as published 2026-02: Node 20 (2026-04) and Python 3.10 (2026-10) have ended, and run on without patches.
 */
const VERSIONS = { node: ["20", "22", "24"], python: ["3.10", "3.11", "3.12", "3.13"] } as const;
/** MB of one instance. Source: the same page, "Instance sizes". */
const MEMORY_MB = [512, 2048, 4096] as const;
const MAX_INSTANCES = { dev: 40, standard: 40, production: 100 } as const satisfies Record<Profile, number>;
/** Instances that always run and answer http without a cold start. */
const ALWAYS_READY = { dev: 0, standard: 1, production: 2 } as const satisfies Record<Profile, number>;
const PACKAGES = "packages";
/** What Flex Consumption refuses as a setting, and what the component sets. Source: Microsoft Learn, "App settings reference for Azure Functions". */
const RESERVED = [
  "FUNCTIONS_WORKER_RUNTIME",
  "FUNCTIONS_EXTENSION_VERSION",
  "WEBSITE_RUN_FROM_PACKAGE",
  "WEBSITE_NODE_DEFAULT_VERSION",
  "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
  "WEBSITE_CONTENTSHARE",
  "SCM_DO_BUILD_DURING_DEPLOYMENT",
  "ENABLE_ORYX_BUILD",
  "AzureWebJobsStorage",
] as const;

export type FunctionRuntime =
  | { readonly name: "node"; readonly version?: (typeof VERSIONS)["node"][number] }
  | { readonly name: "python"; readonly version?: (typeof VERSIONS)["python"][number] };

export interface FunctionAppArgs extends SiteBaseArgs {
  /** What the functions are written in. @default version 22 of node, 3.12 of python. A change of the version restarts. */
  readonly runtime: FunctionRuntime;
  /** MB of one instance. @default 2048. Updates. */
  readonly memoryMb?: (typeof MEMORY_MB)[number];
  /** Most instances at once: the bound of the bill. @default 40, 100 in production @minimum 1 @maximum 1000 */
  readonly maxInstances?: number;
  /** Instances that always wait for http requests, up to `maxInstances`. @default 0 in dev, 1 in standard, 2 in production @minimum 0 @maximum 1000 */
  readonly alwaysReady?: number;
  /** Requests at once that one instance takes. @default by memory: Azure's own @minimum 1 @maximum 1000 */
  readonly httpConcurrency?: number;
  /** Where traces and failures go, under its identity. @default nowhere. A `Monitoring` without Application Insights takes none. */
  readonly monitoring?: Monitoring;
  readonly transform?: CrossCutTransforms & {
    readonly site?: Transform<ArgsOf<typeof sites.WebApp>>;
    readonly plan?: Transform<ArgsOf<typeof sites.AppServicePlan>>;
    readonly storage?: Transform<ConstructorParameters<typeof StorageAccount>[1]>;
    readonly identity?: Transform<object>;
    readonly ftp?: Transform<ArgsOf<typeof sites.WebAppFtpAllowed>>;
    readonly scm?: Transform<ArgsOf<typeof sites.WebAppScmAllowed>>;
    readonly host?: Transform<ArgsOf<typeof sites.WebAppHostNameBinding>>;
    readonly certificate?: Transform<ArgsOf<typeof sites.SiteCertificate>>;
    readonly [link: `to-${string}`]: Transform<object>;
  };
}

/**
 * Functions that start with a request or an event and cost nothing else (Azure Functions, Flex Consumption). Creates `plan`,
 * `storage` (a `StorageAccount` with the container `packages`, where deployments put the code), `identity`, `site`, `ftp`, `scm`,
 * `to-<key>` for each link, `host` and `certificate` with a domain, and what the common options ask for.
 *
 * Its identity gets Storage Blob Data Owner on its own account, which the host needs for locks and code; no key exists. Links: `call`
 * → `<NAME>_BASE_URL`, no rights. Secrets are references to a vault. Defaults: scale to zero in dev (free up to the monthly grant), one
 * waiting instance in standard (under 50 USD a month), two over zones in production (under 50 idle).
 *
 * Limits: triggers of queues and durable functions need a link to what they read. Settings that choose the runtime belong to
 * `runtime` and are refused in `env`. The site answers 503 until a package is deployed. Its
 * storage account has a private endpoint only if `network`, or a `subnetResourceId` that is delegated to `Microsoft.App/environments`,
 * lets it get there.
 *
 * @example The smallest that reads a secret
 * ```ts
 * const api = new FunctionApp("api", { context, runtime: { name: "node" }, link: [vault.secret("stripe").link("read")] });
 * ```
 *
 * @example Bounds of the bill, and one instance that always waits
 * ```ts
 * const scale = { memoryMb: 4096, maxInstances: 20, alwaysReady: 1, httpConcurrency: 16 } as const;
 * new FunctionApp("api", { context, runtime: { name: "python", version: "3.12" }, ...scale });
 * ```
 *
 * @example A domain of one's own: this step tells the records, later ones are `verify` and `bind`
 * ```ts
 * const domain = { hostName: "prices.example.org", step: "records" } as const;
 * new FunctionApp("prices", { context, runtime: { name: "node" }, domain });
 * ```
 *
 * @example Called by an app
 * ```ts
 * const prices = new FunctionApp("prices", { context, runtime: { name: "node" } });
 * new ContainerApp("shop", { ...app, link: [prices.link("call")] });
 * ```
 *
 * @example In a network only, with traces
 * ```ts
 * const runtime = { name: "node" } as const;
 * const inside = { context: network.within(context), privateEndpoints: true, network };
 * new FunctionApp("api", { ...inside, runtime, monitoring });
 * ```
 */
export class FunctionApp extends Site<FunctionAppArgs> {
  /** Where a deployment puts the package; of an existing app what it says itself. */
  readonly packagesUrl: pulumi.Output<string>;

  /** @throws {ComponentError} `ARGUMENT_INVALID`, `ENV_COLLISION`; `OPTION_UNSUPPORTED` for two subnets */
  constructor(name: string, args: FunctionAppArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    if (!isExisting(args)) checkArgs(`FunctionApp ${name}`, args);
    super("FunctionApp", name, args, opts, ["site", "plan", "storage", ...Site.slots]);
    this.packagesUrl = this.site.functionAppConfig.apply((config) => config?.deployment?.storage?.value ?? "");
  }

  /** An app that somebody else manages: the same link, nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): FunctionApp {
    return new FunctionApp(name, at, opts);
  }

  protected override make(args: FunctionAppArgs) {
    const { context } = args;
    const plan = this.child("plan", sites.AppServicePlan, {
      resourceGroupName: context.resourceGroupName,
      kind: "functionapp",
      reserved: true,
      sku: { name: "FC1", tier: "FlexConsumption" },
      zoneRedundant: context.profile === "production",
    });
    const storage = this.child("storage", StorageAccount, {
      context,
      containers: [PACKAGES],
      ...(args.network === undefined && args.subnetResourceId === undefined && { privateEndpoints: false }), // the host would not reach it
    });
    const insights = args.monitoring?.link("publish");
    const parts = this.makeIdentity(args, [hostStorage(storage), ...(insights ? [insights] : [])]);
    const packagesUrl = pulumi.interpolate`${storage.blobEndpoint}${PACKAGES}`;
    const type = "Microsoft.Web/sites (functionapp)";
    return this.makeSite(args, parts, {
      kind: "functionapp,linux",
      subnet: "functions",
      ownCertificates: true,
      planId: plan.id,
      name: args.name === undefined ? physicalName(type, context, `${this.key}-site`) : checkedName(type, args.name),
      functionAppConfig: functionAppConfig(args, packagesUrl, parts),
      config: {},
      settings: hostSettings(storage, parts, "APPLICATIONINSIGHTS_CONNECTION_STRING" in parts.env),
      dependsOn: [storage],
    });
  }
}

function functionAppConfig(
  args: FunctionAppArgs,
  packagesUrl: pulumi.Output<string>,
  { identity }: LinkedParts,
): ArgsOf<typeof sites.WebApp>["functionAppConfig"] {
  const { runtime, context } = args;
  const ready = args.alwaysReady ?? ALWAYS_READY[context.profile];
  return {
    deployment: {
      storage: {
        type: "blobContainer",
        value: packagesUrl,
        authentication: { type: "UserAssignedIdentity", userAssignedIdentityResourceId: identity.id },
      },
    },
    runtime: { name: runtime.name, version: versionOf(runtime) },
    scaleAndConcurrency: {
      instanceMemoryMB: args.memoryMb ?? 2048,
      maximumInstanceCount: args.maxInstances ?? MAX_INSTANCES[context.profile],
      ...(ready > 0 && { alwaysReady: [{ name: "http", instanceCount: ready }] }),
      ...(args.httpConcurrency && { triggers: { http: { perInstanceConcurrency: args.httpConcurrency } } }),
    },
  };
}

/** The host keeps its locks and code in the account; that takes an owner of blobs. */
function hostStorage(storage: StorageAccount): LinkGrant {
  const roles = [{ role: "blobOwner", scope: storage.accountId }] as const;
  return { key: storage.key, source: storage.key, env: {}, roles };
}

function hostSettings(storage: StorageAccount, { identity }: LinkedParts, traces: boolean) {
  return {
    AzureWebJobsStorage__accountName: storage.accountName,
    AzureWebJobsStorage__credential: "managedidentity",
    AzureWebJobsStorage__clientId: identity.clientId,
    ...(traces && {
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: pulumi.interpolate`ClientId=${identity.clientId};Authorization=AAD`,
    }),
  };
}

function versionOf(runtime: FunctionRuntime): string {
  return runtime.version ?? (runtime.name === "node" ? "22" : "3.12");
}

function checkArgs(component: string, args: FunctionAppArgs): void {
  const check = checkSettings(component, args, RESERVED);
  const { runtime, context } = args;
  check("runtime.name", runtime.name, Object.keys(VERSIONS).includes(runtime.name), {
    allowed: Object.keys(VERSIONS).join(", "),
    why: "These are the languages of generated apps.",
  });
  const versions: readonly string[] = VERSIONS[runtime.name];
  check("runtime.version", versionOf(runtime), versions.includes(versionOf(runtime)), {
    allowed: versions.join(", "),
    why: "Flex Consumption runs these.",
  });
  const memory = args.memoryMb ?? 2048;
  check("memoryMb", memory, (MEMORY_MB as readonly number[]).includes(memory), {
    allowed: MEMORY_MB.join(", "),
    why: "These are the sizes of Flex Consumption.",
  });
  const max = args.maxInstances ?? MAX_INSTANCES[context.profile];
  checkInteger(check, "maxInstances", max, { min: 1, max: 1000, why: "Flex Consumption goes no further." });
  const why = "They are part of all instances.";
  checkInteger(check, "alwaysReady", args.alwaysReady ?? 0, { min: 0, max, why });
  checkInteger(check, "httpConcurrency", args.httpConcurrency ?? 1, { min: 1, max: 1000, why: "That is its range." });
}
