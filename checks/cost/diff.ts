import type { Estimate } from "./estimate.ts";
import { fromDecimal, toDecimal } from "./money.ts";

/** What changes for one resource. null: it was not there, or has no amount. */
export interface ResourceDiff {
  readonly urn: string;
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly delta: string;
}

/** Two estimates joined by URN; only what differs. `aliases` maps a new URN to the one it had before. */
export function diffEstimates(
  before: Estimate,
  after: Estimate,
  aliases: Readonly<Record<string, string>> = {},
): readonly ResourceDiff[] {
  const old = new Map(before.resources.map((resource) => [resource.urn, resource]));
  const rows = after.resources.map((resource) => {
    const known = old.get(aliases[resource.urn] ?? resource.urn);
    if (known) old.delete(known.urn);
    return row(resource.urn, resource.name, known?.monthlyCost ?? null, resource.monthlyCost);
  });
  const gone = [...old.values()].map((resource) => row(resource.urn, resource.name, resource.monthlyCost, null));
  return [...rows, ...gone].filter((each) => each.before !== each.after);
}

function row(urn: string, name: string, before: string | null, after: string | null): ResourceDiff {
  return { urn, name, before, after, delta: toDecimal(fromDecimal(after ?? "0") - fromDecimal(before ?? "0")) };
}
