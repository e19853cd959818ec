import * as pulumi from "@pulumi/pulumi";
import type { AlertRules } from "../core/alerts.ts";
import { type ArgumentCheck, argumentCheck, checkInteger, checkNames } from "../core/argument.ts";
import { cdn, frontdoor } from "../core/azureOnDemand.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs, type CrossCutTransforms } from "../core/crossCut.ts";
import { checkSubdomain, type DomainRecord, type DomainStep, domainRecords } from "../core/domain.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

const SKUS = { Standard: "Standard_AzureFrontDoor", Premium: "Premium_AzureFrontDoor" } as const;
const GLOBAL = "Global";
/** Rule sets of Premium. Source: Microsoft Learn, "Web Application Firewall DRS rule groups and rules"; public policies name both versions. Checked 2026-11-28. */
const MANAGED_RULES = [
  { ruleSetType: "Microsoft_DefaultRuleSet", ruleSetVersion: "2.1", ruleSetAction: "Block" },
  { ruleSetType: "Microsoft_BotManagerRuleSet", ruleSetVersion: "1.1" },
];
/** Metric of a profile. Source: Microsoft Learn, "Supported metrics for Microsoft.Cdn/profiles": percent, `Average`. Checked 2026-11-28. */
const ALERTS = {
  "origin-health": {
    metric: "OriginHealthPercentage",
    is: "LessThan",
    threshold: 50,
    by: "Average",
    severity: 1,
    says: "At least half of the probes of the origins fail.",
  },
} as const satisfies AlertRules;

const EVERYBODY = ["0.0.0.0/0", "::/0"];
const ORIGIN_NAME = {
  pattern: /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,88}[A-Za-z0-9])?$/,
  allowed: "1 to 90 letters, digits and hyphens, a letter or digit at both ends",
  why: "Front Door takes no other names of origins.",
};

export interface FrontDoorOrigin {
  /** Host name without scheme; it answers https under this name. */
  readonly host: pulumi.Input<string>;
  /** 1 to 5; the lowest that works gets all requests. @default 1 */
  readonly priority?: number;
  /** 1 to 1,000; the share among equals. @default 1,000 */
  readonly weight?: number;
}

export interface FrontDoorFirewall {
  /** What happens to a request that breaks a rule. @default prevention: what breaks a rule is refused. */
  readonly mode?: "prevention" | "detection";
  /** Most requests of one address in a minute, 10 to 1,000,000. Standard has no rule but this one, so there it is required. */
  readonly requestsPerMinute?: number;
}

/** A custom domain, with a certificate that Front Door issues and renews. */
export interface DoorDomain {
  /** A subdomain, for example `www.example.org`. Changing it replaces the domain. */
  readonly hostName: string;
  /**
   * `records` makes the domain and tells its records; `bind` lets the route answer under it, once the records are set. The proof is
   * taken for seven days.
   */
  readonly step: Extract<DomainStep, "records" | "bind">;
}

export interface FrontDoorArgs
  extends ComponentArgs,
    Pick<CrossCutArgs, "roleAssignments" | "diagnostics" | "lock" | "alerts"> {
  /** @default Standard. Premium adds managed firewall rules and private origins. Standard to Premium updates, never back. */
  readonly sku?: keyof typeof SKUS;
  /** What answers, by name; at least one. */
  readonly origins: Readonly<Record<string, FrontDoorOrigin>>;
  /** Asked by HEAD every 100 seconds; an origin that fails two of its last four gets no requests. @default "/" */
  readonly healthPath?: string;
  /** Keeps answers near the people, as their headers allow. @default false. Not for answers to signed-in people. */
  readonly cache?: boolean;
  /** Bounds requests, and in Premium refuses attacks. @default none */
  readonly firewall?: FrontDoorFirewall;
  /** @default Azure's own name, below azurefd.net */
  readonly domain?: DoorDomain;
  readonly transform?: Omit<CrossCutTransforms, "endpoint"> & {
    readonly profile?: Transform<ArgsOf<typeof cdn.Profile>>;
    readonly endpoint?: Transform<ArgsOf<typeof cdn.AFDEndpoint>>;
    readonly group?: Transform<ArgsOf<typeof cdn.AFDOriginGroup>>;
    readonly [origin: `origin-${string}`]: Transform<ArgsOf<typeof cdn.AFDOrigin>>;
    readonly route?: Transform<ArgsOf<typeof cdn.Route>>;
    readonly firewall?: Transform<ArgsOf<typeof frontdoor.Policy>>;
    readonly security?: Transform<ArgsOf<typeof cdn.SecurityPolicy>>;
    readonly domain?: Transform<ArgsOf<typeof cdn.AFDCustomDomain>>;
  };
}

/** A front door that somebody else manages, with the endpoint whose address counts: a profile may have several. */
export interface ExistingFrontDoor extends Existing {
  readonly endpointResourceId: pulumi.Input<string>;
}

/**
 * One address near everybody, before one or more origins (Azure Front Door). Creates `profile`, `endpoint`, `group`,
 * `origin-<name>`, `route`, with a firewall `firewall` and `security`, with a domain `domain`; and what the common options ask
 * for. Its logs go to a workspace whole: they are what the firewall did.
 *
 * Grants: none; it calls origins without an identity. http is redirected to https, origins are called by https under a checked
 * certificate. The same in all profiles. Cost class: 35 USD a month (Standard), 330 (Premium), and by traffic.
 *
 * Limits: origins stay reachable past it unless they refuse requests without `X-Azure-FDID: <frontDoorId>`. A change takes up to
 * twenty minutes to reach all places.
 *
 * @example A site, with a bound on requests
 * ```ts
 * const origins = { web: { host: site.url.apply((url) => new URL(url).host) } };
 * const door = new FrontDoor("door", { context, origins, firewall: { requestsPerMinute: 600 } });
 * ```
 *
 * @example A second place that answers when the first does not
 * ```ts
 * const origins = { east: { host: "east.example.org", priority: 1 }, west: { host: "west.example.org", priority: 2 } };
 * new FrontDoor("door", { context, origins, healthPath: "/health" });
 * ```
 *
 * @example A domain of one's own: this step tells the records, `bind` comes with a later deployment
 * ```ts
 * const domain = { hostName: "www.example.org", step: "records" } as const;
 * new FrontDoor("door", { context, origins: { web: { host: "shop.example.org" } }, domain });
 * ```
 *
 * @example Answers kept near the people
 * ```ts
 * new FrontDoor("door", { context, origins: { web: { host: "files.example.org" } }, cache: true });
 * ```
 *
 * @example Managed rules that only write down what they would refuse
 * ```ts
 * const firewall = { mode: "detection" } as const;
 * new FrontDoor("door", { context, sku: "Premium", origins: { web: { host: "shop.example.org" } }, firewall });
 * ```
 */
export class FrontDoor extends AzureComponent<FrontDoorArgs | ExistingFrontDoor> {
  /** ARM id. */
  readonly profileId: pulumi.Output<string>;
  /** Address with scheme, without a slash at the end. */
  readonly url: pulumi.Output<string>;
  /** What requests that came through it bear in `X-Azure-FDID`. */
  readonly frontDoorId: pulumi.Output<string>;
  /** DNS records that the owner of `domain` sets; empty without. */
  readonly domainRecords: pulumi.Output<DomainRecord[]>;

  /** @throws {ComponentError} `ARGUMENT_INVALID`; `OPTION_UNSUPPORTED` for an apex domain */
  constructor(name: string, args: FrontDoorArgs | ExistingFrontDoor, opts?: pulumi.ComponentResourceOptions) {
    if (!isExisting(args)) {
      checkArgs(argumentCheck(`FrontDoor ${name}`), args);
      if (args.domain) checkSubdomain(`FrontDoor ${name}`, args.domain.hostName);
    }
    const parts = ["profile", "endpoint", "group", "origin-*", "route", "domain", "firewall", "security"];
    super("FrontDoor", name, args, opts, [...parts, ...CROSS_CUT_SLOTS]);
    const { profile, endpoint, domainRecords: records } = isExisting(args) ? this.#read(args) : this.#make(args);
    this.profileId = profile.id;
    this.frontDoorId = profile.frontDoorId;
    this.url = pulumi.interpolate`https://${endpoint.hostName}`;
    this.domainRecords = records;
    this.registerOutputs({ url: this.url });
  }

  /** A front door that somebody else manages: its address and its id, nothing made or changed. */
  static existing(name: string, at: ExistingFrontDoor, opts?: pulumi.ComponentResourceOptions): FrontDoor {
    return new FrontDoor(name, at, opts);
  }

  #read({ resourceId, endpointResourceId }: ExistingFrontDoor): MadeDoor {
    const profile = this.adopt("profile", cdn.Profile, resourceId);
    const endpoint = this.adopt("endpoint", cdn.AFDEndpoint, endpointResourceId);
    return { profile, endpoint, domainRecords: pulumi.output([]) };
  }

  #make(args: FrontDoorArgs): MadeDoor {
    const { resourceGroupName } = args.context;
    const sku = SKUS[args.sku ?? "Standard"];
    const profile = this.child("profile", cdn.Profile, { resourceGroupName, location: GLOBAL, sku: { name: sku } });
    const below = { resourceGroupName, profileName: profile.name };
    const endpoint = this.child("endpoint", cdn.AFDEndpoint, { ...below, location: GLOBAL, enabledState: "Enabled" });
    const group = this.child("group", cdn.AFDOriginGroup, {
      ...below,
      originGroupName: "origins",
      loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3, additionalLatencyInMilliseconds: 50 },
      healthProbeSettings: {
        probePath: args.healthPath ?? "/",
        probeRequestType: "HEAD",
        probeProtocol: "Https",
        probeIntervalInSeconds: 100,
      },
    });
    const origins = Object.entries(args.origins).map(([originName, origin]) => {
      const values = { ...below, originGroupName: group.name, originName, ...originArgs(origin) };
      return this.child(`origin-${originName}`, cdn.AFDOrigin, values);
    });
    const domain = args.domain && this.#makeDomain(below, args.domain, endpoint);
    const bound = args.domain?.step === "bind" && domain ? [{ id: domain.id }] : [];
    const route = { ...below, endpointName: endpoint.name, routeName: "all", originGroup: { id: group.id } };
    // A route without origins behind its group is refused.
    this.child("route", cdn.Route, { ...route, ...routeArgs(args.cache ?? false, bound) }, { dependsOn: origins });
    const answers = [{ id: endpoint.id }, ...bound];
    if (args.firewall) this.#makeFirewall(below, args.firewall, sku, answers);
    this.crossCut({ main: profile, logs: [{ resourceId: profile.id, group: "allLogs" }], alerts: ALERTS });
    return { profile, endpoint, domainRecords: domain?.records ?? pulumi.output([]) };
  }

  /** The token of the proof is the domain's own, so it is made before its records can be told. */
  #makeDomain(below: Below, { hostName }: DoorDomain, endpoint: MadeDoor["endpoint"]) {
    const domain = this.child("domain", cdn.AFDCustomDomain, {
      ...below,
      customDomainName: hostName.replaceAll(".", "-"),
      hostName,
      tlsSettings: { certificateType: "ManagedCertificate", minimumTlsVersion: "TLS12" },
    });
    const value = domain.validationProperties.apply((properties) => properties?.validationToken ?? "");
    const target = { type: "CNAME", value: endpoint.hostName } as const;
    return { id: domain.id, records: domainRecords(hostName, target, { label: "_dnsauth", value }) };
  }

  #makeFirewall(
    below: Below,
    firewall: FrontDoorFirewall,
    sku: string,
    domains: { id: pulumi.Output<string> }[],
  ): void {
    const { mode = "prevention", requestsPerMinute } = firewall;
    const policy = this.child("firewall", frontdoor.Policy, {
      resourceGroupName: below.resourceGroupName,
      location: GLOBAL,
      sku: { name: sku },
      policySettings: {
        enabledState: "Enabled",
        mode: mode === "prevention" ? "Prevention" : "Detection",
        requestBodyCheck: "Enabled",
      },
      ...(requestsPerMinute !== undefined && { customRules: { rules: [rateRule(requestsPerMinute)] } }),
      ...(sku === SKUS.Premium && { managedRules: { managedRuleSets: MANAGED_RULES } }),
    });
    this.child("security", cdn.SecurityPolicy, {
      ...below,
      securityPolicyName: "firewall",
      parameters: {
        type: "WebApplicationFirewall",
        wafPolicy: { id: policy.id },
        associations: [{ domains, patternsToMatch: ["/*"] }],
      },
    });
  }
}

interface Below {
  readonly resourceGroupName: pulumi.Output<string>;
  readonly profileName: pulumi.Output<string>;
}

interface MadeDoor {
  readonly domainRecords: pulumi.Output<DomainRecord[]>;
  readonly profile: InstanceType<typeof cdn.Profile>;
  readonly endpoint: InstanceType<typeof cdn.AFDEndpoint>;
}

function originArgs({ host, priority = 1, weight = 1000 }: FrontDoorOrigin) {
  return {
    hostName: host,
    originHostHeader: host,
    httpsPort: 443,
    priority,
    weight,
    enabledState: "Enabled",
    enforceCertificateNameCheck: true,
  };
}

function routeArgs(cache: boolean, customDomains: { id: pulumi.Output<string> }[]) {
  return {
    patternsToMatch: ["/*"],
    supportedProtocols: ["Http", "Https"],
    httpsRedirect: "Enabled",
    forwardingProtocol: "HttpsOnly",
    linkToDefaultDomain: "Enabled",
    enabledState: "Enabled",
    ...(customDomains.length > 0 && { customDomains }),
    ...(cache && { cacheConfiguration: { queryStringCachingBehavior: "UseQueryString" } }),
  };
}

function rateRule(rateLimitThreshold: number) {
  return {
    name: "RequestsPerMinute",
    priority: 1,
    enabledState: "Enabled",
    ruleType: "RateLimitRule",
    rateLimitDurationInMinutes: 1,
    rateLimitThreshold,
    action: "Block",
    matchConditions: [{ matchVariable: "SocketAddr", operator: "IPMatch", matchValue: EVERYBODY }],
  };
}

function checkArgs(
  check: ArgumentCheck,
  { sku = "Standard", origins, healthPath = "/", firewall }: FrontDoorArgs,
): void {
  check("sku", sku, sku in SKUS, { allowed: Object.keys(SKUS).join(", "), why: "There are no others." });
  const names = Object.keys(origins);
  check("origins", names.length, names.length > 0, { allowed: "at least one", why: "A route leads somewhere." });
  checkNames(check, "origins", names, ORIGIN_NAME);
  for (const [name, { host, priority = 1, weight = 1000 }] of Object.entries(origins)) {
    const why = "That is its range.";
    checkInteger(check, `origins.${name}.priority`, priority, { min: 1, max: 5, why });
    checkInteger(check, `origins.${name}.weight`, weight, { min: 1, max: 1000, why });
    check(`origins.${name}.host`, host, typeof host !== "string" || /^[A-Za-z0-9.-]+$/.test(host), {
      allowed: "a host name without scheme, port and path",
      why: "It is checked against the origin's certificate.",
    });
  }
  check("healthPath", healthPath, healthPath.startsWith("/"), {
    allowed: "a path from /",
    why: "It is on each origin.",
  });
  if (!firewall) return;
  const { requestsPerMinute } = firewall;
  check("firewall.requestsPerMinute", requestsPerMinute, sku === "Premium" || requestsPerMinute !== undefined, {
    allowed: "a number on Standard",
    why: "Managed rules need Premium; without any rule the firewall lets everything pass.",
  });
  const why = "That is the range of a rate limit.";
  checkInteger(check, "firewall.requestsPerMinute", requestsPerMinute ?? 10, { min: 10, max: 1_000_000, why });
}
