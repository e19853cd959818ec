import { expect, it } from "vitest";
import type { TurnDocument } from "./documents.ts";
import { formedStore } from "./forms.ts";
import { StoreConflict } from "./store.ts";
import { writeSurely } from "./surely.ts";
import { atCall, type FaultPlan, withFaults } from "./testing/faults.ts";
import { MemoryStore } from "./testing/memoryStore.ts";

const noPause = async () => undefined;
const turn = (count: number): TurnDocument => ({
  id: "turn-x",
  pk: "schedule",
  schema: 1,
  type: "turn",
  by: "me",
  count,
});

function make(plan: FaultPlan) {
  const real = new MemoryStore();
  return { real, store: withFaults(real, ["batch"], plan) };
}

it.each(["before", "after"] as const)("a create that fails %s it was done is made once", async (fault) => {
  const { real, store } = make(atCall(1, fault));
  const [etag] = await writeSurely(store, "schedule", [{ kind: "create", doc: turn(1) }], noPause);
  expect(await real.read("schedule", "turn-x")).toEqual({ doc: turn(1), etag });
});

it.each(["before", "after"] as const)("a replace that fails %s it was done keeps its condition", async (fault) => {
  const { real, store } = make(atCall(2, fault));
  const [first = ""] = await store.batch("schedule", [{ kind: "create", doc: turn(1) }]);
  const [etag] = await writeSurely(store, "schedule", [{ kind: "replace", doc: turn(2), etag: first }], noPause);
  expect(await real.read("schedule", "turn-x")).toEqual({ doc: turn(2), etag });
});

it("a write whose answer was lost is known again in the form that the release gives it", async () => {
  const { real, store } = make(atCall(1, "after"));
  const formed = formedStore(store as MemoryStore, { turn: 2 });
  const [etag] = await writeSurely(formed, "schedule", [{ kind: "create", doc: turn(1) }], noPause);
  expect(await real.read("schedule", "turn-x")).toEqual({ doc: { ...turn(1), schema: 2 }, etag });
});

it("a delete whose answer was lost is done", async () => {
  const { real, store } = make(atCall(2, "after"));
  await store.batch("schedule", [{ kind: "create", doc: turn(1) }]);
  expect(await writeSurely(store, "schedule", [{ kind: "delete", id: "turn-x" }], noPause)).toEqual([""]);
  expect(await real.read("schedule", "turn-x")).toBeUndefined();
});

it("a conflict with somebody else is one, also after a failure", async () => {
  const { store } = make(atCall(2, "before"));
  await store.batch("schedule", [{ kind: "create", doc: turn(7) }]);
  const mine = () => writeSurely(store, "schedule", [{ kind: "create", doc: turn(1) }], noPause);
  await expect(mine()).rejects.toThrow(StoreConflict); // after a failure
  await expect(mine()).rejects.toThrow(StoreConflict); // at once
});

it("equal content of somebody else is no success of a write that met a conflict at once", async () => {
  const { store } = make(() => "none");
  await store.batch("schedule", [{ kind: "create", doc: turn(1) }]);
  await expect(writeSurely(store, "schedule", [{ kind: "create", doc: turn(1) }], noPause)).rejects.toThrow(
    StoreConflict,
  );
});

it("gives up after five tries; what will not do is not tried again", async () => {
  let calls = 0;
  const { store } = make(() => {
    calls += 1;
    return "before";
  });
  const write = () => writeSurely(store, "schedule", [{ kind: "create", doc: turn(1) }], noPause);
  await expect(write()).rejects.toThrow("injected: batch failed before it was done");
  expect(calls).toBe(5);
  const refusing = { read: store.read, batch: async () => Promise.reject(new RangeError("too many")) };
  await expect(writeSurely(refusing, "schedule", [], noPause)).rejects.toThrow("too many");
});
