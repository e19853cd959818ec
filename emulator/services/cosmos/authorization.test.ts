import { randomUUID } from "node:crypto";
import { ChangeFeedStartFrom } from "@azure/cosmos";
import { expect, it } from "vitest";
import { ACCOUNT_ID, startCosmos } from "./harness.ts";

const FORBIDDEN = { code: 403 };

it("without an assignment nothing is allowed, whatever ARM's own roles say", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  cosmos.context.grant("stranger", "*", ACCOUNT_ID);
  const client = cosmos.client("stranger", { connectionPolicy: { enableEndpointDiscovery: false } });
  const things = client.database("app").container("things");
  await expect(client.getDatabaseAccount()).rejects.toMatchObject(FORBIDDEN);
  await expect(things.items.create({ id: "1", pk: "a" })).rejects.toMatchObject(FORBIDDEN);
  await expect(things.item("1", "a").read()).rejects.toMatchObject({ ...FORBIDDEN, substatus: 5301 });
  await expect(things.items.query("SELECT * FROM c").fetchAll()).rejects.toMatchObject(FORBIDDEN);
  await expect(things.read()).rejects.toMatchObject(FORBIDDEN);
  await expect(client.databases.readAll().fetchAll()).rejects.toMatchObject(FORBIDDEN);
});

it("a reader reads, queries and follows changes, and writes nothing", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  await cosmos.client().database("app").container("things").items.create({ id: "1", pk: "a" });
  await cosmos.assign("reader", "reader");
  const things = cosmos.client("reader").database("app").container("things");
  expect((await things.item("1", "a").read()).statusCode).toBe(200);
  expect((await things.items.query("SELECT VALUE c.id FROM c ORDER BY c.id").fetchAll()).resources).toEqual(["1"]);
  expect(
    (await things.items.getChangeFeedIterator({ changeFeedStartFrom: ChangeFeedStartFrom.Beginning("a") }).readNext())
      .statusCode,
  ).toBe(200);
  await expect(things.items.create({ id: "2", pk: "a" })).rejects.toMatchObject(FORBIDDEN);
  await expect(things.items.upsert({ id: "1", pk: "a" })).rejects.toMatchObject(FORBIDDEN);
  await expect(things.item("1", "a").replace({ id: "1", pk: "a" })).rejects.toMatchObject(FORBIDDEN);
  await expect(things.item("1", "a").patch([{ op: "set", path: "/n", value: 1 }])).rejects.toMatchObject(FORBIDDEN);
  await expect(things.item("1", "a").delete()).rejects.toMatchObject(FORBIDDEN);
  await expect(things.deleteAllItemsForPartitionKey("a")).rejects.toMatchObject(FORBIDDEN);
  const batch = things.items.batch([{ operationType: "Create", resourceBody: { id: "2", pk: "a" } }], "a");
  await expect(batch).rejects.toThrow("items/create");
});

it.each([
  ["a container", `${ACCOUNT_ID}/dbs/app/colls/mine`, [200, 403]],
  ["a database", `${ACCOUNT_ID}/dbs/app`, [200, 200]],
  ["another database", `${ACCOUNT_ID}/dbs/ap`, [403, 403]],
  ["a container whose name begins alike", `${ACCOUNT_ID}/dbs/app/colls/mi`, [403, 403]],
])("a role on %s reaches that far", async (_, scope, expected) => {
  await using cosmos = await startCosmos();
  await cosmos.container("mine");
  await cosmos.container("other");
  await cosmos.assign("app", "contributor", scope);
  const database = cosmos.client("app", { connectionPolicy: { enableEndpointDiscovery: false } }).database("app");
  const outcomes = ["mine", "other"].map((name) =>
    database
      .container(name)
      .items.upsert({ id: "1", pk: "a" })
      .then(
        () => 200,
        (error: { code: number }) => error.code,
      ),
  );
  expect(await Promise.all(outcomes)).toEqual(expected);
});

it("a role on one container is enough for endpoint discovery", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("mine");
  await cosmos.assign("app", "contributor", `${ACCOUNT_ID}/dbs/app/colls/mine`);
  const mine = cosmos.client("app").database("app").container("mine");
  expect((await mine.items.upsert({ id: "1", pk: "a" })).statusCode).toBe(201);
  expect((await mine.item("1", "a").read()).statusCode).toBe(200);
});

it("a custom role grants its data actions only, and a removed assignment ends at once", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  const name = randomUUID();
  const items = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items";
  const dataActions = ["Microsoft.DocumentDB/databaseAccounts/readMetadata", `${items}/create`];
  const type = "Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions";
  await cosmos.put(`${ACCOUNT_ID}/sqlRoleDefinitions/${name}`, type, {
    roleName: "appender",
    type: "CustomRole",
    assignableScopes: [ACCOUNT_ID],
    permissions: [{ dataActions }],
  });
  const assignment = await cosmos.assign("appender", name);
  const things = cosmos.client("appender").database("app").container("things");
  expect((await things.items.create({ id: "1", pk: "a" })).statusCode).toBe(201);
  await expect(things.item("1", "a").read()).rejects.toMatchObject(FORBIDDEN);
  await cosmos.remove(assignment.id);
  await expect(things.items.create({ id: "2", pk: "a" })).rejects.toMatchObject(FORBIDDEN);
});

it("databases and containers are made through ARM, not with a token here", async () => {
  await using cosmos = await startCosmos();
  const client = cosmos.client();
  await expect(client.databases.create({ id: "new" })).rejects.toMatchObject({ code: 403, substatus: 5300 });
  await expect(client.database("app").containers.create({ id: "new" })).rejects.toMatchObject({
    code: 403,
    substatus: 5300,
  });
  await expect(client.database("app").delete()).rejects.toMatchObject({ code: 403 });
  expect((await client.databases.createIfNotExists({ id: "app" })).resource?.id).toBe("app");
});

it("a missing, foreign or expired token, and an account key, get 401", async () => {
  await using cosmos = await startCosmos();
  const status = async (authorization?: string) =>
    (await fetch(`${cosmos.endpoint}dbs`, { headers: authorization === undefined ? {} : { authorization } })).status;
  const form = (token: string | undefined) => encodeURIComponent(`type=aad&ver=1.0&sig=${token}`);
  const token = async (scope: string) => (await cosmos.context.credential("writer").getToken(scope))?.token;
  const good = form(await token(`${cosmos.endpoint}.default`));
  expect([await status(good), await status(decodeURIComponent(good))]).toEqual([200, 200]);
  expect(await status()).toBe(401);
  expect(await status(form("no.jwt.here"))).toBe(401);
  expect(await status(form(await token("https://vault.azure.net/.default")))).toBe(401);
  expect(await status(form(await token("https://localhost:1/.default")))).toBe(401);
  expect(await status("type%3Dmaster%26ver%3D1.0%26sig%3Dabc")).toBe(401);
  cosmos.context.clock.shift(3_700_000);
  expect(await status(good)).toBe(401);
});

it("a container that is not there is 404 to those who may read it and 403 to others", async () => {
  await using cosmos = await startCosmos();
  const absent = (who: string) =>
    cosmos
      .client(who, { connectionPolicy: { enableEndpointDiscovery: false } })
      .database("app")
      .container("absent");
  expect((await absent("writer").item("1", "a").read()).statusCode).toBe(404);
  await expect(absent("stranger").item("1", "a").read()).rejects.toMatchObject(FORBIDDEN);
});
