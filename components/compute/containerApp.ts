import type * as pulumi from "@pulumi/pulumi";
import type { Access } from "../core/access.ts";
import { app } from "../core/azure.ts";
import { upperSnake } from "../core/environment.ts";
import { ComponentError } from "../core/errors.ts";
import type { LinkGrant } from "../core/link.ts";
import type { Profile } from "../core/profile.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";
import type { BusQueue } from "../messaging/serviceBus.ts";
import { queueRule, Workload, type WorkloadArgs } from "./workload.ts";

/** Seconds that a replica may go on after it is told to stop. */
const GRACE_SECONDS = 30;
/** Replicas that always run. */
const MIN_REPLICAS = { dev: 0, standard: 1, production: 2 } as const satisfies Record<Profile, number>;
const MAX_REPLICAS = 10;

export interface ContainerAppArgs extends WorkloadArgs {
  /** Answers http on `port`: `external` from the internet, else only within the environment. @default no ingress */
  readonly ingress?: { readonly port: number; readonly external: boolean };
  /** Where the container says that it works. Without it a replica counts as well as long as its process runs. */
  readonly health?: {
    readonly port: number;
    /** Answers 200 as long as the process works; three failures restart the replica. */
    readonly path: string;
    /** Answers 200 when requests may come. @default `path` */
    readonly readyPath?: string;
  };
  readonly scale?: {
    /** @default 0 in dev, 1 in standard, 2 in production. 0 costs nothing and makes the first request wait. */
    readonly min?: number;
    /** @default 10 */
    readonly max?: number;
    /** Requests at the same time that one replica takes. @default 100 */
    readonly concurrency?: number;
    /** Queue whose waiting messages start replicas. */
    readonly queue?: { readonly queue: BusQueue; readonly messages: number };
  };
  /** Seconds between the signal to stop and the end. @default 30, at most 600 */
  readonly terminationGracePeriodSeconds?: number;
  readonly transform?: {
    readonly app?: Transform<ArgsOf<typeof app.ContainerApp>>;
    readonly identity?: Transform<object>;
    readonly [link: `to-${string}`]: Transform<object>;
  };
}

/**
 * A service in a container (Azure Container Apps). Creates `app`, `identity`, and `to-<key>` for each link. One revision at a time;
 * http is redirected to https. Links: `call` → `<NAME>_BASE_URL`, no rights. Cost class: free at zero replicas, 6 USD a month for an
 * idle one.
 */
export class ContainerApp extends Workload<ContainerAppArgs> {
  readonly appId: pulumi.Output<string>;
  readonly appName: pulumi.Output<string>;
  /** Address with scheme, without a slash at the end; empty without ingress. */
  readonly url: pulumi.Output<string>;
  readonly principalId: pulumi.Output<string>;
  /** What was given to its identity, for `grantReport`. */
  readonly access: readonly Access[];
  readonly #ingress: boolean;

  constructor(name: string, args: ContainerAppArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ContainerApp", name, args, opts, ["app", ...Workload.slots]);
    const { context, scale } = args;
    const parts = this.makeParts(args, scale?.queue ? [scale.queue.queue.link("scale")] : []);
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
          ...(args.ingress && { ingress: ingressArgs(args.ingress) }),
        },
        template: {
          terminationGracePeriodSeconds: args.terminationGracePeriodSeconds ?? GRACE_SECONDS,
          containers: [{ ...parts.container, ...(args.health && { probes: probes(args.health) }) }],
          scale: scaleArgs(args, parts.identityId),
        },
      },
      { dependsOn: [...parts.grants] },
    );
    this.#ingress = args.ingress !== undefined;
    this.appId = container.id;
    this.appName = container.name;
    this.access = parts.grants;
    this.principalId = parts.principalId;
    this.url = container.configuration.apply((made) => (made?.ingress?.fqdn ? `https://${made.ingress.fqdn}` : ""));
    this.registerOutputs({ appName: this.appName, url: this.url });
  }

  /** Lets a consumer call it: the address, no rights. @throws {ComponentError} `LINK_UNSUPPORTED` without ingress */
  link(access: "call"): LinkGrant {
    if (!this.#ingress) {
      throw new ComponentError("LINK_UNSUPPORTED", { component: "a consumer", target: this.key, access });
    }
    return { key: this.key, source: this.key, env: { [`${upperSnake(this.key)}_BASE_URL`]: this.url }, roles: [] };
  }
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
