import { randomUUID } from "node:crypto";
import { BusError } from "./errors.ts";
import { cutSections, decode, encode, type MessageSections, splitBatch } from "./sections.ts";

/** Message format of a batch (Service Bus' own). */
export const BATCH_FORMAT = 0x80013700;

/** A message that a client sent, with what the broker must know of it. */
export interface IncomingMessage {
  readonly sections: MessageSections;
  readonly messageId: string;
  readonly sessionId: string | undefined;
  readonly ttlMs: number | undefined;
  readonly scheduledAt: number | undefined;
}

export interface MessageFields {
  readonly system: Readonly<Record<string, unknown>>;
  readonly user: Readonly<Record<string, unknown>>;
}

/** Reads one transfer: a single message or a batch. @throws {BusError} when the bytes are no message */
export function parseTransfer(payload: Buffer, format: number): readonly IncomingMessage[] {
  try {
    return format === BATCH_FORMAT ? splitBatch(payload).map(parseMessage) : [parseMessage(payload)];
  } catch (cause) {
    throw new BusError("amqp:decode-error", `The message could not be read: ${(cause as Error).message}.`, { cause });
  }
}

/** Reads one encoded message. A message without an id gets one, because clients' lock renewal cannot do without. */
export function parseMessage(encoded: Buffer): IncomingMessage {
  const cut = cutSections(encoded);
  const { header, messageAnnotations, properties } = cut;
  const known = decode(Buffer.concat([header, messageAnnotations, properties]));
  const hasId = known.message_id !== undefined && known.message_id !== null;
  const messageId = hasId ? idText(known.message_id) : randomUUID().replaceAll("-", "");
  const sections = hasId ? cut : { ...cut, properties: propertiesWithId(properties, messageId) };
  const scheduled = known.message_annotations?.["x-opt-scheduled-enqueue-time"];
  return {
    sections,
    messageId,
    sessionId: known.group_id ?? undefined,
    ttlMs: typeof known.ttl === "number" ? known.ttl : undefined,
    scheduledAt: scheduled === undefined || scheduled === null ? undefined : Number(scheduled),
  };
}

function idText(id: unknown): string {
  return Buffer.isBuffer(id) ? id.toString("hex") : String(id);
}

function propertiesWithId(properties: Buffer, messageId: string): Buffer {
  return encode({ ...decode(properties), message_id: messageId });
}

/** Fields that rule filters look at, under the names that filters use. */
export function fieldsOf({ properties, applicationProperties }: MessageSections): MessageFields {
  const known = decode(Buffer.concat([properties, applicationProperties]));
  const system = {
    MessageId: known.message_id,
    CorrelationId: known.correlation_id,
    Label: known.subject,
    Subject: known.subject,
    To: known.to,
    ReplyTo: known.reply_to,
    ReplyToSessionId: known.reply_to_group_id,
    SessionId: known.group_id,
    ContentType: known.content_type,
  };
  return { system, user: known.application_properties ?? {} };
}
