import * as pulumi from "@pulumi/pulumi";
import { containerregistry } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { LinkGrant } from "../core/link.ts";
import type { Profile } from "../core/profile.ts";
import type { RoleName } from "../core/roles.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

const SKU = { dev: "Basic", standard: "Basic", production: "Standard" } as const satisfies Record<Profile, string>;
const ROLE = { pull: "acrPull", push: "acrPush", build: "registryTasks" } as const satisfies Record<string, RoleName>;

export type RegistryAccess = keyof typeof ROLE;

export interface ContainerRegistryArgs extends ComponentArgs {
  /** @default Basic in dev and standard (10 GB), Standard in production (100 GB). Updates. */
  readonly sku?: "Basic" | "Standard" | "Premium";
  readonly transform?: { readonly registry?: Transform<ArgsOf<typeof containerregistry.Registry>> };
}

/** What a consumer of images needs of a registry, made here or elsewhere. */
export interface ImageStore {
  readonly loginServer: pulumi.Output<string>;
  readonly registryId: pulumi.Output<string>;
  link(access: RegistryAccess): LinkGrant;
}

/**
 * A private image store (Azure Container Registry). Creates `registry`. Links: `pull` → AcrPull, `push` → AcrPush, `build` → Container
 * Registry Tasks Contributor (runs image builds, and so can write images), all with `AZURE_CONTAINER_REGISTRY_ENDPOINT`.
 * Cost class: 5 USD a month in dev.
 */
export class ContainerRegistry extends AzureComponent<ContainerRegistryArgs> implements ImageStore {
  readonly registryId: pulumi.Output<string>;
  readonly loginServer: pulumi.Output<string>;

  constructor(name: string, args: ContainerRegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ContainerRegistry", name, args, opts, ["registry"]);
    const registry = this.child("registry", containerregistry.Registry, {
      resourceGroupName: args.context.resourceGroupName,
      sku: { name: args.sku ?? SKU[args.context.profile] },
      adminUserEnabled: false, // a password would land in state; identities pull and push
      anonymousPullEnabled: false,
      // Container Apps pull with a token for ARM (Microsoft Learn, "Image pull with managed identity", prerequisites)
      policies: { azureADAuthenticationAsArmPolicy: { status: "enabled" } },
    });
    this.registryId = registry.id;
    this.loginServer = registry.loginServer;
    this.registerOutputs({ registryId: this.registryId, loginServer: this.loginServer });
  }

  /** A registry of another deployment: the same links, and nothing is made or written. */
  static existing(
    key: string,
    at: { readonly registryId: pulumi.Input<string>; readonly loginServer: pulumi.Input<string> },
  ): ImageStore {
    const registryId = pulumi.output(at.registryId);
    const loginServer = pulumi.output(at.loginServer);
    return { registryId, loginServer, link: (access) => registryGrant(key, registryId, loginServer, access) };
  }

  /** Describes the access; creates nothing. The consumer makes the role assignment. */
  link(access: RegistryAccess): LinkGrant {
    return registryGrant(this.key, this.registryId, this.loginServer, access);
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
