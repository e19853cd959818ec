import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Json } from "../../core/resources.ts";
import { ACCOUNT_ID, DATABASE_ID, startCosmos } from "./harness.ts";

const TYPE = "Microsoft.DocumentDB/databaseAccounts";
const STANDARD: Json = { databaseAccountOfferType: "Standard", locations: [{ locationName: "West Europe" }] };

it("an account gets an address, which its document names as the only location", async () => {
  await using cosmos = await startCosmos();
  const account = cosmos.context.resources.get(ACCOUNT_ID)?.properties;
  expect(account?.documentEndpoint).toMatch(/^https:\/\/localhost:\d+\/$/);
  expect(account?.readLocations).toEqual([
    {
      id: "acct-local",
      locationName: "West Europe",
      failoverPriority: 0,
      documentEndpoint: cosmos.endpoint,
      provisioningState: "Succeeded",
      isZoneRedundant: false,
    },
  ]);
  const again = await cosmos.put(ACCOUNT_ID, TYPE, STANDARD);
  expect(again.properties.documentEndpoint).toBe(cosmos.endpoint);
});

it.each<[string, Json, string | undefined, number]>([
  ["of another kind", STANDARD, "MongoDB", 501],
  ["without an offer", { locations: STANDARD.locations }, undefined, 400],
  ["without a location", { databaseAccountOfferType: "Standard", locations: [] }, undefined, 400],
])("an account %s is refused", async (_, properties, kind, status) => {
  await using cosmos = await startCosmos();
  await expect(cosmos.put(`${ACCOUNT_ID}2`, TYPE, properties, kind)).rejects.toMatchObject({ status });
});

it("a deleted account answers no more, and one of the same name begins empty", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  await cosmos.client().database("app").container("things").items.create({ id: "1", pk: "a" });
  const file = join(cosmos.context.dataDir, "cosmos", "acct.db");
  expect(existsSync(file)).toBe(true);
  await cosmos.remove(ACCOUNT_ID);
  expect(existsSync(file)).toBe(false);
  await expect(fetch(cosmos.endpoint)).rejects.toThrow("fetch failed");
  const { properties } = await cosmos.put(ACCOUNT_ID, TYPE, STANDARD);
  const token = await cosmos.context.credential("writer").getToken(`${properties.documentEndpoint}.default`);
  const authorization = encodeURIComponent(`type=aad&ver=1.0&sig=${token?.token}`);
  const answer = await fetch(`${properties.documentEndpoint}dbs`, { headers: { authorization } });
  expect([answer.status, await answer.json()]).toEqual([200, { _rid: "", Databases: [], _count: 0 }]);
});

it("a container shows its definition with the defaults, in ARM and on the data plane", async () => {
  await using cosmos = await startCosmos();
  const { properties } = await cosmos.container("things", {
    defaultTtl: 60,
    uniqueKeyPolicy: { uniqueKeys: [{ paths: ["/a"] }] },
  });
  const { resource } = await cosmos.client().database("app").container("things").read();
  expect(properties.resource).toEqual(resource);
  expect(resource).toMatchObject({
    id: "things",
    partitionKey: { paths: ["/pk"], kind: "Hash", version: 2 },
    defaultTtl: 60,
    uniqueKeyPolicy: { uniqueKeys: [{ paths: ["/a"] }] },
    indexingPolicy: { indexingMode: "consistent", automatic: true },
    conflictResolutionPolicy: { mode: "LastWriterWins", conflictResolutionPath: "/_ts" },
  });
  expect(Buffer.from(String(resource?._rid), "base64").length).toBe(8);
});

it("the same PUT again keeps the items; another partition or unique key is refused", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("things");
  const things = cosmos.client().database("app").container("things");
  await things.items.create({ id: "1", pk: "a" });
  await cosmos.container("things", { defaultTtl: 100 });
  expect((await things.item("1", "a").read()).statusCode).toBe(200);
  const refusal = { status: 400, code: "BadRequest" };
  await expect(cosmos.container("things", { partitionKey: { paths: ["/other"] } })).rejects.toMatchObject(refusal);
  await expect(
    cosmos.container("things", { uniqueKeyPolicy: { uniqueKeys: [{ paths: ["/b"] }] } }),
  ).rejects.toMatchObject(refusal);
});

it.each<[string, Json]>([
  ["without a key", { partitionKey: undefined }],
  ["with a path that does not begin with a slash", { partitionKey: { paths: ["pk"] } }],
  ["with four paths", { partitionKey: { paths: ["/a", "/b", "/c", "/d"], kind: "MultiHash" } }],
  ["with two paths of kind Hash", { partitionKey: { paths: ["/a", "/b"], kind: "Hash" } }],
  ["with a time to live of 0", { defaultTtl: 0 }],
  ["with another id", { id: "other" }],
  ["with an empty unique key", { uniqueKeyPolicy: { uniqueKeys: [{ paths: [] }] } }],
])("a container %s is refused", async (_, resource) => {
  await using cosmos = await startCosmos();
  await expect(cosmos.container("things", resource)).rejects.toMatchObject({ status: 400 });
});

it("a deleted container or database takes its items with it", async () => {
  await using cosmos = await startCosmos();
  const make = async () => {
    await cosmos.container("things");
    return cosmos.client().database("app").container("things");
  };
  await (await make()).items.create({ id: "1", pk: "a" });
  await cosmos.remove(`${DATABASE_ID}/containers/things`);
  expect((await (await make()).item("1", "a").read()).statusCode).toBe(404);
  await cosmos.remove(DATABASE_ID);
  const { resources } = await cosmos.client().databases.readAll().fetchAll();
  expect(resources).toEqual([]);
});

it.each<[string, string, Json, number]>([
  ["a name that is no GUID", "not-a-guid", {}, 400],
  ["no principal", randomUUID(), { principalId: "" }, 400],
  ["a scope outside the account", randomUUID(), { scope: "/subscriptions/s" }, 400],
  [
    "a role that is not there",
    randomUUID(),
    { roleDefinitionId: `${ACCOUNT_ID}/sqlRoleDefinitions/${randomUUID()}` },
    404,
  ],
])("a role assignment with %s is refused", async (_, name, properties, status) => {
  await using cosmos = await startCosmos();
  const roleDefinitionId = `${ACCOUNT_ID}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000001`;
  const whole = { principalId: "p", roleDefinitionId, scope: ACCOUNT_ID, ...properties };
  await expect(
    cosmos.put(`${ACCOUNT_ID}/sqlRoleAssignments/${name}`, `${TYPE}/sqlRoleAssignments`, whole),
  ).rejects.toMatchObject({ status });
});

it("principal and scope of an assignment stay; a built-in definition cannot be written", async () => {
  await using cosmos = await startCosmos();
  const { id, type, properties } = await cosmos.assign("p");
  await expect(cosmos.put(id, type, { ...properties, principalId: "q" })).rejects.toMatchObject({ status: 400 });
  await expect(cosmos.put(id, type, { ...properties, scope: `${ACCOUNT_ID}/dbs/app` })).rejects.toMatchObject({
    status: 400,
  });
  const definitions = `${TYPE}/sqlRoleDefinitions`;
  const permissions = [{ dataActions: ["Microsoft.DocumentDB/databaseAccounts/readMetadata"] }];
  const builtIn = `${ACCOUNT_ID}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000001`;
  await expect(cosmos.put(builtIn, definitions, { roleName: "x", permissions })).rejects.toMatchObject({ status: 400 });
  const own = `${ACCOUNT_ID}/sqlRoleDefinitions/${randomUUID()}`;
  const foreign = [{ dataActions: ["Microsoft.Storage/anything"] }];
  await expect(cosmos.put(own, definitions, { roleName: "x", permissions: foreign })).rejects.toMatchObject({
    status: 400,
  });
});

it("over its throughput a container answers 429 with the time to wait, and the client's retry gets through", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("slow", {}, { throughput: 400 });
  const patient = cosmos.client().database("app").container("slow");
  const hasty = cosmos
    .client("writer", {
      connectionPolicy: {
        retryOptions: { maxRetryAttemptCount: 0, fixedRetryIntervalInMilliseconds: 0, maxWaitTimeInSeconds: 0 },
      },
    })
    .database("app")
    .container("slow");
  const text = "x".repeat(300_000); // some 290 request units
  const flood = await Promise.allSettled(
    Array.from({ length: 8 }, (_, n) => hasty.items.create({ id: `${n}`, pk: "a", text })),
  );
  const refused = flood.flatMap((each) =>
    each.status === "rejected" ? [each.reason as { code: number; substatus: number; retryAfterInMs: number }] : [],
  );
  expect(refused.length).toBeGreaterThan(3);
  expect([refused[0]?.code, refused[0]?.substatus]).toEqual([429, 3200]);
  expect(refused[0]?.retryAfterInMs).toBeGreaterThan(0);
  expect((await patient.items.create({ id: "patient", pk: "a" })).statusCode).toBe(201);
});
