import { afterAll, beforeAll, expect, it } from "vitest";
import { type Death, KillPlan } from "./killPlan.ts";
import { Rig } from "./rig.ts";
import { expectGone, expectWhole, LIVES, type Stage } from "./shapes.ts";

/** Kill points of a long run; absent, a few that meet each kind of death once. */
const KILLS = Number(process.env.CHAOS_KILLS ?? 0);
/** Apps at once, each with a worker of its own; one more waits to take over. */
const LANES = Number(process.env.CHAOS_LANES ?? 3);
/** Event with which a long run begins, to go on with an earlier one. */
const FIRST = Number(process.env.CHAOS_FIRST ?? 1);
const HOURS_MS = 6 * 3_600_000;
/** One life each: two jobs, and three of one job. */
const FEW: readonly Death[][] = [
  [
    { life: 1, stage: 0, event: 9, victims: "machine" },
    { life: 1, stage: 1, event: 17, victims: "worker" },
  ],
  [{ life: 2, stage: 0, event: 12, victims: "worker" }],
  [{ life: 3, stage: 0, event: 14, victims: "machine" }],
];

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
  await rig.keepWorkers(LANES + 1, { MAX_CONCURRENT_DEPLOYMENTS: "1", DEVFACTORY_LEASE_MS: "30000" });
}, 120_000);
afterAll(() => rig[Symbol.asyncDispose](), 60_000);

it(
  "a worker killed at an event of the engine: another one brings the app to what its program says, nothing twice, nothing left",
  async () => {
    const plan = new KillPlan(LIVES, KILLS === 0 ? FEW : KILLS, FIRST);
    const lane = async () => {
      for (let life = plan.next(); life; life = plan.next()) {
        const appId = await rig.newApp();
        for (const death of life) {
          const stage = LIVES[death.life]?.[death.stage];
          if (!stage) throw new RangeError(JSON.stringify(death));
          const begin = performance.now();
          const struck = await dieIn(appId, stage, death).catch((error: unknown) => {
            throw new Error(`${appId}, ${stage.name}: ${JSON.stringify(death)}: ${String(error)}`, { cause: error });
          });
          plan.done(death, struck, performance.now() - begin);
        }
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    process.stdout.write(`${plan.report()}\n`);
    expect(plan.kills).toBeGreaterThanOrEqual(KILLS === 0 ? 4 : KILLS);
  },
  HOURS_MS,
);

/** @returns whether the command had so many events */
async function dieIn(appId: string, { title, command }: Stage, { event, victims }: Death): Promise<boolean> {
  if (event > 0) rig.order({ stack: appId, command, event, victims });
  const jobId = await rig.add(appId, title ? "deploy" : "destroy", title ?? "Destroy");
  const job = await rig.ended(jobId, 300_000);
  const struck = rig.struck(appId);
  expect([job.state, job.attempts, job.error]).toEqual(["succeeded", struck ? 2 : 1, undefined]);
  const events = await rig.events(jobId);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter(({ type }) => type === "recovered")).toHaveLength(struck ? 1 : 0);
  if (title) await expectWhole(rig, appId, title);
  else await expectGone(rig, appId);
  return struck;
}
