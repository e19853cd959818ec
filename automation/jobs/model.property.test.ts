import fc from "fast-check";
import { expect, it } from "vitest";
import { type Command, command } from "./testing/model/commands.ts";
import { World } from "./testing/model/world.ts";

/** `JOBS_COMMANDS=20000 JOBS_SEED=7 npx vitest run automation/jobs/model.property.test.ts`; `npm run test:long` does that; `JOBS_SHRINK=1` makes a failing run shorter. */
const COMMANDS = Number(process.env.JOBS_COMMANDS ?? 1_500);
const SEED = Number(process.env.JOBS_SEED ?? 20_261_128);
const PER_RUN = 150;

async function play(rate: number, seed: number, commands: readonly Command[]): Promise<void> {
  const world = new World(rate, seed);
  for (const each of commands) await world.do(each);
  await world.settle();
}

/** A failing run is printed as a call of `play` that can be pasted below. */
function print(rate: number, seed: number, commands: readonly Command[]): string {
  const lines = commands.map((each) => `    ${JSON.stringify(each)},`);
  return `it("found by the model", () => play(${rate}, ${seed}, [\n${lines.join("\n")}\n]));`;
}

it.each([
  ["nothing fails", 0],
  ["every tenth call to store and broker fails, half of them after they were done", 0.1],
])(
  "whatever happens in whatever order, no invariant breaks and all work comes to rest: %s",
  async (_case, rate) => {
    let done = 0;
    const commands = fc.array(command, { minLength: PER_RUN, maxLength: PER_RUN, size: "max" });
    const property = fc.asyncProperty(commands, fc.nat(), async (list, seed) => {
      await play(rate, seed, list).catch((error: unknown) => {
        throw new Error(`${(error as Error).message}\n${print(rate, seed, list)}`, { cause: error });
      });
      done += list.length;
    });
    // Making a failing run shorter takes minutes: only when asked for.
    const endOnFailure = process.env.JOBS_SHRINK !== "1";
    await fc.assert(property, { numRuns: Math.ceil(COMMANDS / PER_RUN / 2), seed: SEED, endOnFailure });
    expect(done).toBeGreaterThanOrEqual(COMMANDS / 2);
  },
  900_000,
);
