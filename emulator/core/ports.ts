import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import type { DatabaseSync } from "node:sqlite";

/** Gives each listener a free port once and the same one ever after, so that addresses in outputs survive a restart. */
export class PortRegistry {
  readonly #database: DatabaseSync;
  readonly #given = new Set<number>();
  readonly #told = new Set<(key: string, port: number) => void>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec("CREATE TABLE IF NOT EXISTS ports (key TEXT PRIMARY KEY, port INTEGER NOT NULL UNIQUE)");
  }

  /** @param key names the listener, for example a resource id (compared without case) */
  async portFor(key: string): Promise<number> {
    const row = this.#database.prepare("SELECT port FROM ports WHERE key = ?").get(key.toLowerCase());
    if (row) return Number(row.port);
    const port = await this.#free();
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

  async #free(): Promise<number> {
    for (;;) {
      const port = await freePort();
      const taken = this.#database.prepare("SELECT 1 FROM ports WHERE port = ?").get(port);
      if (taken || this.#given.has(port)) continue;
      this.#given.add(port);
      return port;
    }
  }
}

/** Below the ports that systems lend to outgoing connections: a stored port is rarely taken when its listener comes back. */
const FIRST = 20_000;
const LAST = 32_000;
const TRIES = 50;

/** A port that was free a moment ago, on loopback. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = await probe(randomInt(FIRST, LAST)).catch(() => undefined);
    if (port !== undefined) return port;
  }
  return probe(0);
}

/** @param port 0: the system chooses */
function probe(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
