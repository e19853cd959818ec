import book from "./prices.json" with { type: "json" };

/** a: dated capture of the price API; b: Microsoft's text or a golden file; c: inferred from a neighbour. */
export type Confidence = "a" | "b" | "c";

interface RegionPrice {
  readonly price?: number;
  readonly priceMin?: number;
  readonly priceMax?: number;
  readonly confidence: Confidence;
  readonly note?: string;
}

/** One meter of the book. */
export interface PriceRow {
  readonly id: string;
  readonly service: string;
  readonly meter: string;
  readonly unit: string;
  readonly regions: Readonly<Record<string, RegionPrice>>;
  readonly tiers?: readonly Tier[];
  readonly freeGrant?: { readonly amount: number; readonly scope: string };
  readonly included?: { readonly amount: number; readonly unit: string };
  readonly source: readonly string[];
  readonly retrievedAt: string | null;
}

/** Marginal price from a quantity on. */
export interface Tier {
  readonly from: number;
  readonly price: number;
}

/** A price in one region. */
export interface Price {
  readonly row: PriceRow;
  readonly price: number;
  readonly confidence: Confidence;
  readonly note?: string;
}

export interface PriceBook {
  readonly currency: "USD";
  readonly hoursPerMonth: number;
  readonly daysPerMonth: number;
  readonly rows: readonly PriceRow[];
}

/** The book that comes with the program; each row has its sources and the day it was read. */
export const PRICES: PriceBook = book as unknown as PriceBook;

const DAY_MS = 86_400_000;
const STALE_DAYS = 90;

/** The price of a meter, or undefined: then it is unpriced, not free. A range counts with its upper end. */
export function findPrice(prices: PriceBook, meterId: string, region: string): Price | undefined {
  const row = prices.rows.find((each) => each.id === meterId);
  const found = row?.regions[canonicalRegion(region)];
  const price = found?.price ?? found?.priceMax;
  if (!row || !found || price === undefined) return undefined;
  const range = found.price === undefined ? `between ${found.priceMin} and ${found.priceMax}` : undefined;
  const note = found.note ?? range;
  return { row, price, confidence: found.confidence, ...(note !== undefined && { note }) };
}

/** The form of a region that the book uses: `East US 2` → `eastus2`. */
export function canonicalRegion(region: string): string {
  return region.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** Whether the oldest price of an estimate was read more than 90 days ago. */
export function isStale(pricesAsOf: string, now: Date): boolean {
  return now.getTime() - new Date(pricesAsOf).getTime() > STALE_DAYS * DAY_MS;
}
