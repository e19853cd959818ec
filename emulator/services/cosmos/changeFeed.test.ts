import { type ChangeFeedIteratorOptions, ChangeFeedStartFrom, type Container, StatusCodes } from "@azure/cosmos";
import { expect, it } from "vitest";
import { startCosmos } from "./harness.ts";

async function things(cosmos: Awaited<ReturnType<typeof startCosmos>>) {
  await cosmos.container("things");
  return cosmos.client().database("app").container("things");
}

/** Reads until there is no more; gives the ids in order and the continuation. */
async function drain(container: Container, options: ChangeFeedIteratorOptions) {
  const ids: string[] = [];
  const iterator = container.items.getChangeFeedIterator(options);
  for (;;) {
    const page = await iterator.readNext();
    if (page.statusCode === StatusCodes.NotModified) return { ids, continuation: page.continuationToken };
    ids.push(...page.result.map(({ id }: { id: string }) => id));
  }
}

it("a partition's changes come in order, each item in its latest version only", async () => {
  await using cosmos = await startCosmos();
  const container = await things(cosmos);
  for (const id of ["1", "2", "3"]) await container.items.create({ id, pk: "a" });
  await container.items.upsert({ id: "1", pk: "a", again: true });
  await container.items.create({ id: "elsewhere", pk: "b" });
  const start = { changeFeedStartFrom: ChangeFeedStartFrom.Beginning("a"), maxItemCount: 2 };
  expect((await drain(container, start)).ids).toEqual(["2", "3", "1"]);
});

it("a feed resumes exactly where it stopped, over both ranges", async () => {
  await using cosmos = await startCosmos();
  const container = await things(cosmos);
  const first = Array.from({ length: 15 }, (_, n) => `${n}`);
  for (const id of first) await container.items.create({ id, pk: `p${id}` });
  const { ids, continuation } = await drain(container, {
    changeFeedStartFrom: ChangeFeedStartFrom.Beginning(),
    maxItemCount: 4,
  });
  expect(ids.sort()).toEqual(first.sort());
  const resume = { changeFeedStartFrom: ChangeFeedStartFrom.Continuation(continuation) };
  expect((await drain(container, resume)).ids).toEqual([]);
  for (const id of ["new-1", "new-2"]) await container.items.create({ id, pk: id });
  await container.items.upsert({ id: "3", pk: "p3", changed: true });
  await container.item("4", "p4").delete();
  expect((await drain(container, resume)).ids.sort()).toEqual(["3", "new-1", "new-2"]);
});

it("from now on means from now on; from a time means changes since then", async () => {
  await using cosmos = await startCosmos();
  const container = await things(cosmos);
  await container.items.create({ id: "before", pk: "a" });
  const now = container.items.getChangeFeedIterator({ changeFeedStartFrom: ChangeFeedStartFrom.Now("a") });
  expect((await now.readNext()).statusCode).toBe(304);
  cosmos.context.clock.shift(60_000);
  await container.items.create({ id: "after", pk: "a" });
  expect((await now.readNext()).result.map(({ id }: { id: string }) => id)).toEqual(["after"]);
  const since = ChangeFeedStartFrom.Time(new Date(cosmos.context.clock.now() - 30_000));
  expect((await drain(container, { changeFeedStartFrom: since })).ids).toEqual(["after"]);
});

it("the cursor holds over a restart though the newest item was deleted", async () => {
  const cosmos = await startCosmos();
  const container = await things(cosmos);
  await container.items.create({ id: "1", pk: "a" });
  await container.items.create({ id: "2", pk: "a" });
  const { continuation } = await drain(container, { changeFeedStartFrom: ChangeFeedStartFrom.Beginning("a") });
  await container.item("2", "a").delete();
  await cosmos.service.stop();
  await cosmos.service.start();
  const again = cosmos.client().database("app").container("things");
  await again.items.create({ id: "3", pk: "a" });
  const resumed = await drain(again, { changeFeedStartFrom: ChangeFeedStartFrom.Continuation(continuation) });
  expect(resumed.ids).toEqual(["3"]);
  await cosmos[Symbol.asyncDispose]();
});

it("all versions and deletes are refused: they need continuous backups", async () => {
  await using cosmos = await startCosmos();
  const container = await things(cosmos);
  const iterator = container.items.getChangeFeedIterator({
    changeFeedMode: "Full-Fidelity Feed" as never,
    changeFeedStartFrom: ChangeFeedStartFrom.Now("a"),
  });
  await expect(iterator.readNext()).rejects.toMatchObject({ code: 400 });
});
