import fc from "fast-check";
import { it } from "vitest";
import { randomLife } from "../../../emulator/engine/testing/arbitraries.ts";
import { liveOut } from "../../../emulator/engine/testing/randomLife.ts";

const PROGRAMS = Number(process.env.ENGINE_PROGRAMS ?? 60);
/** The same lives in every short run, so that a change that is not at fault stays green; long runs look for new ones. */
const SEED = Number(process.env.ENGINE_SEED ?? 20_261_128);
/** Only long runs make a failing life smaller: that takes minutes. */
const LONG = process.env.ENGINE_PROGRAMS !== undefined;
/** Long runs take long; a hanging engine is found by the runner's own limit per job. */
const HOURS_MS = 4 * 3_600_000;

/** A counterexample without what is usual. */
function brief(value: unknown): string {
  const usual = [false, null, 0, "none", "default", "inputs", undefined];
  const kept = (_: string, inner: unknown) => (usual.some((other) => other === inner) ? undefined : inner);
  return JSON.stringify(value, kept).replaceAll(/,?"\w+":\[\]/g, "");
}

it(
  `loses nothing, keeps the state in order, settles, and destroys all: ${PROGRAMS} random lives, seed ${SEED}`,
  async () => {
    const property = fc.asyncProperty(randomLife, liveOut);
    const outcome = await fc.check(property, { numRuns: PROGRAMS, seed: SEED, endOnFailure: !LONG });
    if (outcome.failed) {
      const life = (outcome.counterexample?.[0] ?? []).map(brief).join("\n");
      throw new Error(`seed ${SEED}, path ${outcome.counterexamplePath}, after:\n${life}`, {
        cause: outcome.errorInstance,
      });
    }
    process.stdout.write(`engine: ${PROGRAMS} random lives, seed ${SEED}\n`);
  },
  HOURS_MS,
);
