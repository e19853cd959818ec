import { type Inputs, textAt } from "../inputs.ts";
import type { Usage } from "../usage.ts";

export const HOURS = 730;
export const DAYS = 30;
export const SECONDS = 3600;
export const MILLION = 1_000_000;

/** Free amounts that one resource asks for; a subscription has as many places as `OFFER_PLACES` (grants.ts) tells. */
export type OfferName = "sql-free-offer" | "cosmos-free-tier";

/** A claim to a free amount of one's own. */
export interface Offer {
  readonly name: OfferName;
  /** URN of the resource that asks for it: the database, the account. */
  readonly holder: string;
}

/** One line of a resource before it has a price. */
export interface Line {
  readonly name: string;
  /** Row of the price book; one that is not in the book comes out as unpriced. */
  readonly meterId: string;
  /** In units of the meter; null: depends on usage that nobody told, or on an input that is not known yet. */
  readonly quantity: number | null;
  readonly usageBased: boolean;
  readonly offer?: Offer;
  readonly assumptions?: readonly string[];
}

/** What a meter sees of a resource. `type` is without the version of the API. */
export interface Subject {
  readonly urn: string;
  readonly name: string;
  readonly type: string;
  readonly inputs: Inputs;
  readonly usage: Usage;
  readonly dependencies: readonly string[];
  /** All resources of the plan, this one included. */
  readonly plan: readonly Neighbour[];
}

/** Another resource of the plan, as far as a bill depends on it. */
export interface Neighbour {
  readonly urn: string;
  readonly name: string;
  readonly type: string;
  readonly inputs: Inputs;
  readonly dependencies?: readonly string[] | undefined;
}

export type Meter = (subject: Subject) => readonly Line[];

/** The SKU in small letters, as the ids of the book are built; `unknown` when there is none. */
export function skuOf(inputs: Inputs): string {
  return textAt(inputs, "sku", "name")?.toLowerCase() ?? "unknown";
}

/** A line that the inputs decide. */
export function fixed(name: string, meterId: string, quantity: number, ...assumptions: readonly string[]): Line {
  return { name, meterId, quantity, usageBased: false, ...(assumptions.length > 0 && { assumptions }) };
}

/** A line that usage decides. @param used in units of its own @param unit how many of them make a unit of the meter */
export function perUse(
  name: string,
  meterId: string,
  used: number | undefined,
  unit = 1,
  ...assumptions: readonly string[]
): Line {
  const quantity = used === undefined ? null : used / unit;
  return { name, meterId, quantity, usageBased: true, ...(assumptions.length > 0 && { assumptions }) };
}

/** Data that leaves Azure. */
export function egress(usage: Usage): Line {
  return perUse("internet egress", "egress", usage.monthly_outbound_data_processed_gb);
}

/**
 * The resource of a type that this one belongs to: the one that an input names or that it depends on, or the only one there is.
 *
 * @param reference a name or a resource id, when the plan knows it
 */
export function owner(subject: Subject, type: string, reference: string | undefined): Neighbour | undefined {
  const candidates = subject.plan.filter((each) => each.type === type);
  const named = candidates.find(({ name, inputs }) => {
    const names = [name, ...Object.entries(inputs).flatMap(([key, value]) => (/name$/i.test(key) ? [value] : []))];
    return reference !== undefined && names.some((each) => each === reference || reference.endsWith(`/${each}`));
  });
  const needed = candidates.find((each) => subject.dependencies.includes(each.urn));
  return named ?? needed ?? (candidates.length === 1 ? candidates[0] : undefined);
}
