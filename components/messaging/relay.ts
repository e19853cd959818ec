import * as pulumi from "@pulumi/pulumi";
import type { AlertRules } from "../core/alerts.ts";
import { argumentCheck, checkNames } from "../core/argument.ts";
import { relay } from "../core/azureOnDemand.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs, type CrossCutTransforms } from "../core/crossCut.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import type { LinkGrant } from "../core/link.ts";
import { endpointNetwork } from "../core/privateEndpoint.ts";
import type { RoleName } from "../core/roles.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

const ROLE = { send: "relaySender", listen: "relayListener" } as const satisfies Record<string, RoleName>;

const ALERTS = {
  "sender-errors": {
    metric: "SenderConnections-ServerError",
    is: "GreaterThan",
    threshold: 10,
    by: "Total",
    severity: 2,
    says: "Senders do not get through: the relay fails, or nobody listens.",
  },
} as const satisfies AlertRules;

/** Source: Microsoft Learn, "Naming rules and restrictions for Azure resources", Microsoft.Relay. */
const CONNECTION_NAME = {
  pattern: /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,258}[A-Za-z0-9])?$/,
  allowed: "1 to 260 letters, digits, periods, hyphens and underscores, a letter or digit at both ends",
  why: "Azure Relay takes no other names of hybrid connections.",
};

export type RelayAccess = keyof typeof ROLE;

export interface RelayArgs
  extends ComponentArgs,
    Pick<CrossCutArgs, "roleAssignments" | "privateEndpoints" | "diagnostics" | "lock" | "alerts"> {
  /** Hybrid connections by name, one per place that listens. Renaming one makes a new one, and its listener has to change too. */
  readonly hybridConnections: readonly string[];
  readonly transform?: CrossCutTransforms & {
    readonly namespace?: Transform<ArgsOf<typeof relay.Namespace>>;
    readonly [connection: `connection-${string}`]: Transform<ArgsOf<typeof relay.HybridConnection>>;
  };
}

/** One hybrid connection, for links and listeners. */
export interface RelayConnection {
  readonly connectionName: string;
  /** `sb://<host>/<connection>`, where senders and listeners meet. */
  readonly address: pulumi.Output<string>;
  link(access: RelayAccess): LinkGrant;
}

/**
 * A way to servers behind a firewall, without an open port there (Azure Relay hybrid connections). Creates `namespace`,
 * `connection-<name>`, and what the common options ask for.
 *
 * Grants, each on one hybrid connection: `send` → Azure Relay Sender, `listen` → Azure Relay Listener, with `AZURE_RELAY_HOST`.
 * All profiles: Standard, the only SKU; every sender and listener needs a token of Entra ID. Cost class: 10 USD a month for each
 * listener that is connected all month, under 5 in dev.
 *
 * Limits: 25 listeners on one hybrid connection. Relay cannot switch its keys off: no authorisation rule is made, and the key of
 * the namespace that Azure makes is never read. It shares its domain with Service Bus, so their names must differ.
 *
 * @example An app that reaches a server behind a firewall
 * ```ts
 * const relay = new Relay("onprem", { context, hybridConnections: ["clinic-berlin"] });
 * new ContainerApp("api", { ...app, link: [relay.connection("clinic-berlin").link("send")] });
 * ```
 *
 * @example A listener for each place, in Azure for a start
 * ```ts
 * const relay = new Relay("onprem", { context, hybridConnections: ["berlin", "munich"] });
 * const link = [relay.connection("munich").link("listen")];
 * new ContainerGroup("agent", { context, registry, image, network, link });
 * ```
 *
 * @example In a network only
 * ```ts
 * const inside = { context: network.within(context), privateEndpoints: true };
 * new Relay("onprem", { ...inside, hybridConnections: ["clinic-berlin"] });
 * ```
 */
export class Relay extends AzureComponent<RelayArgs | Existing> {
  /** ARM id. */
  readonly namespaceId: pulumi.Output<string>;
  /** Physical name. */
  readonly namespaceName: pulumi.Output<string>;
  /** Host name, with a port where it is not the usual one. */
  readonly host: pulumi.Output<string>;

  /** @throws {ComponentError} `ARGUMENT_INVALID` */
  constructor(name: string, args: RelayArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    if (!isExisting(args)) {
      checkNames(argumentCheck(`Relay ${name}`), "hybridConnections", args.hybridConnections, CONNECTION_NAME);
    }
    super("Relay", name, args, opts, ["namespace", "connection-*", ...CROSS_CUT_SLOTS]);
    const namespace = isExisting(args) ? this.adopt("namespace", relay.Namespace, args.resourceId) : this.#make(args);
    this.namespaceId = namespace.id;
    this.namespaceName = namespace.name;
    this.host = namespace.serviceBusEndpoint.apply((endpoint) => new URL(endpoint).host);
    this.registerOutputs({ namespaceName: this.namespaceName, host: this.host });
  }

  /** A namespace that somebody else manages: the same links to its connections, nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): Relay {
    return new Relay(name, at, opts);
  }

  #make(args: RelayArgs): InstanceType<typeof relay.Namespace> {
    const { context } = args;
    const { resourceGroupName } = context;
    const network = endpointNetwork(this.label, context, args.privateEndpoints);
    const namespace = this.child("namespace", relay.Namespace, {
      resourceGroupName,
      sku: { name: "Standard", tier: "Standard" },
      ...(network && { publicNetworkAccess: "Disabled" }),
    });
    for (const hybridConnectionName of args.hybridConnections) {
      this.child(`connection-${hybridConnectionName}`, relay.HybridConnection, {
        resourceGroupName,
        namespaceName: namespace.name,
        hybridConnectionName,
        requiresClientAuthorization: true, // without it anybody who knows the address may send
      });
    }
    this.crossCut({
      main: namespace,
      logs: [{ resourceId: namespace.id, group: "allLogs" }], // Relay tells no audit log apart
      ...(network && { endpoints: { network, links: ["relay"] } }),
      alerts: ALERTS,
    });
    return namespace;
  }

  /** One of `hybridConnections`. @throws {ComponentError} `NOT_MADE` */
  connection(connectionName: string): RelayConnection {
    const prerequisites = this.partOf(`connection-${connectionName}`);
    const scope = pulumi.interpolate`${this.namespaceId}/hybridConnections/${connectionName}`;
    return {
      connectionName,
      address: this.host.apply((host) => `sb://${host}/${connectionName}`),
      link: (access) => ({
        key: `${this.key}-${connectionName}`,
        source: this.key,
        env: { AZURE_RELAY_HOST: this.host },
        names: { connectionName },
        roles: [{ role: ROLE[access], scope }],
        prerequisites,
      }),
    };
  }
}
