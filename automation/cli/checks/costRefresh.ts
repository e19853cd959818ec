import { renameSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  canonicalRegion,
  type PriceBook,
  PriceBookSchema,
  RETAIL_PRICES_URL,
  readJsonFile,
  refreshBook,
} from "@devfactory/checks/index.ts";
import type { Command } from "commander";
import { CliError } from "../cliError.ts";
import { print, say } from "../output.ts";

const BOOK = fileURLToPath(import.meta.resolve("@devfactory/checks/cost/prices.json"));

interface RefreshOptions {
  readonly url: string;
  readonly book: string;
  readonly region: readonly string[];
  readonly only: readonly string[];
  readonly dryRun: boolean;
}

/** `cost refresh`: the price book from Microsoft's price list, whole or not at all. */
export function addRefresh(cost: Command): void {
  cost
    .command("refresh")
    .description("bring the price book up to date from the Retail Prices API")
    .option("--url <url>", "address of the API", process.env.DEVFACTORY_PRICES_URL ?? RETAIL_PRICES_URL)
    .option("--book <file>", "the price book", BOOK)
    .option("--region <region...>", "regions to add to each row", [])
    .option("--only <id...>", "rows to ask for", [])
    .option("--dry-run", "tell what would change, write nothing", false)
    .action(refresh);
}

async function refresh({ url, book: path, region, only, dryRun }: RefreshOptions): Promise<void> {
  const book: PriceBook = readJsonFile(path, PriceBookSchema, "PRICES_INVALID");
  const unknown = only.filter((id) => !book.rows.some((row) => row.id === id));
  if (unknown.length > 0)
    throw new CliError(`The book has no row ${unknown.join(", ")}.`, `Rows are named in ${path}.`);
  const client = { url, fetch, wait: async (ms: number) => void (await sleep(ms)) };
  const today = new Date().toISOString().slice(0, 10);
  const scope = { regions: region.map(canonicalRegion), ids: only };
  const {
    book: fresh,
    changes,
    missing,
    notAsked,
  } = await refreshBook(book, client, scope, today, (id) => say(`asked for ${id}`)).catch((error: unknown) => {
    const problem = error instanceof Error ? error.message : String(error);
    throw new CliError(`The price list cannot be read: ${problem}.`, "The book is unchanged; try again later.", {
      cause: error,
    });
  });
  for (const { id, region: where, before, after } of changes) print(`${id} ${where}: ${before ?? "-"} -> ${after}`);
  for (const { id, reason } of notAsked) print(`${id}: not asked, ${reason}`);
  if (missing.length > 0) {
    for (const { id, region: where, problem } of missing) say(`${id} ${where}: ${problem}`);
    const way = "Mend the queries in the book, or leave rows out by naming the others with --only.";
    throw new CliError(`The answer is not complete: ${missing.length} prices are missing; the book is unchanged.`, way);
  }
  print(`${changes.length} prices changed${dryRun ? "; nothing is written" : ""}.`);
  if (dryRun) return;
  writeFileSync(`${path}.new`, `${JSON.stringify(fresh, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}
