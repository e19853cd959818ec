import { expect, it } from "vitest";
import { startCosmos } from "./harness.ts";

it("an item is made, read, replaced, upserted and deleted, with the service's own properties", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  const things = cosmos.client().database("app").container("things");
  const made = await things.items.create({ id: "1", pk: "a", n: 1 });
  expect([made.statusCode, made.resource?.n, made.etag]).toEqual([201, 1, made.resource?._etag]);
  expect(made.resource).toMatchObject({
    _attachments: "attachments/",
    _self: expect.stringMatching(/^dbs\/.+\/colls\/.+\/docs\/.+\/$/),
  });
  expect(Buffer.from(String(made.resource?._rid), "base64").length).toBe(16);
  const read = await things.item("1", "a").read();
  expect([read.statusCode, read.resource]).toEqual([200, made.resource]);
  expect((await things.item("1", "a").replace({ id: "1", pk: "a", n: 2 })).resource?.n).toBe(2);
  expect((await things.items.upsert({ id: "1", pk: "a", n: 3 })).statusCode).toBe(200);
  expect((await things.items.upsert({ id: "2", pk: "a", n: 4 })).statusCode).toBe(201);
  expect((await things.item("1", "a").delete()).statusCode).toBe(204);
  expect((await things.item("1", "a").read()).statusCode).toBe(404);
  await expect(things.item("1", "a").delete()).rejects.toMatchObject({ code: 404 });
  await expect(things.item("1", "a").replace({ id: "1", pk: "a" })).rejects.toMatchObject({ code: 404 });
});

it("endpoint discovery on and off both lead back to the account", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  for (const enableEndpointDiscovery of [true, false]) {
    const client = cosmos.client("writer", { connectionPolicy: { enableEndpointDiscovery } });
    const { resource } = await client.getDatabaseAccount();
    expect(resource?.writableLocations).toEqual([{ name: "West Europe", databaseAccountEndpoint: cosmos.endpoint }]);
    expect((await client.database("app").container("things").items.upsert({ id: "1", pk: "a" })).resource?.id).toBe(
      "1",
    );
    await client.dispose();
  }
});

it("an id is unique in its partition only, and another partition's key does not find it", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  const things = cosmos.client().database("app").container("things");
  await things.items.create({ id: "1", pk: "a" });
  await expect(things.items.create({ id: "1", pk: "a" })).rejects.toMatchObject({ code: 409 });
  expect((await things.items.create({ id: "1", pk: "b" })).statusCode).toBe(201);
  expect((await things.item("1", "c").read()).statusCode).toBe(404);
});

it("keys of every primitive type, and none at all, are told apart", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  const things = cosmos.client().database("app").container("things");
  const keys = ["1", 1, true, false, null];
  for (const pk of keys) await things.items.create({ id: "x", pk, text: JSON.stringify(pk) });
  await things.items.create({ id: "x", text: "none" });
  for (const pk of keys) expect((await things.item("x", pk).read()).resource?.text).toBe(JSON.stringify(pk));
  expect((await things.item("x", undefined).read()).resource?.text).toBe("none");
});

it("a stale ETag is refused with 412, an unchanged one answers 304", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  const things = cosmos.client().database("app").container("things");
  const { etag } = await things.items.create({ id: "1", pk: "a" });
  const item = things.item("1", "a");
  const unchanged = await item.read({ accessCondition: { type: "IfNoneMatch", condition: etag } });
  expect([unchanged.statusCode, unchanged.resource]).toEqual([304, null]);
  const stale = { accessCondition: { type: "IfMatch", condition: etag } };
  await item.replace({ id: "1", pk: "a", n: 1 }, stale);
  expect((await item.read({ accessCondition: { type: "IfNoneMatch", condition: etag } })).resource?.n).toBe(1);
  await expect(item.replace({ id: "1", pk: "a", n: 2 }, stale)).rejects.toMatchObject({ code: 412 });
  await expect(item.delete(stale)).rejects.toMatchObject({ code: 412 });
  await expect(things.items.upsert({ id: "1", pk: "a" }, stale)).rejects.toMatchObject({ code: 412 });
  await expect(item.patch([{ op: "set", path: "/n", value: 3 }], stale)).rejects.toMatchObject({ code: 412 });
});

it("of 20 that race with one ETag exactly one wins", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  const things = cosmos.client().database("app").container("things");
  const { etag } = await things.items.create({ id: "1", pk: "a" });
  const accessCondition = { type: "IfMatch", condition: etag };
  const racers = Array.from({ length: 20 }, (_, n) =>
    things
      .item("1", "a")
      .replace({ id: "1", pk: "a", n }, { accessCondition })
      .then(
        () => 200,
        (error: { code: number }) => error.code,
      ),
  );
  const outcomes = await Promise.all(racers);
  expect(outcomes.sort()).toEqual([200, ...Array.from({ length: 19 }, () => 412)]);
});

it("time to live follows the container's default and the item's own, on the emulator's clock", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things", { defaultTtl: 100 });
  const things = cosmos.client().database("app").container("things");
  await things.items.create({ id: "default", pk: "a" });
  await things.items.create({ id: "short", pk: "a", ttl: 10 });
  await things.items.create({ id: "forever", pk: "a", ttl: -1 });
  const alive = async () =>
    (await things.items.query("SELECT VALUE c.id FROM c", { partitionKey: "a" }).fetchAll()).resources;
  expect(await alive()).toEqual(["default", "short", "forever"]);
  cosmos.context.clock.shift(11_000);
  expect(await alive()).toEqual(["default", "forever"]);
  expect((await things.item("short", "a").read()).statusCode).toBe(404);
  expect((await things.items.create({ id: "short", pk: "a" })).statusCode).toBe(201);
  await things.items.upsert({ id: "default", pk: "a" }); // a write starts the time anew
  cosmos.context.clock.shift(95_000);
  expect(await alive()).toEqual(["forever", "short", "default"].sort((a, b) => order(a) - order(b)));
  cosmos.context.clock.shift(6_000);
  expect(await alive()).toEqual(["forever"]);
  await expect(things.items.create({ id: "bad", pk: "a", ttl: 0 })).rejects.toMatchObject({ code: 400 });
});

/** The order in which the items were made. */
function order(id: string): number {
  return ["default", "forever", "short"].indexOf(id);
}

it("without a default the item's own time to live does nothing; setting one later counts for what is there", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  const things = cosmos.client().database("app").container("things");
  await things.items.create({ id: "own", pk: "a", ttl: 5 });
  await things.items.create({ id: "plain", pk: "a" });
  cosmos.context.clock.shift(60_000);
  expect((await things.item("own", "a").read()).statusCode).toBe(200);
  await cosmos.container("things", { defaultTtl: -1 });
  expect((await things.item("own", "a").read()).statusCode).toBe(404);
  expect((await things.item("plain", "a").read()).statusCode).toBe(200);
  await cosmos.container("things", { defaultTtl: 30 });
  expect((await things.item("plain", "a").read()).statusCode).toBe(404);
});

it("a unique key holds in its partition, also over replace, and is free after delete or expiry", async () => {
  await using cosmos = await startCosmos();
  const uniqueKeyPolicy = { uniqueKeys: [{ paths: ["/email"] }, { paths: ["/first", "/last"] }] };
  await cosmos.container("users", { uniqueKeyPolicy, defaultTtl: -1 });
  const users = cosmos.client().database("app").container("users");
  await users.items.create({ id: "1", pk: "a", email: "x@x", first: "A", last: "B" });
  const clash = { code: 409, message: expect.stringContaining("Unique index constraint violation") };
  await expect(users.items.create({ id: "2", pk: "a", email: "x@x", first: "C", last: "D" })).rejects.toMatchObject(
    clash,
  );
  await expect(users.items.create({ id: "2", pk: "a", email: "y@x", first: "A", last: "B" })).rejects.toMatchObject(
    clash,
  );
  expect((await users.item("2", "a").read()).statusCode).toBe(404); // a refused item leaves nothing behind
  await users.items.create({ id: "2", pk: "b", email: "x@x", first: "A", last: "B" });
  await users.items.create({ id: "3", pk: "a", email: "z@x", first: "E", last: "F", ttl: 5 });
  await expect(users.item("3", "a").replace({ id: "3", pk: "a", email: "x@x" })).rejects.toMatchObject(clash);
  expect((await users.item("3", "a").read()).resource?.email).toBe("z@x");
  cosmos.context.clock.shift(6_000);
  await users.items.create({ id: "4", pk: "a", email: "z@x", first: "E", last: "F" });
  await users.item("1", "a").delete();
  expect((await users.items.create({ id: "5", pk: "a", email: "x@x", first: "A", last: "B" })).statusCode).toBe(201);
});

it("items up to 2 MB are kept, larger ones get 413", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  const things = cosmos.client().database("app").container("things");
  const text = "x".repeat(2 * 1024 * 1024 - 400);
  expect((await things.items.create({ id: "fits", pk: "a", text })).statusCode).toBe(201);
  await expect(things.items.create({ id: "big", pk: "a", text: `${text}${text}` })).rejects.toMatchObject({
    code: 413,
  });
});

it("a charge, an ETag, a session token and the container's id come with each answer", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  const things = cosmos.client().database("app").container("things");
  const write = await things.items.create({ id: "1", pk: "a", text: "x".repeat(3000) });
  expect(write.requestCharge).toBe(8.51);
  const read = await things.item("1", "a").read();
  expect([read.requestCharge, read.headers["x-ms-session-token"]]).toEqual([4, "1:-1#1"]);
  const { resource } = await things.read();
  expect([read.headers["x-ms-content-path"], read.headers["x-ms-alt-content-path"]]).toEqual([
    resource?._rid,
    "dbs/app/colls/things",
  ]);
});

it.each([
  [{ pk: "a" }, "id"],
  [{ id: "", pk: "a" }, "id"],
  [{ id: "a/b", pk: "a" }, "not allowed"],
  [{ id: 5, pk: "a" }, "id"],
  [{ id: "1", pk: "b" }, "PartitionKey extracted from document doesn't match"],
  [{ id: "1", pk: ["a"] }, "primitive"],
  [[1], "not a JSON object"],
])("the body %j is refused with 400", async (body, message) => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  const answer = await post(cosmos, "dbs/app/colls/things/docs", body, { "x-ms-documentdb-partitionkey": '["a"]' });
  expect([answer.status, answer.body.code, String(answer.body.message)]).toEqual([
    400,
    "BadRequest",
    expect.stringContaining(message),
  ]);
});

it("a request about an item must name the whole key", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  const none = await post(cosmos, "dbs/app/colls/things/docs", { id: "1", pk: "a" });
  expect([none.status, none.headers.get("x-ms-substatus")]).toEqual([400, "1001"]);
  const bad = await post(
    cosmos,
    "dbs/app/colls/things/docs",
    { id: "1", pk: "a" },
    { "x-ms-documentdb-partitionkey": "a" },
  );
  expect(bad.status).toBe(400);
});

it("what is not emulated is refused by name", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  const answer = await post(cosmos, "dbs/app/colls/things/sprocs", { id: "p", body: "function () {}" });
  expect([answer.status, answer.body]).toEqual([
    501,
    { code: "NotImplemented", message: "The local Cosmos DB does not emulate sprocs." },
  ]);
});

it("hierarchical keys address one item, and a prefix of the key all below it", async () => {
  await using cosmos = await startCosmos();
  const partitionKey = { paths: ["/tenant", "/user"], kind: "MultiHash", version: 2 };
  await cosmos.container("sessions", { partitionKey });
  const sessions = cosmos.client().database("app").container("sessions");
  for (const [tenant, user] of [
    ["t1", "u1"],
    ["t1", "u2"],
    ["t11", "u1"],
    ["t2", "u1"],
  ]) {
    await sessions.items.create({ id: "s", tenant, user });
  }
  expect((await sessions.item("s", ["t1", "u2"]).read()).resource).toMatchObject({ tenant: "t1", user: "u2" });
  const users = async (partitionKey: string[]) =>
    (await sessions.items.query("SELECT VALUE c.user FROM c ORDER BY c.user", { partitionKey }).fetchAll()).resources;
  expect([await users(["t1"]), await users(["t1", "u1"]), await users(["t3"])]).toEqual([["u1", "u2"], ["u1"], []]);
});

it("all items of a partition are deleted at once", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  const things = cosmos.client().database("app").container("things");
  for (const [id, pk] of [
    ["1", "a"],
    ["2", "a"],
    ["1", "b"],
  ] as const) {
    await things.items.create({ id, pk });
  }
  await things.deleteAllItemsForPartitionKey("a");
  expect((await things.items.readAll().fetchAll()).resources.map(({ pk }) => pk)).toEqual(["b"]);
});

async function post(
  cosmos: Awaited<ReturnType<typeof startCosmos>>,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
) {
  const token = await cosmos.context.credential("writer").getToken(`${cosmos.endpoint}.default`);
  const authorization = encodeURIComponent(`type=aad&ver=1.0&sig=${token?.token}`);
  const response = await fetch(`${cosmos.endpoint}${path}`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}
