import type * as pulumi from "@pulumi/pulumi";
import type { ContainerApp } from "../compute/containerApp.ts";
import { web } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { AppContext } from "../core/context.ts";
import { ComponentError } from "../core/errors.ts";
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

export interface StaticWebAppArgs extends ComponentArgs {
  /** @default Free, Standard in production (9 USD a month). A linked back end needs Standard. Updates. */
  readonly sku?: "Free" | "Standard";
  readonly transform?: {
    readonly site?: Transform<ArgsOf<typeof web.StaticSite>>;
    readonly backend?: Transform<ArgsOf<typeof web.StaticSiteLinkedBackend>>;
  };
}

/**
 * A site of files (Azure Static Web Apps). Creates `site`, and `backend` by `linkBackend`. The content comes later, by a deployment
 * with the site's token; there are no preview environments. Cost class: free; 9 USD a month in production or with a back end.
 */
export class StaticWebApp extends AzureComponent<StaticWebAppArgs> {
  readonly siteId: pulumi.Output<string>;
  readonly siteName: pulumi.Output<string>;
  readonly url: pulumi.Output<string>;
  readonly #context: AppContext;
  readonly #sku: "Free" | "Standard";

  constructor(name: string, args: StaticWebAppArgs, opts?: pulumi.ComponentResourceOptions) {
    super("StaticWebApp", name, args, opts, ["site", "backend"]);
    const { context } = args;
    const sku = args.sku ?? SKU[context.profile];
    const site = this.child("site", web.StaticSite, {
      resourceGroupName: context.resourceGroupName,
      location: siteRegion(context.location),
      sku: { name: sku, tier: sku },
      stagingEnvironmentPolicy: "Disabled",
      allowConfigFileUpdates: true,
    });
    this.siteId = site.id;
    this.siteName = site.name;
    this.url = site.defaultHostname.apply((host) => `https://${host}`);
    this.#context = context;
    this.#sku = sku;
    this.registerOutputs({ siteName: this.siteName, url: this.url });
  }

  /**
   * Lets an app answer `/api/*` on the site's own address; one per site. It stands apart from the constructor because the app may need
   * the site's address.
   *
   * @throws {ComponentError} `LINK_UNSUPPORTED` on the Free SKU
   */
  linkBackend(backend: ContainerApp): void {
    if (this.#sku === "Free") {
      throw new ComponentError("LINK_UNSUPPORTED", {
        component: this.key,
        target: backend.key,
        access: "call on Free",
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
