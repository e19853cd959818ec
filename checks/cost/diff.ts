import type { Estimate, ResourceCost } from "./estimate.ts";
import { fromDecimal, type NanoUsd, toDecimal } from "./money.ts";

/** What changes for a resource or one of its parts. null: it was not there, or has no amount. */
interface Change {
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly delta: string;
}

export interface ComponentDiff extends Change {
  readonly meterId: string;
}

export interface ResourceDiff extends Change {
  readonly urn: string;
  /** The parts that differ. */
  readonly components: readonly ComponentDiff[];
}

/** Two estimates joined by URN; only what differs. `aliases` maps a new URN to the one it had before. */
export function diffEstimates(
  before: Pick<Estimate, "resources">,
  after: Pick<Estimate, "resources">,
  aliases: Readonly<Record<string, string>> = {},
): readonly ResourceDiff[] {
  const old = new Map(before.resources.map((resource) => [resource.urn, resource]));
  const rows = after.resources.map((resource) => {
    const known = old.get(aliases[resource.urn] ?? resource.urn);
    if (known) old.delete(known.urn);
    return row(known, resource);
  });
  const gone = [...old.values()].map((resource) => row(resource, undefined));
  return [...rows, ...gone].filter((each) => each.before !== each.after || each.components.length > 0);
}

function row(before: ResourceCost | undefined, after: ResourceCost | undefined): ResourceDiff {
  const { urn = "", name = "" } = after ?? before ?? {};
  return { urn, ...change(name, before?.monthlyCost, after?.monthlyCost), components: components(before, after) };
}

/** Parts are joined by their name and meter; equal ones (two pools of the same nodes) are added up. */
function components(before: ResourceCost | undefined, after: ResourceCost | undefined): readonly ComponentDiff[] {
  const [old, fresh] = [amounts(before), amounts(after)];
  return [...new Set([...fresh.keys(), ...old.keys()])]
    .map((key) => {
      const [meterId = "", name = ""] = key.split("\n");
      return { meterId, ...change(name, text(old.get(key)), text(fresh.get(key))) };
    })
    .filter((each) => each.before !== each.after);
}

function amounts(resource: ResourceCost | undefined): ReadonlyMap<string, NanoUsd | null> {
  const found = new Map<string, NanoUsd | null>();
  for (const { meterId, name, monthlyCost } of resource?.costComponents ?? []) {
    const key = `${meterId}\n${name}`;
    const known = found.get(key) ?? null;
    const amount = monthlyCost === null ? null : fromDecimal(monthlyCost);
    found.set(key, amount === null ? known : (known ?? 0n) + amount);
  }
  return found;
}

function text(amount: NanoUsd | null | undefined): string | null {
  return amount === null || amount === undefined ? null : toDecimal(amount);
}

function change(name: string, before: string | null = null, after: string | null = null): Change {
  return { name, before, after, delta: toDecimal(fromDecimal(after ?? "0") - fromDecimal(before ?? "0")) };
}
