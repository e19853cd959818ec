import type { PriceBook, PriceQuery, PriceRow, RegionPrice, Tier } from "../priceBook.ts";
import { fetchPrices, type RetailClient, type RetailPrice } from "./retailPrices.ts";

/** The source that a refreshed price names. */
export const RETAIL_SOURCE = "API";

export interface PriceChange {
  readonly id: string;
  readonly region: string;
  /** null: the book did not have it. */
  readonly before: number | null;
  readonly after: number;
}

export interface Refreshed {
  /** With every price that was found; only to be kept when nothing is missing. */
  readonly book: PriceBook;
  readonly changes: readonly PriceChange[];
  /** What the API should know and did not answer, with the reason. */
  readonly missing: readonly { readonly id: string; readonly region: string; readonly problem: string }[];
  /** Rows that the API does not have, with the reason that the book gives. */
  readonly notAsked: readonly { readonly id: string; readonly reason: string }[];
}

/** What is asked for. */
export interface RefreshScope {
  /** Regions beside those that each row names. */
  readonly regions: readonly string[];
  /** Ids of rows; empty: all. */
  readonly ids: readonly string[];
}

/**
 * Asks the API for each row of a book in its regions, one request after the other.
 *
 * @param today written as the day of each price, also of one that did not change
 * @param report called after each row, for progress
 * @throws {Error} when the API does not answer
 */
export async function refreshBook(
  book: PriceBook,
  client: RetailClient,
  { regions, ids }: RefreshScope,
  today: string,
  report: (id: string) => void = () => {},
): Promise<Refreshed> {
  const rows: PriceRow[] = [];
  const changes: PriceChange[] = [];
  const missing: Refreshed["missing"][number][] = [];
  const notAsked: Refreshed["notAsked"][number][] = [];
  for (const row of book.rows) {
    if (ids.length > 0 && !ids.includes(row.id)) {
      rows.push(row);
      continue;
    }
    const reason = row.query === undefined ? "the book has no query for it" : notInApi(row.query);
    if (reason !== undefined || row.query === undefined || "notInApi" in row.query) {
      notAsked.push({ id: row.id, reason: reason ?? "" });
      rows.push(row);
      continue;
    }
    const fresh = await refreshRow(row, row.query, client, regions, today);
    rows.push(fresh.row);
    changes.push(...fresh.changes);
    missing.push(...fresh.missing);
    report(row.id);
  }
  return { book: { ...book, rows }, changes, missing, notAsked };
}

function notInApi(query: PriceQuery): string | undefined {
  return "notInApi" in query ? query.notInApi : undefined;
}

type ApiQuery = Exclude<PriceQuery, { readonly notInApi: string }>;

async function refreshRow(
  row: PriceRow,
  query: ApiQuery,
  client: RetailClient,
  more: readonly string[],
  today: string,
) {
  const regions = [...new Set([...Object.keys(row.regions), ...more])].sort();
  const items = await fetchPrices(client, filterOf(query, regions));
  const prices: Record<string, RegionPrice> = { ...row.regions };
  const changes: PriceChange[] = [];
  const missing: Refreshed["missing"][number][] = [];
  let tiers = row.tiers;
  for (const region of regions) {
    const found = select(items, query, region);
    const price = paidPrice(found, query);
    if (typeof price === "string") {
      missing.push({ id: row.id, region, problem: price });
      continue;
    }
    const known = row.regions[region];
    const before = known?.price ?? known?.priceMax ?? null;
    prices[region] = { price, confidence: "a" };
    if (before !== price) changes.push({ id: row.id, region, before, after: price });
    // A ladder is kept once for all regions: the steps of the book's first region.
    if (row.tiers && region === Object.keys(row.regions)[0]) tiers = ladder(found, query);
  }
  const fresh = missing.length === 0;
  return {
    row: fresh
      ? { ...row, regions: prices, ...(tiers && { tiers }), source: [RETAIL_SOURCE], retrievedAt: today }
      : row,
    changes,
    missing,
  };
}

/** OData: the row's own properties, its regions, pay as you go. */
export function filterOf(query: ApiQuery, regions: readonly string[]): string {
  const asked = query.region === undefined ? regions : [query.region];
  const own = Object.entries(query.filter).map(([name, value]) => equal(name, value));
  const where = asked.map((region) => equal("armRegionName", region)).join(" or ");
  return [...own, "priceType eq 'Consumption'", asked.length > 1 ? `(${where})` : where].join(" and ");
}

function equal(name: string, value: string): string {
  return `${name} eq '${value.replaceAll("'", "''")}'`;
}

/** The rows of one region in the wanted unit, lowest step first. The same meter may stand there by the hour and by the month. */
function select(items: readonly RetailPrice[], query: ApiQuery, region: string): readonly RetailPrice[] {
  return items
    .filter((item) => item.armRegionName === (query.region ?? region))
    .filter((item) => item.unitOfMeasure === query.unit && item.type === "Consumption" && item.currencyCode === "USD")
    .filter((item) => Object.entries(query.filter).every(([name, value]) => item[name] === value))
    .toSorted((a, b) => a.tierMinimumUnits - b.tierMinimumUnits);
}

/** The first step that costs something: a free first step is the free amount, which the book keeps apart. */
function paidPrice(found: readonly RetailPrice[], query: ApiQuery): number | string {
  if (found.length === 0) return `no row in the unit ${query.unit}`;
  const paid = found.filter((item) => item.retailPrice > 0);
  const first = paid[0];
  if (!first) return "all rows cost 0";
  const rivals = paid.filter((item) => item.tierMinimumUnits === first.tierMinimumUnits);
  if (new Set(rivals.map((item) => item.retailPrice)).size > 1) {
    return `${rivals.length} prices for the same step: ${rivals.map((item) => item.retailPrice).join(", ")}`;
  }
  return inBookUnits(first.retailPrice, query);
}

function ladder(found: readonly RetailPrice[], query: ApiQuery): readonly Tier[] {
  return found.map(({ tierMinimumUnits, retailPrice }) => ({
    from: exact(tierMinimumUnits / query.factor),
    price: inBookUnits(retailPrice, query),
  }));
}

function inBookUnits(price: number, { factor }: ApiQuery): number {
  return exact(price * factor);
}

/** Without the dust of binary fractions: twelve significant digits. */
function exact(value: number): number {
  return Number(value.toPrecision(12));
}
