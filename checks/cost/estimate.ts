import type { PlannedResource } from "../plan/resource.ts";
import { type Charge, grantOf, poolOf, type Settled, settle, type UsedByOthers } from "./grants.ts";
import { FREE, type Line, METERS } from "./meters.ts";
import { fromDecimal, type NanoUsd, sum, toDecimal, toUsd } from "./money.ts";
import { type Confidence, canonicalRegion, findPrice, PRICES, type Price, type PriceBook } from "./priceBook.ts";
import { type Usage, type UsageFile, usageOf } from "./usage.ts";

/** A planned resource with what is known of its use. */
export interface UsedResource extends PlannedResource {
  readonly usage?: Usage;
}

export interface EstimateRequest {
  /** `eastus` or `East US`. */
  readonly region: string;
  readonly resources: readonly UsedResource[];
  /** What the other deployments of the subscription use of each meter; without it this one is the only one. */
  readonly grants?: UsedByOthers;
  readonly usage?: UsageFile;
  readonly usageProfile?: string;
  /** The total of the estimate before, for the difference. */
  readonly past?: Estimate;
  readonly budgetMonthlyUsd?: number;
  readonly prices?: PriceBook;
}

export interface CostComponent {
  readonly name: string;
  readonly meterId: string;
  readonly unit: string;
  /** null: depends on usage that nobody told. */
  readonly monthlyQuantity: string | null;
  readonly price: string | null;
  readonly monthlyCost: string | null;
  readonly usageBased: boolean;
  readonly priceNotFound: boolean;
  readonly grantUsed?: string;
  readonly confidence: Confidence;
  readonly assumptions?: readonly string[];
}

export interface ResourceCost {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Of the components that have one; null when none has. */
  readonly monthlyCost: string | null;
  readonly costComponents: readonly CostComponent[];
}

/** A whole estimate. Amounts are exact decimals in USD a month, before tax; only people see them rounded. */
export interface Estimate {
  readonly version: "0.1";
  readonly currency: "USD";
  readonly region: string;
  /** Day on which the oldest price in it was read. */
  readonly pricesAsOf: string;
  readonly usageProfile?: string;
  readonly totalMonthlyCost: string;
  readonly totalMonthlyUsageCost: string;
  /** On top of what runs already. */
  readonly marginalMonthlyCost: string;
  readonly pastTotalMonthlyCost?: string;
  readonly diffTotalMonthlyCost?: string;
  readonly resources: readonly ResourceCost[];
  readonly grants: readonly {
    readonly scope: string;
    readonly meterId: string;
    readonly amount: string;
    readonly usedByOthers: string;
    readonly usedHere: string;
  }[];
  readonly guardrails: readonly {
    readonly rule: string;
    readonly result: "ok" | "notify" | "block";
    readonly message: string;
  }[];
  readonly summary: {
    readonly priced: number;
    readonly usage: number;
    readonly free: number;
    readonly unpriced: number;
    readonly unsupported: Readonly<Record<string, number>>;
  };
}

interface Entry {
  readonly resource: UsedResource;
  readonly line: Line;
  readonly price: Price | undefined;
}

/**
 * What a plan costs a month. Pure: prices and usage in, numbers out. What has no price is listed as unpriced and stays out of the
 * totals; what depends on usage that nobody told has no amount.
 */
export function estimate(request: EstimateRequest): Estimate {
  const prices = request.prices ?? PRICES;
  const region = canonicalRegion(request.region);
  const entries = request.resources.flatMap((resource) =>
    (METERS[resource.type]?.(resource.inputs, usageOf(resource, request.usage)) ?? []).map(
      (line): Entry => ({ resource, line, price: findPrice(prices, line.meterId, region) }),
    ),
  );
  const alone = amounts(entries, {});
  const marginal = amounts(entries, request.grants ?? {});
  const total = totalOf(alone.values());
  const ofUsage = totalOf([...alone].filter(([entry]) => entry.line.usageBased).map(([, settled]) => settled));
  return {
    version: "0.1",
    currency: "USD",
    region,
    pricesAsOf: oldest(entries),
    ...(request.usageProfile !== undefined && { usageProfile: request.usageProfile }),
    totalMonthlyCost: toDecimal(total),
    totalMonthlyUsageCost: toDecimal(ofUsage),
    marginalMonthlyCost: toDecimal(totalOf(marginal.values())),
    ...difference(total, request.past),
    resources: resourceCosts(request.resources, entries, alone),
    grants: grantUse(entries, alone, request.grants ?? {}),
    guardrails: guardrails(total, request.budgetMonthlyUsd),
    summary: summary(request.resources, entries),
  };
}

/** Charges with a price and a quantity, settled. */
function amounts(entries: readonly Entry[], others: UsedByOthers): ReadonlyMap<Entry, Settled> {
  const charged = entries.filter((entry) => entry.price !== undefined && entry.line.quantity !== null);
  const charges = charged.flatMap(({ line, price }): Charge[] =>
    price && line.quantity !== null ? [{ meterId: line.meterId, quantity: line.quantity, price }] : [],
  );
  const settled = settle(charges, others);
  return new Map(charged.flatMap((entry, index) => (settled[index] ? [[entry, settled[index]] as const] : [])));
}

function totalOf(settled: Iterable<Settled>): NanoUsd {
  return sum([...settled].map((each) => each.cost));
}

function resourceCosts(
  resources: readonly UsedResource[],
  entries: readonly Entry[],
  settled: ReadonlyMap<Entry, Settled>,
): readonly ResourceCost[] {
  return resources.flatMap((resource) => {
    const own = entries.filter((entry) => entry.resource === resource);
    if (own.length === 0) return [];
    const known = own.flatMap((entry) => settled.get(entry) ?? []);
    const monthlyCost = known.length === 0 ? null : toDecimal(totalOf(known));
    const costComponents = own.map((entry) => component(entry, settled.get(entry)));
    return [{ urn: resource.urn, type: resource.type, name: resource.name, monthlyCost, costComponents }];
  });
}

function component({ line, price }: Entry, settled: Settled | undefined): CostComponent {
  const assumptions = [...(line.assumptions ?? []), ...(price?.note ? [price.note] : [])];
  return {
    name: line.name,
    meterId: line.meterId,
    unit: price?.row.unit ?? "unknown",
    monthlyQuantity: line.quantity === null ? null : String(line.quantity),
    price: price ? plain(price.price) : null,
    monthlyCost: settled ? toDecimal(settled.cost) : null,
    usageBased: line.usageBased,
    priceNotFound: price === undefined,
    ...(settled && settled.free > 0 && { grantUsed: String(settled.free) }),
    confidence: price?.confidence ?? "c",
    ...(assumptions.length > 0 && { assumptions }),
  };
}

function grantUse(
  entries: readonly Entry[],
  settled: ReadonlyMap<Entry, Settled>,
  others: UsedByOthers,
): Estimate["grants"] {
  const pools = new Map<string, { price: Price; amount: number; here: number }>();
  for (const entry of entries) {
    const { price, line } = entry;
    const amount = price ? grantOf(price) : 0;
    if (!price || amount === 0) continue;
    const pool = poolOf(line.meterId);
    const known = pools.get(pool) ?? { price, amount, here: 0 };
    pools.set(pool, { ...known, here: known.here + (settled.get(entry)?.free ?? 0) });
  }
  return [...pools].map(([meterId, { price, amount, here }]) => ({
    scope: price.row.freeGrant?.scope ?? "subscription, month",
    meterId,
    amount: String(amount),
    usedByOthers: String(Math.min(amount, others[meterId] ?? 0)),
    usedHere: String(here),
  }));
}

function difference(total: NanoUsd, past: Estimate | undefined) {
  if (!past) return {};
  const before = fromDecimal(past.totalMonthlyCost);
  return { pastTotalMonthlyCost: toDecimal(before), diffTotalMonthlyCost: toDecimal(total - before) };
}

function guardrails(total: NanoUsd, budget: number | undefined): Estimate["guardrails"] {
  if (budget === undefined) return [];
  const amount = toUsd(toDecimal(total));
  const over = total > BigInt(Math.round(budget * 1e9));
  const message = `${amount} of ${budget.toFixed(2)} USD a month`;
  return [{ rule: "budget", result: over ? "block" : "ok", message }];
}

function summary(resources: readonly UsedResource[], entries: readonly Entry[]): Estimate["summary"] {
  const unsupported: Record<string, number> = {};
  let free = 0;
  for (const resource of resources) {
    const { type } = resource;
    if (entries.some((entry) => entry.resource === resource)) continue;
    if (
      type in METERS ||
      FREE.some((each) => (each.endsWith("*") ? type.startsWith(each.slice(0, -1)) : each === type))
    )
      free += 1;
    else unsupported[type] = (unsupported[type] ?? 0) + 1;
  }
  return {
    priced: entries.filter(({ price, line }) => price !== undefined && line.quantity !== null).length,
    usage: entries.filter(({ price, line }) => price !== undefined && line.quantity === null).length,
    free,
    unpriced: entries.filter(({ price }) => price === undefined).length,
    unsupported,
  };
}

function oldest(entries: readonly Entry[]): string {
  const days = entries.flatMap(({ price }) => price?.row.retrievedAt ?? []).sort();
  return days[0] ?? "";
}

/** Small prices without an exponent: 0.000003. */
function plain(price: number): string {
  return price.toFixed(9).replace(/\.?0+$/, "");
}
