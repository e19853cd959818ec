import * as pulumi from "@pulumi/pulumi";
import { checkInteger } from "../core/argument.ts";
import { sites } from "../core/azureOnDemand.ts";
import type { CrossCutTransforms } from "../core/crossCut.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import type { Profile } from "../core/profile.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";
import type { ImageStore } from "../registry/containerRegistry.ts";
import { checkSettings, Site, type SiteBaseArgs } from "./site.ts";

/** Plans for containers that always run. Source: Microsoft Learn, "App Service limits" and "Azure App Service plan overview". */
const PLANS = {
  B1: { tier: "Basic", most: 3, zones: false },
  B2: { tier: "Basic", most: 3, zones: false },
  B3: { tier: "Basic", most: 3, zones: false },
  S1: { tier: "Standard", most: 10, zones: false },
  S2: { tier: "Standard", most: 10, zones: false },
  S3: { tier: "Standard", most: 10, zones: false },
  P0v3: { tier: "PremiumV3", most: 30, zones: true },
  P1v3: { tier: "PremiumV3", most: 30, zones: true },
  P2v3: { tier: "PremiumV3", most: 30, zones: true },
  P3v3: { tier: "PremiumV3", most: 30, zones: true },
} as const;
const SKU = { dev: "B1", standard: "B1", production: "P0v3" } as const satisfies Record<Profile, keyof typeof PLANS>;
const INSTANCES = { dev: 1, standard: 1, production: 2 } as const satisfies Record<Profile, number>;
const RESERVED = ["WEBSITES_PORT", "WEBSITES_ENABLE_APP_SERVICE_STORAGE", "PORT"] as const;

export interface WebAppForContainersArgs extends SiteBaseArgs {
  /** Reference with a digest, `<registry>/<repository>@sha256:…`. Changing it restarts the site. */
  readonly image: pulumi.Input<string>;
  /** Where the image is pulled from, under the site's identity. */
  readonly registry: ImageStore;
  /** Where the container answers http. */
  readonly port: number;
  /** Answers 200 as long as the program works. An instance that fails for ten minutes is replaced. @default "/health" */
  readonly healthPath?: string;
  /** Line that starts the program. @default the image's own. */
  readonly command?: string;
  /** Size of one machine of the plan. @default B1 (13 USD a month), P0v3 in production. Updates. */
  readonly sku?: keyof typeof PLANS;
  /** Machines: up to 3 of Basic, 10 of Standard, 30 of Premium. @default 1, 2 in production */
  readonly instances?: number;
  readonly transform?: CrossCutTransforms & {
    readonly site?: Transform<ArgsOf<typeof sites.WebApp>>;
    readonly plan?: Transform<ArgsOf<typeof sites.AppServicePlan>>;
    readonly identity?: Transform<object>;
    readonly ftp?: Transform<ArgsOf<typeof sites.WebAppFtpAllowed>>;
    readonly scm?: Transform<ArgsOf<typeof sites.WebAppScmAllowed>>;
    readonly host?: Transform<ArgsOf<typeof sites.WebAppHostNameBinding>>;
    readonly certificate?: Transform<ArgsOf<typeof sites.Certificate>>;
    readonly [link: `to-${string}`]: Transform<object>;
  };
}

/**
 * A web site in a container on machines that always run (Azure App Service). Creates `plan`, `identity`, `site`, `ftp`, `scm`,
 * `to-<key>` for each link, `host` and `certificate` with a domain, and what the common options ask for.
 *
 * Its identity pulls the image (AcrPull); there is no password. Links: `call` → `<NAME>_BASE_URL`, no rights. Secrets are references
 * to a vault. Defaults: one B1 machine in dev and standard (under 50 USD a month), two P0v3 over zones in production (over 50).
 *
 * Limits: it never scales to zero; `ContainerApp` does. The container has 230 seconds to answer its first request.
 * A `subnetResourceId` is delegated to `Microsoft.Web/serverFarms`.
 *
 * @example A site with a database
 * ```ts
 * const shop = new WebAppForContainers("shop", { context, registry, image, port: 8080, link: [database.link("readwrite")] });
 * ```
 *
 * @example Larger machines, more of them, and a domain of one's own: `verify` and `bind` come with later deployments
 * ```ts
 * const scale = { sku: "P1v3", instances: 3, healthPath: "/ready" } as const;
 * const domain = { hostName: "shop.example.org", step: "records" } as const;
 * new WebAppForContainers("shop", { context, registry, image, port: 8080, ...scale, domain });
 * ```
 *
 * @example A secret that stays in its vault, and an app that calls the site
 * ```ts
 * const secretEnv = { STRIPE_KEY: vault.secret("stripe") };
 * const shop = new WebAppForContainers("shop", { context, registry, image, port: 8080, secretEnv });
 * new ContainerApp("pages", { ...app, link: [shop.link("call")] });
 * ```
 *
 * @example In a network only
 * ```ts
 * const inside = { context: network.within(context), privateEndpoints: true, network };
 * new WebAppForContainers("intranet", { ...inside, registry, image, port: 8080 });
 * ```
 *
 * @example What no option covers: requests of one browser go to any machine
 * ```ts
 * new WebAppForContainers("shop", {
 *   context,
 *   registry,
 *   image,
 *   port: 8080,
 *   transform: { site: { clientAffinityEnabled: false } },
 * });
 * ```
 */
export class WebAppForContainers extends Site<WebAppForContainersArgs> {
  /** @throws {ComponentError} `ARGUMENT_INVALID`, `ENV_COLLISION`; `OPTION_UNSUPPORTED` for two subnets */
  constructor(name: string, args: WebAppForContainersArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    if (!isExisting(args)) checkArgs(`WebAppForContainers ${name}`, args);
    super("WebAppForContainers", name, args, opts, ["site", "plan", ...Site.slots]);
  }

  /** A site that somebody else manages: the same link, nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): WebAppForContainers {
    return new WebAppForContainers(name, at, opts);
  }

  protected override make(args: WebAppForContainersArgs) {
    const { context } = args;
    const plan = checkArgs(this.label, args);
    const machines = this.child("plan", sites.AppServicePlan, {
      resourceGroupName: context.resourceGroupName,
      kind: "linux",
      reserved: true,
      sku: { name: plan.sku, tier: plan.tier, capacity: plan.instances },
      zoneRedundant: context.profile === "production" && plan.zones && plan.instances > 1,
    });
    const parts = this.makeIdentity(args, [{ ...args.registry.link("pull"), env: {} }]);
    return this.makeSite(args, parts, {
      kind: "app,linux,container",
      subnet: "sites",
      ownCertificates: false,
      planId: machines.id,
      config: {
        linuxFxVersion: pulumi.interpolate`DOCKER|${args.image}`,
        acrUseManagedIdentityCreds: true,
        acrUserManagedIdentityID: parts.identity.clientId,
        alwaysOn: true,
        healthCheckPath: args.healthPath ?? "/health",
        ...(args.command !== undefined && { appCommandLine: args.command }),
      },
      settings: { WEBSITES_PORT: String(args.port), WEBSITES_ENABLE_APP_SERVICE_STORAGE: "false" },
      dependsOn: [],
    });
  }
}

function checkArgs(component: string, args: WebAppForContainersArgs) {
  const check = checkSettings(component, args, RESERVED);
  const { profile } = args.context;
  const sku = args.sku ?? SKU[profile];
  check("sku", sku, Object.keys(PLANS).includes(sku), {
    allowed: Object.keys(PLANS).join(", "),
    why: "Smaller plans cannot keep a container running.",
  });
  const instances = args.instances ?? INSTANCES[profile];
  const { most, ...plan } = PLANS[sku];
  checkInteger(check, "instances", instances, { min: 1, max: most, why: `A plan of tier ${plan.tier} has no more.` });
  checkInteger(check, "port", args.port, { min: 1, max: 65_535, why: "It is a TCP port." });
  const path = args.healthPath ?? "/health";
  check("healthPath", path, path.startsWith("/"), {
    allowed: "a path from /",
    why: "App Service asks the site itself.",
  });
  return { sku, instances, ...plan };
}
