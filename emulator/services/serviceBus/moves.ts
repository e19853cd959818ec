import type { Outcome } from "./consumer.ts";
import type { IncomingMessage } from "./incoming.ts";
import type { MessageQueue } from "./messageQueue.ts";
import { changeApplicationProperties } from "./outgoing.ts";
import type { QueueParts } from "./queueParts.ts";
import type { MessageSections } from "./sections.ts";
import type { EntitySettings } from "./settings.ts";
import type { MessageRecord } from "./store.ts";

/** Moves a message to the dead letters in one commit; a dead letter that dies again is thrown away. */
export async function moveToDeadLetters(
  parts: QueueParts,
  record: MessageRecord,
  sections: MessageSections,
  properties: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { store, key, name, clock } = parts;
  const remove = () => store.remove(key, record.sequence);
  const target = parts.deadLetters?.();
  if (!target) {
    await store.write(remove);
    return;
  }
  const applicationProperties = changeApplicationProperties(sections.applicationProperties, properties);
  const moved: MessageRecord = {
    ...record,
    sequence: target.takeSequence(),
    state: "active",
    enqueuedAt: clock.now(),
    expiresAt: undefined,
    deadLetterSource: name,
  };
  await target.insert(moved, { ...sections, applicationProperties }, remove);
}

/** Application properties that tell why a message was dead-lettered. */
export function deadLetterProperties(
  outcome: Extract<Outcome, { kind: "deadLetter" }>,
): Readonly<Record<string, unknown>> {
  const { properties, reason, description } = outcome;
  return {
    ...properties,
    ...(reason === undefined ? {} : { DeadLetterReason: reason }),
    ...(description === undefined ? {} : { DeadLetterErrorDescription: description }),
  };
}

/** Hands a message on to other lines (none, too) in one commit. */
export async function handOn(
  parts: QueueParts,
  record: MessageRecord,
  sections: MessageSections,
  targets: readonly MessageQueue[],
): Promise<void> {
  const { store, key, clock } = parts;
  const remove = () => store.remove(key, record.sequence);
  if (targets.length === 0) await store.write(remove);
  const copies = targets.map((target, index) => {
    const ownEnd = endOfLife(clock.now(), undefined, target.parts.settings().defaultTtlMs);
    const copy: MessageRecord = {
      ...record,
      sequence: target.takeSequence(),
      expiresAt: earlier(record.expiresAt, ownEnd),
    };
    return target.insert(copy, sections, index === 0 ? remove : undefined); // all in one commit: queued in the same turn
  });
  await Promise.all(copies);
}

/** What a queue keeps of a message that has just come. */
export function newRecord(
  message: IncomingMessage,
  sequence: number,
  now: number,
  settings: EntitySettings,
): MessageRecord {
  const { sections, messageId, sessionId, ttlMs, scheduledAt } = message;
  const isScheduled = scheduledAt !== undefined && scheduledAt > now;
  const enqueuedAt = isScheduled ? scheduledAt : now;
  return {
    sequence,
    state: isScheduled ? "scheduled" : "active",
    messageId,
    sessionId,
    enqueuedAt,
    expiresAt: endOfLife(enqueuedAt, ttlMs, settings.defaultTtlMs),
    scheduledAt,
    deliveryCount: 0,
    deadLetterSource: undefined,
    bytes: sections.properties.length + sections.applicationProperties.length + sections.body.length,
  };
}

/** When a message dies: its own time to live or the entity's, whichever is shorter. */
function endOfLife(from: number, ttlMs: number | undefined, defaultMs: number | undefined): number | undefined {
  const life = Math.min(ttlMs ?? Number.POSITIVE_INFINITY, defaultMs ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(life) ? from + life : undefined;
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
