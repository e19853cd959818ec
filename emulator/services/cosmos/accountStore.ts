import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../core/clock.ts";
import { openDatabase, transaction } from "../../core/database.ts";
import { ContainerStore } from "./containerStore.ts";
import type { ContainerDefinition } from "./definition.ts";
import { RequestUnits } from "./requestUnits.ts";
import { containerRid, databaseRid } from "./resourceId.ts";
import { WriteQueue } from "./writeQueue.ts";

export interface DatabaseEntry {
  readonly number: number;
  readonly name: string;
  readonly rid: string;
  readonly etag: string;
  /** Seconds since the epoch. */
  readonly ts: number;
  readonly budget: RequestUnits | undefined;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS databases (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, etag TEXT NOT NULL, ts INTEGER NOT NULL, throughput INTEGER
  );
  CREATE TABLE IF NOT EXISTS containers (
    number INTEGER PRIMARY KEY AUTOINCREMENT, database INTEGER NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL,
    etag TEXT NOT NULL, ts INTEGER NOT NULL, throughput INTEGER, lsn INTEGER NOT NULL DEFAULT 0, UNIQUE (database, name)
  );
`;

/** All data of one account: one SQLite file, a table for the items of each container. */
export class AccountStore {
  readonly #clock: Clock;
  readonly #file: DatabaseSync;
  readonly writes: WriteQueue;
  readonly #databases = new Map<string, DatabaseEntry>();
  readonly #containers = new Map<string, ContainerStore>();

  constructor(path: string, clock: Clock) {
    this.#clock = clock;
    this.#file = openDatabase(path);
    // A commit is in the system's hands before it is answered, so it outlives SIGKILL; only the machine's own fall could undo it.
    // The flush that would prevent that too costs ten times what an upsert costs otherwise.
    this.#file.exec("PRAGMA synchronous = NORMAL");
    this.#file.exec(SCHEMA);
    this.writes = new WriteQueue(this.#file);
    this.#load();
  }

  get nowMs(): number {
    return this.#clock.now();
  }

  databases(): readonly DatabaseEntry[] {
    return [...this.#databases.values()];
  }

  database(name: string): DatabaseEntry | undefined {
    return this.#databases.get(name);
  }

  containers(database: string): readonly ContainerStore[] {
    return [...this.#containers.values()].filter((each) => each.databaseName === database);
  }

  container(database: string, name: string): ContainerStore | undefined {
    return this.#containers.get(`${database}/${name}`);
  }

  /** Makes a database or sets its throughput (request units per second). */
  putDatabase(name: string, throughput: number | undefined): DatabaseEntry {
    this.#file
      .prepare(
        `INSERT INTO databases (name, etag, ts, throughput) VALUES (?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET throughput = excluded.throughput`,
      )
      .run(name, quoted(randomUUID()), this.#seconds(), throughput ?? null);
    this.#load();
    return this.#databases.get(name) as DatabaseEntry;
  }

  deleteDatabase(name: string): void {
    const found = this.#databases.get(name);
    if (!found) return;
    for (const each of this.containers(name)) this.deleteContainer(name, each.name);
    this.#file.prepare("DELETE FROM databases WHERE number = ?").run(found.number);
    this.#databases.delete(name);
  }

  /** Makes a container or lays a new definition over it; a changed time to live counts for the items that are there. */
  putContainer(database: string, definition: ContainerDefinition, throughput: number | undefined): ContainerStore {
    const parent = this.#databases.get(database);
    if (!parent) throw new Error(`no database ${database}`);
    const text = JSON.stringify(definition);
    const before = this.container(database, definition.id);
    transaction(this.#file, () => {
      this.#file
        .prepare(
          `INSERT INTO containers (database, name, definition, etag, ts, throughput) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (database, name) DO UPDATE SET
             definition = excluded.definition, etag = excluded.etag, ts = excluded.ts, throughput = excluded.throughput`,
        )
        .run(parent.number, definition.id, text, quoted(randomUUID()), this.#seconds(), throughput ?? null);
      if (before && before.definition.defaultTtl !== definition.defaultTtl)
        before.recomputeExpiry(definition.defaultTtl);
    });
    this.#load();
    return this.container(database, definition.id) as ContainerStore;
  }

  deleteContainer(database: string, name: string): void {
    const found = this.container(database, name);
    if (!found) return;
    transaction(this.#file, () => {
      found.drop();
      this.#file.prepare("DELETE FROM containers WHERE number = ?").run(found.number);
    });
    this.#containers.delete(`${database}/${name}`);
  }

  /** Removes expired items for good; reads do not see them anyway. */
  purgeExpired(): void {
    for (const container of this.#containers.values()) container.purgeExpired();
  }

  close(): void {
    this.writes.flush();
    this.#file.close();
  }

  #seconds(): number {
    return Math.floor(this.#clock.now() / 1000);
  }

  #load(): void {
    for (const row of this.#file.prepare("SELECT * FROM databases ORDER BY number").all()) {
      const [name, number] = [String(row.name), Number(row.number)];
      const budget = this.#budget(row.throughput, this.#databases.get(name)?.budget);
      this.#databases.set(name, {
        name,
        number,
        rid: databaseRid(number),
        etag: String(row.etag),
        ts: Number(row.ts),
        budget,
      });
    }
    const names = new Map([...this.#databases.values()].map((each) => [each.number, each]));
    for (const row of this.#file.prepare("SELECT * FROM containers ORDER BY number").all()) {
      const database = names.get(Number(row.database));
      if (!database) continue;
      const key = `${database.name}/${row.name}`;
      const known = this.#containers.get(key);
      if (known && known.etag === row.etag) continue;
      const number = Number(row.number);
      const container = new ContainerStore(this.#file, this.#clock, {
        number,
        databaseName: database.name,
        rid: containerRid(database.number, number),
        databaseNumber: database.number,
        definition: JSON.parse(String(row.definition)) as ContainerDefinition,
        etag: String(row.etag),
        ts: Number(row.ts),
        lsn: Number(row.lsn),
        budget: this.#budget(row.throughput, known?.budget) ?? database.budget,
      });
      this.#containers.set(key, container);
    }
  }

  #budget(throughput: unknown, known: RequestUnits | undefined): RequestUnits | undefined {
    if (throughput === null) return undefined;
    return known?.perSecond === throughput ? known : new RequestUnits(Number(throughput), this.#clock);
  }
}

function quoted(text: string): string {
  return `"${text}"`;
}
