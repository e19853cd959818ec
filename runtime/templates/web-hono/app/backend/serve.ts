import { serve } from "@hono/node-server";
import { createApp } from "./api/app.ts";
import type { Entity, View } from "./model/entity.ts";
import { openStore } from "./store/open.ts";
import { type SeedRows, seedIfEmpty } from "./store/seed.ts";

const CLOSE_MS = 10_000;

/** Starts the app on PORT (8080) and stops it in good order on SIGTERM or SIGINT. */
export async function start(
  title: string,
  entities: readonly Entity[],
  views: readonly View[],
  seed: SeedRows,
): Promise<void> {
  const { store, note } = await openStore(process.env);
  log(note);
  if (process.env.SEED !== "false") {
    const added = await seedIfEmpty(store, entities, seed);
    if (added > 0) log(`added ${added} examples to the empty database (SEED=false leaves it empty)`);
  }
  const app = createApp({ title, store, entities, views, log });
  const port = Number(process.env.PORT ?? 8080);
  const server = serve({ fetch: app.fetch, port }, () => log(`${title} listens on http://localhost:${port}`));
  const stop = () => {
    server.close(async () => {
      await store.close();
      process.exit(0);
    });
    setTimeout(() => process.exit(1), CLOSE_MS).unref(); // somebody keeps a connection open
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

function log(message: string, details: Readonly<Record<string, unknown>> = {}): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), message, ...details })}\n`);
}
