import { evaluatePolicies, type PlannedResource, RULES } from "../checks/index.ts";
import { GOOD_PLAN } from "../checks/policy/fixtures/goodPlan.ts";
import { checksFor } from "../checks/policy/judge.ts";
import { type Bench, median, timed } from "./bench.ts";
import { runCheckov } from "./checkov.ts";

/** A plan of so many resources of all types that rules name. */
function planOf(count: number): readonly PlannedResource[] {
  return Array.from({ length: count }, (_, index) => {
    const resource = GOOD_PLAN[index % GOOD_PLAN.length] as PlannedResource;
    return { ...resource, urn: `${resource.urn}-${index}` };
  });
}

async function verdictMs(count: number): Promise<number> {
  const plan = planOf(count);
  const times: number[] = [];
  for (let round = 0; round < 11; round += 1)
    times.push(await timed(async () => evaluatePolicies({ profile: "production", resources: plan, now: new Date() })));
  return median(times);
}

/** A resource that breaks one rule, for each rule whose sources name a check of Checkov for ARM (no `tf`, no `s`). */
function broken(): readonly {
  readonly rule: string;
  readonly checks: readonly string[];
  readonly resource: PlannedResource;
}[] {
  return RULES.flatMap((rule) => {
    const checks = rule.sources.join(" ").match(/CKV2?_AZURE_\d+(?![\dts])/g) ?? [];
    const type = rule.targets[0]?.type ?? "";
    const good = GOOD_PLAN.find((each) => each.type === type);
    const spoilt = good
      ? checksFor(rule, type)
          .flatMap((check) => check.spoil(good.inputs))
          .at(-1)
      : undefined;
    return good && spoilt && checks.length > 0
      ? [{ rule: rule.id, checks, resource: { ...good, inputs: spoilt } }]
      : [];
  });
}

const besideCheckov: Bench = {
  name: "policy verdict of a 100-resource plan / Checkov on the same plan as an ARM template",
  hold: "≥ 50× faster",
  async run() {
    const theirs = runCheckov(planOf(100));
    if (!theirs)
      return {
        value: "skipped",
        held: false,
        detail: "Checkov is not installed (pip install checkov, or CHECKOV=<path>)",
      };
    const ours = await verdictMs(100);
    const cases = broken();
    const found = runCheckov(cases.map(({ resource }) => resource))?.failed ?? new Set();
    const both = cases.filter(({ checks }, index) => checks.some((check) => found.has(`${check} ${index}`)));
    const ratio = theirs.ms / ours;
    return {
      value: `${ratio.toFixed(0)}×`,
      held: ratio >= 50,
      detail: `Checkov ${theirs.version} ${(theirs.ms / 1000).toFixed(1)} s with its start, ours ${ours.toFixed(1)} ms in a running process; of ${RULES.length} rules ${cases.length} have a Checkov check for ARM, and of these it finds the broken resource in ${both.length} (not ${
        cases
          .filter((each) => !both.includes(each))
          .map(({ rule }) => rule)
          .join(", ") || "any"
      }); ours finds all`,
    };
  },
};

export const benches: readonly Bench[] = [
  {
    name: "policy verdict of a 100-resource plan",
    hold: "≤ 50 ms",
    async run() {
      const counts = [10, 100, 1000];
      const times: number[] = [];
      for (const count of counts) times.push(await verdictMs(count));
      const value = times[1] ?? Number.NaN;
      return {
        value: `${value.toFixed(1)} ms`,
        held: value <= 50,
        detail: `all rules, median of 11; by number of resources ${counts.map((count, index) => `${count}: ${times[index]?.toFixed(1)} ms`).join(", ")}`,
      };
    },
  },
  besideCheckov,
];
