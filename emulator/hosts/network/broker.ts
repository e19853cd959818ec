import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";

/** What the emulator asks of a broker. */
export type Order =
  | { readonly kind: "listen"; readonly ports: readonly number[] }
  | { readonly kind: "connect"; readonly id: number; readonly port: number };

/** What a broker says; `listening` and `connected` carry the socket. */
export type Word =
  | { readonly kind: "ready"; readonly pid: number }
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "taken"; readonly port: number; readonly error: string }
  | { readonly kind: "connected"; readonly id: number }
  | { readonly kind: "refused"; readonly id: number; readonly error: string };

const LOOPBACK = "127.0.0.1";
/** An address that only programs listening on all addresses answer at: on Azure, one that listens on `localhost` is not reached either. */
const OUTSIDE = "127.0.0.2";

// The broker stands in the network namespace of one replica, opens sockets there, and hands them to the emulator: a socket stays in the
// namespace where it was made. No byte of a connection passes through this process.
process.on("message", (order: Order) => {
  if (order.kind === "listen") for (const port of order.ports) listen(port);
  else reach(order.id, order.port);
});
process.on("disconnect", () => process.exit());
allowLowPorts();
say({ kind: "ready", pid: process.pid });

function listen(port: number): void {
  const door = createServer();
  door.once("error", (error) => say({ kind: "taken", port, error: error.message }));
  door.listen(port, LOOPBACK, () =>
    process.send?.({ kind: "listening", port } satisfies Word, door, () => door.close()),
  );
}

function reach(id: number, port: number): void {
  const socket = connect({ port, host: OUTSIDE });
  socket.pause(); // what the program sends is for the emulator to read
  socket.once("error", (error: NodeJS.ErrnoException) =>
    say({ kind: "refused", id, error: error.code ?? error.message }),
  );
  socket.once("connect", () => process.send?.({ kind: "connected", id } satisfies Word, socket));
}

function say(word: Word): void {
  process.send?.(word);
}

/** Programs in containers may listen on port 80 without being root (Docker sets the same). */
function allowLowPorts(): void {
  try {
    writeFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
  } catch {
    // where the machine does not allow it, such programs are told so by the system
  }
}
