import { estimate, type UsedResource } from "../../checks/index.ts";
import { record } from "../../components/testing/index.ts";
import { PROFILES } from "../../stacks/spec/index.ts";
import { ExampleFolder, type Run } from "./examples.ts";
import type { Catalogue, Component } from "./schema.ts";
import { Surroundings } from "./surroundings.ts";

/** Upper ends of the classes, in USD a month. */
const CLASSES = [
  [0, "free"],
  [5, "under 5"],
  [50, "under 50"],
] as const;

export type Costs = NonNullable<Component["costs"]>;

/** The cost class of an amount in USD a month. */
export function costClass(monthlyUsd: number): Costs[string]["class"] {
  return CLASSES.find(([most]) => monthlyUsd <= most)?.[1] ?? "over 50";
}

/**
 * What the component's first example costs a month in each profile, by the estimator: what it makes below itself, in East US, idle,
 * after no free amount. Undefined when nothing of it has a price.
 */
export async function costsOf(name: string, run: Run): Promise<Costs | undefined> {
  const costs: Record<string, Costs[string]> = {};
  for (const profile of PROFILES) {
    const { resources } = await record(() => run(new Surroundings(profile)));
    const own = new Set(resources.filter(({ type }) => type === `devfactory:azure:${name}`).map((each) => each.name));
    for (const each of resources) if (each.parent !== undefined && own.has(each.parent)) own.add(each.name);
    const below = resources.filter((each) => each.custom && each.parent !== undefined && own.has(each.parent));
    const made: UsedResource[] = below.map(({ urn, type, name: logical, inputs }) => ({
      urn,
      type,
      name: logical,
      inputs,
    }));
    const priced = estimate({ region: "eastus", resources: made, grants: "none" });
    if (priced.resources.every(({ costComponents }) => costComponents.length === 0)) return undefined;
    const monthlyUsd = Math.round(Number(priced.totalMonthlyCost) * 100) / 100;
    const { unpriced, unsupported } = priced.summary;
    const atLeast = unpriced > 0 || Object.keys(unsupported).length > 0;
    costs[profile] = { class: atLeast ? "unknown" : costClass(monthlyUsd), monthlyUsd };
  }
  return costs;
}

/** Every component with what its first example costs. @param checkout where its examples are written for a moment */
export async function withCosts(catalogue: Catalogue, checkout: string): Promise<Catalogue> {
  using folder = new ExampleFolder(checkout, catalogue.components);
  const all: Component[] = [];
  for (const component of catalogue.components) {
    const run = await folder.load(`${component.name}-0.ts`);
    const costs = await costsOf(component.name, run); // one after the other: Pulumi's settings are global
    all.push({ ...component, ...(costs && { costs }) });
  }
  return { ...catalogue, components: all };
}
