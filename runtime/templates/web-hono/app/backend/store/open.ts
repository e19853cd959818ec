import { mkdir } from "node:fs/promises";
import { migrate, openLocal, openServer } from "./database.ts";
import { PostgresStore } from "./postgres.ts";
import type { Store } from "./store.ts";

const MIGRATIONS = new URL("../migrations/", import.meta.url);

/** Opens the database that the environment names (PGHOST), or one in the folder DATA_DIR (`data`; `memory` keeps nothing), and brings its tables up to date. */
export async function openStore(env: NodeJS.ProcessEnv): Promise<{ store: Store; note: string }> {
  if (env.PGHOST) {
    const database = openServer(env);
    const applied = await migrate(database, MIGRATIONS);
    return {
      store: new PostgresStore(database),
      note: `PostgreSQL at ${env.PGHOST}, ${applied.length} new migrations`,
    };
  }
  const folder = env.DATA_DIR ?? "data";
  if (folder !== "memory") await mkdir(folder, { recursive: true });
  const database = await openLocal(folder === "memory" ? undefined : folder);
  const applied = await migrate(database, MIGRATIONS);
  return {
    store: new PostgresStore(database),
    note: `PGHOST is not set: keeping data in ./${folder} (PGlite), ${applied.length} new migrations`,
  };
}

/** An empty database that is gone after the test. */
export async function openTestStore(): Promise<Store> {
  const database = await openLocal();
  await migrate(database, MIGRATIONS);
  return new PostgresStore(database);
}
