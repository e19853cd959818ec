import { readdir, readFile } from "node:fs/promises";
import { ManagedIdentityCredential } from "@azure/identity";
import pg from "pg";
import type { Value } from "../model/entity.ts";

/** What the store needs of a PostgreSQL, local or on a server. */
export interface Database {
  query(sql: string, values: readonly Value[]): Promise<Record<string, unknown>[]>;
  /** Runs a script of several statements as one transaction. */
  script(sql: string): Promise<void>;
  /** Runs the work while no other process does the same. */
  locked(work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

const TOKEN_SCOPE = "https://ossrdbms-aad.database.windows.net/.default";
const MIGRATION_LOCK = 7_236_114;

/**
 * A server, by the usual variables: PGHOST, PGPORT, PGDATABASE, PGUSER. Without PGPASSWORD each new connection signs in with a
 * fresh Entra token of the managed identity (AZURE_CLIENT_ID). TLS is checked against the system's authorities and
 * NODE_EXTRA_CA_CERTS; PGSSLMODE=disable turns it off for a server on your own machine.
 */
export function openServer(env: NodeJS.ProcessEnv): Database {
  const credential = new ManagedIdentityCredential(env.AZURE_CLIENT_ID ? { clientId: env.AZURE_CLIENT_ID } : {});
  const token = async () => (await credential.getToken(TOKEN_SCOPE)).token;
  const pool = new pg.Pool({
    host: env.PGHOST,
    port: Number(env.PGPORT ?? 5432),
    database: env.PGDATABASE ?? "postgres",
    user: env.PGUSER,
    password: env.PGPASSWORD ?? token,
    ssl: env.PGSSLMODE === "disable" ? false : { rejectUnauthorized: true, servername: env.PGHOST },
    max: 10,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: 15_000,
    maxLifetimeSeconds: 3000, // below the life of a token
  });
  pool.on("error", () => {}); // an idle connection broke; the pool makes a new one
  return {
    query: async (sql, values) => (await pool.query(sql, [...values])).rows,
    script: async (sql) => {
      await pool.query(sql); // statements sent together are one transaction
    },
    locked: async (work) => {
      const client = await pool.connect();
      try {
        await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
        await work();
      } finally {
        await client.query("SELECT pg_advisory_unlock($1)", [MIGRATION_LOCK]);
        client.release();
      }
    },
    close: () => pool.end(),
  };
}

/**
 * PostgreSQL inside this process, in a folder (or in memory without one): for development and tests. PGLITE_TEMPLATE may name an
 * empty database, as `dumpDataDir` writes it; starting from that is quicker than making one.
 */
export async function openLocal(folder?: string): Promise<Database> {
  const { PGlite } = await import("@electric-sql/pglite");
  const template = folder === undefined ? process.env.PGLITE_TEMPLATE : undefined;
  const options = template ? { loadDataDir: new Blob([await readFile(template)]) } : {};
  const database = await PGlite.create(folder ?? "memory://", options);
  return {
    query: async (sql, values) => (await database.query<Record<string, unknown>>(sql, [...values])).rows,
    script: async (sql) => {
      await database.exec(sql);
    },
    locked: (work) => work(),
    close: () => database.close(),
  };
}

/** Applies the migrations that this database has not seen yet, in the order of their names. */
export async function migrate(database: Database, folder: URL): Promise<string[]> {
  const applied: string[] = [];
  await database.locked(async () => {
    await database.script(
      "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());",
    );
    const rows = await database.query("SELECT name FROM schema_migrations", []);
    const known = new Set(rows.map((row) => row.name));
    const names = (await readdir(folder)).filter((name) => name.endsWith(".sql") && !known.has(name)).sort();
    for (const name of names) {
      const sql = await readFile(new URL(name, folder), "utf8");
      await database.script(`${sql}\nINSERT INTO schema_migrations (name) VALUES ('${name}');`);
      applied.push(name);
    }
  });
  return applied;
}
