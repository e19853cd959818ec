import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** A port that is open before anybody serves it: who comes early waits, unheard, until somebody takes the connections. */
export class Door {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  readonly #server: Server;
  readonly #waiting: Socket[] = [];
  #take: ((socket: Socket) => void) | undefined;

  static async open(): Promise<Door> {
    const server = createServer({ pauseOnConnect: true, noDelay: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Door(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connection", (socket) => {
      if (this.#take) letIn(socket, this.#take);
      else this.#waiting.push(socket);
    });
  }

  /** Hands over the connections that wait, and all that come. */
  serve(take: (socket: Socket) => void): void {
    this.#take = take;
    for (const socket of this.#waiting.splice(0)) letIn(socket, take);
  }

  /** Lets nobody in any more; those who still wait are sent away. */
  close(): void {
    this.#server.close();
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }
}

/** Nothing was read so far: what the other side has sent is still to come. */
function letIn(socket: Socket, take: (socket: Socket) => void): void {
  take(socket);
  socket.resume();
}
