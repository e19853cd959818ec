import * as pulumi from "@pulumi/pulumi";
import type { ContainerApp } from "../compute/containerApp.ts";
import { web } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { AppContext } from "../core/context.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs, type CrossCutTransforms } from "../core/crossCut.ts";
import { type DomainRecord, type DomainStep, domainRecords } from "../core/domain.ts";
import { ComponentError } from "../core/errors.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import type { Profile } from "../core/profile.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

const SKU = { dev: "Free", standard: "Free", production: "Standard" } as const satisfies Record<Profile, string>;

/** Where static sites can be made; the content is served from everywhere. Source: Azure's region list of Microsoft.Web/staticSites. */
const REGIONS = ["westus2", "centralus", "eastus2", "westeurope", "eastasia"] as const;
const NEAREST: Readonly<Record<string, (typeof REGIONS)[number]>> = {
  northeurope: "westeurope",
  uksouth: "westeurope",
  francecentral: "westeurope",
  germanywestcentral: "westeurope",
  swedencentral: "westeurope",
  westus: "westus2",
  westus3: "westus2",
  southeastasia: "eastasia",
  japaneast: "eastasia",
  australiaeast: "eastasia",
};

/** A name of somebody's own for the site. */
export interface SiteDomain {
  /** A subdomain, for example `www.example.org`. Changing it replaces the binding. */
  readonly hostName: string;
  /** `bind` looks for the record, issues a certificate and binds it in one go. */
  readonly step: Extract<DomainStep, "records" | "bind">;
}

export interface StaticWebAppArgs extends ComponentArgs, Pick<CrossCutArgs, "roleAssignments" | "lock"> {
  /** @default Free, Standard in production (9 USD a month). A linked back end needs Standard. Updates. */
  readonly sku?: "Free" | "Standard";
  /** @default the site's own address */
  readonly domain?: SiteDomain;
  readonly transform?: CrossCutTransforms & {
    readonly domain?: Transform<ArgsOf<typeof web.StaticSiteCustomDomain>>;
    readonly site?: Transform<ArgsOf<typeof web.StaticSite>>;
    readonly backend?: Transform<ArgsOf<typeof web.StaticSiteLinkedBackend>>;
  };
}

/**
 * A site of files (Azure Static Web Apps). Creates `site`, `domain` once its record is set, `backend` by `linkBackend`, and what the
 * common options ask for. The content comes later, by a deployment with the site's token; there are no preview environments. No
 * private endpoint: its zone depends on a number that Azure chooses. Cost class: free; 9 USD a month in production or with a back end.
 * Grants: none.
 *
 * Limits: files only, and one linked back end. An apex domain is refused. Settings of the site are no resource of Azure: a deployment step
 * sets them.
 *
 * @example The smallest
 * ```ts
 * const site = new StaticWebApp("site", { context });
 * ```
 *
 * @example With a back end below `/api`
 * ```ts
 * const pages = new StaticWebApp("site", { context, sku: "Standard" });
 * pages.linkBackend(api);
 * ```
 *
 * @example A domain of one's own: this step tells the record, the later one is `bind`
 * ```ts
 * new StaticWebApp("site", { context, domain: { hostName: "www.example.org", step: "records" } });
 * ```
 */
export class StaticWebApp extends AzureComponent<StaticWebAppArgs | Existing> {
  /** ARM id. */
  readonly siteId: pulumi.Output<string>;
  /** Physical name. */
  readonly siteName: pulumi.Output<string>;
  /** Address with scheme, without a slash at the end. */
  readonly url: pulumi.Output<string>;
  /** DNS records that the owner of `domain` sets; empty without. */
  readonly domainRecords: pulumi.Output<DomainRecord[]>;
  readonly #context: AppContext;
  /** Undefined for a site that somebody else manages. */
  readonly #sku: "Free" | "Standard" | undefined;

  /** @throws {ComponentError} `OPTION_UNSUPPORTED` for a domain without a subdomain */
  constructor(name: string, args: StaticWebAppArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    super("StaticWebApp", name, args, opts, ["site", "domain", "backend", ...CROSS_CUT_SLOTS]);
    const existing = isExisting(args);
    this.#context = args.context;
    this.#sku = existing ? undefined : (args.sku ?? SKU[args.context.profile]);
    const site = existing ? this.adopt("site", web.StaticSite, args.resourceId) : this.#make(args, this.#sku ?? "Free");
    this.siteId = site.id;
    this.siteName = site.name;
    this.url = site.defaultHostname.apply((host) => `https://${host}`);
    const target = { type: "CNAME", value: site.defaultHostname } as const;
    const domain = existing ? undefined : args.domain;
    this.domainRecords = domain ? domainRecords(domain.hostName, target) : pulumi.output([]);
    this.registerOutputs({ siteName: this.siteName, url: this.url });
  }

  /** A site that somebody else manages, for its address; nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): StaticWebApp {
    return new StaticWebApp(name, at, opts);
  }

  #make({ context, domain }: StaticWebAppArgs, sku: "Free" | "Standard"): InstanceType<typeof web.StaticSite> {
    const { resourceGroupName } = context;
    if (domain && domain.hostName.split(".").length < 3) {
      const why = "an apex is proved by a token that Azure shows only while it waits for it";
      const details = { needed: "a subdomain such as www", given: domain.hostName, why };
      throw new ComponentError("OPTION_UNSUPPORTED", { component: this.label, option: "domain", ...details });
    }
    const site = this.child("site", web.StaticSite, {
      resourceGroupName,
      location: siteRegion(this.location),
      sku: { name: sku, tier: sku },
      ...(sku === "Standard" && { identity: { type: "SystemAssigned" } }), // Free sites can have none
      stagingEnvironmentPolicy: "Disabled",
      allowConfigFileUpdates: true,
    });
    if (domain?.step === "bind") {
      const binding = { domainName: domain.hostName, validationMethod: "cname-delegation" };
      this.child("domain", web.StaticSiteCustomDomain, { resourceGroupName, name: site.name, ...binding });
    }
    this.crossCut({ main: site });
    return site;
  }

  /**
   * Lets an app answer `/api/*` on the site's own address; one per site. It stands apart from the constructor because the app may need
   * the site's address.
   *
   * @throws {ComponentError} `LINK_UNSUPPORTED` on the Free SKU, and for a site that somebody else manages
   */
  linkBackend(backend: ContainerApp): void {
    if (this.#sku !== "Standard") {
      throw new ComponentError("LINK_UNSUPPORTED", {
        component: this.key,
        target: backend.key,
        access: this.#sku === undefined ? "call: the site is managed elsewhere" : "call on Free",
      });
    }
    this.child("backend", web.StaticSiteLinkedBackend, {
      resourceGroupName: this.#context.resourceGroupName,
      name: this.siteName,
      linkedBackendName: "backend",
      backendResourceId: backend.appId,
      region: this.#context.location,
    });
  }
}

/** The region itself where it has static sites, else a near one. */
export function siteRegion(location: string): string {
  return REGIONS.find((region) => region === location) ?? NEAREST[location] ?? "eastus2";
}
