import type * as pulumi from "@pulumi/pulumi";
import { network, privatedns } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

/** Address ranges: room for 2,000 replicas and a dozen servers, and nothing that a company's own network usually takes. */
const RANGE = { network: "10.180.0.0/20", apps: "10.180.0.0/21", postgres: "10.180.8.0/28" } as const;

export interface NetworkArgs extends ComponentArgs {
  readonly transform?: {
    readonly network?: Transform<ArgsOf<typeof network.VirtualNetwork>>;
    readonly apps?: Transform<ArgsOf<typeof network.Subnet>>;
    readonly postgres?: Transform<ArgsOf<typeof network.Subnet>>;
    readonly zone?: Transform<ArgsOf<typeof privatedns.PrivateZone>>;
    readonly link?: Transform<ArgsOf<typeof privatedns.VirtualNetworkLink>>;
  };
}

/**
 * A network of an app's own (Azure Virtual Network), in which a Postgres server answers and nowhere else. Creates `network`, the
 * subnets `apps` (delegated to Container Apps) and `postgres` (delegated to the servers), `zone` and `link` (names of the servers).
 * Cost class: under 5 USD a month; the container environment in it brings a load balancer.
 */
export class Network extends AzureComponent<NetworkArgs> {
  readonly appsSubnetId: pulumi.Output<string>;
  readonly postgresSubnetId: pulumi.Output<string>;
  readonly postgresZoneId: pulumi.Output<string>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Network", name, args, opts, ["network", "apps", "postgres", "zone", "link"]);
    const { context } = args;
    const { resourceGroupName } = context;
    const made = this.child("network", network.VirtualNetwork, {
      resourceGroupName,
      addressSpace: { addressPrefixes: [RANGE.network] },
    });
    const below = { resourceGroupName, virtualNetworkName: made.name };
    const apps = this.child("apps", network.Subnet, {
      ...below,
      subnetName: "apps",
      addressPrefix: RANGE.apps,
      delegations: [{ name: "apps", serviceName: "Microsoft.App/environments" }],
    });
    const postgres = this.child(
      "postgres",
      network.Subnet,
      {
        ...below,
        subnetName: "postgres",
        addressPrefix: RANGE.postgres,
        delegations: [{ name: "postgres", serviceName: "Microsoft.DBforPostgreSQL/flexibleServers" }],
      },
      { dependsOn: apps }, // a network takes one change at a time
    );
    const zone = this.child("zone", privatedns.PrivateZone, {
      resourceGroupName,
      privateZoneName: `${context.app}-${context.stage}.private.postgres.database.azure.com`,
      location: "Global",
      tags: { ...context.tags },
    });
    this.child("link", privatedns.VirtualNetworkLink, {
      resourceGroupName,
      privateZoneName: zone.name,
      virtualNetworkLinkName: "network",
      location: "Global",
      registrationEnabled: false,
      virtualNetwork: { id: made.id },
    });
    this.appsSubnetId = apps.id;
    this.postgresSubnetId = postgres.id;
    this.postgresZoneId = zone.id;
    this.registerOutputs({ appsSubnetId: this.appsSubnetId });
  }
}
