import * as pulumi from "@pulumi/pulumi";
import { network, privatedns } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { AppContext, EndpointNetwork } from "../core/context.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs, type CrossCutTransforms } from "../core/crossCut.ts";
import { ComponentError } from "../core/errors.ts";
import { DELEGATED_SUBNETS, type DelegatedSubnets, type SubnetUse } from "../core/subnets.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

/** Address ranges, beside the ones of `DELEGATED_SUBNETS`: room for 2,000 replicas and a dozen servers, and nothing that a company's own network usually takes. */
const RANGE = {
  network: "10.180.0.0/20",
  apps: "10.180.0.0/21",
  postgres: "10.180.8.0/28",
  endpoints: "10.180.9.0/24",
} as const;

const SLOTS = [
  "network",
  "apps",
  "postgres",
  "zone",
  "link",
  "private-endpoints",
  "functions",
  "sites",
  "groups",
  "zone-*",
  "link-*",
  ...CROSS_CUT_SLOTS,
];

export interface NetworkArgs extends ComponentArgs, Pick<CrossCutArgs, "roleAssignments" | "lock"> {
  readonly transform?: CrossCutTransforms & {
    readonly network?: Transform<ArgsOf<typeof network.VirtualNetwork>>;
    readonly apps?: Transform<ArgsOf<typeof network.Subnet>>;
    readonly postgres?: Transform<ArgsOf<typeof network.Subnet>>;
    readonly zone?: Transform<ArgsOf<typeof privatedns.PrivateZone>>;
    readonly link?: Transform<ArgsOf<typeof privatedns.VirtualNetworkLink>>;
    readonly "private-endpoints"?: Transform<ArgsOf<typeof network.Subnet>>;
    readonly functions?: Transform<ArgsOf<typeof network.Subnet>>;
    readonly sites?: Transform<ArgsOf<typeof network.Subnet>>;
    readonly groups?: Transform<ArgsOf<typeof network.Subnet>>;
    readonly [zone: `zone-${string}`]: Transform<ArgsOf<typeof privatedns.PrivateZone>>;
    readonly [link: `link-${string}`]: Transform<ArgsOf<typeof privatedns.VirtualNetworkLink>>;
  };
}

/**
 * A network of an app's own (Azure Virtual Network), in which a Postgres server answers and nowhere else. Creates `network`, the
 * subnets `apps` (delegated to Container Apps) and `postgres` (delegated to the servers), `zone` and `link` (names of the servers); with
 * the first private endpoint the subnet `private-endpoints`, and `zone-<service>` and `link-<service>` for each service that has one;
 * with the first function, site or container group in it their subnet: `functions`, `sites`, `groups`.
 * Cost class: under 5 USD a month; the container environment in it brings a load balancer.
 * Grants: none.
 *
 * Limits: one zone serves all endpoints of a service; two endpoints of one resource in it would delete each other's record. An app is in it only through a `ContainerEnvironment` that was made with it.
 *
 * @example A database that answers in it and nowhere else
 * ```ts
 * const network = new Network("network", { context });
 * new PostgresServer("db", { context, network, databases: ["shop"] });
 * ```
 *
 * Limits: a container app is in it only through a `ContainerEnvironment` that was made with it; functions, sites and container groups
 * take it as `network` themselves. The subscription has to be registered for `Microsoft.App` before functions join their subnet.
 *
 * @example Apps in it
 * ```ts
 * const network = new Network("network", { context });
 * new ContainerEnvironment("environment", { context, network });
 * ```
 *
 * @example Private endpoints of services, the zone of each made once
 * ```ts
 * const inside = new Network("network", { context }).within(context);
 * new KeyVault("vault", { context: inside, privateEndpoints: true });
 * new StorageAccount("files", { context: inside, privateEndpoints: true, containers: ["photos"] });
 * ```
 */
export class Network extends AzureComponent<NetworkArgs> implements EndpointNetwork, DelegatedSubnets {
  /** ARM id of the subnet that is delegated to Container Apps. */
  readonly appsSubnetId: pulumi.Output<string>;
  /** ARM id of the subnet that is delegated to Postgres servers. */
  readonly postgresSubnetId: pulumi.Output<string>;
  /** ARM id of the zone with the names of the servers. */
  readonly postgresZoneId: pulumi.Output<string>;
  readonly #settings: AppContext;
  readonly #network: InstanceType<typeof network.VirtualNetwork>;
  readonly #delegated = new Map<SubnetUse, pulumi.Output<string>>();
  readonly #zones = new Map<string, ReturnType<EndpointNetwork["zone"]>>();
  #lastSubnet: pulumi.Resource;
  #endpoints: InstanceType<typeof network.Subnet> | undefined;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Network", name, args, opts, SLOTS);
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
    this.#settings = context;
    this.#network = made;
    this.#lastSubnet = postgres;
    const zone = this.#makeZone("", `${context.app}-${context.stage}.private.postgres.database.azure.com`);
    this.crossCut({ main: made });
    this.appsSubnetId = apps.id;
    this.postgresSubnetId = postgres.id;
    this.postgresZoneId = zone.zoneId;
    this.registerOutputs({ appsSubnetId: this.appsSubnetId });
  }

  /**
   * The endpoints' part of a network that somebody else manages, for a context or an option; nothing is read, made or changed there.
   * `zoneResourceIds` holds the ARM ids of its private DNS zones by name.
   */
  static existing(
    name: string,
    at: {
      readonly endpointsSubnetResourceId: pulumi.Input<string>;
      readonly zoneResourceIds: Readonly<Record<string, pulumi.Input<string>>>;
    },
  ): EndpointNetwork {
    const zone = (key: string) => {
      const zoneId = at.zoneResourceIds[key];
      if (zoneId !== undefined) return { zoneId: pulumi.output(zoneId) };
      const known = Object.keys(at.zoneResourceIds).join(", ") || "none";
      throw new ComponentError("OPTION_UNKNOWN", {
        component: `Network ${name}`,
        option: "zoneResourceIds",
        key,
        known,
      });
    };
    return { endpointsSubnetId: pulumi.output(at.endpointsSubnetResourceId), zone };
  }

  /** Subnet of the private endpoints, made on first use. */
  get endpointsSubnetId(): pulumi.Output<string> {
    this.#endpoints ??= this.#makeSubnet("private-endpoints", RANGE.endpoints);
    return this.#endpoints.id;
  }

  /** Subnet of functions, sites or container groups, made on first use; all of a kind share it. */
  delegatedSubnetId(use: SubnetUse): pulumi.Output<string> {
    const known = this.#delegated.get(use);
    if (known) return known;
    const { range, service } = DELEGATED_SUBNETS[use];
    const { id } = this.#makeSubnet(use, range, service);
    this.#delegated.set(use, id);
    return id;
  }

  /** The zone of a service, for example `privatelink.vaultcore.azure.net`; made on first use, shared by all endpoints. */
  zone(name: string): ReturnType<EndpointNetwork["zone"]> {
    const known = this.#zones.get(name);
    if (known) return known;
    const zone = this.#makeZone(`-${name.replace(/^privatelink\./, "").replaceAll(".", "-")}`, name);
    this.#zones.set(name, zone);
    return zone;
  }

  /** The context with this network, for the components that come after: in production they get private endpoints in it. */
  within(context: AppContext): AppContext {
    return { ...context, network: this };
  }

  /** A network takes one change at a time: each subnet waits for the one before. */
  #makeSubnet(subnetName: string, addressPrefix: string, serviceName?: string): InstanceType<typeof network.Subnet> {
    const made = this.child(
      subnetName,
      network.Subnet,
      {
        resourceGroupName: this.#settings.resourceGroupName,
        virtualNetworkName: this.#network.name,
        subnetName,
        addressPrefix,
        ...(serviceName !== undefined && { delegations: [{ name: subnetName, serviceName }] }),
      },
      { dependsOn: this.#lastSubnet },
    );
    this.#lastSubnet = made;
    return made;
  }

  #makeZone(suffix: string, privateZoneName: string) {
    const { resourceGroupName, tags } = this.#settings;
    const zone = this.child(`zone${suffix}`, privatedns.PrivateZone, {
      resourceGroupName,
      privateZoneName,
      location: "Global",
      tags: { ...tags },
    });
    const link = this.child(`link${suffix}`, privatedns.VirtualNetworkLink, {
      resourceGroupName,
      privateZoneName: zone.name,
      virtualNetworkLinkName: "network",
      location: "Global",
      registrationEnabled: false,
      virtualNetwork: { id: this.#network.id },
    });
    return { zoneId: zone.id, link };
  }
}
