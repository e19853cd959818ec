import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { WriteQueue } from "./writeQueue.ts";

function setup() {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE t (n INTEGER PRIMARY KEY)");
  const insert = (n: number) => database.prepare("INSERT INTO t VALUES (?)").run(n);
  const rows = () =>
    database
      .prepare("SELECT n FROM t ORDER BY n")
      .all()
      .map(({ n }) => n);
  return { database, insert, rows, queue: new WriteQueue(database) };
}

it("writes that wait together are committed together, and one that throws undoes only itself", async () => {
  const { insert, rows, queue } = setup();
  const outcomes = await Promise.allSettled([
    queue.run(() => insert(1)),
    queue.run(() => {
      insert(2);
      throw new Error("half done");
    }),
    queue.run(() => insert(1)),
    queue.run(() => insert(3)),
  ]);
  expect(outcomes.map((each) => each.status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
  expect(rows()).toEqual([1, 3]);
});

it("nothing is answered before it is committed", async () => {
  const { database, insert, queue } = setup();
  const open: boolean[] = [];
  await queue.run(() => open.push(database.isTransaction));
  await queue.run(() => insert(1)).then(() => open.push(database.isTransaction));
  expect(open).toEqual([true, false]);
});

it("a part of a write is undone alone", async () => {
  const { insert, rows, queue } = setup();
  await queue.run(() => {
    insert(1);
    const part = () => {
      insert(2);
      throw new Error("no");
    };
    expect(() => queue.nested(part)).toThrow("no");
    queue.nested(() => insert(3));
  });
  expect(rows()).toEqual([1, 3]);
});

it("when the file cannot be written all that wait are refused", async () => {
  const { database, insert, queue } = setup();
  const waiting = [queue.run(() => insert(1)), queue.run(() => insert(2))];
  database.close();
  const outcomes = await Promise.allSettled(waiting);
  expect(outcomes.map((each) => each.status)).toEqual(["rejected", "rejected"]);
});
