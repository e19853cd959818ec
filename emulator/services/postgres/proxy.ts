import { connect, createServer, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Certificates } from "../../core/certificates.ts";
import { SUPERUSER } from "./bootstrap.ts";
import { PacketReader } from "./packetReader.ts";
import {
  askPassword,
  type FirstPacket,
  fatal,
  messageLength,
  parseFirst,
  parsePassword,
  type SqlState,
  startupLength,
} from "./wire.ts";

type Startup = Extract<FirstPacket, { kind: "startup" }>;

/** What the proxy asks about the server that it stands in front of. */
export interface Gate {
  /** Path of the server's Unix socket, or undefined while the server is stopped. */
  socketPath(): string | undefined;
  requiresTls(): boolean;
  allows(connection: Pick<Socket, "remoteAddress" | "remotePort" | "localPort">): boolean;
  /** How this role signs in: with a token (checked by `checkToken`), with a password (checked by Postgres), or not at all. */
  methodOf(role: string): Promise<"token" | "password" | "none">;
  /** Does the token let its bearer sign in as this role? Rejects or resolves false when not. */
  checkToken(role: string, token: string): Promise<boolean>;
}

export interface ServerProxy {
  readonly port: number;
  close(): Promise<void>;
}

const TLS_HANDSHAKE = 0x16;
const SIGN_IN_MS = 60_000;

/** A refusal that the client sees as a fatal error of the server. */
class Refusal extends Error {
  readonly code: SqlState;

  constructor(code: SqlState, message: string) {
    super(message);
    this.code = code;
  }
}

/** Listens on loopback, signs clients in and then passes bytes between them and the server. */
export async function openProxy(port: number, certificates: Certificates, gate: Gate): Promise<ServerProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
    void new Session(socket, certificates, gate).run();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : port,
    close: () => closeServer(server, sockets),
  };
}

function closeServer(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** One client connection, until bytes pass freely. */
class Session {
  readonly #raw: Socket;
  readonly #certificates: Certificates;
  readonly #gate: Gate;
  #stream: Socket;
  #reader: PacketReader;

  constructor(socket: Socket, certificates: Certificates, gate: Gate) {
    this.#raw = socket;
    this.#stream = socket;
    this.#certificates = certificates;
    this.#gate = gate;
    this.#reader = new PacketReader(socket);
  }

  async run(): Promise<void> {
    const timer = setTimeout(() => this.#raw.destroy(), SIGN_IN_MS);
    try {
      const first = await this.#negotiate();
      if (first.kind === "startup") await this.#signIn(first);
      await this.#join(first.raw);
    } catch (error) {
      if (error instanceof Refusal) this.#stream.end(fatal(error.code, error.message));
      else this.#stream.end(fatal("08P01", error instanceof Error ? error.message : String(error)));
    } finally {
      clearTimeout(timer);
    }
  }

  /** Answers requests for encryption until the client sends its startup (or a cancel) packet. */
  async #negotiate(): Promise<Exclude<FirstPacket, { kind: "ssl" | "gss" }>> {
    if ((await this.#reader.peek()) === TLS_HANDSHAKE) this.#startTls(); // sslnegotiation=direct
    for (;;) {
      const packet = parseFirst(await this.#reader.read(startupLength));
      if (packet.kind === "startup" || packet.kind === "cancel") return packet;
      const isTls = packet.kind === "ssl" && this.#stream === this.#raw;
      this.#stream.write(isTls ? "S" : "N");
      if (isTls) this.#startTls();
    }
  }

  #startTls(): void {
    const { cert, key } = this.#certificates;
    this.#reader.detach(); // bytes that came already stay in the socket for TLS
    const secure = new TLSSocket(this.#raw, { isServer: true, cert, key, ALPNProtocols: ["postgresql"] });
    secure.on("error", () => this.#raw.destroy());
    this.#stream = secure;
    this.#reader = new PacketReader(secure);
  }

  async #signIn({ parameters }: Startup): Promise<void> {
    const user = parameters.get("user") ?? "";
    const database = parameters.get("database") ?? user;
    const isSecure = this.#stream !== this.#raw;
    const peer = this.#raw.remoteAddress ?? "";
    const entry = `no pg_hba.conf entry for host "${peer}", user "${user}", database "${database}", ${isSecure ? "SSL encryption" : "no encryption"}`;
    if (!this.#gate.allows(this.#raw)) throw new Refusal("28000", entry);
    if (!isSecure && this.#gate.requiresTls()) throw new Refusal("28000", entry);
    if (!this.#gate.socketPath()) throw new Refusal("57P03", "the database system is shutting down");
    const method = user === SUPERUSER ? "none" : await this.#gate.methodOf(user);
    if (method === "none") throw new Refusal("28P01", `password authentication failed for user "${user}"`);
    if (method === "token") await this.#checkToken(user, isSecure);
  }

  async #checkToken(user: string, isSecure: boolean): Promise<void> {
    if (!isSecure) throw new Refusal("28000", "Microsoft Entra authentication requires an SSL connection.");
    this.#stream.write(askPassword());
    const token = parsePassword(await this.#reader.read(messageLength));
    const accepted = token ? await this.#gate.checkToken(user, token).catch(() => false) : false;
    if (!accepted) throw new Refusal("28P01", `password authentication failed for user "${user}"`);
  }

  /** Sends the packet on to the server and lets both sides talk. */
  async #join(packet: Buffer): Promise<void> {
    const path = this.#gate.socketPath();
    if (!path) throw new Refusal("57P03", "the database system is shutting down");
    const server = connect(path);
    await new Promise<void>((resolve, reject) => {
      server.once("connect", resolve);
      server.once("error", () => reject(new Refusal("57P03", "the database system is starting up")));
    });
    const client = this.#stream;
    this.#reader.detach();
    server.on("error", () => client.destroy());
    server.once("close", () => client.destroySoon());
    client.once("close", () => server.destroy());
    server.write(packet);
    client.pipe(server);
    server.pipe(client);
  }
}
