import fc from "fast-check";
import { it } from "vitest";
import { randomDeath } from "../../../emulator/engine/testing/arbitraries.ts";
import { dieOnce, startVictim } from "../../../emulator/engine/testing/randomKill.ts";

const KILLS = Number(process.env.ENGINE_KILLS ?? 25);
/** The same programs in every short run (the moments differ); long runs look for new ones. */
const SEED = Number(process.env.ENGINE_SEED ?? 20_261_128);
const HOURS_MS = 4 * 3_600_000;

it(
  `survives a SIGKILL at any moment: ${KILLS} kills, seed ${SEED}`,
  async () => {
    let next = startVictim();
    let killed = 0;
    let runs = 0;
    try {
      // Not a property of fast-check's own runner: shrinking a race leads nowhere.
      for (let batch = 0; killed < KILLS; batch++) {
        for (const death of fc.sample(randomDeath, { numRuns: 50, seed: SEED + batch })) {
          if (killed === KILLS) break;
          const victim = next;
          next = startVictim(); // gets ready while this one dies
          runs++;
          const early = await dieOnce(death, victim).catch((error: unknown) => {
            throw new Error(`seed ${SEED}, run ${runs}: ${JSON.stringify(death)}`, { cause: error });
          });
          if (early) killed++;
        }
      }
    } finally {
      next.kill("SIGKILL");
    }
    process.stdout.write(`engine: ${killed} kills in ${runs} runs, seed ${SEED}\n`);
  },
  HOURS_MS,
);
