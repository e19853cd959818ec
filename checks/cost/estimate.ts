import { type Charged, chargesOf, type Entry, entriesOf, type UsedResource } from "./entries.ts";
import { type Charge, type Grants, type GrantUse, grantUse, marginalOf, type Settled, settle } from "./grants.ts";
import { type Guardrail, type GuardrailResult, judge, totalIn } from "./guardrails.ts";
import { type NanoUsd, sum, toBillionths, toDecimal } from "./money.ts";
import { type Confidence, canonicalRegion, findPrice, isStale, PRICES, type PriceBook } from "./priceBook.ts";
import type { UsageFile } from "./usage.ts";

export interface EstimateRequest {
  /** `eastus` or `East US`; a resource whose `location` says otherwise is priced there. */
  readonly region: string;
  readonly resources: readonly UsedResource[];
  /** What is left of the subscription's free amounts. @default "fresh" */
  readonly grants?: Grants;
  /** Usage, from the most general file to the most specific; what stands on a resource itself comes last. */
  readonly usage?: UsageFile | readonly UsageFile[];
  readonly usageProfile?: string;
  /** The estimate before, for the difference. */
  readonly past?: Pick<Estimate, "totalMonthlyCost">;
  readonly budgetMonthlyUsd?: number;
  readonly guardrails?: readonly Guardrail[];
  readonly prices?: PriceBook;
  /** With it, each price that was read more than 90 days before says so among its assumptions. */
  readonly now?: Date;
}

export interface CostComponent {
  readonly name: string;
  readonly meterId: string;
  readonly unit: string;
  /** null: depends on usage that nobody told, or on an input that is not known yet. */
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
  readonly grants: readonly GrantUse[];
  readonly guardrails: readonly GuardrailResult[];
  readonly summary: {
    readonly priced: number;
    readonly usage: number;
    readonly free: number;
    readonly unpriced: number;
    readonly unsupported: Readonly<Record<string, number>>;
  };
}

/**
 * What a plan costs a month. Pure: prices and usage in, numbers out. What has no price is listed as unpriced and stays out of the
 * totals; what depends on usage that nobody told has no amount.
 */
export function estimate(request: EstimateRequest): Estimate {
  const { prices = PRICES, grants = "fresh", usage = [] } = request;
  const region = canonicalRegion(request.region);
  const files = isList(usage) ? usage : [usage];
  const { entries, free, unsupported } = entriesOf(request.resources, region, prices, files);
  const charged = chargesOf(entries, typeof grants === "string" ? grants : "fresh");
  const charges = charged.map(([, charge]) => charge);
  const settled = settle(charges, prices, typeof grants === "string" ? grants : "fresh");
  const total = sum(settled.map((each) => each.cost));
  const amounts = new Map(charged.map(([entry], index) => [entry, settled[index]]));
  const past = request.past ? totalIn(request.past) : undefined;
  return {
    version: "0.1",
    currency: "USD",
    region,
    pricesAsOf: oldest(entries, prices),
    ...(request.usageProfile !== undefined && { usageProfile: request.usageProfile }),
    totalMonthlyCost: toDecimal(total),
    totalMonthlyUsageCost: toDecimal(ofUsage(charged, settled)),
    marginalMonthlyCost: toDecimal(typeof grants === "string" ? total : onTopOf(grants, entries, region, prices)),
    ...(past !== undefined && { pastTotalMonthlyCost: toDecimal(past), diffTotalMonthlyCost: toDecimal(total - past) }),
    resources: resourceCosts(request, entries, amounts),
    grants: grantUse(charges, settled, prices, grants),
    guardrails: judge(total, past, rulesOf(request)),
    summary: { ...counts(entries), free, unsupported },
  };
}

function isList(usage: UsageFile | readonly UsageFile[]): usage is readonly UsageFile[] {
  return Array.isArray(usage);
}

function rulesOf({ budgetMonthlyUsd, guardrails = [] }: EstimateRequest): readonly Guardrail[] {
  if (budgetMonthlyUsd === undefined) return guardrails;
  return [...guardrails, { kind: "budget", monthlyUsd: budgetMonthlyUsd, action: "block" }];
}

function onTopOf(
  others: Exclude<Grants, string>,
  entries: readonly Entry[],
  region: string,
  prices: PriceBook,
): NanoUsd {
  const theirs = Object.entries(others).flatMap(([meterId, quantity]): Charge[] => {
    const price = findPrice(prices, meterId, region);
    return price ? [{ meterId, quantity, price, region }] : [];
  });
  const ours = chargesOf(entries, others).map(([, charge]) => charge);
  return marginalOf(ours, theirs, prices);
}

function ofUsage(charged: readonly Charged[], settled: readonly Settled[]): NanoUsd {
  return sum(charged.flatMap(([entry], index) => (entry.line.usageBased ? [settled[index]?.cost ?? 0n] : [])));
}

function resourceCosts(
  request: EstimateRequest,
  entries: readonly Entry[],
  settled: ReadonlyMap<Entry, Settled | undefined>,
): readonly ResourceCost[] {
  const byResource = Map.groupBy(entries, (entry) => entry.resource);
  return [...byResource].map(([resource, own]) => {
    const known = own.flatMap((entry) => settled.get(entry) ?? []);
    const monthlyCost = known.length === 0 ? null : toDecimal(sum(known.map((each) => each.cost)));
    const costComponents = own.map((entry) => component(entry, settled.get(entry), request));
    return { urn: resource.urn, type: resource.type, name: resource.name, monthlyCost, costComponents };
  });
}

function component(entry: Entry, settled: Settled | undefined, { region, now }: EstimateRequest): CostComponent {
  const { line, price } = entry;
  const elsewhere = entry.region === canonicalRegion(region) ? [] : [`billed in ${entry.region}`];
  const age = price && now ? ageNote(price.retrievedAt, now) : [];
  const assumptions = [...(line.assumptions ?? []), ...(price?.note ? [price.note] : []), ...elsewhere, ...age];
  return {
    name: line.name,
    meterId: line.meterId,
    unit: price?.row.unit ?? "unknown",
    monthlyQuantity: line.quantity === null ? null : toDecimal(toBillionths(line.quantity)),
    price: price ? plain(price.price) : null,
    monthlyCost: settled ? toDecimal(settled.cost) : null,
    usageBased: line.usageBased,
    priceNotFound: price === undefined,
    ...(settled && settled.free > 0n && { grantUsed: toDecimal(settled.free) }),
    confidence: price?.confidence ?? "c",
    ...(assumptions.length > 0 && { assumptions }),
  };
}

function ageNote(retrievedAt: string | null, now: Date): readonly string[] {
  if (retrievedAt === null) return ["the source of the price has no date"];
  return isStale(retrievedAt, now) ? [`price of ${retrievedAt}, more than 90 days old`] : [];
}

function counts(entries: readonly Entry[]): Pick<Estimate["summary"], "priced" | "usage" | "unpriced"> {
  return {
    priced: entries.filter(({ price, line }) => price !== undefined && line.quantity !== null).length,
    usage: entries.filter(({ price, line }) => price !== undefined && line.quantity === null).length,
    unpriced: entries.filter(({ price }) => price === undefined).length,
  };
}

/** Of the prices in use; of the book's newest when nothing has a price. */
function oldest(entries: readonly Entry[], prices: PriceBook): string {
  const used = entries.flatMap(({ price }) => price?.retrievedAt ?? []).sort();
  return (
    used[0] ??
    prices.rows
      .flatMap((row) => row.retrievedAt ?? [])
      .sort()
      .at(-1) ??
    ""
  );
}

/** Small prices without an exponent: 0.000003. */
function plain(price: number): string {
  return price.toFixed(12).replace(/\.?0+$/, "");
}
