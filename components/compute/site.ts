import * as pulumi from "@pulumi/pulumi";
import type { Access } from "../core/access.ts";
import type { AlertRules } from "../core/alerts.ts";
import { type ArgumentCheck, argumentCheck } from "../core/argument.ts";
import { sites } from "../core/azureOnDemand.ts";
import type { CrossCutArgs } from "../core/crossCut.ts";
import { checkSubdomain, type DomainRecord, type DomainStep, domainRecords } from "../core/domain.ts";
import { upperSnake } from "../core/environment.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import type { LinkGrant } from "../core/link.ts";
import { endpointNetwork } from "../core/privateEndpoint.ts";
import { checkSubnet, type DelegatedSubnets, type SubnetUse, subnetOf } from "../core/subnets.ts";
import type { ArgsOf } from "../core/transform.ts";
import type { VaultSecret } from "../security/keyVault.ts";
import { type LinkedArgs, LinkedComponent, type LinkedParts, principalOf } from "./linkedComponent.ts";

type SiteArgs = ArgsOf<typeof sites.WebApp>;
type SiteConfig = Exclude<SiteArgs["siteConfig"], undefined | pulumi.Output<unknown> | Promise<unknown>>;

/** Metric of both kinds of sites. Source: Microsoft Learn, "Supported metrics for Microsoft.Web/sites"; published alert rules use it with `Total`. Checked 2026-11-28. */
const ALERTS = {
  errors: {
    metric: "Http5xx",
    is: "GreaterThan",
    threshold: 10,
    by: "Total",
    severity: 2,
    says: "The site answers requests with errors of its own (5xx).",
  },
} as const satisfies AlertRules;

/** What all sites take. */
export interface SiteBaseArgs extends LinkedArgs, Pick<CrossCutArgs, "privateEndpoints" | "diagnostics" | "alerts"> {
  /**
   * Network that it speaks into, with all of its traffic: without one it reaches nothing that has a private endpoint. Its subnet is
   * made there. @default none: the public addresses of the region. Updates.
   */
  readonly network?: DelegatedSubnets;
  /** A subnet that somebody else delegated, in place of `network`. It belongs to the plan alone. @default none. Updates. */
  readonly subnetResourceId?: pulumi.Input<string>;
  /** @default Azure's own name, below azurewebsites.net */
  readonly domain?: WebDomain;
}

/** A custom domain of a site, with a certificate that App Service issues and renews. */
export interface WebDomain {
  /** A subdomain, for example `www.example.org`. Changing it replaces binding and certificate. */
  readonly hostName: string;
  /** How far the domain is; goes up one step with each deployment. */
  readonly step: DomainStep;
}

/** A site with what consumers and reports ask of it. */
interface MadeSite {
  readonly site: InstanceType<typeof sites.WebApp>;
  readonly principalId: pulumi.Output<string>;
  readonly access: readonly Access[];
}

/** What differs between the kinds of sites. */
interface OwnPart extends Pick<SiteArgs, "functionAppConfig" | "name"> {
  readonly kind: string;
  readonly subnet: SubnetUse;
  /** Whether certificates belong to the site, not to its plan. Source: Microsoft Learn, "Azure Functions Flex Consumption plan", site-scoped certificates. */
  readonly ownCertificates: boolean;
  readonly planId: pulumi.Output<string>;
  readonly config: Omit<SiteConfig, "appSettings">;
  readonly settings: Readonly<Record<string, pulumi.Input<string>>>;
  readonly dependsOn: pulumi.Resource[];
}

/**
 * A program that App Service runs: makes `site`, `ftp` and `scm`, hardened the same way for all kinds. https only, TLS 1.2, and the
 * passwords of publishing profiles are off: code comes with a token of Entra ID. An endpoint closes both the site and its deployment
 * address: people outside of the network, and whoever brings code, then need a way into it. With a `domain` also `host` (the binding)
 * and `certificate`.
 */
export abstract class Site<Args extends SiteBaseArgs> extends LinkedComponent<Args> {
  protected static override readonly slots: readonly string[] = [
    ...LinkedComponent.slots,
    "ftp",
    "scm",
    "host",
    "certificate",
  ];
  /** ARM id. */
  readonly siteId: pulumi.Output<string>;
  /** Physical name. */
  readonly siteName: pulumi.Output<string>;
  /** Address with scheme, without a slash at the end. */
  readonly url: pulumi.Output<string>;
  /** Of the site's identity; of an existing site its first one, empty when it has none. */
  readonly principalId: pulumi.Output<string>;
  /** What was given to its identity, for `grantReport`. */
  readonly access: readonly Access[];
  /** DNS records that the owner of `domain` sets; empty without. */
  readonly domainRecords: pulumi.Output<DomainRecord[]>;
  protected readonly site: InstanceType<typeof sites.WebApp>;

  constructor(
    className: string,
    name: string,
    args: Args | Existing,
    opts: pulumi.ComponentResourceOptions | undefined,
    slots: readonly string[],
  ) {
    super(className, name, args, opts, slots);
    const made = isExisting(args) ? this.#read(args) : this.make(args);
    this.site = made.site;
    this.siteId = made.site.id;
    this.siteName = made.site.name;
    this.url = pulumi.interpolate`https://${made.site.defaultHostName}`;
    this.principalId = made.principalId;
    this.access = made.access;
    this.domainRecords = isExisting(args) || !args.domain ? pulumi.output([]) : recordsOf(args.domain, made.site);
    this.registerOutputs({ siteName: this.siteName, url: this.url });
  }

  /** The plan and what else the kind needs, then `makeSite`; called by the constructor. */
  protected abstract make(args: Args): MadeSite;

  protected makeSite(args: Args, parts: LinkedParts, own: OwnPart): MadeSite {
    const { resourceGroupName } = args.context;
    const network = endpointNetwork(this.label, args.context, args.privateEndpoints);
    const subnetId = subnetOf(this.label, args, own.subnet);
    const site = this.child(
      "site",
      sites.WebApp,
      {
        resourceGroupName,
        kind: own.kind,
        serverFarmId: own.planId,
        reserved: true, // Linux
        httpsOnly: true,
        sshEnabled: false,
        identity: parts.userAssigned,
        keyVaultReferenceIdentity: parts.identity.id,
        ...(own.name !== undefined && { name: own.name }),
        ...(network && { publicNetworkAccess: "Disabled" }),
        ...(subnetId !== undefined && {
          virtualNetworkSubnetId: subnetId,
          outboundVnetRouting: { allTraffic: true },
        }),
        ...(own.functionAppConfig && { functionAppConfig: own.functionAppConfig }),
        siteConfig: {
          minTlsVersion: "1.2",
          scmMinTlsVersion: "1.2",
          ftpsState: "Disabled",
          http20Enabled: true,
          remoteDebuggingEnabled: false,
          ...own.config,
          appSettings: appSettings({ ...parts.env, ...own.settings }, args.secretEnv ?? {}),
        },
      },
      { dependsOn: [...parts.grants, ...own.dependsOn] },
    );
    const below = { resourceGroupName, name: site.name, allow: false };
    const ftp = this.child("ftp", sites.WebAppFtpAllowed, below);
    // a site takes one change at a time
    const scm = this.child("scm", sites.WebAppScmAllowed, below, { dependsOn: ftp });
    if (args.domain && args.domain.step !== "records") this.#makeDomain(args, args.domain, own, site, scm);
    this.crossCut({
      main: site,
      logs: [{ resourceId: site.id, group: "allLogs" }],
      ...(network && { endpoints: { network, links: ["site"] } }),
      alerts: ALERTS,
    });
    return { site, principalId: parts.identity.principalId, access: parts.grants };
  }

  /**
   * In step `verify` the site takes the domain up and the certificate is issued; in step `bind` the binding depends on the certificate, so
   * that it is deleted before it.
   */
  #makeDomain(args: Args, domain: WebDomain, own: OwnPart, site: MadeSite["site"], last: pulumi.Resource): void {
    const { resourceGroupName } = args.context;
    const { hostName } = domain;
    const binding = { resourceGroupName, name: site.name, hostName, customHostNameDnsRecordType: "CName" } as const;
    const issue = (dependsOn: pulumi.Resource) => {
      const common = { resourceGroupName, canonicalName: hostName, location: this.location };
      const name = hostName.replaceAll(".", "-");
      return own.ownCertificates
        ? this.child(
            "certificate",
            sites.SiteCertificate,
            { ...common, name: site.name, certificateName: name },
            { dependsOn },
          )
        : this.child("certificate", sites.Certificate, { ...common, name, serverFarmId: own.planId }, { dependsOn });
    };
    if (domain.step === "verify") {
      const off = { ...binding, sslState: "Disabled" } as const;
      issue(this.child("host", sites.WebAppHostNameBinding, off, { dependsOn: last }));
      return;
    }
    const { thumbprint } = issue(last);
    this.child("host", sites.WebAppHostNameBinding, { ...binding, sslState: "SniEnabled", thumbprint });
  }

  #read({ resourceId }: Existing): MadeSite {
    const site = this.adopt("site", sites.WebApp, resourceId);
    const principalId = site.identity.apply(principalOf);
    return { site, principalId, access: [] };
  }

  /** Lets a consumer call it: the address, no rights; the program itself checks the caller's token. */
  link(_access: "call"): LinkGrant {
    return { key: this.key, source: this.key, env: { [`${upperSnake(this.key)}_BASE_URL`]: this.url }, roles: [] };
  }
}

function recordsOf({ hostName }: WebDomain, site: MadeSite["site"]): pulumi.Output<DomainRecord[]> {
  const value = site.customDomainVerificationId.apply((id) => id ?? "");
  return domainRecords(hostName, { type: "CNAME", value: site.defaultHostName }, { label: "asuid", value });
}

/** Names of settings, which become variables of a Linux process, and that there is one subnet. Returns the check, for the component's own arguments. */
export function checkSettings(component: string, args: SiteBaseArgs, reserved: readonly string[]): ArgumentCheck {
  checkSubnet(component, args);
  if (args.domain) checkSubdomain(component, args.domain.hostName);
  const check = argumentCheck(component);
  const plain = Object.keys(args.env ?? {}).map((name) => ["env", name] as const);
  const secret = Object.keys(args.secretEnv ?? {}).map((name) => ["secretEnv", name] as const);
  for (const [argument, name] of [...plain, ...secret]) {
    check(argument, name, /^[A-Za-z_][A-Za-z0-9_]*$/.test(name), {
      allowed: "letters, digits and underscores, no digit first",
      why: "App Service on Linux drops or renames other variables.",
    });
    check(argument, name, !reserved.includes(name), {
      allowed: `any name but ${reserved.join(", ")}`,
      why: "The component or the plan sets them.",
    });
  }
  return check;
}

function appSettings(
  env: Readonly<Record<string, pulumi.Input<string>>>,
  secrets: Readonly<Record<string, VaultSecret>>,
): { readonly name: string; readonly value: pulumi.Input<string> }[] {
  const references = Object.entries(secrets).map(([name, { url }]) => ({
    name,
    value: pulumi.interpolate`@Microsoft.KeyVault(SecretUri=${url})`,
  }));
  return [...Object.entries(env).map(([name, value]) => ({ name, value })), ...references];
}
