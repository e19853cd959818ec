import { Agent } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Connects to a port of a replica. Rejects when nothing listens there. */
export type Reach = (port: number) => Promise<Socket>;

/** The way to a replica that shares the machine's network. */
export function reachLoopback(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

type Done = (error: Error | null, socket: Duplex) => void;

/** Option of a request that goes over a connection of its own. */
export function reachedBy(
  reach: Reach,
  port: number,
): { createConnection: (options: unknown, done: Done) => undefined } {
  return {
    createConnection: (_, done) => {
      reach(port).then(
        (socket) => done(null, socket),
        (error: Error) => done(error, undefined as never), // Node's own callers leave the second out
      );
      return undefined;
    },
  };
}

/** Keeps connections to one replica for the next requests. */
export class ReplicaAgent extends Agent {
  readonly #reach: Reach;
  readonly #port: number;

  constructor(reach: Reach, port: number) {
    super({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
    this.#reach = reach;
    this.#port = port;
  }

  override createConnection(_: unknown, done?: Done): undefined {
    if (done) reachedBy(this.#reach, this.#port).createConnection(_, done);
    return undefined;
  }
}
