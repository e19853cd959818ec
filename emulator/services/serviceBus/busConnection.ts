import rhea, { type Delivery, type Message, type Receiver, type Sender } from "rhea";
import type { EmulatorContext } from "../../core/context.ts";
import { Claims } from "./claims.ts";
import type { Entities, Entity } from "./entities.ts";
import { BusError, toBusError } from "./errors.ts";
import { parseTransfer } from "./incoming.ts";
import { closeLink, refuse, reveal } from "./linkErrors.ts";
import { manage } from "./management.ts";
import { ReceivingLink } from "./receivingLink.ts";
import { decode } from "./sections.ts";

const CBS = "$cbs";
const MANAGEMENT = /\/\$management$/i;
/** Standard tier; the Premium tier's default is 1 MB. */
const MAX_MESSAGE_BYTES = { standard: 262_144, premium: 1_048_576 };

/** An attach frame's writable side, which the library's typings leave out. */
interface LinkInternals {
  readonly local: { readonly attach: { max_message_size?: number; properties?: unknown } };
}

interface SendTarget {
  readonly address: string;
  readonly entity: Entity;
}

/** What one client connection does: its tokens, its links, its answers. */
export class BusConnection {
  readonly #context: EmulatorContext;
  readonly #namespaceId: string;
  readonly #entities: Entities;
  readonly #claims: Claims;
  readonly #targets = new Map<Receiver, SendTarget>();
  readonly #receiving = new Map<Sender, ReceivingLink>();
  /** Links for answers of `$cbs` and `$management`, by the client's reply address. */
  readonly #replies = new Map<string, Sender>();

  constructor(context: EmulatorContext, namespaceId: string, entities: Entities) {
    this.#context = context;
    this.#namespaceId = namespaceId;
    this.#entities = entities;
    this.#claims = new Claims(context);
  }

  /** The client attaches to send. */
  openReceiver(receiver: Receiver): void {
    const address = addressOf(receiver.target);
    receiver.set_source(receiver.source);
    receiver.set_target(receiver.target);
    if (isService(address)) return;
    const { attach } = (receiver as unknown as LinkInternals).local;
    try {
      const entity = this.#entities.find(this.#namespaceId, address);
      this.#claims.require(address, "send", entity.resource.id);
      if (entity.kind !== "queue" && entity.kind !== "topic")
        throw new BusError("amqp:not-allowed", `Messages cannot be sent to '${address}'.`);
      attach.max_message_size = this.#maxMessageBytes();
      this.#targets.set(receiver, { address, entity });
    } catch (error) {
      closeLink(receiver, error);
    }
  }

  /** The client attaches to receive: messages, or answers. */
  openSender(sender: Sender): void {
    const address = addressOf(sender.source);
    if (isService(address)) {
      for (const name of replyNames(sender)) this.#replies.set(name, sender);
      confirm(sender);
      return;
    }
    try {
      const entity = this.#entities.find(this.#namespaceId, address);
      this.#claims.require(address, "receive", entity.resource.id);
      const { queue, settings } = entity;
      if (!queue)
        throw new BusError("amqp:not-allowed", `Messages cannot be received from '${address}', which is a topic.`);
      if (!settings.canReceive)
        throw new BusError("com.microsoft:entity-disabled", `The entity '${address}' is disabled for receiving.`);
      const needsSession = entity.kind !== "deadLetters" && settings.requiresSession;
      const link = new ReceivingLink({ sender, queue, address, needsSession, confirm: () => confirm(sender) });
      this.#receiving.set(sender, link);
      link.start();
    } catch (error) {
      refuse(sender, error);
    }
  }

  /** A transfer: messages for an entity, or a request to `$cbs` or `$management`. */
  receive(receiver: Receiver, delivery: Delivery, payload: Buffer, format: number): void {
    const address = addressOf(receiver.target);
    if (isService(address)) {
      delivery.update(true, accepted());
      void this.#answer(address, payload);
      return;
    }
    void this.#send(receiver, payload, format).then(
      () => delivery.update(true, accepted()),
      (error: unknown) => delivery.update(true, rejected(error)),
    );
  }

  flow(sender: Sender): void {
    this.#receiving.get(sender)?.flow();
  }

  drain(sender: Sender): void {
    this.#receiving.get(sender)?.drain();
  }

  /** A receiver's verdict on a message; answered after the commit. */
  settle(sender: Sender, delivery: Delivery, outcome: "accepted" | "rejected" | "released" | "modified"): void {
    const link = this.#receiving.get(sender);
    if (!link) {
      delivery.update(true, accepted()); // an answer of ours that the client has read
      return;
    }
    void link.settle(delivery, outcome).then(
      () => delivery.update(true, accepted()), // the verdict itself would read like an error when it is a rejection
      (error: unknown) => delivery.update(true, rejected(error)),
    );
  }

  closeSender(sender: Sender): void {
    this.#receiving.get(sender)?.end();
    this.#receiving.delete(sender);
    for (const name of replyNames(sender)) this.#replies.delete(name);
  }

  /** Detaches links whose token has run out (or lost its right). */
  tick(): void {
    const check = (address: string, right: "send" | "receive", resourceId: string): unknown => {
      try {
        this.#claims.require(address, right, resourceId);
        return undefined;
      } catch (error) {
        return error;
      }
    };
    for (const [receiver, { address, entity }] of this.#targets) {
      const error = this.#claims.callerFor(address) ? undefined : check(address, "send", entity.resource.id);
      if (error) {
        this.#targets.delete(receiver);
        closeLink(receiver, error);
      }
    }
    for (const [sender, link] of this.#receiving) {
      const error = this.#claims.callerFor(link.address)
        ? undefined
        : check(link.address, "receive", this.#namespaceId);
      if (error) {
        this.closeSender(sender);
        closeLink(sender, error);
      }
    }
  }

  /** The connection is gone. */
  end(): void {
    for (const link of this.#receiving.values()) link.end();
    this.#receiving.clear();
    this.#targets.clear();
    this.#replies.clear();
  }

  async #send(receiver: Receiver, payload: Buffer, format: number): Promise<void> {
    const target = this.#targets.get(receiver);
    if (!target) throw new BusError("amqp:not-found", "The link is not attached to an entity.");
    if (payload.length > this.#maxMessageBytes()) {
      throw new BusError(
        "amqp:link:message-size-exceeded",
        `The received message (${payload.length} bytes) exceeds the limit of ${this.#maxMessageBytes()} bytes.`,
      );
    }
    const entity = this.#entities.find(this.#namespaceId, target.address);
    await this.#entities.send(entity, parseTransfer(payload, format));
  }

  async #answer(address: string, payload: Buffer): Promise<void> {
    const request = decode(payload);
    const reply = this.#replies.get(String(request.reply_to ?? ""));
    const properties = (request.application_properties ?? {}) as Readonly<Record<string, unknown>>;
    const answer = await this.#perform(address, properties, request.body).catch((error: unknown) => {
      const { status, condition, message } = toBusError(error);
      if (condition === "amqp:internal-error")
        this.#context.log("serviceBus", "request failed", { address, error: String(error) });
      return { status, condition, description: message, body: undefined };
    });
    if (!reply) return;
    const { status, condition, description, body } = answer;
    const described = {
      statusCode: status,
      "status-code": status,
      statusDescription: description,
      "status-description": description,
    };
    reply.send({
      correlation_id: request.message_id,
      application_properties: {
        ...described,
        ...(condition ? { errorCondition: condition, "error-condition": condition } : {}),
      },
      body: body ?? {},
    } as Message);
  }

  async #perform(address: string, properties: Readonly<Record<string, unknown>>, body: unknown): Promise<Answer> {
    if (address === CBS) {
      if (properties.operation !== "put-token")
        throw new BusError("amqp:not-implemented", `The operation '${properties.operation}' is not emulated.`);
      if (properties.type !== "jwt")
        throw new BusError(
          "amqp:unauthorized-access",
          `Tokens of type '${properties.type}' are not accepted; use Entra.`,
        );
      await this.#claims.put(String(properties.name ?? ""), String(body));
      return { status: 202, description: "Accepted" };
    }
    const path = address.replace(MANAGEMENT, "");
    const entity = this.#entities.find(this.#namespaceId, path);
    const requireRight = (right: "send" | "receive") => this.#claims.require(address, right, entity.resource.id);
    const operation = String(properties.operation ?? "");
    const result = await manage({
      operation,
      body: body as Readonly<Record<string, unknown>>,
      entity,
      entities: this.#entities,
      requireRight,
    });
    return { status: result ? 200 : 204, description: result ? "OK" : "No Content", body: result };
  }

  #maxMessageBytes(): number {
    const tier = String(this.#context.resources.get(this.#namespaceId)?.sku?.name ?? "Standard").toLowerCase();
    return tier === "premium" ? MAX_MESSAGE_BYTES.premium : MAX_MESSAGE_BYTES.standard;
  }
}

interface Answer {
  readonly status: number;
  readonly description: string;
  readonly condition?: string;
  readonly body?: unknown;
}

/** A client's reply address is the target of its link or, for `$cbs`, only the link's name. */
function replyNames(sender: Sender): readonly string[] {
  return [addressOf(sender.target), sender.name].filter((name) => name !== "");
}

function isService(address: string): boolean {
  return address === CBS || MANAGEMENT.test(address);
}

/** The address of a source or target; the client may have given it as a URL. */
function addressOf(terminus: unknown): string {
  const address = (terminus as { readonly address?: string } | undefined)?.address ?? "";
  return address.replace(/^[a-z]+:\/\/[^/]*\//i, "");
}

/** Answers an attach with what the client asked for. */
function confirm(sender: Sender): void {
  sender.set_source(sender.source);
  sender.set_target(sender.target);
  reveal(sender);
}

function accepted(): unknown {
  return (rhea.message as unknown as { accepted(): { described(): unknown } }).accepted().described();
}

function rejected(error: unknown): unknown {
  const { condition, message } = toBusError(error);
  const build = rhea.message as unknown as { rejected(fields: unknown): { described(): unknown } };
  return build.rejected({ error: { condition, description: message } }).described();
}
