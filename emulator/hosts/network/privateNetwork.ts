import { type ChildProcess, spawn } from "node:child_process";
import { type Server, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { findProgram } from "../tools.ts";
import type { Order, Word } from "./broker.ts";

const BROKER = fileURLToPath(new URL("./broker.ts", import.meta.url));
/** A broker only opens sockets: a small heap is enough. */
const HEAP_MB = 16;

/** Takes the connections that programs in a network make to one of its doors. */
export type Doorkeeper = (port: number, inner: Socket) => void;

/**
 * A network of its own for one replica: a loopback that only its containers and the emulator see. A broker process holds it; containers
 * join by {@link join}.
 */
export class PrivateNetwork {
  /** The process that holds it. */
  readonly pid: number;
  readonly #broker: ChildProcess;
  readonly #waiting = new Map<number, (socket: Socket | undefined, error: string) => void>();
  readonly #doors = new Map<number, { readonly opened: () => void; server?: Server }>();
  #keeper: Doorkeeper = (_, inner) => inner.destroy();
  readonly #closers: (() => void)[] = [];
  #lastId = 0;
  #over = false;

  private constructor(broker: ChildProcess, pid: number) {
    this.#broker = broker;
    this.pid = pid;
    broker.on("message", (word, handle) => this.#hear(word as Word, handle));
    broker.once("close", () => this.#end());
  }

  /** Makes one. @throws when the machine does not give namespaces */
  static create(): Promise<PrivateNetwork> {
    const asRoot = process.getuid?.() === 0;
    const user = asRoot ? [] : ["--unshare-user", "--uid", "0", "--gid", "0", "--cap-add", "CAP_NET_ADMIN"];
    const inside = [process.execPath, `--max-old-space-size=${HEAP_MB}`, BROKER];
    const args = ["--unshare-net", ...user, "--dev-bind", "/", "/", "--die-with-parent", "--", ...inside];
    const env = { PATH: process.env.PATH ?? "" };
    const broker = spawn(findProgram("bwrap") ?? "bwrap", args, { stdio: ["ignore", "ignore", "pipe", "ipc"], env });
    let complaint = "";
    broker.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-500);
    });
    return new Promise((resolve, reject) => {
      broker.once("error", reject);
      broker.once("close", () => reject(new Error(`no network for the replica: ${complaint.trim()}`)));
      broker.once("message", (word: Word) => {
        if (word.kind === "ready") resolve(new PrivateNetwork(broker, word.pid));
      });
    });
  }

  /** Does the broker live? */
  get alive(): boolean {
    return !this.#over;
  }

  /** Calls `done` once, at the end. */
  onClose(done: () => void): void {
    if (this.#over) done();
    else this.#closers.push(done);
  }

  /** What stands before the command of a process that shall run in it. */
  get join(): readonly string[] {
    const nsenter = findProgram("nsenter") ?? "nsenter";
    if (process.getuid?.() === 0) return [nsenter, `--net=/proc/${this.pid}/ns/net`, "--"];
    return [nsenter, "--target", `${this.pid}`, "--user", "--net", "--preserve-credentials", "--"];
  }

  /**
   * Lets programs inside connect to these ports of their loopback; `keeper` gets the connections. A port that a program inside holds
   * already stays with it.
   */
  async open(ports: readonly number[], keeper: Doorkeeper): Promise<void> {
    if (this.#over) return;
    this.#keeper = keeper;
    const fresh = ports.filter((port) => !this.#doors.has(port));
    const opened = fresh.map((port) => new Promise<void>((done) => this.#doors.set(port, { opened: done })));
    this.#ask({ kind: "listen", ports: fresh });
    await Promise.all(opened);
  }

  /** Connects to a program inside that listens on all addresses. @throws `ECONNREFUSED` when none does */
  reach(port: number): Promise<Socket> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (socket, error) => {
        if (socket) resolve(socket.setNoDelay(true));
        else reject(Object.assign(new Error(`connect ${error} port ${port}`), { code: error }));
      });
      if (this.#over) this.#settle(id, undefined, "ENETDOWN");
      else this.#ask({ kind: "connect", id, port });
    });
  }

  /** Ends the broker and the doors; what still runs inside has no connection any more. */
  close(): void {
    this.#end();
    this.#broker.kill("SIGKILL");
  }

  #ask(order: Order): void {
    if (this.#over || !this.#broker.connected) this.#end();
    else this.#broker.send(order, (error) => error && this.#end());
  }

  #hear(word: Word, handle: unknown): void {
    if (word.kind === "refused") this.#settle(word.id, undefined, word.error);
    if (word.kind === "connected") {
      const socket = handle instanceof Socket ? handle : undefined;
      if (this.#waiting.has(word.id)) this.#settle(word.id, socket, "ECONNRESET");
      else socket?.destroy();
    }
    if (word.kind === "listening") this.#guard(word.port, handle as Server);
    if (word.kind === "taken") this.#doors.get(word.port)?.opened();
  }

  #settle(id: number, socket: Socket | undefined, error: string): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.(socket, error);
  }

  #guard(port: number, server: Server): void {
    if (this.#over) return void server.close();
    server.on("connection", (inner) => this.#keeper(port, inner));
    const door = this.#doors.get(port);
    if (door) door.server = server;
    door?.opened();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    for (const waiting of this.#waiting.values()) waiting(undefined, "ENETDOWN");
    this.#waiting.clear();
    for (const { server, opened } of this.#doors.values()) {
      server?.close();
      opened();
    }
    for (const done of this.#closers) done();
  }
}
