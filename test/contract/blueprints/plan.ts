import { readFileSync } from "node:fs";
import { join } from "node:path";
import { settingsOf } from "@devfactory/automation/plan/planSpec.ts";
import { recordPlan } from "@devfactory/automation/plan/recording.ts";
import {
  estimate,
  evaluatePolicies,
  type PlannedResource,
  toUsageFile,
  type UsageFile,
  UsageFileSchema,
} from "@devfactory/checks/index.ts";
import { ROLES } from "@devfactory/components/index.ts";
import { deployApp } from "@devfactory/stacks/app/program.ts";
import type { Deployment } from "@devfactory/stacks/app/settings.ts";
import { type AppSpec, parseAppSpec } from "@devfactory/stacks/spec/index.ts";
import { parse } from "yaml";

const BLUEPRINTS = join(import.meta.dirname, "../../../blueprints");

/** What a blueprint's plan is made of, in words that a test can list. */
export interface BlueprintPlan {
  readonly resources: readonly PlannedResource[];
  readonly spec: AppSpec;
}

/** A blueprint's spec, as every verb reads it. */
export function readBlueprint(name: string): AppSpec {
  const parsed = parseAppSpec(parse(readFileSync(join(BLUEPRINTS, name, "devfactory.yaml"), "utf8")));
  if (parsed.ok) return parsed.spec;
  throw new Error(JSON.stringify(parsed.problems));
}

/** The plan of a blueprint. */
export function planBlueprint(name: string, change: Partial<Deployment> = {}): Promise<BlueprintPlan> {
  return planApp(readBlueprint(name), change);
}

/** The plan of an app, recorded from the program of apps. */
export async function planApp(spec: AppSpec, change: Partial<Deployment> = {}): Promise<BlueprintPlan> {
  const settings = settingsOf(spec, {});
  const deployment = { ...settings.deployment, ...change };
  const resources = await recordPlan(() => void deployApp({ ...settings, deployment }), "devfactory-app", settings);
  return { spec, resources };
}

/** How many resources each type has. */
export function countsOf({ resources }: BlueprintPlan): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { type } of resources) {
    const short = type.replace("azure-native:", "");
    counts[short] = (counts[short] ?? 0) + 1;
  }
  return counts;
}

/** Role assignments as `name: role on the last two parts of the scope`, sorted. */
export function grantsOf({ resources }: BlueprintPlan): readonly string[] {
  return resources
    .filter(({ type }) => type === "azure-native:authorization:RoleAssignment")
    .map(({ name, inputs }) => {
      const role = Object.values(ROLES).find(({ id }) => String(inputs.roleDefinitionId).endsWith(id));
      const [kind, target] = String(inputs.scope).split("/").slice(-2);
      return `${name.split("-to-")[0]}: ${role?.title} on ${kind}/${target?.replace(/(dev)-?[a-z2-7]{6}$/, "$1")}`;
    })
    .sort();
}

/** Inputs of one resource. */
export function inputsOf({ resources }: BlueprintPlan, name: string): PlannedResource["inputs"] {
  const found = resources.find((resource) => resource.name === name);
  if (!found) throw new Error(`no ${name} among ${resources.map((each) => each.name).join(", ")}`);
  return found.inputs;
}

/** Rules that the plan breaks, as `RULE name`, sorted. */
export function failuresOf({ spec, resources }: BlueprintPlan): readonly string[] {
  const { findings } = evaluatePolicies({ profile: spec.profile, resources, now: new Date("2026-11-28") });
  const failed = findings.filter(({ verdict }) => verdict === "fail");
  return [...new Set(failed.map(({ rule, urn }) => `${rule} ${urn.split("::").at(-1)}`))].sort();
}

/** What the plan costs a month with the blueprint's own usage, and what could not be priced. */
export function costOf(name: string, { spec, resources }: BlueprintPlan, ...more: readonly UsageFile[]) {
  const own = UsageFileSchema.parse(parse(readFileSync(join(BLUEPRINTS, name, "usage.yaml"), "utf8")));
  const { totalMonthlyCost, summary } = estimate({
    region: spec.region,
    resources,
    usage: [...more, toUsageFile(own)],
  });
  return { usd: totalMonthlyCost, unpriced: summary.unpriced, unsupported: summary.unsupported };
}
