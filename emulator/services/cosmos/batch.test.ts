import { BulkOperationType, type OperationInput, PatchOperationType } from "@azure/cosmos";
import { expect, it } from "vitest";
import { startCosmos } from "./harness.ts";

async function things(cosmos: Awaited<ReturnType<typeof startCosmos>>) {
  await cosmos.container("things");
  return cosmos.client().database("app").container("things");
}

it("a batch does all its operations and answers each", async () => {
  await using cosmos = await startCosmos();
  const container = await things(cosmos);
  await container.items.create({ id: "old", pk: "a", n: 1 });
  const { code, result } = await container.items.batch(
    [
      { operationType: "Create", resourceBody: { id: "new", pk: "a" } },
      { operationType: "Upsert", resourceBody: { id: "old", pk: "a", n: 2 } },
      { operationType: "Read", id: "old" },
      { operationType: "Patch", id: "old", resourceBody: { operations: [{ op: "incr", path: "/n", value: 5 }] } },
      { operationType: "Replace", id: "new", resourceBody: { id: "new", pk: "a", n: 9 } },
      { operationType: "Delete", id: "new" },
    ],
    "a",
  );
  expect([code, result?.map((each) => each.statusCode)]).toEqual([200, [201, 200, 200, 200, 200, 204]]);
  expect(result?.[2]?.resourceBody).toMatchObject({ n: 2 });
  expect((await container.item("old", "a").read()).resource?.n).toBe(7);
});

it("a batch in which one operation fails changes nothing: its status, and 424 for the others", async () => {
  await using cosmos = await startCosmos();
  const container = await things(cosmos);
  await container.items.create({ id: "there", pk: "a" });
  const { code, result } = await container.items.batch(
    [
      { operationType: "Create", resourceBody: { id: "1", pk: "a" } },
      { operationType: "Create", resourceBody: { id: "there", pk: "a" } },
      { operationType: "Create", resourceBody: { id: "2", pk: "a" } },
    ],
    "a",
  );
  expect([code, result?.map((each) => each.statusCode)]).toEqual([207, [424, 409, 424]]);
  expect((await container.items.readAll().fetchAll()).resources.map(({ id }) => id)).toEqual(["there"]);
});

it("a stale ETag inside a batch undoes it", async () => {
  await using cosmos = await startCosmos();
  const container = await things(cosmos);
  const { etag } = await container.items.create({ id: "1", pk: "a", n: 1 });
  await container.items.upsert({ id: "1", pk: "a", n: 2 });
  const { result } = await container.items.batch(
    [
      { operationType: "Upsert", resourceBody: { id: "2", pk: "a" } },
      { operationType: "Replace", id: "1", ifMatch: etag, resourceBody: { id: "1", pk: "a", n: 3 } },
    ],
    "a",
  );
  expect(result?.map((each) => each.statusCode)).toEqual([424, 412]);
  expect((await container.item("2", "a").read()).statusCode).toBe(404);
});

it("an operation for another partition is no part of a batch", async () => {
  await using cosmos = await startCosmos();
  const container = await things(cosmos);
  const { result } = await container.items.batch(
    [{ operationType: "Create", resourceBody: { id: "1", pk: "b" } }],
    "a",
  );
  expect(result?.map((each) => each.statusCode)).toEqual([400]);
});

it("bulk operations go to both ranges, each for itself", async () => {
  await using cosmos = await startCosmos();
  const container = await things(cosmos);
  const creates: OperationInput[] = Array.from({ length: 40 }, (_, n) => ({
    operationType: BulkOperationType.Create,
    partitionKey: `p${n % 10}`,
    resourceBody: { id: `${n}`, pk: `p${n % 10}`, n },
  }));
  const made = await container.items.executeBulkOperations(creates);
  expect(new Set(made.map((each) => each.response?.statusCode))).toEqual(new Set([201]));
  const mixed = await container.items.executeBulkOperations([
    { operationType: BulkOperationType.Create, partitionKey: "p0", resourceBody: { id: "0", pk: "p0" } },
    { operationType: BulkOperationType.Read, partitionKey: "p1", id: "1" },
    {
      operationType: BulkOperationType.Patch,
      partitionKey: "p2",
      id: "2",
      resourceBody: { operations: [{ op: PatchOperationType.incr, path: "/n", value: 1 }] },
    },
    { operationType: BulkOperationType.Delete, partitionKey: "p3", id: "none" },
    { operationType: BulkOperationType.Delete, partitionKey: "p3", id: "3" },
  ]);
  expect(mixed.map((each) => each.response?.statusCode ?? each.error?.code)).toEqual([409, 200, 200, 404, 204]);
  expect((await container.items.query("SELECT VALUE COUNT(1) FROM c").fetchAll()).resources).toEqual([39]);
});

it("patch operations change what they name", async () => {
  await using cosmos = await startCosmos();
  const container = await things(cosmos);
  await container.items.create({ id: "1", pk: "a", n: 1, tags: ["x", "z"], old: "o", "a/b": 0, deep: { er: 1 } });
  const { resource } = await container.item("1", "a").patch([
    { op: "add", path: "/tags/1", value: "y" },
    { op: "add", path: "/tags/-", value: "end" },
    { op: "set", path: "/deep/est", value: { v: 1 } },
    { op: "replace", path: "/deep/er", value: 2 },
    { op: "incr", path: "/n", value: -3 },
    { op: "incr", path: "/fresh", value: 2 },
    { op: "remove", path: "/a~1b" },
    { op: "move", from: "/old", path: "/new" },
  ] as never);
  const { _rid, _self, _etag, _ts, _attachments, ...own } = resource ?? {};
  expect(own).toEqual({
    id: "1",
    pk: "a",
    n: -2,
    tags: ["x", "y", "z", "end"],
    deep: { er: 2, est: { v: 1 } },
    fresh: 2,
    new: "o",
  });
});

it("a patch whose condition does not hold is refused with 412", async () => {
  await using cosmos = await startCosmos();
  const container = await things(cosmos);
  await container.items.create({ id: "1", pk: "a", state: "queued" });
  const operations = [{ op: "set", path: "/state", value: "running" }] as const;
  const claim = { condition: "from c where c.state = 'queued'", operations: [...operations] };
  expect((await container.item("1", "a").patch(claim)).resource?.state).toBe("running");
  await expect(container.item("1", "a").patch(claim)).rejects.toMatchObject({ code: 412 });
  await expect(container.item("1", "a").patch({ ...claim, condition: "where where" })).rejects.toMatchObject({
    code: 400,
  });
});

it.each([
  [{ op: "set", path: "/id", value: "2" }],
  [{ op: "set", path: "/pk", value: "b" }],
  [{ op: "set", path: "/_ts", value: 1 }],
  [{ op: "replace", path: "/absent", value: 1 }],
  [{ op: "remove", path: "/absent" }],
  [{ op: "set", path: "/absent/deeper", value: 1 }],
  [{ op: "add", path: "/tags/7", value: 1 }],
  [{ op: "incr", path: "/text", value: 1 }],
  [{ op: "set", path: "text", value: 1 }],
  [{ op: "test", path: "/text", value: "x" }],
])("the patch %j is refused with 400 and changes nothing", async (operation) => {
  await using cosmos = await startCosmos();
  const container = await things(cosmos);
  await container.items.create({ id: "1", pk: "a", text: "x", tags: [] });
  const operations = [{ op: "set", path: "/text", value: "changed" }, operation];
  await expect(container.item("1", "a").patch(operations as never)).rejects.toMatchObject({ code: 400 });
  expect((await container.item("1", "a").read()).resource?.text).toBe("x");
});

it("more than ten patch operations are refused", async () => {
  await using cosmos = await startCosmos();
  const container = await things(cosmos);
  await container.items.create({ id: "1", pk: "a" });
  const operations = Array.from({ length: 11 }, (_, n) => ({ op: "set" as const, path: `/p${n}`, value: n }));
  await expect(container.item("1", "a").patch(operations)).rejects.toMatchObject({ code: 400 });
});
