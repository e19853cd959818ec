import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { AutomationError } from "../errors.ts";
import type { AppDocument, TenantContext } from "./documents.ts";

/**
 * How far a name of somebody's own is:
 *
 * - `requested`: nothing is known yet, the next deployment tells the records
 * - `records`: they are told, and not (or not rightly) set in the domain's zone
 * - `verified`: they are set; the service takes the name up and asks for a certificate
 * - `issued`: the certificate is there
 * - `bound`: the app answers https under the name
 * - `failed`: Azure refused it; `problem` says why, and the next try begins with the records again
 */
export const DOMAIN_STATES = ["requested", "records", "verified", "issued", "bound", "failed"] as const;
export type DomainState = (typeof DOMAIN_STATES)[number];

/** A record that the domain's owner sets. */
export interface DnsRecord {
  readonly type: "A" | "CNAME" | "TXT";
  /** Full name, without a dot at the end. */
  readonly name: string;
  readonly value: string;
}

/** A name of somebody's own for a service of an app. */
export interface AppDomain {
  readonly host: string;
  /** Empty while nothing was deployed: the first one that can have it. */
  readonly service: string;
  /** The domain itself, which can have no CNAME record. */
  readonly apex: boolean;
  readonly state: DomainState;
  /** Empty before they are told. */
  readonly records: readonly DnsRecord[];
  readonly by: string;
  readonly addedAt: string;
  readonly updatedAt: string;
  /** Why it goes no further. */
  readonly problem?: { readonly code: string; readonly detail: string; readonly fix: string };
}

export type AppDomains = Readonly<Record<string, AppDomain>>;

/** The step with which a deployment describes a domain (`components/core/domain.ts`). */
export type DomainStep = "records" | "verify" | "bind";

/** What a stack is told of a domain that is so far. A step is repeated until its outcome is written down. */
export function stepOf(state: DomainState): DomainStep {
  switch (state) {
    case "requested":
    case "records":
    case "failed":
      return "records";
    case "verified":
      return "verify";
    case "issued":
    case "bound":
      return "bind";
  }
}

const MAX_DOMAINS = 20;
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
/** Names that are nobody's to give. */
const RESERVED =
  /(^|\.)(localhost|local|internal|invalid|test|example|azurecontainerapps\.(io|dev)|azurestaticapps\.net|azure\.com|windows\.net|onion)$/;

/**
 * A host name as it is kept: lower case, in ASCII, without a dot at the end.
 *
 * @throws {AutomationError} `DOMAIN_INVALID` for what is no name of a domain that somebody can own
 */
export function hostName(given: string): string {
  const text = given.trim().replace(/\.$/, "");
  const refuse = (problem: string) => new AutomationError("DOMAIN_INVALID", { host: given.slice(0, 100), problem });
  if (text.length > 253 || /[\s/:@?#%*\\]/.test(text))
    throw refuse("it must be a bare host name such as www.example.org");
  let host: string;
  try {
    host = new URL(`https://${text}`).hostname;
  } catch (cause) {
    throw new AutomationError(
      "DOMAIN_INVALID",
      { host: given.slice(0, 100), problem: "it is no host name" },
      { cause },
    );
  }
  const labels = host.split(".");
  if (/^[\d.]+$/.test(host) || host.startsWith("[")) throw refuse("it is an address, not a name");
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label)))
    throw refuse("it must be a full name such as www.example.org");
  if (RESERVED.test(host)) throw refuse("nobody can own it");
  return host;
}

/** Whether it can have no CNAME record: the domain itself. Names with more labels are taken for subdomains. */
export function isApex(host: string): boolean {
  return host.split(".").length === 2;
}

/**
 * The app's domains with one more, or with one that failed tried again. Pure.
 *
 * @throws {AutomationError} `DOMAIN_SERVICE` when no service of the app can have it, `DOMAIN_TAKEN` when its service has another one
 */
export function withDomain(
  app: AppDocument,
  tenant: TenantContext,
  wish: { readonly host: string; readonly service?: string | undefined; readonly apex?: boolean | undefined },
  now: string,
): AppDomains {
  const { domains = {} } = app;
  const known = domains[wish.host];
  if (known && (wish.service === undefined || wish.service === known.service)) {
    if (known.state !== "failed") return domains;
    const { problem: _, ...again } = known;
    return { ...domains, [wish.host]: { ...again, state: "records", updatedAt: now } };
  }
  const service = serviceFor(app, wish.service);
  const other = Object.values(domains).find((each) => each.service === service && each.host !== wish.host);
  if (other) throw new AutomationError("DOMAIN_TAKEN", { service, host: other.host });
  if (Object.keys(domains).length >= MAX_DOMAINS)
    throw new AutomationError("DOMAIN_TAKEN", { service, host: "20 others" });
  const times = { addedAt: now, updatedAt: now };
  const { apex = isApex(wish.host) } = wish;
  const added = {
    host: wish.host,
    service,
    apex,
    state: "requested",
    records: [],
    by: tenant.userId,
    ...times,
  } as const;
  return { ...domains, [wish.host]: added };
}

/** What a stack is told: by name of the service, without those whose service is not there. */
export interface DomainConfig {
  readonly hostName: string;
  readonly service: string;
  readonly step: DomainStep;
  readonly apex: boolean;
}

/**
 * The domains of an app for its stack.
 *
 * @param steps how far each is brought. @default no further than it is: what was never tried is left to {@link stepOf}
 */
export function domainConfig(
  domains: AppDomains | undefined,
  spec: AppSpec,
  steps: (domain: AppDomain) => DomainStep = reached,
): readonly DomainConfig[] {
  return Object.values(domains ?? {}).flatMap((domain) => {
    const service = domain.service === "" ? able(spec)[0]?.name : domain.service;
    if (service === undefined || !spec.services.some(({ name }) => name === service)) return [];
    return [{ hostName: domain.host, service, step: steps(domain), apex: domain.apex }];
  });
}

/** A deployment of something else never fails because a domain is half-way: it repeats what went well. */
function reached({ state }: AppDomain): DomainStep {
  if (state === "bound") return "bind";
  return state === "issued" ? "verify" : "records";
}

/** Services that the internet reaches and that can have a name of somebody's own. */
function able({ services }: AppSpec): AppSpec["services"] {
  return services.filter(({ kind, public: open }) => kind === "static" || (open && (kind === "web" || kind === "api")));
}

/** The named service, else the first one that the internet reaches. */
function serviceFor({ spec, appId }: AppDocument, name: string | undefined): string {
  // Before the first deployment nothing is known: the deployment finds its first service.
  if (!spec) return name ?? "";
  const services = able(spec);
  const found = name === undefined ? services[0] : services.find((each) => each.name === name);
  if (found) return found.name;
  const there = services.map((each) => each.name).join(", ") || "none";
  throw new AutomationError("DOMAIN_SERVICE", { appId, service: name ?? "it", there });
}
