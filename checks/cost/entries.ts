import type { PlannedResource } from "../plan/resource.ts";
import { type Charge, type Grants, OFFER_PLACES, settle, type UsedByOthers } from "./grants.ts";
import { textAt } from "./inputs.ts";
import { canonicalType, isFree, meterOf } from "./meters/index.ts";
import { fixed, type Line, type Meter, type Offer, type OfferName, type Subject } from "./meters/line.ts";
import { sum, toDecimal, toUsd } from "./money.ts";
import { canonicalRegion, findPrice, type Price, type PriceBook } from "./priceBook.ts";
import { findOpenInput } from "./unknownInputs.ts";
import { type Usage, type UsageFile, usageOf } from "./usage.ts";

/** A planned resource with what is known of its use. */
export interface UsedResource extends PlannedResource {
  readonly usage?: Usage | undefined;
}

/** One line of a resource with its price, if the book has one for the region in which it is billed. */
export interface Entry {
  readonly resource: UsedResource;
  readonly line: Line;
  readonly region: string;
  readonly price: Price | undefined;
}

/** What the plan brings: lines, and the resources that have none. */
export interface Entries {
  readonly entries: readonly Entry[];
  readonly free: number;
  readonly unsupported: Readonly<Record<string, number>>;
}

/** Their price is the same everywhere; the location says only where their metadata is kept. */
const EVERYWHERE: ReadonlySet<string> = new Set(["azure-native:web:StaticSite"]);

/** Lines of all resources, in the plan's order. @param region canonical */
export function entriesOf(
  resources: readonly UsedResource[],
  region: string,
  prices: PriceBook,
  files: readonly UsageFile[],
): Entries {
  const plan = resources.map((each) => ({ ...each, type: canonicalType(each.type) }));
  const entries: Entry[] = [];
  const unsupported: Record<string, number> = {};
  let free = 0;
  plan.forEach((each, index) => {
    const resource = resources[index];
    if (!resource) return;
    const meter = meterOf(each.type);
    const billedIn = regionOf(each, region);
    const subject = { ...each, usage: usageOf(each, files), dependencies: each.dependencies ?? [], plan };
    const lines = meter ? linesOf(meter, subject, (meterId) => findPrice(prices, meterId, billedIn), prices) : [];
    entries.push(
      ...lines.map((line) => ({ resource, line, region: billedIn, price: findPrice(prices, line.meterId, billedIn) })),
    );
    if (lines.length > 0) return;
    if (meter || isFree(each.type)) free += 1;
    else unsupported[resource.type] = (unsupported[resource.type] ?? 0) + 1;
  });
  return { entries, free, unsupported };
}

function regionOf({ type, inputs }: PlannedResource, region: string): string {
  const location = EVERYWHERE.has(type) ? undefined : textAt(inputs, "location");
  const canonical = location === undefined ? "global" : canonicalRegion(location);
  return canonical === "global" ? region : canonical;
}

/** When an input that decides the cost is not known yet, one line says so, with the range where there is a list to choose from. */
function linesOf(
  meter: Meter,
  subject: Subject,
  priceOf: (meterId: string) => Price | undefined,
  prices: PriceBook,
): readonly Line[] {
  const open = findOpenInput(subject.type, subject.inputs);
  if (!open) return meter(subject).map(possible);
  const totals = open.alternatives.flatMap((inputs) => {
    const lines = meter({ ...subject, inputs }).filter((line) => !line.usageBased);
    const charges = lines.flatMap(({ meterId, quantity }): Charge[] => {
      const price = priceOf(meterId);
      return price && quantity !== null ? [{ meterId, quantity, price, region: "" }] : [];
    });
    if (charges.length < lines.length) return [];
    return [sum(settle(charges, prices, "none").map((each) => each.cost))];
  });
  const [low, high] = [totals.toSorted(ascending).at(0), totals.toSorted(ascending).at(-1)];
  const known = low === undefined || high === undefined ? "" : `between ${usd(low)} and ${usd(high)} USD a month, `;
  const assumption = `${known}depends on ${open.path}, which is known only after the deployment`;
  return [{ ...fixed(`depends on ${open.path}`, `depends-on-${open.path}`, 0, assumption), quantity: null }];
}

/** Inputs that Azure would refuse (a negative throughput, more than a number can hold) give no amount instead of a wrong one. */
function possible(line: Line): Line {
  if (line.quantity === null || (line.quantity >= 0 && Number.isFinite(line.quantity))) return line;
  const assumptions = [...(line.assumptions ?? []), "the inputs give no possible quantity"];
  return { ...line, quantity: null, assumptions };
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function usd(amount: bigint): string {
  return toUsd(toDecimal(amount));
}

/** An entry that has an amount, as a charge. */
export type Charged = readonly [entry: Entry, charge: Charge];

/** Charges of the entries that have a price and a quantity; offers have their places, as far as others leave any. */
export function chargesOf(entries: readonly Entry[], grants: Grants): readonly Charged[] {
  const places = placesOf(entries, grants);
  return entries.flatMap((entry): Charged[] => {
    const { line, price, region } = entry;
    if (!price || line.quantity === null) return [];
    const place = line.offer && places.has(placeKey(line.offer)) ? { place: placeKey(line.offer) } : {};
    return [[entry, { meterId: line.meterId, region, quantity: line.quantity, price, ...place }]];
  });
}

/** Who has a place in an offer: the first by URN, so that the plan's order does not matter. */
function placesOf(entries: readonly Entry[], grants: Grants): ReadonlySet<string> {
  if (grants === "exhausted" || grants === "none") return new Set();
  const others: UsedByOthers = grants === "fresh" ? {} : grants;
  const asked = new Map<OfferName, Set<string>>();
  for (const { line } of entries) {
    if (!line.offer) continue;
    asked.set(line.offer.name, (asked.get(line.offer.name) ?? new Set()).add(placeKey(line.offer)));
  }
  return new Set(
    [...asked].flatMap(([name, keys]) =>
      [...keys].sort().slice(0, Math.max(0, OFFER_PLACES[name] - (others[name] ?? 0))),
    ),
  );
}

function placeKey({ name, holder }: Offer): string {
  return `${name} ${holder}`;
}
