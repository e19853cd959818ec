import { cost, type NanoUsd } from "./money.ts";
import type { Price, Tier } from "./priceBook.ts";

/** What others in the subscription use of a meter in the month, in its units. */
export type UsedByOthers = Readonly<Record<string, number>>;

/** A priced line that waits for its share of a free amount. */
export interface Charge {
  readonly meterId: string;
  readonly quantity: number;
  readonly price: Price;
}

/** What a charge costs, and how much of a free amount it used. */
export interface Settled {
  readonly cost: NanoUsd;
  readonly free: number;
}

/** Meters that share one free amount, in the order in which it is used up. */
const SHARED: Readonly<Record<string, string>> = { "aca-vcpu-idle": "aca-vcpu-active" };
/** Meters that a subscription pays once, however many resources bring them. */
const ONCE: ReadonlySet<string> = new Set(["sb-standard-base"]);

/** Name of the free amount or price ladder that a meter counts on. */
export function poolOf(meterId: string): string {
  return SHARED[meterId] ?? meterId;
}

/**
 * Settles the charges of one deployment. Free amounts and ladders belong to the subscription: they are counted on from what others
 * use, so the marginal costs of several deployments add up to the cost of all. Working seconds take the free amount before
 * waiting ones, whatever the order of the charges.
 */
export function settle(charges: readonly Charge[], others: UsedByOthers): readonly Settled[] {
  const order = charges.map((_, index) => index).sort((a, b) => rank(charges[a]) - rank(charges[b]));
  const used = new Map<string, number>();
  const settled: Settled[] = [];
  for (const index of order) {
    const charge = charges[index];
    if (!charge) continue;
    const pool = poolOf(charge.meterId);
    const before = used.get(pool) ?? othersIn(pool, others);
    used.set(pool, before + charge.quantity);
    settled[index] = settleOne(charge, before);
  }
  return settled;
}

function settleOne({ meterId, quantity, price }: Charge, before: number): Settled {
  const grant = grantOf(price);
  const free = Math.max(0, Math.min(quantity, grant - before));
  const ladder = price.row.tiers;
  if (ladder) return { cost: climb(ladder, before + quantity) - climb(ladder, before), free };
  if (ONCE.has(meterId))
    return { cost: cost(Math.max(0, Math.min(before + quantity, 1) - before), price.price), free: 0 };
  return { cost: cost(quantity - free, price.price), free };
}

/** The free amount of a meter: its grant, or the first step of its ladder when that costs nothing. */
export function grantOf(price: Price): number {
  const [first, second] = price.row.tiers ?? [];
  if (first?.price === 0) return second?.from ?? 0;
  return price.row.freeGrant?.amount ?? 0;
}

/** Cost of a quantity from zero up a ladder of marginal prices. */
function climb(tiers: readonly Tier[], quantity: number): NanoUsd {
  let total = 0n;
  tiers.forEach((tier, index) => {
    const until = tiers[index + 1]?.from ?? Number.POSITIVE_INFINITY;
    total += cost(Math.max(0, Math.min(quantity, until) - tier.from), tier.price);
  });
  return total;
}

function othersIn(pool: string, others: UsedByOthers): number {
  return Object.entries(others).reduce((total, [meter, amount]) => total + (poolOf(meter) === pool ? amount : 0), 0);
}

function rank(charge: Charge | undefined): number {
  return charge && charge.meterId in SHARED ? 1 : 0;
}
