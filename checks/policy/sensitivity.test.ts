import { expect, it } from "vitest";
import { type PlannedResource, UNKNOWN } from "../plan/resource.ts";
import { evaluatePolicies } from "./evaluate.ts";
import { GOOD_PLAN } from "./fixtures/goodPlan.ts";
import { checksFor } from "./judge.ts";
import { valuesAt, withValue } from "./path.ts";
import type { Profile } from "./planIndex.ts";
import { RULES, type Rule } from "./rules.ts";

const NOW = new Date("2026-11-28");
/** The rules whose subject must not exist at all: no resource can satisfy them. */
const NEVER = [
  "azure-native:relay:NamespaceAuthorizationRule",
  "azuread:index/applicationPassword:ApplicationPassword",
];
/** What a variable holds does not matter when its name is not secret, or when it comes from a secret. */
const IRRELEVANT = /\.(?:env|appSettings|environmentVariables)\.\d+\.(?:value|secretRef|secureValue)$/;
/** Satisfied only in a state that another rule refuses. */
const SHARED_KEYS: PlannedResource = {
  urn: "urn:pulumi:prod::clinic::azure-native:storage:StorageAccount::content",
  type: "azure-native:storage:StorageAccount",
  name: "content",
  inputs: { allowSharedKeyAccess: true, sasPolicy: { sasExpirationPeriod: "6.23:59:59" } },
};
const PLAN = [...GOOD_PLAN, SHARED_KEYS];

function verdict(rule: Rule, urn: string, plan: readonly PlannedResource[], profile: Profile = "production") {
  const { findings } = evaluatePolicies({ profile, resources: plan, now: NOW });
  return findings.find((each) => each.rule === rule.id && each.urn === urn)?.verdict;
}

/** Resources of the plan that a rule passes, with what the rule checks there. */
function passing(rule: Rule) {
  return PLAN.filter(
    ({ type, urn }) => rule.targets.some((target) => target.type === type) && verdict(rule, urn, PLAN) === "pass",
  ).map((resource) => ({ resource, checks: checksFor(rule, resource.type) }));
}

/** A mutant of a resource within the plan. Findings of one resource need its neighbours only for joins. */
function mutated(resource: PlannedResource, inputs: PlannedResource["inputs"]) {
  return PLAN.map((each) => (each === resource ? { ...each, inputs } : each));
}

it("every rule passes somewhere, and every mutant of what it guards fails: the score is 100 %", () => {
  let mutants = 0;
  const survivors: string[] = [];
  for (const rule of RULES) {
    const cases = passing(rule);
    expect(cases.length, `${rule.id} passes nowhere`).toBeGreaterThan(0);
    for (const { resource, checks } of cases) {
      const spoilt = checks.flatMap((check) => check.spoil(resource.inputs));
      expect(spoilt.length, `${rule.id} has no mutants`).toBeGreaterThan(0);
      for (const inputs of spoilt) {
        mutants += 1;
        const plan = mutated(resource, inputs);
        const verdicts = (["production", "dev"] as const).map((profile) => verdict(rule, resource.urn, plan, profile));
        if (!verdicts.includes("fail")) survivors.push(`${rule.id} ${resource.name}: ${JSON.stringify(inputs)}`);
      }
    }
  }
  expect(survivors).toEqual([]);
  expect(mutants).toBe(384);
});

it("an unknown value is never a pass", () => {
  let unknowns = 0;
  const passes: string[] = [];
  for (const rule of RULES)
    for (const { resource, checks } of passing(rule))
      for (const check of checks)
        for (const path of check.paths)
          for (const { path: place, value } of valuesAt(resource.inputs, path)) {
            if (value === undefined || IRRELEVANT.test(place)) continue;
            unknowns += 1;
            const plan = mutated(resource, withValue(resource.inputs, place, UNKNOWN));
            if (verdict(rule, resource.urn, plan) === "pass") passes.push(`${rule.id} ${place}`);
          }
  expect(passes).toEqual([]);
  expect(unknowns).toBe(209);
});

it("what must not exist fails wherever it is", () => {
  for (const type of NEVER) {
    const resource = { urn: `urn:pulumi:prod::clinic::${type}::x`, type, name: "x", inputs: { rights: ["Listen"] } };
    const { findings } = evaluatePolicies({ profile: "dev", resources: [resource], now: NOW });
    expect(findings.map((each) => each.verdict)).toEqual(["fail"]);
  }
});
