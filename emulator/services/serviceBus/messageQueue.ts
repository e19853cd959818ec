import type { Clock } from "../../core/clock.ts";
import { BusError } from "./errors.ts";
import { Heap } from "./heap.ts";
import type { IncomingMessage } from "./incoming.ts";
import { newLockToken } from "./lockToken.ts";
import { changeApplicationProperties } from "./outgoing.ts";
import type { MessageSections } from "./sections.ts";
import { SessionTable } from "./sessions.ts";
import type { EntitySettings } from "./settings.ts";
import type { MessageRecord, MessageStore } from "./store.ts";

/** A receiving link. */
export interface Consumer {
  readonly mode: "peekLock" | "receiveAndDelete";
  /** Set once it has accepted a session. */
  readonly sessionId: string | undefined;
  /** Messages that it can take now. */
  credit(): number;
  deliver(record: MessageRecord, sections: MessageSections, lock: MessageLock | undefined): void;
  /** Its session lock ran out. */
  sessionLost(): void;
}

export interface MessageLock {
  readonly token: Buffer;
  readonly record: MessageRecord;
  /** Milliseconds since the epoch; for messages of a session, the end of the session lock at delivery. */
  until: number;
  readonly sessionId: string | undefined;
}

/** How a receiver ends its work on a message. */
export type Outcome =
  | { readonly kind: "complete" }
  | { readonly kind: "abandon" | "defer"; readonly properties?: Readonly<Record<string, unknown>> | undefined }
  | {
      readonly kind: "deadLetter";
      readonly reason: string | undefined;
      readonly description: string | undefined;
      readonly properties?: Readonly<Record<string, unknown>> | undefined;
    };

export interface QueueCounts {
  /** Active, whether locked or not, as Azure counts. */
  readonly active: number;
  readonly deferred: number;
  readonly scheduled: number;
  readonly bytes: number;
}

/** What a queue needs from the house. */
export interface QueueParts {
  /** Key in the store. */
  readonly key: string;
  /** Name as clients know it, for `deadLetterSource` and texts. */
  readonly name: string;
  readonly store: MessageStore;
  readonly clock: Clock;
  readonly settings: () => EntitySettings;
  /** Lines that an active message is handed on to (a topic's subscriptions, `forwardTo`); undefined: it stays here. */
  readonly route?: (sections: MessageSections) => readonly MessageQueue[] | undefined;
  /** Where dead letters and forwarded messages go; undefined for a dead-letter queue itself. */
  readonly deadLetters: (() => MessageQueue) | undefined;
}

interface SessionWaiter {
  readonly consumer: Consumer;
  readonly accept: (id: string, until: number) => void;
}

const LOST =
  "The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.";

/** One line of messages: a queue, a subscription, or the dead letters of one. In memory for speed, in the store for keeps. */
export class MessageQueue {
  readonly parts: QueueParts;
  readonly #messages = new Map<number, MessageRecord>();
  readonly #ready = new Heap<MessageRecord>();
  readonly #sessions = new SessionTable<Consumer>();
  readonly #locks = new Map<string, MessageLock>();
  readonly #lockBySequence = new Map<number, MessageLock>();
  readonly #lockEnds = new Heap<MessageLock>();
  readonly #scheduled = new Heap<MessageRecord>();
  readonly #expiries = new Heap<MessageRecord>();
  readonly #consumers = new Set<Consumer>();
  readonly #waiters: SessionWaiter[] = [];
  readonly #seenIds: Map<string, number>;
  readonly #isReady = (record: MessageRecord) =>
    this.#messages.get(record.sequence) === record &&
    record.state === "active" &&
    !this.#lockBySequence.has(record.sequence);
  #nextSequence: number;

  /** Brings back what the store holds; nothing is locked then. */
  constructor(parts: QueueParts) {
    this.parts = parts;
    this.#nextSequence = parts.store.nextSequence(parts.key);
    this.#seenIds = parts.store.seenIds(parts.key, parts.clock.now());
    for (const record of parts.store.load(parts.key)) this.#admit(record);
  }

  /** Throws what makes a message unfit for this queue. */
  check(message: IncomingMessage): void {
    if (this.parts.settings().requiresSession && message.sessionId === undefined) {
      const text =
        "The SessionId was not set on a message, and it cannot be sent to the entity. Entities that have session support enabled can only receive messages that have the SessionId set to a valid value.";
      throw new BusError("amqp:not-allowed", text);
    }
  }

  /** Adds a message; resolves with its number after the commit. A duplicate is dropped without a word. */
  async enqueue(message: IncomingMessage): Promise<number> {
    const { settings, clock } = this.parts;
    this.check(message);
    if (this.#isDuplicate(message.messageId)) return 0;
    const now = clock.now();
    const isScheduled = message.scheduledAt !== undefined && message.scheduledAt > now;
    const enqueuedAt = isScheduled ? Number(message.scheduledAt) : now;
    const { sections } = message;
    const record: MessageRecord = {
      sequence: this.#nextSequence++,
      state: isScheduled ? "scheduled" : "active",
      messageId: message.messageId,
      sessionId: message.sessionId,
      enqueuedAt,
      expiresAt: endOfLife(enqueuedAt, message.ttlMs, settings().defaultTtlMs),
      scheduledAt: message.scheduledAt,
      deliveryCount: 0,
      deadLetterSource: undefined,
      bytes: sections.properties.length + sections.applicationProperties.length + sections.body.length,
    };
    await this.insert(record, sections);
    return record.sequence;
  }

  /** Stores a record made elsewhere together with `alongside`, then lets it be received. */
  async insert(record: MessageRecord, sections: MessageSections, alongside?: () => void): Promise<void> {
    const { store, key } = this.parts;
    await store.write(() => {
      alongside?.();
      store.insert(key, record, sections);
    });
    this.#admit(record);
    this.pump();
  }

  takeSequence(): number {
    return this.#nextSequence++;
  }

  attach(consumer: Consumer): void {
    this.#consumers.add(consumer);
    this.pump();
  }

  /** Takes a receiver away. Its session is free at once; locks on single messages stay until they run out, as on Azure. */
  detach(consumer: Consumer): void {
    this.#consumers.delete(consumer);
    this.stopWaiting(consumer);
    const { sessionId } = consumer;
    if (sessionId !== undefined && this.#sessions.lockOf(sessionId)?.holder === consumer)
      this.#freeSession(sessionId, false);
  }

  /** Hands out messages as long as there are some and somebody takes them. */
  pump(): void {
    if (!this.parts.settings().canReceive) return;
    for (let isBusy = true; isBusy; ) {
      isBusy = false;
      for (const consumer of this.#consumers) {
        if (consumer.credit() <= 0) continue;
        const record = this.#take(consumer.sessionId);
        if (!record) continue;
        this.#handOver(record, consumer);
        isBusy = true;
      }
    }
    this.#serveWaiters();
  }

  /** Ends a lock with an outcome; resolves after the commit. @throws {BusError} when the lock is lost */
  async settle(token: Buffer, outcome: Outcome): Promise<void> {
    const lock = this.#requireLock(token);
    const { record } = lock;
    this.#dropLock(lock);
    const { store, key } = this.parts;
    if (outcome.kind === "complete") {
      this.#messages.delete(record.sequence);
      await store.write(() => store.remove(key, record.sequence));
    } else if (outcome.kind === "deadLetter") {
      const reasons = {
        ...(outcome.reason === undefined ? {} : { DeadLetterReason: outcome.reason }),
        ...(outcome.description === undefined ? {} : { DeadLetterErrorDescription: outcome.description }),
      };
      await this.#deadLetter(record, { ...outcome.properties, ...reasons });
    } else {
      if (outcome.kind === "defer") record.state = "deferred";
      else record.deliveryCount++;
      await this.#putBack(record, outcome.properties);
    }
  }

  /** Renews one lock. @returns its new end */
  renew(token: Buffer): number {
    const lock = this.#requireLock(token);
    lock.until = this.parts.clock.now() + this.parts.settings().lockDurationMs;
    return lock.until;
  }

  /** Asks for a session: a named one, or the next free one that has messages. `accept` is called once. */
  acceptSession(consumer: Consumer, id: string | undefined, accept: SessionWaiter["accept"]): void {
    if (id === undefined) {
      this.#waiters.push({ consumer, accept });
      this.#serveWaiters();
      return;
    }
    if (this.#sessions.lockOf(id)) {
      throw new BusError(
        "com.microsoft:session-cannot-be-locked",
        `The requested session '${id}' cannot be accepted. It may be locked by another receiver.`,
      );
    }
    this.#lockSession(id, consumer, accept);
  }

  stopWaiting(consumer: Consumer): void {
    const index = this.#waiters.findIndex((waiter) => waiter.consumer === consumer);
    if (index >= 0) this.#waiters.splice(index, 1);
  }

  /** @returns the new end of the session lock */
  renewSession(id: string): number {
    const lock = this.requireSession(id);
    lock.until = this.parts.clock.now() + this.parts.settings().lockDurationMs;
    return lock.until;
  }

  /** @throws {BusError} when nobody holds the session */
  requireSession(id: string): { until: number; readonly holder: Consumer } {
    const lock = this.#sessions.lockOf(id);
    if (lock && lock.until > this.parts.clock.now()) return lock;
    throw new BusError(
      "com.microsoft:session-lock-lost",
      `The session lock has expired on the MessageSession '${id}'. Accept a new MessageSession.`,
    );
  }

  /** Looks without locking, from a number on. */
  peek(from: number, count: number, sessionId?: string): readonly MessageRecord[] {
    const now = this.parts.clock.now();
    return [...this.#messages.values()]
      .filter((record) => record.sequence >= from && (sessionId === undefined || record.sessionId === sessionId))
      .filter((record) => record.expiresAt === undefined || record.expiresAt > now)
      .sort((a, b) => a.sequence - b.sequence)
      .slice(0, count);
  }

  /** Locks (or takes) deferred messages by number. @throws {BusError} when one of them is not there */
  async receiveDeferred(
    sequences: readonly number[],
    mode: Consumer["mode"],
    sessionId: string | undefined,
  ): Promise<readonly Received[]> {
    const { store, key } = this.parts;
    const records = sequences.map((sequence) => this.#requireDeferred(sequence));
    const received = records.map((record) => ({
      record,
      sections: this.#sections(record),
      lock: mode === "peekLock" ? this.#lock(record, sessionId) : undefined,
    }));
    if (mode === "receiveAndDelete") {
      for (const record of records) this.#messages.delete(record.sequence);
      await store.write(() => records.forEach((record) => void store.remove(key, record.sequence)));
    }
    return received;
  }

  /** @throws {BusError} when one of them is not scheduled */
  async cancelScheduled(sequences: readonly number[]): Promise<void> {
    for (const sequence of sequences) {
      if (this.#messages.get(sequence)?.state !== "scheduled") {
        throw new BusError("com.microsoft:message-not-found", `The scheduled message ${sequence} was not found.`);
      }
    }
    for (const sequence of sequences) this.#messages.delete(sequence);
    const { store, key } = this.parts;
    await store.write(() => sequences.forEach((sequence) => void store.remove(key, sequence)));
  }

  sections(record: MessageRecord): MessageSections {
    return this.#sections(record);
  }

  counts(): QueueCounts {
    const counts = { active: 0, deferred: 0, scheduled: 0, bytes: 0 };
    for (const record of this.#messages.values()) {
      counts[record.state]++;
      counts.bytes += record.bytes;
    }
    return counts;
  }

  /** Does what has become due: ends locks, activates scheduled messages, lets old ones die. */
  tick(): void {
    const now = this.parts.clock.now();
    for (const lock of due(this.#lockEnds, now)) this.#endLock(lock, now);
    for (const id of this.#sessions.expired(now)) {
      const holder = this.#sessions.lockOf(id)?.holder;
      this.#freeSession(id, true);
      holder?.sessionLost();
    }
    for (const record of due(this.#scheduled, now)) {
      if (this.#messages.get(record.sequence) === record && record.state === "scheduled") this.#activate(record);
    }
    for (const record of due(this.#expiries, now)) {
      const isWaiting = this.#messages.get(record.sequence) === record && !this.#lockBySequence.has(record.sequence);
      if (isWaiting && record.state !== "scheduled") this.#expire(record);
      else if (this.#messages.get(record.sequence) === record) this.#expiries.push(now + 1000, record); // locked: not while somebody works on it
    }
    this.pump();
  }

  #admit(record: MessageRecord): void {
    this.#messages.set(record.sequence, record);
    if (record.expiresAt !== undefined) this.#expiries.push(record.expiresAt, record);
    if (record.state === "scheduled") this.#scheduled.push(record.scheduledAt ?? 0, record);
    if (record.state === "active") this.#line(record);
  }

  #line(record: MessageRecord): void {
    const targets = this.parts.route?.(this.#sections(record));
    if (targets) {
      void this.#handOn(record, targets);
      return;
    }
    if (this.parts.settings().requiresSession) this.#sessions.push(record.sessionId ?? "", record);
    else this.#ready.push(record.sequence, record);
  }

  #take(sessionId: string | undefined): MessageRecord | undefined {
    for (;;) {
      const record = sessionId === undefined ? this.#head() : this.#sessions.head(sessionId, this.#isReady);
      if (!record) return undefined;
      if (sessionId === undefined) this.#ready.pop();
      else this.#sessions.pop(sessionId);
      if (record.expiresAt === undefined || record.expiresAt > this.parts.clock.now()) return record;
      this.#expire(record);
    }
  }

  #head(): MessageRecord | undefined {
    for (let top = this.#ready.peek(); top; top = this.#ready.peek()) {
      if (this.#isReady(top.value)) return top.value;
      this.#ready.pop();
    }
    return undefined;
  }

  #handOver(record: MessageRecord, consumer: Consumer): void {
    const { store, key } = this.parts;
    const sections = this.#sections(record);
    if (consumer.mode === "peekLock") {
      consumer.deliver(record, sections, this.#lock(record, consumer.sessionId));
      return;
    }
    this.#messages.delete(record.sequence);
    void store.write(() => store.remove(key, record.sequence));
    consumer.deliver(record, sections, undefined);
  }

  #lock(record: MessageRecord, sessionId: string | undefined): MessageLock {
    const session = sessionId === undefined ? undefined : this.#sessions.lockOf(sessionId);
    const until = session?.until ?? this.parts.clock.now() + this.parts.settings().lockDurationMs;
    const lock: MessageLock = { token: newLockToken(), record, until, sessionId };
    this.#locks.set(lock.token.toString("hex"), lock);
    this.#lockBySequence.set(record.sequence, lock);
    if (sessionId === undefined) this.#lockEnds.push(until, lock); // else the session's lock decides
    return lock;
  }

  #requireLock(token: Buffer): MessageLock {
    const lock = this.#locks.get(token.toString("hex"));
    if (!lock) throw new BusError("com.microsoft:message-lock-lost", LOST);
    if (lock.sessionId !== undefined) this.requireSession(lock.sessionId);
    else if (lock.until <= this.parts.clock.now()) throw new BusError("com.microsoft:message-lock-lost", LOST);
    return lock;
  }

  #dropLock(lock: MessageLock): void {
    this.#locks.delete(lock.token.toString("hex"));
    this.#lockBySequence.delete(lock.record.sequence);
  }

  #endLock(lock: MessageLock, now: number): void {
    if (this.#locks.get(lock.token.toString("hex")) !== lock) return;
    if (lock.until > now) {
      this.#lockEnds.push(lock.until, lock); // renewed meanwhile
      return;
    }
    this.#dropLock(lock);
    lock.record.deliveryCount++;
    void this.#putBack(lock.record);
  }

  /** Puts a message back in line, or to the dead letters when it has failed too often. */
  async #putBack(record: MessageRecord, properties?: Readonly<Record<string, unknown>>): Promise<void> {
    const { store, key, settings, deadLetters } = this.parts;
    const limit = settings().maxDeliveryCount;
    if (record.state === "active" && deadLetters && record.deliveryCount >= limit) {
      const description = `Message could not be consumed after ${limit} delivery attempts.`;
      await this.#deadLetter(record, {
        ...properties,
        DeadLetterReason: "MaxDeliveryCountExceeded",
        DeadLetterErrorDescription: description,
      });
      return;
    }
    const saved = store.write(() => {
      store.update(key, record);
      if (properties && Object.keys(properties).length > 0) {
        const { applicationProperties } = this.#sections(record);
        store.setApplicationProperties(
          key,
          record.sequence,
          changeApplicationProperties(applicationProperties, properties),
        );
      }
    });
    if (properties) await saved; // the next receiver must see them
    if (record.state === "active" && this.#messages.get(record.sequence) === record) this.#line(record);
    this.pump();
    await saved;
  }

  async #deadLetter(record: MessageRecord, properties: Readonly<Record<string, unknown>>): Promise<void> {
    const { store, key, name, clock } = this.parts;
    const target = this.parts.deadLetters?.();
    this.#messages.delete(record.sequence);
    if (!target) {
      await store.write(() => store.remove(key, record.sequence)); // a dead letter that is thrown away
      return;
    }
    const sections = this.#sections(record);
    const applicationProperties = changeApplicationProperties(sections.applicationProperties, properties);
    const moved: MessageRecord = {
      ...record,
      sequence: target.takeSequence(),
      state: "active",
      enqueuedAt: clock.now(),
      expiresAt: undefined,
      deadLetterSource: name,
    };
    await target.insert(moved, { ...sections, applicationProperties }, () => store.remove(key, record.sequence));
  }

  async #handOn(record: MessageRecord, targets: readonly MessageQueue[]): Promise<void> {
    const { store, key, clock } = this.parts;
    const sections = this.#sections(record);
    const remove = () => store.remove(key, record.sequence);
    this.#messages.delete(record.sequence);
    if (targets.length === 0) await store.write(remove);
    const copies = targets.map((target, index) => {
      const ownEnd = endOfLife(clock.now(), undefined, target.parts.settings().defaultTtlMs);
      const expiresAt = earlier(record.expiresAt, ownEnd);
      const copy: MessageRecord = { ...record, sequence: target.takeSequence(), expiresAt };
      return target.insert(copy, sections, index === 0 ? remove : undefined); // all in one commit: queued in the same turn
    });
    await Promise.all(copies);
  }

  #expire(record: MessageRecord): void {
    const { store, key, settings, deadLetters } = this.parts;
    if (settings().deadLettersExpired && deadLetters) {
      const description = "The message expired and was dead lettered.";
      void this.#deadLetter(record, {
        DeadLetterReason: "TTLExpiredException",
        DeadLetterErrorDescription: description,
      });
      return;
    }
    this.#messages.delete(record.sequence);
    void store.write(() => store.remove(key, record.sequence));
  }

  #activate(record: MessageRecord): void {
    const { store, key } = this.parts;
    const { sequence } = record;
    this.#messages.delete(sequence);
    record.sequence = this.#nextSequence++;
    record.state = "active";
    void store
      .write(() => store.activate(key, sequence, record))
      .then(() => {
        this.#admit(record);
        this.pump();
      });
  }

  #freeSession(id: string, isExpired: boolean): void {
    this.#sessions.unlock(id);
    for (const lock of [...this.#locks.values()].filter((each) => each.sessionId === id)) {
      this.#dropLock(lock);
      if (isExpired) lock.record.deliveryCount++;
      void this.#putBack(lock.record);
    }
    this.#serveWaiters();
  }

  #serveWaiters(): void {
    while (this.#waiters.length > 0) {
      const id = this.#sessions.next(this.#isReady);
      if (id === undefined) return;
      const waiter = this.#waiters.shift();
      if (waiter) this.#lockSession(id, waiter.consumer, waiter.accept);
    }
  }

  #lockSession(id: string, consumer: Consumer, accept: SessionWaiter["accept"]): void {
    const until = this.parts.clock.now() + this.parts.settings().lockDurationMs;
    this.#sessions.lock(id, consumer, until);
    accept(id, until);
  }

  #requireDeferred(sequence: number): MessageRecord {
    const record = this.#messages.get(sequence);
    if (record?.state === "deferred" && !this.#lockBySequence.has(sequence)) return record;
    throw new BusError(
      "com.microsoft:message-not-found",
      `The deferred message ${sequence} was not found, or is locked.`,
    );
  }

  #sections(record: MessageRecord): MessageSections {
    const { store, key } = this.parts;
    const found = store.sections(key, record.sequence);
    if (!found)
      throw new BusError("com.microsoft:message-not-found", `The message ${record.sequence} is not in the store.`);
    return found;
  }

  #isDuplicate(messageId: string): boolean {
    const windowMs = this.parts.settings().duplicateWindowMs;
    if (windowMs === undefined) return false;
    const now = this.parts.clock.now();
    if ((this.#seenIds.get(messageId) ?? 0) > now) return true;
    const until = now + windowMs;
    this.#seenIds.set(messageId, until);
    const { store, key } = this.parts;
    void store.write(() => store.remember(key, messageId, until));
    return false;
  }
}

/** A deferred message that was asked for by number. */
export interface Received {
  readonly record: MessageRecord;
  readonly sections: MessageSections;
  readonly lock: MessageLock | undefined;
}

function endOfLife(from: number, ttlMs: number | undefined, defaultMs: number | undefined): number | undefined {
  const life = Math.min(ttlMs ?? Number.POSITIVE_INFINITY, defaultMs ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(life) ? from + life : undefined;
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

/** Entries whose time has come, taken out. */
function due<T>(heap: Heap<T>, now: number): readonly T[] {
  const taken: T[] = [];
  for (let top = heap.peek(); top && top.order <= now; top = heap.peek()) {
    const value = heap.pop();
    if (value !== undefined) taken.push(value);
  }
  return taken;
}
