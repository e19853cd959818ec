import fc from "fast-check";
import { expect, it } from "vitest";
import { dependenciesOf, type ResourceState } from "../../../emulator/engine/deploy/state.ts";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

/** One resource of a random program; it may depend on those before it. */
interface Item {
  readonly name: string;
  readonly value: number;
  readonly forced: number;
  readonly deleteFirst: boolean;
  readonly fails: boolean;
  /** Positions of items before it, modulo its own. */
  readonly needs: readonly number[];
}

const item = fc.record({
  name: fc.constantFrom("a", "b", "c", "d", "e", "f"),
  value: fc.integer({ min: 0, max: 2 }),
  forced: fc.integer({ min: 0, max: 1 }),
  deleteFirst: fc.boolean(),
  fails: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
  needs: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 2 }),
});
const program = fc.uniqueArray(item, { selector: ({ name }) => name, maxLength: 6 });

function build(items: readonly Item[], withFailures: boolean) {
  return async () => {
    const made: Thing[] = [];
    for (const [index, { name, value, forced, deleteFirst, fails, needs }] of items.entries()) {
      const inputs = needs.flatMap((need) => (index > 0 ? (made[need % index]?.physicalName ?? []) : []));
      const error = fails && withFailures ? { createError: "thrown dice", updateError: "thrown dice" } : {};
      made.push(new Thing(name, { value, forced, deleteFirst, inputs, ...error }));
    }
  };
}

/** Each state stands after all that it depends on. */
function isOrdered(states: readonly ResourceState[]): boolean {
  const last = new Map(states.map((state, index) => [state.urn, index]));
  return states.every((state, index) =>
    dependenciesOf(state).every(
      (urn) =>
        urn === state.urn || (last.get(urn) ?? -1) < index || states.slice(0, index).some((other) => other.urn === urn),
    ),
  );
}

it("loses nothing, keeps the state in order, settles, and destroys all, whatever the program", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(program, { minLength: 1, maxLength: 3 }), async (revisions) => {
      await using h = await startHarness();
      const ids = async () =>
        (await h.resources()).flatMap((state) => (state.pendingReplacement ? [] : (state.id ?? []))).toSorted();
      for (const revision of revisions) {
        await h.up(build(revision, true)).catch(() => undefined); // a thrown dice fails the update; the state must hold
        expect(await ids()).toEqual([...h.provider.cloud.keys()].toSorted());
        const { deployment } = await h.stack.exportStack();
        expect(isOrdered(deployment.resources ?? [])).toBe(true);
        expect(deployment.pending_operations).toBeUndefined();
      }
      const last = build(revisions.at(-1) ?? [], false);
      await h.up(last);
      expect(Object.keys(await h.up(last))).toEqual(["same"]);
      expect(await ids()).toEqual([...h.provider.cloud.keys()].toSorted());
      await h.stack.destroy();
      expect(h.provider.cloud.size).toBe(0);
      expect((await h.stack.exportStack()).deployment.resources).toBeUndefined();
    }),
    { numRuns: 12 },
  );
});
