import type * as pulumi from "@pulumi/pulumi";
import { app } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs, type CrossCutTransforms } from "../core/crossCut.ts";
import { ComponentError } from "../core/errors.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import { endpointNetwork } from "../core/privateEndpoint.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";
import type { Network } from "../shared/network.ts";

const NEEDS_NETWORK = {
  zoneRedundant: "zones are chosen by the subnet",
  internal: "its apps would answer nowhere",
} as const;

export interface ContainerEnvironmentArgs
  extends ComponentArgs,
    Pick<CrossCutArgs, "roleAssignments" | "privateEndpoints" | "diagnostics" | "lock"> {
  /** Network to run in, for services that answer only there. @default none. Changing this replaces the environment and its apps. */
  readonly network?: Network;
  /** Whether its apps answer only in `network`, never the internet. @default false. Changing this replaces the environment. */
  readonly internal?: boolean;
  /**
   * Spreads replicas over the zones of the region; needs `network`. @default true in production with `network`, else false. Changing
   * this replaces the environment.
   */
  readonly zoneRedundant?: boolean;
  readonly transform?: CrossCutTransforms & {
    readonly environment?: Transform<ArgsOf<typeof app.ManagedEnvironment>>;
  };
}

/**
 * What container apps and jobs of one deployment run in (Azure Container Apps environment, Consumption profile). Creates
 * `environment` and what the common options ask for; logs go by a diagnostic setting, because the other way takes the workspace's
 * shared key. Endpoints are made on request only: 73 USD a month on top of the endpoint's own price. Cost class: free; in a network
 * of its own a load balancer and public addresses come with it.
 * Grants: none.
 *
 * Limits: the network is chosen once; a change makes the environment and its apps anew.
 *
 * @example The smallest
 * ```ts
 * const environment = new ContainerEnvironment("environment", { context });
 * ```
 *
 * @example With its logs kept in a workspace
 * ```ts
 * new ContainerEnvironment("environment", { context: monitoring.within(context) });
 * ```
 *
 * @example In a network over several zones, where the internet does not reach it
 * ```ts
 * new ContainerEnvironment("environment", { context, network, internal: true, zoneRedundant: true });
 * ```
 *
 * @example An endpoint in a network that exists: 73 USD a month on top of the endpoint's own price
 * ```ts
 * new ContainerEnvironment("environment", { context: network.within(context), privateEndpoints: true });
 * ```
 *
 * @example What no option covers: machines of one's own beside the Consumption profile
 * ```ts
 * const workloadProfiles = [
 *   { name: "Consumption", workloadProfileType: "Consumption" },
 *   { name: "memory", workloadProfileType: "E4", minimumCount: 0, maximumCount: 3 },
 * ];
 * new ContainerEnvironment("environment", { context, transform: { environment: { workloadProfiles } } });
 * ```
 */
export class ContainerEnvironment extends AzureComponent<ContainerEnvironmentArgs | Existing> {
  /** ARM id. */
  readonly environmentId: pulumi.Output<string>;
  /** Physical name. */
  readonly environmentName: pulumi.Output<string>;
  /** Domain below which its apps have their names. */
  readonly defaultDomain: pulumi.Output<string>;
  /** Address that an apex domain points to. */
  readonly staticIp: pulumi.Output<string>;

  /** @throws {ComponentError} `OPTION_UNSUPPORTED` for zones and `internal` without a network */
  constructor(name: string, args: ContainerEnvironmentArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    super("ContainerEnvironment", name, args, opts, ["environment", ...CROSS_CUT_SLOTS]);
    const environment = isExisting(args)
      ? this.adopt("environment", app.ManagedEnvironment, args.resourceId)
      : this.#make(args);
    this.environmentId = environment.id;
    this.environmentName = environment.name;
    this.defaultDomain = environment.defaultDomain;
    this.staticIp = environment.staticIp;
    this.registerOutputs({ environmentId: this.environmentId });
  }

  /** An environment that somebody else manages, for apps to run in; nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): ContainerEnvironment {
    return new ContainerEnvironment(name, at, opts);
  }

  #make(args: ContainerEnvironmentArgs): InstanceType<typeof app.ManagedEnvironment> {
    const { context } = args;
    for (const [option, why] of Object.entries(NEEDS_NETWORK)) {
      if (args.network || !args[option as keyof typeof NEEDS_NETWORK]) continue;
      const details = { needed: "`network`", given: "no network", why };
      throw new ComponentError("OPTION_UNSUPPORTED", { component: this.label, option, ...details });
    }
    const { internal = false } = args;
    const zoneRedundant = args.zoneRedundant ?? (args.network && context.profile === "production" ? true : undefined);
    const network = endpointNetwork(this.label, context, args.privateEndpoints ?? false);
    const environment = this.child("environment", app.ManagedEnvironment, {
      resourceGroupName: context.resourceGroupName,
      workloadProfiles: [{ name: "Consumption", workloadProfileType: "Consumption" }],
      peerTrafficConfiguration: { encryption: { enabled: true } },
      appLogsConfiguration: { destination: "azure-monitor" },
      ...(args.network && {
        vnetConfiguration: { infrastructureSubnetId: args.network.appsSubnetId, internal },
      }),
      ...(zoneRedundant !== undefined && { zoneRedundant }),
      ...((network || internal) && { publicNetworkAccess: "Disabled" }),
    });
    this.crossCut({
      main: environment,
      logs: [{ resourceId: environment.id, group: "allLogs", formerSlot: "logs" }],
      ...(network && { endpoints: { network, links: ["containerEnvironment"] } }),
    });
    return environment;
  }
}
