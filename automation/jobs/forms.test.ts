import { expect, it } from "vitest";
import type { TurnDocument } from "./documents.ts";
import { type Forms, formedStore, isNewer } from "./forms.ts";
import { MemoryStore } from "./testing/memoryStore.ts";

const TURN: TurnDocument = { id: "turn-x", pk: "schedule", schema: 1, type: "turn", by: "a", count: 1 };
const NEXT: Forms = { turn: 2 };

it("a store writes the form of its release, whatever the code says", async () => {
  const memory = new MemoryStore();
  const next = formedStore(memory, NEXT);
  await next.batch("schedule", [{ kind: "create", doc: TURN }]);
  const found = await memory.read("schedule", "turn-x");
  expect([found?.doc.schema, found && isNewer(found.doc), found && isNewer(found.doc, NEXT)]).toEqual([2, true, false]);
});

it("what an earlier release wrote is written again in the newer form", async () => {
  const memory = new MemoryStore();
  await formedStore(memory).batch("schedule", [{ kind: "create", doc: TURN }]);
  const next = formedStore(memory, NEXT);
  const found = await next.read<TurnDocument>("schedule", "turn-x");
  await next.batch("schedule", [{ kind: "replace", doc: { ...TURN, count: 2 }, etag: found?.etag ?? "" }]);
  expect((await memory.read("schedule", "turn-x"))?.doc).toEqual({ ...TURN, count: 2, schema: 2 });
});

it("what a newer release wrote is read, found and listed, and neither replaced nor deleted, also when it is built afresh", async () => {
  const memory = new MemoryStore();
  await formedStore(memory, NEXT).batch("schedule", [{ kind: "create", doc: TURN }]);
  const store = formedStore(memory);
  const [listed] = await store.range<TurnDocument>("schedule", "turn-", "turn-~", 9);
  const query = { type: "turn", pk: "schedule", orderBy: "id", limit: 9 } as const;
  const reads = [
    await store.read<TurnDocument>("schedule", "turn-x"),
    listed,
    (await store.find<TurnDocument>(query))[0],
  ];
  for (const each of reads) {
    expect(each?.doc).toEqual({ ...TURN, schema: 2 });
    const etag = each?.etag ?? "";
    for (const operation of [
      { kind: "replace", doc: { ...TURN, schema: 2, count: 2 }, etag },
      { kind: "replace", doc: TURN, etag },
      { kind: "delete", id: "turn-x", etag },
      { kind: "upsert", doc: { ...TURN, schema: 2 } },
    ] as const)
      await expect(store.batch("schedule", [operation])).rejects.toMatchObject({ code: "ROW_IS_NEWER" });
  }
  expect((await memory.read("schedule", "turn-x"))?.doc).toEqual({ ...TURN, schema: 2 });
});
