import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";
import type { DatabaseSync } from "node:sqlite";

/** Gives each listener a free port once and the same one ever after, so that addresses in outputs survive a restart. */
export class PortRegistry {
  readonly #database: DatabaseSync;
  readonly #told = new Set<(key: string, port: number) => void>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec("CREATE TABLE IF NOT EXISTS ports (key TEXT PRIMARY KEY, port INTEGER NOT NULL UNIQUE)");
  }

  /** @param key names the listener, for example a resource id (compared without case) */
  async portFor(key: string): Promise<number> {
    const row = this.#database.prepare("SELECT port FROM ports WHERE key = ?").get(key.toLowerCase());
    if (row) return Number(row.port);
    const port = await this.free();
    this.#database.prepare("INSERT INTO ports (key, port) VALUES (?, ?)").run(key.toLowerCase(), port);
    for (const tell of this.#told) tell(key.toLowerCase(), port);
    return port;
  }

  /** All stored ports. */
  list(): readonly { readonly key: string; readonly port: number }[] {
    const rows = this.#database.prepare("SELECT key, port FROM ports ORDER BY port").all();
    return rows.map(({ key, port }) => ({ key: String(key), port: Number(port) }));
  }

  /** Tells of each port that is given for the first time. @returns a function that ends it */
  onGiven(tell: (key: string, port: number) => void): () => void {
    this.#told.add(tell);
    return () => void this.#told.delete(tell);
  }

  /** Forgets the port of a deleted listener. */
  release(key: string): void {
    this.#database.prepare("DELETE FROM ports WHERE key = ?").run(key.toLowerCase());
  }

  /** A port for a listener that lives no longer than this process: free, and stored for no other one. */
  async free(): Promise<number> {
    for (;;) {
      const port = await freePort();
      const taken = this.#database.prepare("SELECT 1 FROM ports WHERE port = ?").get(port);
      if (!taken) return port;
    }
  }
}

/** Below the ports that systems lend to outgoing connections: a stored port is rarely taken when its listener comes back. */
const FIRST = 20_000;
const LAST = 32_000;
/** Ports that a process draws from before it takes others. */
const BLOCK = 100;
const TRIES = 200;

interface Block {
  /** Listens on the first port, so that no other process draws from this block. */
  readonly holder: Server;
  readonly first: number;
  /** Drawn so far, the first among them. */
  drawn: number;
}

let block: Promise<Block | undefined> | undefined;

/**
 * A port that was free a moment ago, on loopback. A process draws one after the other from a block that it holds: what it chooses now
 * and listens on a little later, neither another local Azure nor another part of this one chooses in between.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    block ??= claimBlock();
    const current = block;
    const from = await current;
    if (!from) break;
    if (from.drawn === BLOCK) {
      if (block === current) block = undefined;
      from.holder.close();
      continue;
    }
    const port = from.first + from.drawn++;
    if (await isFree(port)) return port;
  }
  return systemPort();
}

async function claimBlock(): Promise<Block | undefined> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const first = FIRST + randomInt((LAST - FIRST) / BLOCK) * BLOCK;
    const holder = await listenOn(first);
    if (!holder) continue;
    holder.on("connection", (socket) => socket.destroy()).unref();
    return { holder, first, drawn: 1 };
  }
  return undefined;
}

/** Whether a listener on loopback could have the port now. */
export async function isFree(port: number): Promise<boolean> {
  const server = await listenOn(port);
  await server?.[Symbol.asyncDispose]();
  return server !== undefined;
}

async function systemPort(): Promise<number> {
  await using server = await listenOn(0);
  const address = server?.address();
  if (!address || typeof address !== "object") throw new Error("The system has no free port on loopback.");
  return address.port;
}

/** @returns undefined when the port is taken */
function listenOn(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}
