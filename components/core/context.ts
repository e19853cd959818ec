import type * as pulumi from "@pulumi/pulumi";
import type { Profile } from "./profile.ts";

/** The part of a network that private endpoints need. */
export interface EndpointNetwork {
  readonly endpointsSubnetId: pulumi.Output<string>;
  /** The private DNS zone of a service, made on first use: one zone per service and network. */
  zone(name: string): { readonly zoneId: pulumi.Output<string>; readonly link?: pulumi.Resource };
}

/** What all components of one deployment share. It is passed to each constructor; nothing about it is global. */
export interface AppContext {
  /** Goes into names, as much of it as fits. */
  readonly app: string;
  /** Goes into names: `dev`, `std`, `prod`. */
  readonly stage: string;
  readonly profile: Profile;
  /** Region, for example `eastus`. */
  readonly location: string;
  readonly subscriptionId: string;
  readonly tenantId: string;
  /** Tells deployments apart that share app and stage: the app's id. Part of the hash in every name. */
  readonly seed: string;
  /** Raised to get fresh names when a soft-deleted one cannot be recovered. */
  readonly epoch: number;
  readonly resourceGroupName: pulumi.Output<string>;
  readonly tags: Readonly<Record<string, string>>;
  /** Where audit logs go, once there is a workspace. */
  readonly workspaceId?: pulumi.Output<string>;
  /** Where private endpoints go, once there is a network. */
  readonly network?: EndpointNetwork;
  /** Tries assignments of rights again while the directory does not know their identity yet. */
  readonly principalRetry?: pulumi.ErrorHook;
  /** Who is told when something is wrong, once there is an action group. */
  readonly actionGroupId?: pulumi.Output<string>;
}

/** The plain part of a context, before there is a resource group. */
export type ContextSettings = Omit<
  AppContext,
  "resourceGroupName" | "workspaceId" | "network" | "actionGroupId" | "principalRetry"
>;
