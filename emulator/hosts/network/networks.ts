import { connect, type Socket } from "node:net";
import type { EmulatorContext } from "../../core/context.ts";
import { speakFor } from "../../core/peers.ts";
import { hasPrivateNetworks } from "../sandbox.ts";
import { PrivateNetwork } from "./privateNetwork.ts";

/** Listeners that replicas never reach, by their key in the port registry. */
const HIDDEN = new Set(["admin"]);
/** A network is made ahead for the next replica, when the last start is over. */
const SPARE_AFTER_MS = 1_000;

export interface NetworkOptions {
  /** Ports besides those of the port registry that programs inside may connect to. */
  readonly ports: readonly number[];
  /** The port that the replica itself listens on: no door is made there. */
  readonly own?: number | undefined;
  /** Tells the virtual network that the replica speaks from it; what it gives back is called at the end. */
  readonly enter?: ((pid: number) => () => void) | undefined;
}

/**
 * Private networks of replicas. From each, the listeners of the local Azure are reached at their addresses (`localhost:PORT`), also
 * those that are opened later, and nothing else of this machine.
 */
export class Networks {
  readonly #context: EmulatorContext;
  readonly #open = new Set<PrivateNetwork>();
  #spare: Promise<PrivateNetwork> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #forget: (() => void) | undefined;
  #over = false;

  constructor(context: EmulatorContext) {
    this.#context = context;
  }

  /** @returns `undefined` where the machine gives no network namespaces: replicas share the machine's network then */
  async open(options: NetworkOptions): Promise<PrivateNetwork | undefined> {
    if (!hasPrivateNetworks()) return undefined;
    const network = await this.#next();
    this.#forget ??= this.#context.ports.onGiven((key, port) => {
      if (HIDDEN.has(key)) return;
      for (const each of this.#open) void each.open([port], keeper(each));
    });
    this.#open.add(network);
    const leave = options.enter?.(network.pid);
    network.onClose(() => {
      leave?.();
      this.#open.delete(network);
    });
    const known = this.#context.ports.list().filter(({ key }) => !HIDDEN.has(key));
    const ports = new Set([...known.map(({ port }) => port), ...options.ports]);
    if (options.own !== undefined) ports.delete(options.own);
    await network.open([...ports], keeper(network));
    return network;
  }

  close(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#forget?.();
    for (const network of this.#open) network.close();
    void this.#spare?.then(
      (network) => network.close(),
      () => undefined,
    );
  }

  async #next(): Promise<PrivateNetwork> {
    const ready = this.#spare;
    this.#spare = undefined;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.#over) this.#spare = PrivateNetwork.create();
      this.#spare?.catch(() => undefined); // the next replica makes one of its own, and reports
    }, SPARE_AFTER_MS).unref();
    const spare = await ready?.catch(() => undefined);
    return spare?.alive ? spare : PrivateNetwork.create();
  }
}

/** Carries a connection of a program inside to the listener of the same port, in the program's name. */
function keeper(network: PrivateNetwork): (port: number, inner: Socket) => void {
  return (port, inner) => {
    const outer = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    let silence: (() => void) | undefined;
    outer.once("connect", () => {
      silence = speakFor({ remotePort: outer.localPort, localPort: port }, network.pid);
      inner.pipe(outer).pipe(inner); // not before: who asks is known before anything is asked
    });
    inner.allowHalfOpen = true;
    inner.setNoDelay(true);
    for (const [one, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      one.on("error", () => other.destroy());
      one.once("close", () => {
        other.destroySoon();
        silence?.();
      });
    }
  };
}
