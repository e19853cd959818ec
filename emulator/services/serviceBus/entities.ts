import type { EmulatorContext } from "../../core/context.ts";
import type { ArmResource } from "../../core/resources.ts";
import { BusError } from "./errors.ts";
import { matchesRules } from "./filters.ts";
import { fieldsOf, type IncomingMessage } from "./incoming.ts";
import { MessageQueue } from "./messageQueue.ts";
import type { QueueCounts } from "./queueParts.ts";
import type { MessageSections } from "./sections.ts";
import { type EntitySettings, settingsOf } from "./settings.ts";
import type { MessageStore } from "./store.ts";

export const NAMESPACE = "Microsoft.ServiceBus/namespaces";

/** An address that a link may attach to. */
export interface Entity {
  readonly kind: "queue" | "topic" | "subscription" | "deadLetters";
  readonly resource: ArmResource;
  /** Undefined for topics, which hold nothing themselves. */
  readonly queue: MessageQueue | undefined;
  readonly settings: EntitySettings;
}

const DEAD_LETTERS = /\/\$deadletterqueue$/i;
const SUBSCRIPTION = /^(.+)\/subscriptions\/([^/]+)$/i;

/** All entities of all namespaces: what ARM describes, joined with the messages that the store holds. */
export class Entities {
  readonly #context: EmulatorContext;
  readonly #store: MessageStore;
  readonly #queues = new Map<string, MessageQueue>();
  /** Topics have no line of their own, but they may drop duplicates and keep scheduled messages. */
  readonly #topicLines = new Map<string, MessageQueue>();

  constructor(context: EmulatorContext, store: MessageStore) {
    this.#context = context;
    this.#store = store;
  }

  /**
   * Finds what an address names: `queue`, `topic`, `topic/Subscriptions/name`, each with `/$DeadLetterQueue` where it holds messages.
   *
   * @throws {BusError} `amqp:not-found`
   */
  find(namespaceId: string, address: string): Entity {
    const path = address.replace(/^\/+|\/+$/g, "");
    const isDeadLetters = DEAD_LETTERS.test(path);
    const name = path.replace(DEAD_LETTERS, "");
    const parts = SUBSCRIPTION.exec(name);
    const { resources } = this.#context;
    const child = (kind: string, each = name) => resources.get(`${namespaceId}/${kind}/${each.replaceAll("/", "~")}`);
    const subscription = parts
      ? resources.get(`${namespaceId}/topics/${parts[1]?.replaceAll("/", "~")}/subscriptions/${parts[2]}`)
      : undefined;
    const holder = subscription ?? child("queues");
    if (holder) {
      const queue = this.queueOf(holder);
      const settings = settingsOf(holder);
      if (!isDeadLetters) return { kind: subscription ? "subscription" : "queue", resource: holder, queue, settings };
      return { kind: "deadLetters", resource: holder, queue: this.#deadLetters(holder), settings };
    }
    const topic = isDeadLetters ? undefined : child("topics");
    if (topic) return { kind: "topic", resource: topic, queue: undefined, settings: settingsOf(topic) };
    throw new BusError("amqp:not-found", `The messaging entity '${path}' could not be found.`);
  }

  /** Sends to a queue or a topic; resolves with a number for each message after all are on disk. */
  async send(entity: Entity, messages: readonly IncomingMessage[]): Promise<readonly number[]> {
    if (!entity.settings.canSend)
      throw new BusError(
        "com.microsoft:entity-disabled",
        `The entity '${entity.resource.name}' is disabled for sending.`,
      );
    const line = this.lineOf(entity);
    if (!line) throw new BusError("amqp:not-allowed", "Messages cannot be sent to this entity.");
    for (const message of messages) line.check(message);
    return Promise.all(messages.map((message) => line.enqueue(message)));
  }

  /** Where a sent message is stored first; a topic's line hands it on. */
  lineOf(entity: Entity): MessageQueue | undefined {
    return entity.kind === "topic" ? this.#topicLine(entity.resource) : entity.queue;
  }

  /** Counts of a queue or subscription with its dead letters. */
  countsOf(resource: ArmResource): QueueCounts & { readonly deadLetters: number } {
    return { ...this.queueOf(resource).counts(), deadLetters: this.#deadLetters(resource).counts().active };
  }

  subscriptionCount(topic: ArmResource): number {
    return this.#context.resources.list(`${NAMESPACE}/topics/subscriptions`, `${topic.id}/`).length;
  }

  /** The line of a queue's or subscription's resource. */
  queueOf(resource: ArmResource): MessageQueue {
    const key = resource.id.toLowerCase();
    const found = this.#queues.get(key);
    if (found) return found;
    const made = this.#make(resource, key);
    this.#queues.set(key, made);
    return made;
  }

  /** Lets what has become due happen everywhere. */
  tick(): void {
    for (const queue of [...this.#queues.values(), ...this.#topicLines.values()]) queue.tick();
  }

  /** Forgets a deleted entity, its dead letters and, for a namespace, all below. */
  drop(resource: ArmResource): void {
    const key = resource.id.toLowerCase();
    for (const map of [this.#queues, this.#topicLines]) {
      for (const each of map.keys()) if (`${each}/`.startsWith(`${key}/`)) map.delete(each);
    }
    this.#store.drop(key);
  }

  /** Brings all lines into memory, so that timers run for them. */
  load(): void {
    const { resources } = this.#context;
    const topics = resources.list(`${NAMESPACE}/topics`);
    for (const queue of [
      ...resources.list(`${NAMESPACE}/queues`),
      ...resources.list(`${NAMESPACE}/topics/subscriptions`),
    ])
      this.queueOf(queue);
    for (const topic of topics) this.#topicLine(topic);
  }

  #make(resource: ArmResource, key: string): MessageQueue {
    const namespaceId = namespaceOf(resource.id);
    return new MessageQueue({
      key,
      name: nameOf(resource),
      store: this.#store,
      clock: this.#context.clock,
      settings: () => settingsOf(this.#context.resources.get(resource.id) ?? resource),
      route: (sections) => this.#route(resource, sections),
      deadLetters: () => {
        const target = settingsOf(this.#context.resources.get(resource.id) ?? resource).forwardDeadLettersTo;
        const forward = target ? this.find(namespaceId, target).queue : undefined;
        return forward ?? this.#deadLetters(resource);
      },
    });
  }

  /** Where an active message goes on to: a topic's matching subscriptions, or the target of `forwardTo`. */
  #route(resource: ArmResource, sections: MessageSections): readonly MessageQueue[] | undefined {
    const { resources } = this.#context;
    const { forwardTo } = settingsOf(resources.get(resource.id) ?? resource);
    if (resource.type.toLowerCase() === `${NAMESPACE}/topics`.toLowerCase()) {
      const subscriptions = resources.list(`${NAMESPACE}/topics/subscriptions`, `${resource.id}/`);
      const fields = fieldsOf(sections);
      const rulesOf = (each: ArmResource) => resources.list(`${NAMESPACE}/topics/subscriptions/rules`, `${each.id}/`);
      return subscriptions.filter((each) => matchesRules(rulesOf(each), fields)).map((each) => this.queueOf(each));
    }
    if (!forwardTo) return undefined;
    const namespaceId = namespaceOf(resource.id);
    const { kind, queue, resource: target } = this.find(namespaceId, forwardTo);
    const line = kind === "topic" ? this.#topicLine(target) : queue;
    return line ? [line] : undefined;
  }

  #deadLetters(resource: ArmResource): MessageQueue {
    const key = `${resource.id.toLowerCase()}/$deadletterqueue`;
    const found = this.#queues.get(key);
    if (found) return found;
    const made = new MessageQueue({
      key,
      name: nameOf(resource),
      store: this.#store,
      clock: this.#context.clock,
      settings: () => {
        const settings = settingsOf(this.#context.resources.get(resource.id) ?? resource);
        return {
          ...settings,
          requiresSession: false,
          defaultTtlMs: undefined,
          duplicateWindowMs: undefined,
          forwardTo: undefined,
        };
      },
      deadLetters: undefined,
    });
    this.#queues.set(key, made);
    return made;
  }

  /** A topic's line hands each message on to the subscriptions as soon as it is active. */
  #topicLine(topic: ArmResource): MessageQueue {
    const key = topic.id.toLowerCase();
    const found = this.#topicLines.get(key);
    if (found) return found;
    const made = this.#make(topic, key);
    this.#topicLines.set(key, made);
    return made;
  }
}

/** ARM writes `~` where an entity's name has a slash. */
function nameOf(resource: ArmResource): string {
  const parts = resource.id.split("/").slice(10);
  const name = (parts[0] ?? "").replaceAll("~", "/");
  return parts[1]?.toLowerCase() === "subscriptions" ? `${name}/Subscriptions/${parts[2]}` : name;
}

function namespaceOf(id: string): string {
  return id.split("/").slice(0, 9).join("/");
}
