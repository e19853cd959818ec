import rhea from "rhea";
import type { Outcome } from "./consumer.ts";
import type { Entities, Entity } from "./entities.ts";
import { BusError } from "./errors.ts";
import { parseMessage } from "./incoming.ts";
import type { MessageQueue } from "./messageQueue.ts";
import { toWire } from "./outgoing.ts";

type Body = Readonly<Record<string, unknown>>;

export interface ManagementRequest {
  readonly operation: string;
  readonly body: Body;
  readonly entity: Entity;
  readonly entities: Entities;
  /** @throws {BusError} when the connection lacks the right */
  readonly requireRight: (right: "send" | "receive") => void;
}

type Handler = (request: ManagementRequest, queue: MessageQueue) => Promise<Body | undefined> | Body | undefined;

/** Operations of `$management` (Microsoft Learn, "AMQP 1.0 in Service Bus: request-response-based operations"). */
const OPERATIONS: Readonly<Record<string, { readonly right: "send" | "receive"; readonly run: Handler }>> = {
  "renew-lock": { right: "receive", run: renewLocks },
  "peek-message": { right: "receive", run: peek },
  "schedule-message": { right: "send", run: schedule },
  "cancel-scheduled-message": { right: "send", run: cancelScheduled },
  "receive-by-sequence-number": { right: "receive", run: receiveDeferred },
  "update-disposition": { right: "receive", run: updateDisposition },
  "renew-session-lock": { right: "receive", run: renewSession },
  "set-session-state": { right: "receive", run: setSessionState },
  "get-session-state": { right: "receive", run: getSessionState },
  "get-message-sessions": { right: "receive", run: listSessions },
};

/** Performs one request; `undefined` is "no content". @throws {BusError} */
export async function manage(request: ManagementRequest): Promise<Body | undefined> {
  const found = OPERATIONS[request.operation.replace(/^com\.microsoft:/, "")];
  if (!found) throw new BusError("amqp:not-implemented", `The operation '${request.operation}' is not emulated.`);
  request.requireRight(found.right);
  const line = request.entity.queue ?? (found.right === "send" ? request.entities.lineOf(request.entity) : undefined);
  if (!line)
    throw new BusError("amqp:not-allowed", `The operation '${request.operation}' is not supported on a topic.`);
  return found.run(request, line);
}

function renewLocks({ body }: ManagementRequest, queue: MessageQueue): Body {
  const ends = list(body["lock-tokens"]).map((token) => new Date(queue.renew(Buffer.from(token as Buffer))));
  return { expirations: rhea.types.wrap_array(ends.map(Number), 0x83, undefined) };
}

function peek({ body }: ManagementRequest, queue: MessageQueue): Body | undefined {
  const sessionId = body["session-id"] === undefined ? undefined : String(body["session-id"]);
  const records = queue.peek(toNumber(body["from-sequence-number"]), Number(body["message-count"] ?? 1), sessionId);
  if (records.length === 0) return undefined;
  const isBare = body["omit-message-body"] === true;
  const messages = records.map((record) => {
    const sections = queue.sections(record);
    return rhea.types.wrap_map({ message: toWire(record, isBare ? { ...sections, body: Buffer.alloc(0) } : sections) });
  });
  return { messages: rhea.types.wrap_list(messages) };
}

async function schedule({ body, entity, entities }: ManagementRequest): Promise<Body> {
  const messages = list(body.messages).map((entry) => parseMessage((entry as { readonly message: Buffer }).message));
  const numbers = await entities.send(entity, messages);
  return { "sequence-numbers": rhea.types.wrap_array([...numbers], 0x81, undefined) };
}

async function cancelScheduled({ body }: ManagementRequest, queue: MessageQueue): Promise<Body> {
  await queue.cancelScheduled(list(body["sequence-numbers"]).map(toNumber));
  return {};
}

async function receiveDeferred({ body }: ManagementRequest, queue: MessageQueue): Promise<Body> {
  const mode = Number(body["receiver-settle-mode"] ?? 1) === 0 ? "receiveAndDelete" : "peekLock";
  const sessionId = body["session-id"] === undefined ? undefined : String(body["session-id"]);
  if (sessionId !== undefined) queue.requireSession(sessionId);
  const received = await queue.receiveDeferred(list(body["sequence-numbers"]).map(toNumber), mode, sessionId);
  const messages = received.map(({ record, sections, lock }) => {
    const message = toWire(record, sections, lock?.until);
    return rhea.types.wrap_map(lock ? { message, "lock-token": rhea.types.wrap_uuid(lock.token) } : { message });
  });
  return { messages: rhea.types.wrap_list(messages) };
}

async function updateDisposition({ body }: ManagementRequest, queue: MessageQueue): Promise<Body> {
  const outcome = toOutcome(body);
  if (typeof body["session-id"] === "string") queue.requireSession(body["session-id"]);
  for (const token of list(body["lock-tokens"])) await queue.settle(Buffer.from(token as Buffer), outcome);
  return {};
}

function toOutcome(body: Body): Outcome {
  const properties = body["properties-to-modify"] as Body | undefined;
  const text = (name: string) => (body[name] === undefined || body[name] === null ? undefined : String(body[name]));
  const outcomes: Readonly<Record<string, Outcome>> = {
    completed: { kind: "complete" },
    abandoned: { kind: "abandon", properties },
    defered: { kind: "defer", properties },
    suspended: {
      kind: "deadLetter",
      reason: text("deadletter-reason"),
      description: text("deadletter-description"),
      properties,
    },
  };
  const found = outcomes[String(body["disposition-status"])];
  if (!found)
    throw new BusError("com.microsoft:argument-error", `The disposition '${body["disposition-status"]}' is not known.`);
  return found;
}

function renewSession({ body }: ManagementRequest, queue: MessageQueue): Body {
  return { expiration: new Date(queue.renewSession(String(body["session-id"]))) };
}

async function setSessionState({ body }: ManagementRequest, queue: MessageQueue): Promise<Body> {
  const id = String(body["session-id"]);
  queue.requireSession(id);
  const { store, key } = queue.parts;
  const state = body["session-state"];
  await store.write(() => store.setSessionState(key, id, Buffer.isBuffer(state) ? state : null));
  return {};
}

function getSessionState({ body }: ManagementRequest, queue: MessageQueue): Body {
  const id = String(body["session-id"]);
  queue.requireSession(id);
  const { store, key } = queue.parts;
  return { "session-state": store.sessionState(key, id) };
}

function listSessions({ body }: ManagementRequest, queue: MessageQueue): Body | undefined {
  const records = queue.peek(0, Number.MAX_SAFE_INTEGER);
  const ids = [...new Set(records.flatMap(({ sessionId }) => (sessionId === undefined ? [] : [sessionId])))];
  const skip = Number(body.skip ?? 0);
  const page = ids.slice(skip, skip + Number(body.top ?? 100));
  return page.length === 0 ? undefined : { skip: skip + page.length, "sessions-ids": rhea.types.wrap_list(page) };
}

/** Arrays and lists arrive as plain arrays, a single-element one too. */
function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

/** Longs arrive as numbers, or as 8 bytes when they are large. */
function toNumber(value: unknown): number {
  return Buffer.isBuffer(value) ? Number(value.readBigInt64BE(0)) : Number(value ?? 0);
}
