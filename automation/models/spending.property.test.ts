import fc from "fast-check";
import { expect, it } from "vitest";
import { AutomationError } from "../errors.ts";
import type { KeyRow, KeyRows } from "../keys/keyRows.ts";
import { MemoryKeyRows } from "../keys/testing/memoryKeys.ts";
import { CALL_MS, Spending } from "./spending.ts";
import type { SpendRow } from "./spendRow.ts";

const CAP_USD = 0.001;
const CAP = 1_000; // millionths
const START = Date.parse("2026-11-15T12:00:00Z");

/** What becomes of one access to the store: it works, fails before it did anything, or did it and its answer is lost. */
const FAULTS = ["none", "none", "none", "none", "before", "lost"] as const;
type Fault = (typeof FAULTS)[number];

const gone = () => Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });

/** Rows whose accesses come in an order that the scheduler chooses, with faults in turn. */
function shaky(rows: MemoryKeyRows, s: fc.Scheduler, faults: readonly Fault[], written: () => void): KeyRows {
  let at = 0;
  const through = async <T>(work: () => Promise<T>): Promise<T> => {
    const fault = faults.length === 0 ? "none" : (faults[at++ % faults.length] ?? "none");
    await s.schedule(Promise.resolve());
    if (fault === "before") throw gone();
    const result = await work();
    if (fault === "lost") throw gone();
    return result;
  };
  return {
    read: <T extends KeyRow>(tenantId: string, id: string) => through(() => rows.read<T>(tenantId, id)),
    write: (row, etag) => through(() => rows.write(row, etag).then(written)),
    remove: (tenantId, id) => through(() => rows.remove(tenantId, id)),
  };
}

/** One call of a model: what it may cost at most, what it costs, and whether its process lives to say so. */
const Call = fc.record({
  bound: fc.integer({ min: 1, max: 400 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  excess: fc.integer({ min: 0, max: 50 }),
  dies: fc.boolean(),
  afterMs: fc.constantFrom(0, 1_000, CALL_MS / 2, CALL_MS),
  replica: fc.integer({ min: 0, max: 2 }),
});
type Call = typeof Call extends fc.Arbitrary<infer T> ? T : never;

interface World {
  /** What providers billed. */
  readonly billed: number;
  readonly row: SpendRow | undefined;
  /** The most calls that ever ran at once. */
  readonly together: number;
}

/** Lets replicas make calls side by side, and looks at the bill after every one. */
async function live(
  s: fc.Scheduler,
  calls: readonly Call[],
  faults: readonly Fault[],
  costOf: (call: Call) => number,
  look: (world: World) => void,
): Promise<void> {
  const rows = new MemoryKeyRows();
  const clock = { now: START };
  const pause = async () => void (await s.schedule(Promise.resolve()));
  let billed = 0;
  let together = 0;
  const count = () => {
    together = Math.max(together, row()?.open.length ?? 0);
  };
  const row = () => rows.rows.get("t1/spend-openai-2026-11")?.row as SpendRow | undefined;
  const replicas = [0, 1, 2].map(
    () => new Spending({ rows: shaky(rows, s, faults, count), now: () => clock.now, pause }),
  );
  const tell = () => {
    look({ billed, row: row(), together });
  };
  const make = async (call: Call): Promise<void> => {
    const spending = replicas[call.replica];
    if (!spending) throw new Error("no replica");
    await s.schedule(Promise.resolve());
    clock.now += call.afterMs;
    try {
      const kept = await spending.reserve({ tenantId: "t1", provider: "openai", monthlyUsd: CAP_USD }, call.bound);
      const cost = costOf(call);
      billed += cost; // from here on the provider may have done it, whatever becomes of us
      tell();
      await s.schedule(Promise.resolve());
      if (!call.dies) await spending.settle(kept, { microUsd: cost, inputTokens: 1, outputTokens: 1 });
    } catch (error) {
      if (!(error instanceof AutomationError) && (error as { code?: string }).code !== "ECONNRESET") throw error;
    }
    tell();
  };
  const all = Promise.all(calls.map(make));
  await s.waitFor(all);
}

const Calls = fc.array(Call, { minLength: 1, maxLength: 14 });
const Faults = fc.array(fc.constantFrom(...FAULTS), { maxLength: 12 });

it("what is billed never passes the cap, whatever the order, with answers lost and processes dead", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), Calls, Faults, async (s, calls, faults) => {
      const cost = ({ bound, share }: Call) => Math.round(bound * share);
      await live(s, calls, faults, cost, ({ billed, row }) => {
        expect(billed).toBeLessThanOrEqual(CAP);
        expect(new Set(row?.open.map(({ id }) => id)).size).toBe(row?.open.length ?? 0);
        const reserved = (row?.open ?? []).reduce((sum, { microUsd }) => sum + microUsd, 0);
        expect((row?.spentMicroUsd ?? 0) + reserved).toBeLessThanOrEqual(CAP);
      });
    }),
    { numRuns: 300 },
  );
});

it("when calls cost more than their bound, the cap is passed by no more than that of the calls that run at once", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), Calls, async (s, calls) => {
      // Nobody dies and no answer is lost: what was beyond the bound is written, and counts for every call after it.
      const alive = calls.map((call) => ({ ...call, dies: false, afterMs: 0 }));
      const most = Math.max(...alive.map(({ excess }) => excess));
      const cost = ({ bound, excess }: Call) => bound + excess;
      await live(s, alive, [], cost, ({ billed, together }) => {
        expect(billed).toBeLessThanOrEqual(CAP + most * together);
      });
    }),
    { numRuns: 300 },
  );
});

it("all room that dead calls did not use up can be spent", async () => {
  const rows = new MemoryKeyRows();
  const clock = { now: START };
  const spending = new Spending({ rows, now: () => clock.now });
  const purse = { tenantId: "t1", provider: "openai", monthlyUsd: CAP_USD };
  await spending.reserve(purse, 600); // its process dies
  await expect(spending.reserve(purse, 401)).rejects.toMatchObject({
    code: "MODEL_CAP_REACHED",
    details: { capUsd: 0.001, spentUsd: 0, reservedUsd: 0.0006, resetsAt: "2026-12-01T00:00:00.000Z" },
  });
  clock.now += CALL_MS;
  expect(await spending.spent(purse)).toMatchObject({ spentUsd: 0.0006, reservedUsd: 0, calls: 1 });
  const kept = await spending.reserve(purse, 400);
  await spending.settle(kept, { microUsd: 100, inputTokens: 5, outputTokens: 2 });
  await spending.settle(kept, { microUsd: 100, inputTokens: 5, outputTokens: 2 }); // told twice
  expect(await spending.spent(purse)).toMatchObject({ spentUsd: 0.0007, calls: 2, inputTokens: 5, outputTokens: 2 });
  // What begins in one month and ends in the next is the first one's.
  clock.now = Date.parse("2026-11-30T23:59:59Z");
  const late = await spending.reserve(purse, 300);
  clock.now += 2_000;
  await spending.settle(late, { microUsd: 300, inputTokens: 0, outputTokens: 0 });
  expect(await spending.spent(purse)).toMatchObject({ month: "2026-12", spentUsd: 0, calls: 0 });
  expect(rows.rows.get("t1/spend-openai-2026-11")?.row).toMatchObject({ spentMicroUsd: 1_000, open: [] });
});
