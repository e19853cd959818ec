import { expect, it } from "vitest";
import { Chores } from "../chores.ts";
import type { TurnDocument } from "../documents.ts";
import { laterFields } from "./laterFields.ts";
import { MemoryStore } from "./memoryStore.ts";

const TURN = { id: "turn-x", pk: "schedule", schema: 1, type: "turn", by: "a", count: 1 } as const;

it("tells who drops a field that it does not know, and nobody else", async () => {
  const dropped: string[] = [];
  const store = laterFields(new MemoryStore(), dropped);
  const [first = ""] = await store.batch("schedule", [{ kind: "create", doc: TURN }]);
  await store.batch("schedule", [{ kind: "replace", doc: { ...TURN, count: 2 }, etag: first }]); // nobody wrote since
  const found = await store.read<TurnDocument>("schedule", "turn-x");
  await store.batch("schedule", [
    { kind: "replace", doc: { ...found?.doc, ...TURN, count: 3 }, etag: found?.etag ?? "" },
  ]);
  expect(dropped).toEqual([]);
  const again = await store.read<TurnDocument>("schedule", "turn-x");
  await store.batch("schedule", [{ kind: "replace", doc: TURN, etag: again?.etag ?? "" }]);
  expect(dropped).toEqual(["turn-x"]);
});

it("a chore keeps what a newer release noted", async () => {
  const dropped: string[] = [];
  const memory = new MemoryStore();
  const chores = (by: string) => new Chores(laterFields(memory, dropped), by);
  const [mine, other] = [chores("a"), chores("b")];
  await other.take("sweep");
  await mine.take("sweep");
  const turn = await mine.take("sweep");
  expect([turn?.doc.by, turn?.doc.count, dropped]).toEqual(["a", 2, []]);
});
