import * as pulumi from "@pulumi/pulumi";
import { argumentCheck, checkOneOf } from "../core/argument.ts";
import { containerregistry } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs, type CrossCutTransforms } from "../core/crossCut.ts";
import { ComponentError } from "../core/errors.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import type { LinkGrant } from "../core/link.ts";
import { endpointNetwork } from "../core/privateEndpoint.ts";
import type { Profile } from "../core/profile.ts";
import type { RoleName } from "../core/roles.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

const SKU = { dev: "Basic", standard: "Basic", production: "Standard" } as const satisfies Record<Profile, string>;
const SKUS = ["Basic", "Standard", "Premium"] as const;
const ROLE = { pull: "acrPull", push: "acrPush", build: "registryTasks" } as const satisfies Record<string, RoleName>;

/** Source: Microsoft Learn, "Azure Container Registry SKU features and limits". */
const PREMIUM_ONLY = "private endpoints, zones and retention are features of Premium";

export type RegistryAccess = keyof typeof ROLE;

export interface ContainerRegistryArgs
  extends ComponentArgs,
    Pick<CrossCutArgs, "roleAssignments" | "privateEndpoints" | "diagnostics" | "lock"> {
  /** How much it holds, and in Premium endpoints, zones and retention. @default Basic in dev and standard (10 GB), Standard in production (100 GB). Updates. */
  readonly sku?: (typeof SKUS)[number];
  /** Days after which manifests without a tag are deleted. Premium. @default never */
  readonly keepUntaggedDays?: number;
  /** Copies in several zones of the region. Premium. @default true in production with Premium. Changing this replaces the registry. */
  readonly zoneRedundant?: boolean;
  readonly transform?: CrossCutTransforms & {
    readonly registry?: Transform<ArgsOf<typeof containerregistry.Registry>>;
  };
}

/** What is known of a registry of another deployment. */
export interface KnownRegistry {
  readonly registryId: pulumi.Input<string>;
  readonly loginServer: pulumi.Input<string>;
}

/** What a consumer of images needs of a registry, made here or elsewhere. */
export interface ImageStore {
  readonly loginServer: pulumi.Output<string>;
  readonly registryId: pulumi.Output<string>;
  link(access: RegistryAccess): LinkGrant;
}

/**
 * A private image store (Azure Container Registry). Creates `registry` and what the common options ask for. Links: `pull` → AcrPull, `push` → AcrPush, `build` → Container
 * Registry Tasks Contributor (runs image builds, and so can write images), all with `AZURE_CONTAINER_REGISTRY_ENDPOINT`.
 * Cost class: 5 USD a month in dev.
 *
 * Limits: names have letters and digits only. Whoever may `push` may not schedule a build, whoever may `build` can also write images. Private endpoints, zones and the clean-up of untagged images need Premium.
 *
 * @example A registry that an app pulls from
 * ```ts
 * const registry = new ContainerRegistry("registry", { context });
 * new ContainerApp("api", { context, environment, image, registry });
 * ```
 *
 * @example Over several zones, old images taken away
 * ```ts
 * new ContainerRegistry("registry", { context, sku: "Premium", zoneRedundant: true, keepUntaggedDays: 14 });
 * ```
 *
 * @example A job that builds images in it
 * ```ts
 * const registry = new ContainerRegistry("registry", { context });
 * new ContainerJob("build", { ...app, link: [registry.link("build")] });
 * ```
 *
 * @example In a network only, which Premium can
 * ```ts
 * const inside = { context: network.within(context), privateEndpoints: true };
 * new ContainerRegistry("registry", { ...inside, sku: "Premium" });
 * ```
 */
export class ContainerRegistry extends AzureComponent<ContainerRegistryArgs | Existing> implements ImageStore {
  /** ARM id. */
  readonly registryId: pulumi.Output<string>;
  /** Host name that image references begin with. */
  readonly loginServer: pulumi.Output<string>;

  /** @throws {ComponentError} `OPTION_UNSUPPORTED` for what only Premium can */
  constructor(name: string, args: ContainerRegistryArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    super("ContainerRegistry", name, args, opts, ["registry", ...CROSS_CUT_SLOTS]);
    const registry = isExisting(args)
      ? this.adopt("registry", containerregistry.Registry, args.resourceId)
      : this.#make(args);
    this.registryId = registry.id;
    this.loginServer = registry.loginServer;
    this.registerOutputs({ registryId: this.registryId, loginServer: this.loginServer });
  }

  /**
   * A registry that somebody else manages: the same links, nothing made or changed. Where both its id and its login server are known,
   * it is not even read.
   */
  static existing(name: string, at: KnownRegistry): ImageStore;
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): ContainerRegistry;
  static existing(name: string, at: KnownRegistry | Existing, opts?: pulumi.ComponentResourceOptions): ImageStore {
    if (isExisting(at)) return new ContainerRegistry(name, at, opts);
    const registryId = pulumi.output(at.registryId);
    const loginServer = pulumi.output(at.loginServer);
    return { registryId, loginServer, link: (access) => registryGrant(name, registryId, loginServer, access) };
  }

  #make(args: ContainerRegistryArgs): InstanceType<typeof containerregistry.Registry> {
    const { context } = args;
    const sku = args.sku ?? SKU[context.profile];
    checkOneOf(argumentCheck(this.label), "sku", sku, SKUS, "Azure has no other registries.");
    const refusal = sku === "Premium" ? undefined : { needed: "SKU Premium", given: sku, why: PREMIUM_ONLY };
    for (const option of ["keepUntaggedDays", "zoneRedundant"] as const) {
      if (args[option] && refusal)
        throw new ComponentError("OPTION_UNSUPPORTED", { component: this.label, option, ...refusal });
    }
    const network = endpointNetwork(this.label, context, args.privateEndpoints, refusal);
    const zones = args.zoneRedundant ?? (sku === "Premium" && context.profile === "production");
    const days = args.keepUntaggedDays;
    const registry = this.child("registry", containerregistry.Registry, {
      resourceGroupName: context.resourceGroupName,
      sku: { name: sku },
      adminUserEnabled: false, // a password would land in state; identities pull and push
      anonymousPullEnabled: false,
      policies: {
        // Container Apps pull with a token for ARM (Microsoft Learn, "Image pull with managed identity", prerequisites)
        azureADAuthenticationAsArmPolicy: { status: "enabled" },
        ...(days !== undefined && { retentionPolicy: { status: "enabled", days } }),
        ...(network && { exportPolicy: { status: "disabled" } }),
      },
      ...(zones && { zoneRedundancy: "Enabled" }),
      ...(network && { publicNetworkAccess: "Disabled", networkRuleSet: { defaultAction: "Deny" } }),
    });
    this.crossCut({
      main: registry,
      logs: [{ resourceId: registry.id, group: "audit" }],
      ...(network && { endpoints: { network, links: ["registry"] } }),
      keepsData: true,
    });
    return registry;
  }

  /** Describes the access; creates nothing. The consumer makes the role assignment. */
  link(access: RegistryAccess): LinkGrant {
    return { ...registryGrant(this.key, this.registryId, this.loginServer, access), prerequisites: this.attachments };
  }
}

function registryGrant(
  key: string,
  registryId: pulumi.Output<string>,
  loginServer: pulumi.Output<string>,
  access: RegistryAccess,
): LinkGrant {
  const env = { AZURE_CONTAINER_REGISTRY_ENDPOINT: loginServer };
  return { key, source: key, env, roles: [{ role: ROLE[access], scope: registryId }] };
}
