import type { Consumer, MessageLock, Outcome, Received } from "./consumer.ts";
import { DuplicateWindow } from "./duplicates.ts";
import { BusError } from "./errors.ts";
import { Heap } from "./heap.ts";
import type { IncomingMessage } from "./incoming.ts";
import { LockTable } from "./locks.ts";
import { deadLetterProperties, handOn, moveToDeadLetters, newRecord } from "./moves.ts";
import { changeApplicationProperties } from "./outgoing.ts";
import type { QueueCounts, QueueParts } from "./queueParts.ts";
import type { MessageSections } from "./sections.ts";
import { SessionTable } from "./sessions.ts";
import type { MessageRecord } from "./store.ts";

const LOST = "The lock supplied is invalid. It expired, or the message has already been removed from the queue.";

/** One line of messages: a queue, a subscription, or the dead letters of one. In memory for speed, in the store for keeps. */
export class MessageQueue {
  readonly parts: QueueParts;
  readonly #messages = new Map<number, MessageRecord>();
  readonly #ready = new Heap<MessageRecord>();
  readonly #sessions = new SessionTable<Consumer>();
  readonly #locks = new LockTable();
  readonly #scheduled = new Heap<MessageRecord>();
  readonly #expiries = new Heap<MessageRecord>();
  readonly #consumers = new Set<Consumer>();
  readonly #seen: DuplicateWindow;
  readonly #isReady = (record: MessageRecord) =>
    this.#messages.get(record.sequence) === record &&
    record.state === "active" &&
    !this.#locks.isLocked(record.sequence);
  #nextSequence: number;

  /** Brings back what the store holds; nothing is locked then. */
  constructor(parts: QueueParts) {
    this.parts = parts;
    this.#nextSequence = parts.store.nextSequence(parts.key);
    this.#seen = new DuplicateWindow(parts.store, parts.key, parts.clock.now());
    for (const record of parts.store.load(parts.key)) this.#admit(record);
  }

  /** Throws what makes a message unfit for this queue. */
  check(message: IncomingMessage): void {
    if (!this.parts.settings().requiresSession || message.sessionId !== undefined) return;
    const rule =
      "Entities that have session support enabled can only receive messages that have the SessionId set to a valid value.";
    throw new BusError(
      "amqp:not-allowed",
      `The SessionId was not set on a message, and it cannot be sent to the entity. ${rule}`,
    );
  }

  /** Adds a message; resolves with its number after the commit. A duplicate is dropped without a word. */
  async enqueue(message: IncomingMessage): Promise<number> {
    const { settings, clock } = this.parts;
    this.check(message);
    const now = clock.now();
    const { duplicateWindowMs } = settings();
    if (duplicateWindowMs !== undefined && this.#seen.see(message.messageId, now, duplicateWindowMs)) return 0;
    const record = newRecord(message, this.takeSequence(), now, settings());
    await this.insert(record, message.sections);
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
    this.#sessions.stopWaiting(consumer);
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
    this.#locks.drop(lock);
    const { store, key } = this.parts;
    if (outcome.kind === "complete") {
      this.#messages.delete(record.sequence);
      await store.write(() => store.remove(key, record.sequence));
    } else if (outcome.kind === "deadLetter") {
      await this.#deadLetter(record, deadLetterProperties(outcome));
    } else {
      if (outcome.kind === "defer") record.state = "deferred";
      else record.deliveryCount++;
      await this.#putBack(record, outcome.properties);
    }
  }

  /** Renews one lock. @returns its new end */
  renew(token: Buffer): number {
    const lock = this.#requireLock(token);
    lock.until = this.#lockEnd();
    return lock.until;
  }

  /** Asks for a session: a named one, or the next free one that has messages. `accept` is called once. */
  acceptSession(consumer: Consumer, id: string | undefined, accept: (id: string, until: number) => void): void {
    const waiter = { holder: consumer, accept };
    if (id !== undefined) {
      this.#sessions.accept(id, waiter, this.#lockEnd());
      return;
    }
    this.#sessions.wait(waiter);
    this.#serveWaiters();
  }

  stopWaiting = (consumer: Consumer): void => this.#sessions.stopWaiting(consumer);

  /** @returns the new end of the session lock */
  renewSession(id: string): number {
    const lock = this.requireSession(id);
    lock.until = this.#lockEnd();
    return lock.until;
  }

  /** @throws {BusError} when nobody holds the session */
  requireSession(id: string): { until: number } {
    return this.#sessions.require(id, this.parts.clock.now());
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
    this.#seen.forget(now);
    for (const { record } of this.#locks.takeExpired(now)) {
      record.deliveryCount++;
      void this.#putBack(record);
    }
    for (const id of this.#sessions.expired(now)) {
      const holder = this.#sessions.lockOf(id)?.holder;
      this.#freeSession(id, true);
      holder?.sessionLost();
    }
    for (const record of this.#scheduled.takeDue(now)) {
      if (this.#messages.get(record.sequence) === record && record.state === "scheduled") this.#activate(record);
    }
    for (const record of this.#expiries.takeDue(now)) {
      const isWaiting = this.#messages.get(record.sequence) === record && !this.#locks.isLocked(record.sequence);
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
    const { route } = this.parts;
    const sections = route && this.#sections(record);
    const targets = sections && route(sections);
    if (targets) {
      this.#messages.delete(record.sequence);
      void handOn(this.parts, record, sections, targets);
    } else if (this.parts.settings().requiresSession) this.#sessions.push(record.sessionId ?? "", record);
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
    return this.#locks.add(record, session?.until ?? this.#lockEnd(), sessionId);
  }

  /** Where a lock that is taken or renewed now ends. */
  #lockEnd(): number {
    return this.parts.clock.now() + this.parts.settings().lockDurationMs;
  }

  #requireLock(token: Buffer): MessageLock {
    const lock = this.#locks.get(token);
    if (lock?.sessionId !== undefined) this.requireSession(lock.sessionId);
    else if (!lock || lock.until <= this.parts.clock.now()) throw new BusError("com.microsoft:message-lock-lost", LOST);
    return lock;
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
    this.#messages.delete(record.sequence);
    await moveToDeadLetters(this.parts, record, this.#sections(record), properties);
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
    for (const lock of this.#locks.ofSession(id)) {
      this.#locks.drop(lock);
      if (isExpired) lock.record.deliveryCount++;
      void this.#putBack(lock.record);
    }
    this.#serveWaiters();
  }

  #serveWaiters(): void {
    this.#sessions.serve(this.#isReady, () => this.#lockEnd());
  }

  #requireDeferred(sequence: number): MessageRecord {
    const record = this.#messages.get(sequence);
    if (record?.state === "deferred" && !this.#locks.isLocked(sequence)) return record;
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
}
