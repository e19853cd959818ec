import book from "./prices.json" with { type: "json" };

/** a: dated capture of the price API; b: Microsoft's text or a golden file; c: inferred from a neighbour. */
export type Confidence = "a" | "b" | "c";

export interface RegionPrice {
  readonly price?: number;
  readonly priceMin?: number;
  readonly priceMax?: number;
  readonly confidence: Confidence;
  readonly note?: string;
  /** Day of this region's price when it is not the row's. */
  readonly retrievedAt?: string;
}

/** One meter of the book. */
export interface PriceRow {
  readonly id: string;
  readonly service: string;
  readonly meter: string;
  readonly unit: string;
  readonly note?: string;
  readonly regions: Readonly<Record<string, RegionPrice>>;
  readonly tiers?: readonly Tier[];
  readonly freeGrant?: { readonly amount: number; readonly unit: string; readonly scope: string };
  readonly included?: { readonly amount: number; readonly unit: string };
  readonly source: readonly string[];
  readonly retrievedAt: string | null;
  readonly query?: PriceQuery;
}

/** Marginal price from a quantity on. */
export interface Tier {
  readonly from: number;
  readonly price: number;
}

/** How the Retail Prices API is asked for a meter, or why it cannot be. */
export type PriceQuery =
  | { readonly notInApi: string }
  | {
      /** Properties of a row of the API that must be equal. */
      readonly filter: Readonly<Record<string, string>>;
      /** `unitOfMeasure` of the wanted rows; the same meter may have others. */
      readonly unit: string;
      /** Price of a unit of the book / price of a unit of the API. */
      readonly factor: number;
      /** The region under which the API keeps a price that is the same everywhere. */
      readonly region?: string;
    };

/** A price in one region. */
export interface Price {
  readonly row: PriceRow;
  readonly price: number;
  readonly confidence: Confidence;
  readonly note?: string;
  /** Day on which it was read; null: the source does not say. */
  readonly retrievedAt: string | null;
}

export interface PriceBook {
  readonly schemaVersion: 1;
  readonly currency: "USD";
  readonly hoursPerMonth: number;
  readonly daysPerMonth: number;
  readonly rows: readonly PriceRow[];
}

/** The book that comes with the program; each row has its sources and the day it was read. */
export const PRICES: PriceBook = book as unknown as PriceBook;

const DAY_MS = 86_400_000;
const STALE_DAYS = 90;

const indexes = new WeakMap<PriceBook, ReadonlyMap<string, PriceRow>>();

export function findRow(prices: PriceBook, meterId: string): PriceRow | undefined {
  const known = indexes.get(prices) ?? new Map(prices.rows.map((row) => [row.id, row]));
  indexes.set(prices, known);
  return known.get(meterId);
}

/**
 * The price of a meter, or undefined: then it is unpriced, not free. A range counts with its upper end.
 *
 * @param region canonical, as `canonicalRegion` gives it
 */
export function findPrice(prices: PriceBook, meterId: string, region: string): Price | undefined {
  const row = findRow(prices, meterId);
  const found = row && Object.hasOwn(row.regions, region) ? row.regions[region] : undefined;
  const price = found?.price ?? found?.priceMax;
  if (!row || !found || price === undefined) return undefined;
  const range = found.price === undefined ? `between ${found.priceMin} and ${found.priceMax}` : undefined;
  const note = found.note ?? range;
  const retrievedAt = found.retrievedAt ?? row.retrievedAt;
  return { row, price, confidence: found.confidence, retrievedAt, ...(note !== undefined && { note }) };
}

/** The form of a region that the book and the price API use: `East US 2` and `(US) East US 2` → `eastus2`. */
export function canonicalRegion(region: string): string {
  return region
    .replace(/^\([^)]*\)/, "")
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "");
}

/** Whether a price, or the oldest price of an estimate, was read more than 90 days ago. */
export function isStale(pricesAsOf: string, now: Date): boolean {
  return now.getTime() - new Date(pricesAsOf).getTime() > STALE_DAYS * DAY_MS;
}
