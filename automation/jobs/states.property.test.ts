import fc from "fast-check";
import { expect, it } from "vitest";
import { isHeld, isTerminal, JOB_MOVES, JOB_STATES, JOB_STATUSES, nextState, statusOf } from "./states.ts";

const moves = fc.array(fc.constantFrom(...JOB_MOVES), { maxLength: 60 });

it("any sequence of moves keeps to known states, and terminal states are final but for redrive and finalize", () => {
  fc.assert(
    fc.property(moves, (sequence) => {
      let state: (typeof JOB_STATES)[number] = "queued";
      for (const move of sequence) {
        const next = nextState(state, move);
        if (next === undefined) continue;
        expect(JOB_STATES).toContain(next);
        if (isTerminal(state))
          expect([state, move]).toBeOneOf([
            ["dead", "redrive"],
            ["succeeded", "finalize"],
          ]);
        state = next;
      }
    }),
    { numRuns: 2_000 },
  );
});

it.each(JOB_STATES)("%s has a status that users know, and is never held and terminal at once", (state) => {
  expect(JOB_STATUSES).toContain(statusOf(state));
  expect(isHeld(state) && isTerminal(state)).toBe(false);
});

it("every state can reach a terminal one", () => {
  const reaches = new Set(JOB_STATES.filter(isTerminal));
  for (let round = 0; round < JOB_STATES.length; round++) {
    for (const state of JOB_STATES) {
      if (JOB_MOVES.some((move) => reaches.has(nextState(state, move) ?? state))) reaches.add(state);
    }
  }
  expect([...reaches].sort()).toEqual([...JOB_STATES].sort());
});

it.each([
  ["queued", "requestCancel", "cancelled"],
  ["running", "requestCancel", "cancelling"],
  ["cancelling", "succeed", "succeeded"],
  ["running", "release", "queued"],
  ["recovering", "requeue", "queued"],
  ["succeeded", "finalize", "finalized"],
  ["failed", "redrive", undefined],
  ["finalized", "requestCancel", undefined],
] as const)("%s + %s → %s", (state, move, next) => {
  expect(nextState(state, move)).toBe(next);
});
