import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { createServer } from "node:tls";
import rhea, {
  type Connection,
  type Container,
  type EventContext,
  type Receiver,
  type Sender,
  type Session,
} from "rhea";
import type { EmulatorContext } from "../../core/context.ts";
import { BusConnection } from "./busConnection.ts";
import type { Entities } from "./entities.ts";

/** Message format that makes the library hand over the raw bytes instead of a decoded message. */
const RAW_FORMAT = 0x7f000000;
const IDLE_MS = 240_000;
const EMPTY_FRAME = Buffer.from([0, 0, 0, 8, 2, 0, 0, 0]);

/** Parts of the library's objects that its typings leave out. */
interface SessionInternals {
  readonly incoming: { on_transfer(frame: { performative: { message_format?: number } }, receiver: Receiver): void };
  create_sender(name: string): Sender;
}

export interface NamespaceServer {
  readonly port: number;
  /** Ends work that has become due: expired tokens. */
  tick(): void;
  close(): Promise<void>;
}

/** Serves AMQP 1.0 over TLS for one namespace. */
export async function openNamespace(
  context: EmulatorContext,
  namespaceId: string,
  port: number,
  entities: Entities,
): Promise<NamespaceServer> {
  const container = rhea.create_container({ id: randomUUID() });
  const connections = new Map<Connection, BusConnection>();
  listenToEvents(container, (connection) => {
    const found = connections.get(connection);
    if (found) return found;
    const made = new BusConnection(context, namespaceId, entities);
    connections.set(connection, made);
    return made;
  });
  const forget = ({ connection }: EventContext) => {
    connections.get(connection)?.end();
    connections.delete(connection);
  };
  // A client that closes in order says so before its socket ends: its waiting receivers must not get a session meanwhile.
  container.on("connection_close", forget);
  container.on("disconnected", forget);
  const { cert, key } = context.certificates;
  const sockets = new Set<Socket>();
  const server = createServer({ cert, key }, (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once("close", () => sockets.delete(socket));
    acknowledgeAtOnce(socket, accept(container, socket));
  });
  server.on("tlsClientError", () => {}); // a client that does not trust the authority; it sees the reason itself
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
  return {
    port,
    tick: () => connections.forEach((connection) => void connection.tick()),
    close: () => {
      for (const socket of sockets) socket.destroy();
      for (const connection of connections.values()) connection.end();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/**
 * Clients leave Nagle's algorithm on: after two small writes they wait for an acknowledgement, which the kernel delays by 40 ms unless
 * there is something to send. An empty frame (AMQP's heartbeat) gives it something.
 */
function acknowledgeAtOnce(socket: Socket, connection: Connection): void {
  socket.on("data", () => {
    const before = socket.bytesWritten;
    setImmediate(() => {
      if (connection.is_open() && socket.writable && socket.bytesWritten === before) socket.write(EMPTY_FRAME);
    });
  });
}

function accept(container: Container, socket: Socket): Connection {
  const connection = container.create_connection({
    idle_time_out: IDLE_MS,
    max_frame_size: 65_536,
    receiver_options: { autoaccept: false, autosettle: false },
    sender_options: { autosettle: false, treat_modified_as_released: false },
  } as unknown as Parameters<Container["create_connection"]>[0]);
  (connection as unknown as { accept(socket: Socket): void }).accept(socket);
  return connection;
}

function listenToEvents(container: Container, of: (connection: Connection) => BusConnection): void {
  const { sasl_server_mechanisms: mechanisms } = container as unknown as {
    readonly sasl_server_mechanisms: Record<string, unknown>;
  };
  const open = () => ({
    outcome: undefined as boolean | undefined,
    start() {
      this.outcome = true;
    },
  });
  mechanisms.ANONYMOUS = open;
  mechanisms.EXTERNAL = open; // who somebody is, `$cbs` tells
  mechanisms.MSSBCBS = open;
  container.on("session_open", ({ session }: EventContext) => session && adapt(session));
  container.on("sender_open", ({ connection, sender }: EventContext) => sender && of(connection).openSender(sender));
  container.on(
    "receiver_open",
    ({ connection, receiver }: EventContext) => receiver && of(connection).openReceiver(receiver),
  );
  container.on("message", (event: EventContext & { readonly format?: number }) => {
    const { connection, receiver, delivery, message, format } = event;
    if (!receiver || !delivery) return;
    of(connection).receive(receiver, delivery, message as unknown as Buffer, format === RAW_FORMAT ? 0 : (format ?? 0));
  });
  container.on("sender_flow", ({ connection, sender }: EventContext) => sender && of(connection).flow(sender));
  container.on("sender_draining", ({ connection, sender }: EventContext) => sender && of(connection).drain(sender));
  container.on("sender_close", ({ connection, sender }: EventContext) => sender && of(connection).closeSender(sender));
  container.on("settled", ({ connection, sender }: EventContext) => sender && of(connection).flow(sender));
  for (const outcome of ["accepted", "rejected", "released", "modified"] as const) {
    container.on(
      outcome,
      ({ connection, sender, delivery }: EventContext) =>
        sender && delivery && of(connection).settle(sender, delivery, outcome),
    );
  }
  for (const event of [
    "error",
    "connection_error",
    "session_error",
    "sender_error",
    "receiver_error",
    "protocol_error",
    "receiver_close",
  ]) {
    container.on(event, () => {}); // the peer's own errors; the link or connection ends by itself
  }
}

/** Lets raw bytes through, and holds back the answer to a receiver's attach until it is decided. */
function adapt(session: Session): void {
  const internals = session as unknown as SessionInternals;
  const onTransfer = internals.incoming.on_transfer.bind(internals.incoming);
  internals.incoming.on_transfer = (frame, receiver) => {
    if (frame.performative.message_format === 0) frame.performative.message_format = RAW_FORMAT;
    onTransfer(frame, receiver);
  };
  const createSender = internals.create_sender.bind(internals);
  internals.create_sender = (name) => {
    const sender = createSender(name) as Sender & { open?: () => void };
    sender.open = () => {}; // hides the library's own method until `delete sender.open`
    return sender;
  };
}
