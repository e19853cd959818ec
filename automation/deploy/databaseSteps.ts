import { setTimeout as delay } from "node:timers/promises";
import type { DatabaseStep } from "@devfactory/components/index.ts";
import pg from "pg";

/** Audience of tokens for Azure Database for PostgreSQL. */
export const POSTGRES_SCOPE = "https://ossrdbms-aad.database.windows.net/.default";

/** A server is not there for its first moments, and knows a new administrator a little later. */
const WAITS_MS = [1_000, 2_000, 4_000, 8_000, 15_000] as const;
/** Not there yet, starting, or an administrator that it does not know yet. Source: PostgreSQL, "PostgreSQL Error Codes", class 28 and 57. */
const NOT_YET = ["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "28000", "28P01", "57P03"];

/** Who runs the statements: an administrator of the server. */
export interface DatabaseAdministrator {
  /** Name of its role: the name of the identity or the group. */
  readonly user: string;
  /** A fresh token for `POSTGRES_SCOPE`, which is its password. */
  readonly token: () => Promise<string>;
  /** Certificate that the server must show a chain to, besides the public ones. */
  readonly ca?: string;
}

/**
 * Gives identities their rights inside Postgres servers, as `allDatabaseSteps` describes them: after `up`, and before anybody asks the
 * app whether it works. Running it again changes nothing. Each step is one connection; its statements are one transaction.
 *
 * @returns how many databases were visited and statements run
 * @throws the server's own error, with `code`, when a statement is refused or the server stays away for half a minute
 */
export async function runDatabaseSteps(
  steps: readonly DatabaseStep[],
  administrator: DatabaseAdministrator,
  { signal, wait = delay }: { readonly signal?: AbortSignal; readonly wait?: (ms: number) => Promise<unknown> } = {},
): Promise<{ readonly databases: number; readonly statements: number }> {
  let statements = 0;
  for (const step of steps) {
    signal?.throwIfAborted();
    const client = await connected(step, administrator, wait);
    try {
      await client.query("BEGIN");
      for (const statement of step.statements) await client.query(statement);
      await client.query("COMMIT");
    } finally {
      await client.end();
    }
    statements += step.statements.length;
  }
  return {
    databases: new Set(steps.map(({ host, port, database }) => `${host}:${port}/${database}`)).size,
    statements,
  };
}

async function connected(
  { host, port, database }: DatabaseStep,
  { user, token, ca }: DatabaseAdministrator,
  wait: (ms: number) => Promise<unknown>,
): Promise<pg.Client> {
  for (const waitMs of [...WAITS_MS, undefined]) {
    const ssl = ca === undefined ? true : { ca };
    const client = new pg.Client({ host, port, database, user, password: await token(), ssl });
    client.on("error", () => {}); // a connection that breaks fails its query; without a listener it would end the process
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (waitMs === undefined || !NOT_YET.includes(String((error as { readonly code?: unknown }).code))) throw error;
      await wait(waitMs);
    }
  }
  throw new Error("unreachable");
}
