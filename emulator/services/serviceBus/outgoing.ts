import rhea from "rhea";
import { decode, encode, type MessageSections } from "./sections.ts";
import type { MessageRecord } from "./store.ts";

const STATES = { active: 0, deferred: 1, scheduled: 2 } as const;

/**
 * The bytes that a receiver gets: the sender's own sections with the broker's header and annotations in front.
 *
 * @param lockedUntil milliseconds, absent for messages that are not locked (peeked, or deleted with the delivery)
 */
export function toWire(record: MessageRecord, sections: MessageSections, lockedUntil?: number): Buffer {
  const sent = decode(Buffer.concat([sections.header, sections.messageAnnotations]));
  const { types } = rhea;
  const annotations: Record<string, unknown> = {
    ...sent.message_annotations,
    "x-opt-sequence-number": types.wrap_long(record.sequence),
    "x-opt-enqueue-sequence-number": types.wrap_long(record.sequence),
    "x-opt-enqueued-time": types.wrap_timestamp(record.enqueuedAt),
    "x-opt-message-state": types.wrap_int(STATES[record.state]),
  };
  if (record.scheduledAt !== undefined) {
    annotations["x-opt-scheduled-enqueue-time"] = types.wrap_timestamp(record.scheduledAt);
  }
  if (lockedUntil !== undefined) annotations["x-opt-locked-until"] = types.wrap_timestamp(lockedUntil);
  if (record.deadLetterSource) annotations["x-opt-deadletter-source"] = record.deadLetterSource;
  const front = encode({
    durable: sent.durable ?? false,
    priority: sent.priority ?? 4,
    ttl: sent.ttl,
    delivery_count: record.deliveryCount,
    message_annotations: annotations,
  });
  return Buffer.concat([front, sections.properties, sections.applicationProperties, sections.body]);
}

/** The application properties section with changes laid over it (dead-letter reason, properties changed at settlement). */
export function changeApplicationProperties(section: Buffer, changes: Readonly<Record<string, unknown>>): Buffer {
  const known = section.length > 0 ? decode(section).application_properties : {};
  return encode({ application_properties: { ...known, ...changes } });
}
