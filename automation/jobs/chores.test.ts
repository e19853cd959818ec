import { expect, it } from "vitest";
import { Chores } from "./chores.ts";
import { MemoryStore } from "./testing/memoryStore.ts";

it("of several that look at intervals one does the chore, and another goes on when it is gone", async () => {
  const store = new MemoryStore();
  const [one, two] = [new Chores(store, "one"), new Chores(store, "two")];
  const turn = await one.take("sweep");
  expect(turn?.doc).toMatchObject({ by: "one", count: 1 });
  expect(await two.take("sweep")).toBeUndefined(); // its first look
  expect((await one.take("sweep"))?.doc.count).toBe(2);
  expect(await two.take("sweep")).toBeUndefined(); // somebody did it in between
  expect((await two.take("sweep"))?.doc).toMatchObject({ by: "two", count: 3 }); // nobody did
});

it("how far it came is there for the next", async () => {
  const store = new MemoryStore();
  const [one, two] = [new Chores(store, "one"), new Chores(store, "two")];
  const turn = await one.take("retention");
  if (turn) await one.reached(turn, "2026-01-01");
  await two.take("retention");
  expect((await two.take("retention"))?.doc.until).toBe("2026-01-01");
});
