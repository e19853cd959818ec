import fc from "fast-check";
import { expect, it } from "vitest";
import { type Moment, moment } from "./testing/model/commands.ts";
import { World } from "./testing/model/world.ts";

/** `JOBS_COMMANDS=30000 JOBS_SEED=7 npx vitest run automation/jobs/model.property.test.ts`; `npm run test:long` does that; `JOBS_SHRINK=1` makes a failing run shorter. */
const COMMANDS = Number(process.env.JOBS_COMMANDS ?? 12_000);
const SEED = Number(process.env.JOBS_SEED ?? 20_261_128);
/** Moments of one run; each has three commands on average. */
const PER_RUN = 50;
const CASES = [
  ["nothing fails", 0],
  ["every tenth call to store and broker fails, half of them after they were done", 0.1],
] as const;

async function play(rate: number, seed: number, moments: readonly Moment[]): Promise<void> {
  const world = new World(rate, seed);
  for (const each of moments) await world.do(...each);
  await world.settle();
}

/** A failing run is printed as a call of `play` that can be pasted below. */
function print(rate: number, seed: number, moments: readonly Moment[]): string {
  const lines = moments.map((each) => `    ${JSON.stringify(each)},`);
  return `it("found by the model", () => play(${rate}, ${seed}, [\n${lines.join("\n")}\n]));`;
}

it.each(CASES)(
  "whatever happens at once and in whatever order, no invariant breaks and all work comes to rest: %s",
  async (_case, rate) => {
    let done = 0;
    const moments = fc.array(moment, { minLength: PER_RUN, maxLength: PER_RUN, size: "max" });
    const property = fc.asyncProperty(moments, fc.nat(), async (list, seed) => {
      await play(rate, seed, list).catch((error: unknown) => {
        throw new Error(`${(error as Error).message}\n${print(rate, seed, list)}`, { cause: error });
      });
      done += list.flat().length;
    });
    // Making a failing run shorter takes minutes: only when asked for.
    const endOnFailure = process.env.JOBS_SHRINK !== "1";
    const numRuns = Math.ceil(COMMANDS / CASES.length / (PER_RUN * 2.7)); // a few more than needed
    await fc.assert(property, { numRuns, seed: SEED, endOnFailure });
    expect(done).toBeGreaterThanOrEqual(COMMANDS / CASES.length);
  },
  900_000,
);
