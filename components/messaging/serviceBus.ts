import * as pulumi from "@pulumi/pulumi";
import type { AlertRules } from "../core/alerts.ts";
import { servicebus } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs, type CrossCutTransforms } from "../core/crossCut.ts";
import { ComponentError } from "../core/errors.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import type { LinkGrant } from "../core/link.ts";
import { endpointNetwork } from "../core/privateEndpoint.ts";
import type { RoleName } from "../core/roles.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

const ROLE = {
  send: "busSender",
  receive: "busReceiver",
  scale: "busOwner", // reading the count of messages needs the right to manage the entity
} as const satisfies Record<string, RoleName>;

const ALERTS = {
  "dead-letters": {
    metric: "DeadletteredMessages",
    is: "GreaterThan",
    threshold: 0,
    by: "Average",
    severity: 2,
    says: "Messages were given up after five deliveries, or nobody took them in time.",
  },
} as const satisfies AlertRules;

export type QueueAccess = keyof typeof ROLE;
export type TopicAccess = "send";
export type SubscriptionAccess = "receive" | "scale";
export type BusSku = "Basic" | "Standard" | "Premium";

export interface QueueOptions {
  /** Messages of one session are handled in order, by one receiver at a time. @default false. Changing this replaces the queue. */
  readonly sessions?: boolean;
  /** A message id that was seen in the last ten minutes is dropped. @default false. Changing this replaces the queue. */
  readonly duplicateDetection?: boolean;
}

export interface TopicOptions {
  /** A message id that was seen in the last ten minutes is dropped. @default false. Changing this replaces the topic. */
  readonly duplicateDetection?: boolean;
  /** Who gets a copy of each message, by name. */
  readonly subscriptions: Readonly<Record<string, Pick<QueueOptions, "sessions">>>;
}

export interface ServiceBusArgs
  extends ComponentArgs,
    Pick<CrossCutArgs, "roleAssignments" | "privateEndpoints" | "diagnostics" | "lock" | "alerts"> {
  /**
   * Basic has queues without sessions and duplicate detection; Premium has private endpoints and costs 677 USD a month.
   * @default Standard. Between Basic and Standard it updates; to or from Premium it replaces the namespace.
   */
  readonly sku?: BusSku;
  /** Queues by name. @default none */
  readonly queues?: Readonly<Record<string, QueueOptions>>;
  /** Topics by name. @default none */
  readonly topics?: Readonly<Record<string, TopicOptions>>;
  readonly transform?: CrossCutTransforms & {
    readonly namespace?: Transform<ArgsOf<typeof servicebus.Namespace>>;
    readonly [queue: `queue-${string}`]: Transform<ArgsOf<typeof servicebus.Queue>>;
    readonly [topic: `topic-${string}`]: Transform<ArgsOf<typeof servicebus.Topic>>;
    readonly [subscription: `subscription-${string}`]: Transform<ArgsOf<typeof servicebus.Subscription>>;
  };
}

/** One queue, for links and scale rules. */
export interface BusQueue {
  readonly queueName: string;
  readonly namespaceName: pulumi.Output<string>;
  link(access: QueueAccess): LinkGrant;
}

/** One topic, for links. */
export interface BusTopic {
  readonly topicName: string;
  link(access: TopicAccess): LinkGrant;
  /** @throws {ComponentError} `NOT_MADE` */
  subscription(subscriptionName: string): {
    readonly subscriptionName: string;
    link(access: SubscriptionAccess): LinkGrant;
  };
}

/**
 * Queues and topics (Azure Service Bus, Standard in every profile: sessions and duplicate detection need it). Creates `namespace`,
 * `queue-<name>`, `topic-<name>`, `subscription-<topic>-<name>` (lock of one minute, five deliveries, fourteen days to live, then the dead
 * letters), and what the common options ask for. Links: `send` → Data Sender on a queue or topic, `receive` → Data Receiver on a queue
 * or subscription, `scale` → Data Owner there, with `AZURE_SERVICE_BUS_HOST`, `AZURE_SERVICE_BUS_NAME`. Cost class: 10 USD a month,
 * once per subscription.
 *
 * Limits: a message has at most 256 KB in Standard. Sessions and duplicate detection are chosen once. A
 * name must not end in `-sb` or `-mgmt`.
 *
 * @example A worker that waiting messages start
 * ```ts
 * const bus = new ServiceBus("bus", { context, queues: { mails: {} } });
 * const queue = bus.queue("mails");
 * new ContainerApp("sender", { ...app, link: [queue.link("receive")], scale: { queue: { queue, messages: 5 } } });
 * ```
 *
 * @example In order for each customer, and each message once
 * ```ts
 * new ServiceBus("bus", { context, queues: { orders: { sessions: true, duplicateDetection: true } } });
 * ```
 *
 * @example One message for several receivers
 * ```ts
 * const topics = { paid: { subscriptions: { invoice: {}, parcel: {} } } };
 * const paid = new ServiceBus("bus", { context, topics }).topic("paid");
 * new ContainerApp("shop", { ...app, link: [paid.link("send")] });
 * new ContainerApp("invoices", { ...app, link: [paid.subscription("invoice").link("receive")] });
 * ```
 *
 * @example In a network only, which Premium can
 * ```ts
 * const inside = { context: network.within(context), privateEndpoints: true };
 * new ServiceBus("bus", { ...inside, sku: "Premium", queues: { mails: {} } });
 * ```
 *
 * @example What no option covers: dead after ten deliveries
 * ```ts
 * new ServiceBus("bus", { context, queues: { mails: {} }, transform: { "queue-mails": { maxDeliveryCount: 10 } } });
 * ```
 */
export class ServiceBus extends AzureComponent<ServiceBusArgs | Existing> {
  /** Physical name. */
  readonly namespaceName: pulumi.Output<string>;
  /** ARM id. */
  readonly namespaceId: pulumi.Output<string>;
  /** Host name, with a port where it is not the usual one. */
  readonly host: pulumi.Output<string>;

  /** @throws {ComponentError} `OPTION_UNSUPPORTED` for what the SKU cannot do */
  constructor(name: string, args: ServiceBusArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    const slots = ["namespace", "queue-*", "topic-*", "subscription-*", ...CROSS_CUT_SLOTS];
    super("ServiceBus", name, args, opts, slots);
    const namespace = isExisting(args)
      ? this.adopt("namespace", servicebus.Namespace, args.resourceId)
      : this.#make(args);
    this.namespaceName = namespace.name;
    this.namespaceId = namespace.id;
    this.host = namespace.serviceBusEndpoint.apply(hostOf);
    this.registerOutputs({ namespaceName: this.namespaceName, host: this.host });
  }

  /** A namespace that somebody else manages: the same links to its parts, nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): ServiceBus {
    return new ServiceBus(name, at, opts);
  }

  #make(args: ServiceBusArgs): InstanceType<typeof servicebus.Namespace> {
    const { context } = args;
    const sku = args.sku ?? "Standard";
    checkSku(this.label, sku, args);
    const network = endpointNetwork(this.label, context, args.privateEndpoints, onlyPremium(sku));
    const namespace = this.child("namespace", servicebus.Namespace, {
      resourceGroupName: context.resourceGroupName,
      sku: { name: sku, tier: sku, ...(sku === "Premium" && { capacity: 1 }) },
      disableLocalAuth: true,
      minimumTlsVersion: "1.2",
      ...(network && { publicNetworkAccess: "Disabled" }),
    });
    const below = { resourceGroupName: context.resourceGroupName, namespaceName: namespace.name };
    for (const [queueName, options] of Object.entries(args.queues ?? {})) {
      this.child(`queue-${queueName}`, servicebus.Queue, { ...below, queueName, ...queueSettings(options) });
    }
    for (const [topicName, options] of Object.entries(args.topics ?? {})) this.#makeTopic(below, topicName, options);
    this.crossCut({
      main: namespace,
      logs: [{ resourceId: namespace.id, group: "audit" }],
      ...(network && { endpoints: { network, links: ["serviceBus"] } }),
      alerts: ALERTS,
      keepsData: true,
    });
    return namespace;
  }

  #makeTopic(
    below: { readonly resourceGroupName: pulumi.Output<string>; readonly namespaceName: pulumi.Output<string> },
    topicName: string,
    options: TopicOptions,
  ): void {
    const topic = this.child(`topic-${topicName}`, servicebus.Topic, {
      ...below,
      topicName,
      ...duplicates(options),
      defaultMessageTimeToLive: "P14D",
    });
    for (const [subscriptionName, { sessions }] of Object.entries(options.subscriptions)) {
      this.child(`subscription-${topicName}-${subscriptionName}`, servicebus.Subscription, {
        ...below,
        topicName: topic.name,
        subscriptionName,
        requiresSession: sessions ?? false,
        ...DELIVERY,
      });
    }
  }

  /** One of `queues`. @throws {ComponentError} `NOT_MADE` */
  queue(queueName: string): BusQueue {
    const link = this.#part(`queue-${queueName}`, queueName, `queues/${queueName}`, { queueName });
    return { queueName, namespaceName: this.namespaceName, link };
  }

  /** One of `topics`. @throws {ComponentError} `NOT_MADE` */
  topic(topicName: string): BusTopic {
    const path = `topics/${topicName}`;
    return {
      topicName,
      link: this.#part(`topic-${topicName}`, `topic-${topicName}`, path, { topicName }),
      subscription: (name) => {
        const slot = `subscription-${topicName}-${name}`;
        const names = { topicName, subscriptionName: name };
        return { subscriptionName: name, link: this.#part(slot, slot, `${path}/subscriptions/${name}`, names) };
      },
    };
  }

  #part(
    slot: string,
    key: string,
    path: string,
    names: Readonly<Record<string, string>>,
  ): (access: QueueAccess) => LinkGrant {
    const prerequisites = this.partOf(slot);
    const scope = pulumi.interpolate`${this.namespaceId}/${path}`;
    const env = { AZURE_SERVICE_BUS_HOST: this.host, AZURE_SERVICE_BUS_NAME: this.namespaceName };
    return (access) => ({
      key: `${this.key}-${key}`,
      source: this.key,
      env,
      names,
      roles: [{ role: ROLE[access], scope }],
      prerequisites,
    });
  }
}

/** What messages of a queue or subscription go through. */
const DELIVERY = {
  lockDuration: "PT1M",
  maxDeliveryCount: 5,
  defaultMessageTimeToLive: "P14D",
  deadLetteringOnMessageExpiration: true,
} as const;

function queueSettings(options: QueueOptions) {
  return { requiresSession: options.sessions ?? false, ...duplicates(options), ...DELIVERY };
}

function duplicates({ duplicateDetection = false }: Pick<QueueOptions, "duplicateDetection">) {
  return {
    requiresDuplicateDetection: duplicateDetection,
    ...(duplicateDetection && { duplicateDetectionHistoryTimeWindow: "PT10M" }),
  };
}

function onlyPremium(sku: BusSku) {
  return sku === "Premium" ? undefined : { needed: "SKU Premium", given: sku, why: "the others share their machines" };
}

/** Source: Microsoft Learn, "Service Bus pricing tiers": Basic has queues only. */
function checkSku(component: string, sku: BusSku, { queues = {}, topics = {} }: ServiceBusArgs): void {
  if (sku !== "Basic") return;
  const all = Object.values(queues);
  const used = {
    topics: Object.keys(topics).length > 0,
    sessions: all.some((queue) => queue.sessions),
    duplicateDetection: all.some((queue) => queue.duplicateDetection),
  };
  for (const [option, isUsed] of Object.entries(used)) {
    const details = { needed: "SKU Standard or Premium", given: sku, why: "Basic has plain queues only" };
    if (isUsed) throw new ComponentError("OPTION_UNSUPPORTED", { component, option, ...details });
  }
}

/** `https://x.servicebus.windows.net:443/` → `x.servicebus.windows.net`. */
function hostOf(endpoint: string): string {
  return new URL(endpoint).host;
}
