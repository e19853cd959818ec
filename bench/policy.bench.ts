import { evaluatePolicies, type PlannedResource } from "../checks/index.ts";
import { GOOD_PLAN } from "../checks/policy/fixtures/goodPlan.ts";
import { type Bench, median, timed } from "./bench.ts";

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
];
