import type * as pulumi from "@pulumi/pulumi";
import { servicebus } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { LinkGrant } from "../core/link.ts";
import type { RoleName } from "../core/roles.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

const ROLE = {
  send: "busSender",
  receive: "busReceiver",
  scale: "busOwner", // reading the count of messages needs the right to manage the entity
} as const satisfies Record<string, RoleName>;

export type QueueAccess = keyof typeof ROLE;

export interface QueueOptions {
  /** Messages of one session are handled in order, by one receiver at a time. @default false. Changing this replaces the queue. */
  readonly sessions?: boolean;
  /** A message id that was seen in the last ten minutes is dropped. @default false. Changing this replaces the queue. */
  readonly duplicateDetection?: boolean;
}

export interface ServiceBusArgs extends ComponentArgs {
  /** Queues by name. */
  readonly queues: Readonly<Record<string, QueueOptions>>;
  readonly transform?: {
    readonly namespace?: Transform<ArgsOf<typeof servicebus.Namespace>>;
    readonly [queue: `queue-${string}`]: Transform<ArgsOf<typeof servicebus.Queue>>;
  };
}

/** One queue, for links and scale rules. */
export interface BusQueue {
  readonly queueName: string;
  readonly namespaceName: pulumi.Output<string>;
  link(access: QueueAccess): LinkGrant;
}

/**
 * Queues (Azure Service Bus, Standard in every profile: sessions and duplicate detection need it). Creates `namespace` and
 * `queue-<name>`: lock of one minute, five deliveries, fourteen days to live, then the dead letters. Links: `send` → Data Sender,
 * `receive` → Data Receiver, `scale` → Data Owner, each on one queue, with `AZURE_SERVICE_BUS_HOST`, `AZURE_SERVICE_BUS_NAME`.
 * Cost class: 10 USD a month, once per subscription.
 */
export class ServiceBus extends AzureComponent<ServiceBusArgs> {
  readonly namespaceName: pulumi.Output<string>;
  readonly namespaceId: pulumi.Output<string>;
  /** Host name, with a port where it is not the usual one. */
  readonly host: pulumi.Output<string>;

  constructor(name: string, args: ServiceBusArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ServiceBus", name, args, opts, ["namespace", "queue-*"]);
    const { resourceGroupName } = args.context;
    const namespace = this.child("namespace", servicebus.Namespace, {
      resourceGroupName,
      sku: { name: "Standard", tier: "Standard" },
      disableLocalAuth: true,
      minimumTlsVersion: "1.2",
    });
    for (const [queueName, options] of Object.entries(args.queues)) {
      const queueArgs = { resourceGroupName, namespaceName: namespace.name, queueName, ...queueSettings(options) };
      this.child(`queue-${queueName}`, servicebus.Queue, queueArgs);
    }
    this.namespaceName = namespace.name;
    this.namespaceId = namespace.id;
    this.host = namespace.serviceBusEndpoint.apply(hostOf);
    this.registerOutputs({ namespaceName: this.namespaceName, host: this.host });
  }

  /** One of `queues`. @throws {ComponentError} `NOT_MADE` */
  queue(queueName: string): BusQueue {
    const queue = this.node(`queue-${queueName}`) as InstanceType<typeof servicebus.Queue>;
    const env = { AZURE_SERVICE_BUS_HOST: this.host, AZURE_SERVICE_BUS_NAME: this.namespaceName };
    return {
      queueName,
      namespaceName: this.namespaceName,
      link: (access) => ({
        key: `${this.key}-${queueName}`,
        source: this.key,
        env,
        roles: [{ role: ROLE[access], scope: queue.id }],
      }),
    };
  }
}

function queueSettings(options: QueueOptions) {
  return {
    requiresSession: options.sessions ?? false,
    requiresDuplicateDetection: options.duplicateDetection ?? false,
    ...(options.duplicateDetection && { duplicateDetectionHistoryTimeWindow: "PT10M" }),
    lockDuration: "PT1M",
    maxDeliveryCount: 5,
    defaultMessageTimeToLive: "P14D",
    deadLetteringOnMessageExpiration: true,
  };
}

/** `https://x.servicebus.windows.net:443/` → `x.servicebus.windows.net`. */
function hostOf(endpoint: string): string {
  return new URL(endpoint).host;
}
