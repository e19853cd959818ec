import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";

/** What the line does: passes everything (`late`: after a while), swallows everything that is sent, or is down. */
export type LineState = "pass" | "late" | "hang" | "down";

/** A line to a service that a test can cut, delay, or make half-open: it accepts and swallows bytes, also those of open connections. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections of `down` are reset, and new ones refused. */
  set(state: LineState, delayMs?: number): Promise<void>;
  /** Resets what is open; new connections pass as before. */
  cut(): void;
  /** What is open swallows bytes for good, as when the other end vanished without a word; new connections pass. */
  freeze(): void;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  let state: LineState = "pass";
  let delayMs = 0;
  const sockets = new Set<Socket>();
  const frozen = new WeakSet<Socket>();
  const relay = (from: Socket, to: Socket) =>
    from.on("data", (chunk) => {
      if (state === "hang" || frozen.has(from)) return;
      if (state === "late") setTimeout(() => to.writable && to.write(chunk), delayMs);
      else to.write(chunk);
    });
  const accept = (near: Socket) => {
    const far = connect(targetPort, "localhost");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => undefined); // what ends here ends there, below
      socket.on("close", () => {
        sockets.delete(socket);
        if (state !== "hang" && !frozen.has(socket)) other.destroy();
      });
      relay(socket, other);
    }
  };
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  let server: Server | undefined;
  const listen = (port: number) =>
    new Promise<number>((resolve, reject) => {
      const opened = createServer(accept);
      server = opened;
      opened.once("error", reject);
      opened.listen(port, "localhost", () => resolve((opened.address() as AddressInfo).port));
    });
  const stop = () => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  const port = await listen(0);
  return {
    port,
    cut,
    freeze: () => {
      for (const socket of sockets) frozen.add(socket);
    },
    async set(next, ms = 0) {
      const before = state;
      state = next;
      delayMs = ms;
      if (next === "down" && before !== "down") {
        const stopped = stop();
        cut();
        await stopped;
      } else if (before === "down" && next !== "down") await listen(port);
      else if (before === "hang") cut(); // what was swallowed never comes
    },
    [Symbol.asyncDispose]: async () => {
      const stopped = stop();
      cut();
      await stopped;
    },
  };
}
