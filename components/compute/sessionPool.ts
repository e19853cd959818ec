import type * as pulumi from "@pulumi/pulumi";
import type { Access } from "../core/access.ts";
import { type ArgumentCheck, argumentCheck, checkInteger } from "../core/argument.ts";
import { sessions } from "../core/azureOnDemand.ts";
import type { CrossCutTransforms } from "../core/crossCut.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import type { LinkGrant } from "../core/link.ts";
import type { Profile } from "../core/profile.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";
import { type Cpu, containerSize } from "../core/units.ts";
import type { ImageStore } from "../registry/containerRegistry.ts";
import type { ContainerEnvironment } from "./containerEnvironment.ts";
import { type LinkedArgs, LinkedComponent } from "./linkedComponent.ts";

const BUILT_IN = { python: "PythonLTS", node: "NodeLTS" } as const;
const MAX_SESSIONS = { dev: 5, standard: 20, production: 50 } as const satisfies Record<Profile, number>;
/** Seconds that an idle session lives. 300 is the service's least, and the most that the platform's rules allow. */
const COOLDOWN_SECONDS = 300;

/** What runs in a session. */
export type SessionKind =
  | { readonly kind: "python" | "node" }
  | {
      readonly kind: "image";
      /** Reference with a digest, pulled under the pool's identity, which no session can use. */
      readonly image: pulumi.Input<string>;
      readonly registry: ImageStore;
      readonly environment: ContainerEnvironment;
      /** Where the container answers. */
      readonly port: number;
      /** vCPUs of one session. @default 0.25 @minimum 0.25 @maximum 4 @multipleOf 0.25 */
      readonly cpu?: Cpu;
      /** Sessions that wait for a first call; each costs as if it ran. @default 1 */
      readonly ready?: number;
    };

export interface SessionPoolArgs extends Omit<LinkedArgs, "secretEnv" | "link" | "env"> {
  /** The built-in interpreter of Python or Node, or an image of one's own. Changing it replaces the pool. */
  readonly session: SessionKind;
  /** Most sessions at once: the bound of the bill. @default 5 in dev, 20 in standard, 50 in production. Updates. @minimum 1 @maximum 600 */
  readonly maxSessions?: number;
  readonly transform?: CrossCutTransforms & {
    readonly pool?: Transform<ArgsOf<typeof sessions.ContainerAppsSessionPool>>;
    readonly identity?: Transform<object>;
    readonly [link: `to-${string}`]: Transform<object>;
  };
}

/**
 * Sandboxes for code that nobody has read, each behind a hypervisor (Azure Container Apps dynamic sessions). Creates `pool`, and with
 * an image of one's own `identity` and `to-<registry>`; and what the common options ask for.
 *
 * Grants on the pool: `execute` → Azure ContainerApps Session Executor, with `AZURE_SESSION_POOL_ENDPOINT`. In every profile a
 * session has no network outwards, no identity and no secret, and dies five minutes after its last call. Cost class: free
 * until used in all profiles (0.03 USD for an hour of a session); with an image, what its waiting sessions cost (under 50).
 *
 * Limits: a session's disk is gone with it. Whoever may execute may enter every session of the pool whose id they know.
 *
 * @example An app that runs code of strangers in Python
 * ```ts
 * const sandbox = new SessionPool("sandbox", { context, session: { kind: "python" } });
 * new ContainerApp("api", { ...app, link: [sandbox.link("execute")] });
 * ```
 *
 * @example More sessions at once
 * ```ts
 * new SessionPool("sandbox", { context, session: { kind: "node" }, maxSessions: 100 });
 * ```
 *
 * @example An image of one's own
 * ```ts
 * const session = { kind: "image", image, registry, environment, port: 8080 } as const;
 * new SessionPool("tools", { context, session });
 * ```
 */
export class SessionPool extends LinkedComponent<SessionPoolArgs> {
  /** ARM id. */
  readonly poolId: pulumi.Output<string>;
  /** Address that a session's id is added to. */
  readonly endpoint: pulumi.Output<string>;
  /** What was given to its identity, for `grantReport`. */
  readonly access: readonly Access[];

  /** @throws {ComponentError} `ARGUMENT_INVALID`, `SIZE_INVALID` */
  constructor(name: string, args: SessionPoolArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    if (!isExisting(args)) checkArgs(argumentCheck(`SessionPool ${name}`), args);
    super("SessionPool", name, args, opts, ["pool", ...LinkedComponent.slots]);
    const [pool, access] = isExisting(args)
      ? [this.adopt("pool", sessions.ContainerAppsSessionPool, args.resourceId), []]
      : this.#make(args);
    this.poolId = pool.id;
    this.endpoint = pool.poolManagementEndpoint;
    this.access = access;
    this.registerOutputs({ endpoint: this.endpoint });
  }

  /** A pool that somebody else manages: the same link, nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): SessionPool {
    return new SessionPool(name, at, opts);
  }

  #make(args: SessionPoolArgs): readonly [InstanceType<typeof sessions.ContainerAppsSessionPool>, readonly Access[]] {
    const { context, session } = args;
    const parts =
      session.kind === "image"
        ? this.makeIdentity(args, [{ ...session.registry.link("pull"), env: {} }])
        : { grants: [], identity: undefined, userAssigned: undefined };
    const pool = this.child(
      "pool",
      sessions.ContainerAppsSessionPool,
      {
        resourceGroupName: context.resourceGroupName,
        poolManagementType: "Dynamic",
        dynamicPoolConfiguration: {
          lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: COOLDOWN_SECONDS },
        },
        sessionNetworkConfiguration: { status: "EgressDisabled" },
        scaleConfiguration: {
          maxConcurrentSessions: args.maxSessions ?? MAX_SESSIONS[context.profile],
          ...(session.kind === "image" && { readySessionInstances: session.ready ?? 1 }),
        },
        ...(session.kind === "image" && parts.identity
          ? {
              ...customContainer(session, parts.identity.id),
              identity: parts.userAssigned,
              managedIdentitySettings: [{ identity: parts.identity.id, lifecycle: "None" }],
            }
          : { containerType: BUILT_IN[session.kind as keyof typeof BUILT_IN] }),
      },
      { dependsOn: [...parts.grants] },
    );
    this.crossCut({ main: pool });
    return [pool, parts.grants];
  }

  /** Lets a consumer open sessions and run code in them. */
  link(_access: "execute"): LinkGrant {
    const env = { AZURE_SESSION_POOL_ENDPOINT: this.endpoint };
    return { key: this.key, source: this.key, env, roles: [{ role: "sessionExecutor", scope: this.poolId }] };
  }
}

type OwnImage = Extract<SessionKind, { readonly kind: "image" }>;

function customContainer(session: OwnImage, identity: pulumi.Output<string>) {
  return {
    containerType: "CustomContainer",
    environmentId: session.environment.environmentId,
    customContainerTemplate: {
      registryCredentials: { server: session.registry.loginServer, identity },
      containers: [{ name: "main", image: session.image, resources: containerSize(session.cpu ?? 0.25) }],
      ingress: { targetPort: session.port },
    },
  };
}

function checkArgs(check: ArgumentCheck, { session, maxSessions, context }: SessionPoolArgs): void {
  const most = maxSessions ?? MAX_SESSIONS[context.profile];
  checkInteger(check, "maxSessions", most, { min: 1, max: 600, why: "That is the range of one pool." });
  check("session.kind", session.kind, [...Object.keys(BUILT_IN), "image"].includes(session.kind), {
    allowed: "python, node, image",
    why: "The service has no other interpreter.",
  });
  if (session.kind !== "image") return;
  containerSize(session.cpu ?? 0.25);
  checkInteger(check, "session.port", session.port, { min: 1, max: 65_535, why: "It is a TCP port." });
  const why = "They are part of all sessions.";
  checkInteger(check, "session.ready", session.ready ?? 1, { min: 0, max: most, why });
}
