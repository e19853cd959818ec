import type { OfferName } from "./meters/line.ts";
import { type NanoUsd, type RawUsd, rawCost, roundRaw, sum, toBillionths, toDecimal } from "./money.ts";
import { findRow, type Price, type PriceBook, type PriceRow, type Tier } from "./priceBook.ts";

/** What others in the subscription use of a meter in the month, in its units; of an offer, the places that they hold. */
export type UsedByOthers = Readonly<Record<string, number>>;

/**
 * What is left of the free amounts.
 * - `fresh`: all of them; the same as `{}`.
 * - amounts by meter: what others use. The total is still that of the only deployment, the marginal cost is on top of the others.
 * - `exhausted`: others have used them up, and climbed each price ladder to the end of its free step, so its cheaper steps begin sooner.
 * - `none`: there are none. A ladder is climbed from zero, and its free step costs what the next one does.
 * With the last two total and marginal cost are equal, and what a subscription pays once is counted in full.
 */
export type Grants = "fresh" | "exhausted" | "none" | UsedByOthers;

/** A priced line that waits for its share of a free amount. */
export interface Charge {
  readonly meterId: string;
  readonly region: string;
  readonly quantity: number;
  readonly price: Price;
  /** The holder of a place in an offer: then the free amount is its own. Without a place there is none. */
  readonly place?: string;
}

/** What a charge costs, and how much of a free amount it used, in billionths of the meter's unit. */
export interface Settled {
  readonly cost: NanoUsd;
  readonly free: bigint;
}

/** A free amount, as far as charges could use it. Amounts are decimals in `unit`. */
export interface GrantUse {
  readonly scope: string;
  readonly meterId: string;
  readonly amount: string;
  readonly usedByOthers: string;
  readonly usedHere: string;
}

/** Meters that share one free amount. */
const SHARED: Readonly<Record<string, string>> = {
  "aca-vcpu-idle": "aca-vcpu-active",
  "cosmos-autoscale": "cosmos-provisioned",
};
/** Meters that a subscription pays once, however many resources bring them. */
const ONCE: ReadonlySet<string> = new Set(["sb-standard-base"]);
/** Meters whose free amount must be asked for. */
const OFFERED: ReadonlySet<string> = new Set(["cosmos-provisioned", "cosmos-storage", "sql-serverless", "sql-storage"]);
/** How many resources of a subscription can have an offer. Source: prices.json, scopes of the free amounts. */
export const OFFER_PLACES: Readonly<Record<OfferName, number>> = { "sql-free-offer": 10, "cosmos-free-tier": 1 };
/** Units of a meter in one unit of its free amount, where they differ. */
const UNITS: Readonly<Record<string, number>> = { "vCore-s in vCore-h": 1 / 3600, "RU/s in 100 RU/s-h": 730 / 100 };

/** Name of the free amount or price ladder that a meter counts on. */
export function poolOf(meterId: string): string {
  return SHARED[meterId] ?? meterId;
}

/** The free amount of a meter's pool in units of the meter, 0 when it has none. */
export function grantOf(prices: PriceBook, meterId: string): number {
  const row = findRow(prices, poolOf(meterId));
  if (!row) return 0;
  const [first, second] = row.tiers ?? [];
  if (first?.price === 0) return second?.from ?? 0;
  if (!row.freeGrant) return 0;
  return row.freeGrant.amount * (UNITS[`${row.freeGrant.unit} in ${row.unit}`] ?? 1);
}

interface Pool {
  readonly amount: bigint;
  /** Where the ladder and the free amount have got to. */
  position: bigint;
}

/**
 * Settles charges in whatever order they come. Free amounts and ladders belong to the subscription; who takes a free amount first is
 * a rule of its own, not the order of the plan: working seconds before waiting ones, then the dearer region, then the plan's order.
 * What a meter costs in a region therefore depends on its sum alone, rounded once, and parts add up to it exactly.
 */
export function settle(charges: readonly Charge[], prices: PriceBook, grants: Grants): readonly Settled[] {
  const order = charges.map((charge, index) => ({ charge, index })).sort((a, b) => before(a.charge, b.charge));
  const pools = new Map<string, Pool>();
  const settled: Settled[] = [];
  for (const { charge, index } of order) {
    const key = poolKey(charge);
    const pool = pools.get(key) ?? openPool(charge, prices, grants);
    pools.set(key, pool);
    const from = pool.position;
    const to = from + toBillionths(charge.quantity);
    pool.position = to;
    const upTo = ladderOf(charge, pool.amount, grants);
    settled[index] = {
      cost: roundRaw(upTo(to)) - roundRaw(upTo(from)),
      free: least(to, pool.amount) - least(from, pool.amount),
    };
  }
  return settled;
}

/** Total of charges on top of what others use. @param others their use in `region`, by meter */
export function marginalOf(charges: readonly Charge[], others: readonly Charge[], prices: PriceBook): NanoUsd {
  const cost = (all: readonly Charge[]) => sum(settle(all, prices, "fresh").map((each) => each.cost));
  return cost([...others, ...charges]) - cost(others);
}

function poolKey(charge: Charge): string {
  const pool = poolOf(charge.meterId);
  return OFFERED.has(pool) ? `${pool} of ${charge.place ?? "nobody"}` : pool;
}

function openPool(charge: Charge, prices: PriceBook, grants: Grants): Pool {
  const offered = !OFFERED.has(poolOf(charge.meterId)) || charge.place !== undefined;
  const amount = toBillionths(offered ? grantOf(prices, charge.meterId) : 0);
  if (grants === "none") return { amount: 0n, position: 0n };
  return { amount, position: grants === "exhausted" ? amount : 0n };
}

/** Cost of a meter up to a position, as a function that never falls. */
function ladderOf({ meterId, price }: Charge, free: bigint, grants: Grants): (position: bigint) => RawUsd {
  const { tiers } = price.row;
  if (ONCE.has(meterId)) return (position) => rawCost(least(position, toBillionths(1)), price.price);
  if (!tiers) return (position) => rawCost(position > free ? position - free : 0n, price.price);
  const steps = grants === "none" ? withoutFreeStep(tiers) : tiers;
  return (position) => climb(steps, position);
}

function withoutFreeStep(tiers: readonly Tier[]): readonly Tier[] {
  const [first, second, ...rest] = tiers;
  return first?.price === 0 && second ? [{ from: 0, price: second.price }, ...rest] : tiers;
}

function climb(tiers: readonly Tier[], position: bigint): RawUsd {
  return tiers.reduce((total, tier, index) => {
    const next = tiers[index + 1];
    const from = toBillionths(tier.from);
    const until = next ? least(position, toBillionths(next.from)) : position;
    return until > from ? total + rawCost(until - from, tier.price) : total;
  }, 0n);
}

function before(a: Charge, b: Charge): number {
  const rank = ({ meterId }: Charge) => (meterId === "aca-vcpu-idle" ? 1 : 0);
  return (
    rank(a) - rank(b) || b.price.price - a.price.price || compare(a.meterId, b.meterId) || compare(a.region, b.region)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Which free amounts the charges of a plan could use, each once. */
export function grantUse(
  charges: readonly Charge[],
  settled: readonly Settled[],
  prices: PriceBook,
  grants: Grants,
): readonly GrantUse[] {
  if (grants === "none") return [];
  const used = new Map<string, { row: PriceRow; amount: bigint; here: bigint }>();
  charges.forEach((charge, index) => {
    const pool = poolOf(charge.meterId);
    const row = findRow(prices, pool);
    const amount = toBillionths(grantOf(prices, charge.meterId));
    if (!row || amount === 0n || (OFFERED.has(pool) && charge.place === undefined)) return;
    const key = poolKey(charge);
    const known = used.get(key)?.here ?? 0n;
    used.set(key, { row, amount, here: known + (settled[index]?.free ?? 0n) });
  });
  return [...used.values()].map(({ row, amount, here }) => ({
    scope: row.freeGrant?.scope ?? "subscription, month",
    meterId: row.id,
    amount: toDecimal(amount),
    usedByOthers: toDecimal(grants === "exhausted" ? amount : least(amount, toBillionths(inPool(row.id, grants)))),
    usedHere: toDecimal(here),
  }));
}

function inPool(pool: string, grants: Grants): number {
  if (typeof grants === "string") return 0;
  return Object.entries(grants).reduce((total, [meter, used]) => total + (poolOf(meter) === pool ? used : 0), 0);
}
