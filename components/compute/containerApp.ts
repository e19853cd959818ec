import * as pulumi from "@pulumi/pulumi";
import type { Access } from "../core/access.ts";
import type { AlertRules } from "../core/alerts.ts";
import { type ArgumentCheck, argumentCheck, checkInteger } from "../core/argument.ts";
import { app } from "../core/azure.ts";
import type { CrossCutArgs, CrossCutTransforms } from "../core/crossCut.ts";
import { type DomainRecord, type DomainStep, domainRecords } from "../core/domain.ts";
import { upperSnake } from "../core/environment.ts";
import { ComponentError } from "../core/errors.ts";
import { type Existing, isExisting, resourceGroupOf } from "../core/existing.ts";
import type { LinkGrant } from "../core/link.ts";
import type { Profile } from "../core/profile.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";
import type { BusQueue } from "../messaging/serviceBus.ts";
import { principalOf } from "./linkedComponent.ts";
import { queueRule, Workload, type WorkloadArgs } from "./workload.ts";

/** Seconds that a replica may go on after it is told to stop. */
const GRACE_SECONDS = 30;
/** Replicas that always run. */
const MIN_REPLICAS = { dev: 0, standard: 1, production: 2 } as const satisfies Record<Profile, number>;
const MAX_REPLICAS = 10;
/** Source: Microsoft Learn, "Set scaling rules in Azure Container Apps", scale definition, read 2026-11-28. */
const MOST_REPLICAS = { max: 1000, why: "Container Apps scales no further." } as const;

const ALERTS = {
  errors: {
    metric: "Requests",
    is: "GreaterThan",
    threshold: 10,
    by: "Total",
    severity: 2,
    says: "The app answers requests with errors of its own (5xx).",
    where: { dimension: "statusCodeCategory", values: ["5xx"] },
  },
  restarts: {
    metric: "RestartCount",
    is: "GreaterThan",
    threshold: 3,
    by: "Maximum",
    severity: 2,
    minutes: 15,
    says: "A replica starts again and again.",
  },
} as const satisfies AlertRules;

/** A name of somebody's own for the app; needs ingress from outside. */
export interface AppDomain {
  /** For example `shop.example.org`. Changing it takes the old one down. */
  readonly hostName: string;
  /** How far the domain is; goes up one step with each deployment. */
  readonly step: DomainStep;
  /** Whether `hostName` is the domain itself, which can have no CNAME record. @default false */
  readonly apex?: boolean;
  /** A certificate that the environment holds already. @default one that Azure issues and renews, free of charge */
  readonly certificateResourceId?: pulumi.Input<string>;
}

export interface ContainerAppArgs extends WorkloadArgs, Pick<CrossCutArgs, "alerts"> {
  /** @default the environment's own domain */
  readonly domain?: AppDomain;
  /** Answers http on `port`: `external` from the internet, else only within the environment. @default no ingress */
  readonly ingress?: {
    /** Where the container listens. */
    readonly port: number;
    /** Whether the internet reaches it. */
    readonly external: boolean;
  };
  /** Where the container says that it works. Without it a replica counts as well as long as its process runs. */
  readonly health?: {
    /** Where the container answers the questions. */
    readonly port: number;
    /** Answers 200 as long as the process works; three failures restart the replica. */
    readonly path: string;
    /** Answers 200 when requests may come. @default `path` */
    readonly readyPath?: string;
  };
  /** How many replicas run, and what starts more. */
  readonly scale?: {
    /** @default 0 in dev, 1 in standard, 2 in production. 0 costs nothing and makes the first request wait. @minimum 0 @maximum 1000 */
    readonly min?: number;
    /** Most replicas at once. @default 10 @minimum 1 @maximum 1000 */
    readonly max?: number;
    /** Requests at the same time that one replica takes. @default 100 */
    readonly concurrency?: number;
    /** Queue whose waiting messages start replicas. */
    readonly queue?: {
      /** Of a `ServiceBus`; the app's identity gets the right to count its messages. */
      readonly queue: BusQueue;
      /** Waiting messages for each replica. */
      readonly messages: number;
    };
  };
  /** Seconds between the signal to stop and the end. @default 30, at most 600 */
  readonly terminationGracePeriodSeconds?: number;
  readonly transform?: CrossCutTransforms & {
    readonly certificate?: Transform<ArgsOf<typeof app.ManagedCertificate>>;
    readonly app?: Transform<ArgsOf<typeof app.ContainerApp>>;
    readonly identity?: Transform<object>;
    readonly [link: `to-${string}`]: Transform<object>;
  };
}

/**
 * A service in a container (Azure Container Apps). Creates `app`, `identity`, `to-<key>` for each link, `certificate` with a domain, and
 * what the common options ask for. One revision at a time; http is redirected to https. Links: `call` → `<NAME>_BASE_URL`, no rights.
 * Cost class: free at zero replicas, 6 USD a month for an idle one.
 *
 * Limits: a replica has at most 4 vCPUs and 8 GiB over all its containers, always in one of the pairs of the Consumption profile, and its
 * disk is gone with it. Images are for Linux on x64, and no container is privileged. A domain takes several deployments.
 *
 * @example A service that answers the internet
 * ```ts
 * const api = new ContainerApp("api", {
 *   context,
 *   environment,
 *   registry,
 *   image,
 *   ingress: { port: 8080, external: true },
 *   link: [database.link("readwrite")],
 * });
 * ```
 *
 * @example A worker that waiting messages start
 * ```ts
 * const queue = bus.queue("mails");
 * const scale = { min: 0, max: 20, queue: { queue, messages: 5 } };
 * new ContainerApp("sender", { ...app, scale, link: [queue.link("receive")] });
 * ```
 *
 * @example A domain of one's own: this step tells the records, later ones are `verify` and `bind`
 * ```ts
 * const domain = { hostName: "shop.example.org", step: "records" } as const;
 * new ContainerApp("shop", { ...app, ingress: { port: 8080, external: true }, domain });
 * ```
 *
 * @example One app calls another, which the internet does not reach
 * ```ts
 * const prices = new ContainerApp("prices", { ...app, ingress: { port: 8080, external: false } });
 * new ContainerApp("shop", { ...app, ingress: { port: 8080, external: true }, link: [prices.link("call")] });
 * ```
 *
 * @example What no option covers: machines of one's own, as the environment has them
 * ```ts
 * new ContainerApp("search", { ...app, transform: { app: { workloadProfileName: "memory" } } });
 * ```
 */
export class ContainerApp extends Workload<ContainerAppArgs> {
  /** ARM id. */
  readonly appId: pulumi.Output<string>;
  /** Physical name. */
  readonly appName: pulumi.Output<string>;
  /** Address with scheme, without a slash at the end; empty without ingress. */
  readonly url: pulumi.Output<string>;
  /** Of the app's identity; of an existing app its first one, empty when it has none. */
  readonly principalId: pulumi.Output<string>;
  /** What was given to its identity, for `grantReport`. */
  readonly access: readonly Access[];
  /** DNS records that the owner of `domain` sets; empty without. */
  readonly domainRecords: pulumi.Output<DomainRecord[]>;
  readonly #ingress: boolean;

  /** @throws {ComponentError} `OPTION_UNSUPPORTED` for a domain without ingress from outside */
  constructor(name: string, args: ContainerAppArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    super("ContainerApp", name, args, opts, ["app", "certificate", ...Workload.slots]);
    const made = isExisting(args) ? this.#read(args) : this.#make(args);
    this.#ingress = isExisting(args) || args.ingress !== undefined;
    this.appId = made.app.id;
    this.appName = made.app.name;
    this.access = made.access;
    this.principalId = made.principalId;
    const fqdn = made.app.configuration.apply((configuration) => configuration?.ingress?.fqdn ?? "");
    this.url = fqdn.apply((host) => (host === "" ? "" : `https://${host}`));
    this.domainRecords = isExisting(args) ? pulumi.output([]) : recordsOf(args, fqdn, made.app);
    this.registerOutputs({ appName: this.appName, url: this.url });
  }

  /** An app that somebody else manages: the same link, nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): ContainerApp {
    return new ContainerApp(name, at, opts);
  }

  #read({ resourceId }: Existing): MadeApp {
    const existing = this.adopt("app", app.ContainerApp, resourceId);
    const principalId = existing.identity.apply(principalOf);
    return { app: existing, access: [], principalId };
  }

  #make(args: ContainerAppArgs): MadeApp {
    const { context, scale } = args;
    checkDomain(this.label, args);
    checkScale(argumentCheck(this.label), args);
    const parts = this.makeParts(args, scale?.queue ? [scale.queue.queue.link("scale")] : []);
    const certificate = args.domain?.step === "bind" ? this.#certificate(args, args.domain, []) : undefined;
    const container = this.child(
      "app",
      app.ContainerApp,
      {
        resourceGroupName: context.resourceGroupName,
        environmentId: args.environment.environmentId,
        workloadProfileName: "Consumption",
        identity: parts.identity,
        configuration: {
          activeRevisionsMode: "Single",
          maxInactiveRevisions: 5,
          registries: parts.registries,
          ...(parts.identitySettings.length > 0 && { identitySettings: parts.identitySettings }),
          ...(parts.secrets.length > 0 && { secrets: parts.secrets }),
          ...(args.ingress && {
            ingress: { ...ingressArgs(args.ingress), ...customDomains(args.domain, certificate) },
          }),
        },
        template: {
          terminationGracePeriodSeconds: args.terminationGracePeriodSeconds ?? GRACE_SECONDS,
          containers: [{ ...parts.container, ...(args.health && { probes: probes(args.health) }) }, ...parts.sidecars],
          scale: scaleArgs(args, parts.identityId),
        },
      },
      { dependsOn: [...parts.grants] },
    );
    if (args.domain?.step === "verify") this.#certificate(args, args.domain, [container]);
    this.crossCut({ main: container, alerts: args.ingress ? ALERTS : { restarts: ALERTS.restarts } });
    return { app: container, access: parts.grants, principalId: parts.principalId };
  }

  /**
   * The certificate's id. In step `verify` it is issued after the app has taken the domain up; in step `bind` the app depends on it, so
   * that it is deleted after the app that uses it.
   */
  #certificate(args: ContainerAppArgs, domain: AppDomain, dependsOn: pulumi.Resource[]): pulumi.Input<string> {
    if (domain.certificateResourceId !== undefined) return domain.certificateResourceId;
    const managedCertificateName = domain.hostName.replaceAll(".", "-");
    const certificate = {
      resourceGroupName: resourceGroupOf(args.environment.environmentId),
      environmentName: args.environment.environmentName,
      managedCertificateName,
      location: this.location,
      properties: { subjectName: domain.hostName, domainControlValidation: domain.apex ? "HTTP" : "CNAME" },
    };
    return this.child("certificate", app.ManagedCertificate, certificate, { dependsOn }).id;
  }

  /** Lets a consumer call it: the address, no rights. @throws {ComponentError} `LINK_UNSUPPORTED` without ingress */
  link(access: "call"): LinkGrant {
    if (!this.#ingress) {
      throw new ComponentError("LINK_UNSUPPORTED", { component: "a consumer", target: this.key, access });
    }
    return { key: this.key, source: this.key, env: { [`${upperSnake(this.key)}_BASE_URL`]: this.url }, roles: [] };
  }
}

interface MadeApp {
  readonly app: InstanceType<typeof app.ContainerApp>;
  readonly access: readonly Access[];
  readonly principalId: pulumi.Output<string>;
}

function checkDomain(component: string, { domain, ingress }: ContainerAppArgs): void {
  if (!domain || ingress?.external) return;
  const given = ingress ? "ingress within the environment" : "no ingress";
  const details = { needed: "ingress from outside", given, why: "nobody else could reach it under the name" };
  throw new ComponentError("OPTION_UNSUPPORTED", { component, option: "domain", ...details });
}

function checkScale(check: ArgumentCheck, { scale, context }: ContainerAppArgs): void {
  const min = scale?.min ?? MIN_REPLICAS[context.profile];
  checkInteger(check, "scale.min", min, { min: 0, ...MOST_REPLICAS });
  checkInteger(check, "scale.max", scale?.max ?? MAX_REPLICAS, { min: 1, ...MOST_REPLICAS });
}

function customDomains(domain: AppDomain | undefined, certificateId: pulumi.Input<string> | undefined) {
  if (!domain || domain.step === "records") return {};
  const binding =
    certificateId === undefined
      ? { bindingType: "Disabled" as const }
      : { bindingType: "SniEnabled" as const, certificateId };
  return { customDomains: [{ name: domain.hostName, ...binding }] };
}

function recordsOf(
  { domain, environment }: ContainerAppArgs,
  fqdn: pulumi.Output<string>,
  made: InstanceType<typeof app.ContainerApp>,
): pulumi.Output<DomainRecord[]> {
  if (!domain) return pulumi.output([]);
  const target = domain.apex
    ? ({ type: "A", value: environment.staticIp } as const)
    : ({ type: "CNAME", value: fqdn } as const);
  return domainRecords(domain.hostName, target, { label: "asuid", value: made.customDomainVerificationId });
}

function ingressArgs(ingress: NonNullable<ContainerAppArgs["ingress"]>) {
  return {
    external: ingress.external,
    targetPort: ingress.port,
    transport: "Auto",
    allowInsecure: false,
    traffic: [{ latestRevision: true, weight: 100 }],
  };
}

/** The service adds a startup probe of its own (TCP, four minutes) where there is ingress; ten failures are its limit. */
function probes(health: NonNullable<ContainerAppArgs["health"]>) {
  const httpGet = { port: health.port, path: health.path, scheme: "HTTP" };
  const ready = { ...httpGet, path: health.readyPath ?? health.path };
  return [
    { type: "Readiness", httpGet: ready, periodSeconds: 2, failureThreshold: 10, timeoutSeconds: 2 },
    { type: "Liveness", httpGet, initialDelaySeconds: 5, periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 5 },
  ];
}

function scaleArgs({ scale, ingress, context }: ContainerAppArgs, identity: pulumi.Output<string>) {
  const concurrency = { concurrentRequests: String(scale?.concurrency ?? 100) };
  const { name, ...custom } = scale?.queue
    ? queueRule(scale.queue.queue, scale.queue.messages, identity)
    : { name: undefined };
  return {
    minReplicas: scale?.min ?? MIN_REPLICAS[context.profile],
    maxReplicas: scale?.max ?? MAX_REPLICAS,
    rules: [
      ...(ingress ? [{ name: "http", http: { metadata: concurrency } }] : []),
      ...(name === undefined ? [] : [{ name, custom }]),
    ],
  };
}
