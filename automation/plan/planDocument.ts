import type { PlannedResource } from "@devfactory/checks/index.ts";
import { ResourceInFile, readJsonFile } from "@devfactory/checks/index.ts";
import { PROFILES, type Profile } from "@devfactory/stacks/spec/index.ts";
import { z } from "zod";

/** What an update would do to a resource that is not new: what the engine says of it. */
const Change = z.object({
  urn: z.string(),
  type: z.string(),
  name: z.string(),
  operation: z.enum(["create", "update", "replace", "delete"]),
  /** Properties that force a replacement. */
  replaceKeys: z.array(z.string()).optional(),
});

const PlanInFile = z.object({
  region: z.string().min(1),
  profile: z.enum(PROFILES),
  budgetMonthlyUsd: z.number().positive().optional(),
  resources: z.array(ResourceInFile),
  changes: z.array(Change).optional(),
});

export type PlannedChange = z.infer<typeof Change>;

/** A plan on paper: what `devfactory plan --output json` prints and the other checks read. */
export interface PlanDocument {
  /** `eastus` */
  readonly region: string;
  readonly profile: Profile;
  /** Of the app spec, when it names one. */
  readonly budgetMonthlyUsd?: number;
  readonly resources: readonly PlannedResource[];
  /** Against the stack as it is; absent when the plan knows of no stack. */
  readonly changes?: readonly PlannedChange[];
}

/** @throws {CheckError} `PLAN_UNREADABLE`, `PLAN_INVALID` with the path in the document */
export function readPlan(path: string): PlanDocument {
  const { budgetMonthlyUsd, changes, resources, ...rest } = readJsonFile(path, PlanInFile, "PLAN_INVALID");
  return {
    ...rest,
    ...(budgetMonthlyUsd !== undefined && { budgetMonthlyUsd }),
    resources: resources.map(toResource),
    ...(changes && { changes }),
  };
}

function toResource({ parent, dependencies, ...rest }: z.output<typeof ResourceInFile>): PlannedResource {
  return { ...rest, ...(parent !== undefined && { parent }), ...(dependencies && { dependencies }) };
}

/** What a plan says of itself when nobody says it: the region that most resources name, the profile on their tags. */
export function describePlan(
  resources: readonly PlannedResource[],
  given: { readonly region?: string; readonly profile?: Profile },
): Pick<PlanDocument, "region" | "profile"> {
  const tagged = resources.map(
    ({ inputs }) => (inputs.tags as Record<string, unknown> | undefined)?.["devfactory-profile"],
  );
  return {
    region: given.region ?? commonest(resources.map(({ inputs }) => inputs.location)) ?? "eastus",
    profile: given.profile ?? PROFILES.find((each) => each === commonest(tagged)) ?? "dev",
  };
}

function commonest(values: readonly unknown[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) {
    if (typeof value !== "string" || !/^[a-z][a-z0-9 ]*$/i.test(value)) continue;
    const name = value.toLowerCase().replaceAll(" ", "");
    if (name !== "global") counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))[0]?.[0];
}
