import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ArmResource, Json, ResourceHooks } from "../../core/resources.ts";
import { type TestContext, testContext } from "../../testing/context.ts";
import { createPostgres } from "./index.ts";

const AUDIENCE = "https://ossrdbms-aad.database.windows.net/.default";
const SERVER = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DBforPostgreSQL/flexibleServers/shop-db";

const CALLER = {
  objectId: "x",
  tenantId: "t",
  clientId: "c",
  kind: "app",
  audience: "",
  groups: [],
  claims: {},
} as const;

let context: TestContext;
let service: ReturnType<typeof createPostgres>;
let port = 0;

function resource(id: string, type: string, properties: Json): ArmResource {
  return { id, name: id.split("/").at(-1) ?? "", type, properties };
}

function hooksOf(type: string): ResourceHooks | undefined {
  return service.hooks.find((each) => each.type === type);
}

/** What ARM does with a DELETE. */
async function remove(id: string): Promise<void> {
  const found = context.resources.get(id);
  if (found) await hooksOf(found.type)?.delete?.(found);
  context.removeResource(id);
}

async function act(action: "start" | "stop" | "restart"): Promise<void> {
  const found = context.resources.get(SERVER);
  if (found) await hooksOf(found.type)?.actions?.[action]?.(found, {}, CALLER);
}

/** What ARM does with a PUT. */
async function put(id: string, properties: Json): Promise<ArmResource> {
  const type = `Microsoft.DBforPostgreSQL/${id
    .split("/")
    .slice(7)
    .filter((_, index) => index % 2 === 0)
    .join("/")}`;
  const hooks = hooksOf(type);
  const desired = resource(id, type, properties);
  hooks?.validate?.({ desired, caller: CALLER });
  context.putResource(desired);
  const set = await hooks?.put?.({ desired, caller: CALLER });
  const stored = { ...desired, properties: { ...properties, ...set } };
  context.putResource(stored);
  return stored;
}

async function connect(user: string, password: string, options: pg.ClientConfig = {}): Promise<pg.Client> {
  const ssl = { ca: context.certificates.ca };
  const client = new pg.Client({ host: "localhost", port, user, password, database: "shop", ssl, ...options });
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function tokenOf(objectId: string, scope = AUDIENCE): Promise<string> {
  return (await context.credential(objectId).getToken(scope))?.token ?? "";
}

beforeAll(async () => {
  context = await testContext();
  service = createPostgres(context);
  await service.start();
  const server = await put(SERVER, {
    version: "16",
    authConfig: { activeDirectoryAuth: "Enabled", passwordAuth: "Disabled" },
  });
  port = Number(String(server.properties.fullyQualifiedDomainName).split(":")[1]);
  await put(`${SERVER}/firewallRules/azure`, { startIpAddress: "0.0.0.0", endIpAddress: "0.0.0.0" });
  await put(`${SERVER}/administrators/admin-oid`, {
    principalName: "boss",
    principalType: "ServicePrincipal",
    tenantId: "t",
  });
  await put(`${SERVER}/databases/shop`, { charset: "UTF8" });
});

afterAll(async () => {
  await service.stop();
  await context[Symbol.asyncDispose]();
});

it("an administrator signs in with an Entra token as the password and owns what it makes", async () => {
  const client = await connect("boss", await tokenOf("admin-oid"));
  await client.query("CREATE TABLE goods (name text UNIQUE); INSERT INTO goods VALUES ('pen')");
  const { rows } = await client.query("SELECT name, current_user::text AS who FROM goods");
  expect(rows).toEqual([{ name: "pen", who: "boss" }]);
  await expect(client.query("INSERT INTO goods VALUES ('pen')")).rejects.toMatchObject({ code: "23505" });
  await client.end();
});

it("refuses a token of another person, of another audience, an expired one, an unknown role and the superuser", async () => {
  const refusal = { code: "28P01" };
  await expect(connect("boss", await tokenOf("other-oid"))).rejects.toMatchObject(refusal);
  await expect(connect("boss", await tokenOf("admin-oid", "https://vault.azure.net/.default"))).rejects.toMatchObject(
    refusal,
  );
  await expect(connect("nobody", await tokenOf("admin-oid"))).rejects.toMatchObject(refusal);
  await expect(connect("azuresu", await tokenOf("admin-oid"))).rejects.toMatchObject(refusal);
  const token = await tokenOf("admin-oid");
  context.clock.shift(3_700_000);
  await expect(connect("boss", token)).rejects.toMatchObject(refusal);
});

it("refuses connections without TLS until require_secure_transport is off; tokens never travel without it", async () => {
  const token = await tokenOf("admin-oid");
  await expect(connect("boss", token, { ssl: false })).rejects.toMatchObject({
    code: "28000",
    message: expect.stringContaining("no encryption"),
  });
  await put(`${SERVER}/configurations/require_secure_transport`, { value: "off" });
  await expect(connect("boss", token, { ssl: false })).rejects.toThrow("requires an SSL connection");
  await put(`${SERVER}/configurations/require_secure_transport`, { value: "on" });
});

it("TLS may start without asking first (sslnegotiation=direct)", async () => {
  const client = await connect("boss", await tokenOf("admin-oid"), { sslnegotiation: "direct" } as pg.ClientConfig);
  expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  await client.end();
});

it("a firewall without a rule for Azure's own addresses keeps everybody out", async () => {
  await remove(`${SERVER}/firewallRules/azure`);
  const token = await tokenOf("admin-oid");
  await expect(connect("boss", token)).rejects.toMatchObject({
    code: "28000",
    message: expect.stringContaining("no pg_hba.conf entry"),
  });
  await expect(
    put(`${SERVER}/firewallRules/wrong`, { startIpAddress: "9.0.0.0", endIpAddress: "1.0.0.0" }),
  ).rejects.toThrow("at or before");
  context.putResource(
    resource(`${SERVER}/firewallRules/azure`, "Microsoft.DBforPostgreSQL/flexibleServers/firewallRules", {
      startIpAddress: "0.0.0.0",
      endIpAddress: "0.0.0.0",
    }),
  );
  await (await connect("boss", token)).end();
});

it("an administrator makes roles for other principals, and a reader may only read", async () => {
  const boss = await connect("boss", await tokenOf("admin-oid"), { database: "postgres" });
  const made = await boss.query(
    "SELECT * FROM pgaadauth_create_principal_with_oid('reader', 'reader-oid', 'service', false, false)",
  );
  expect(made.rows).toEqual([{ pgaadauth_create_principal_with_oid: "Created role for reader" }]);
  expect((await boss.query("SELECT rolename, isadmin FROM pgaadauth_list_principals(false)")).rows).toEqual([
    { rolename: "reader", isadmin: 0 },
  ]);
  await boss.end();
  const owner = await connect("boss", await tokenOf("admin-oid"));
  await owner.query("CREATE TABLE secrets (x int); GRANT SELECT ON secrets TO reader");
  const reader = await connect("reader", await tokenOf("reader-oid"));
  expect((await reader.query("SELECT * FROM secrets")).rows).toEqual([]);
  await expect(reader.query("INSERT INTO secrets VALUES (1)")).rejects.toMatchObject({ code: "42501" });
  await expect(reader.query("SET ROLE azure_pg_admin")).rejects.toMatchObject({ code: "42501" });
  await expect(reader.query("SELECT pgaadauth_create_principal('x')")).rejects.toMatchObject({
    code: expect.stringMatching(/42501|42883/),
  });
  await Promise.all([owner.end(), reader.end()]);
});

it("a principal made by its name alone is a managed identity of that name", async () => {
  const boss = await connect("boss", await tokenOf("admin-oid"), { database: "postgres" });
  await boss.query("SELECT pgaadauth_create_principal('shop-identity', false, false)");
  await boss.end();
  await expect(connect("shop-identity", await tokenOf("identity-oid"))).rejects.toMatchObject({ code: "28P01" });
  const id =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shop-identity";
  context.putResource(
    resource(id, "Microsoft.ManagedIdentity/userAssignedIdentities", { principalId: "identity-oid" }),
  );
  await (await connect("shop-identity", await tokenOf("identity-oid"))).end();
  await expect(connect("shop-identity", await tokenOf("other-oid"))).rejects.toMatchObject({ code: "28P01" });
});

it("clients are isolated, skip each other's locks, hear notifications and wait for advisory locks", async () => {
  const [a, b] = [await connect("boss", await tokenOf("admin-oid")), await connect("boss", await tokenOf("admin-oid"))];
  await a.query("CREATE TABLE work (id int PRIMARY KEY); INSERT INTO work VALUES (1), (2)");
  await a.query("BEGIN; SELECT id FROM work WHERE id = 1 FOR UPDATE");
  expect((await b.query("SELECT id FROM work ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1")).rows).toEqual([{ id: 2 }]);
  await a.query("INSERT INTO work VALUES (3)");
  expect((await b.query("SELECT count(*)::int AS n FROM work")).rows).toEqual([{ n: 2 }]);
  await a.query("COMMIT; SELECT pg_advisory_lock(7)");
  expect((await b.query("SELECT pg_try_advisory_lock(7) AS got")).rows).toEqual([{ got: false }]);
  const heard = new Promise((resolve) => a.once("notification", ({ payload }) => resolve(payload)));
  await a.query("LISTEN news");
  await b.query("NOTIFY news, 'hello'");
  expect(await heard).toBe("hello");
  await Promise.all([a.end(), b.end()]);
});

it("a client can cancel its query", async () => {
  const client = await connect("boss", await tokenOf("admin-oid"));
  const other = await connect("boss", await tokenOf("admin-oid"));
  const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
  const refused = expect(client.query("SELECT pg_sleep(20)")).rejects.toMatchObject({ code: "57014" });
  // The cancel must not overtake the query that it is for.
  const cancel =
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND state = 'active' AND query LIKE '%pg_sleep%'";
  await expect.poll(async () => (await other.query(cancel, [rows[0].pid])).rowCount, { timeout: 10_000 }).toBe(1);
  await refused;
  await Promise.all([client.end(), other.end()]);
});

it("a static parameter waits for the restart, a dynamic one does not, wrong ones are refused", async () => {
  const path = `${SERVER}/configurations/max_connections`;
  const stored = await put(path, { value: "60", source: "user-override" });
  expect(stored.properties).toMatchObject({
    value: "60",
    defaultValue: "100",
    isDynamicConfig: false,
    isConfigPendingRestart: true,
  });
  const show = async (name: string) => {
    const client = await connect("boss", await tokenOf("admin-oid"));
    const { rows } = await client.query(`SHOW ${name}`);
    await client.end();
    return rows[0][name];
  };
  expect(await show("max_connections")).toBe("50");
  await act("restart");
  expect(await show("max_connections")).toBe("60");
  expect(hooksOf(stored.type)?.read?.(stored)).toEqual({ isConfigPendingRestart: false });
  await put(`${SERVER}/configurations/work_mem`, { value: "8MB" });
  expect(await show("work_mem")).toBe("8MB");
  await expect(put(`${SERVER}/configurations/work_mem`, { value: "much" })).rejects.toMatchObject({
    status: 400,
    code: "InvalidParameterValue",
  });
  await expect(put(`${SERVER}/configurations/archive_command`, { value: "rm" })).rejects.toMatchObject({
    status: 400,
    code: "InvalidParameterName",
  });
  await expect(put(`${SERVER}/configurations/no_such`, { value: "1" })).rejects.toMatchObject({
    status: 400,
    code: "InvalidParameterName",
  });
});

it("extensions must be named in azure.extensions, and a session cannot name them itself", async () => {
  const client = await connect("boss", await tokenOf("admin-oid"));
  await expect(client.query("CREATE EXTENSION citext")).rejects.toMatchObject({ code: "0A000" });
  await client.query("SET azure.extensions = 'citext'");
  await expect(client.query("CREATE EXTENSION citext")).rejects.toMatchObject({ code: "0A000" });
  await put(`${SERVER}/configurations/azure.extensions`, { value: "CITEXT, pgcrypto" });
  await client.query("CREATE EXTENSION citext");
  expect((await client.query("SELECT 'A'::citext = 'a' AS same")).rows).toEqual([{ same: true }]);
  await client.end();
});

it("databases come and go, with their connections", async () => {
  await put(`${SERVER}/databases/second`, {});
  const client = await connect("boss", await tokenOf("admin-oid"), { database: "second" });
  await remove(`${SERVER}/databases/second`);
  await expect(client.query("SELECT 1")).rejects.toThrow();
  await expect(connect("boss", await tokenOf("admin-oid"), { database: "second" })).rejects.toMatchObject({
    code: "3D000",
  });
});

it("a stopped server refuses, a started one has its data; a removed administrator is out", async () => {
  await act("stop");
  await expect(connect("boss", await tokenOf("admin-oid"))).rejects.toMatchObject({ code: "57P03" });
  await act("start");
  await (await connect("boss", await tokenOf("admin-oid"))).end();
  await put(`${SERVER}/administrators/temp-oid`, { principalName: "temp", principalType: "User", tenantId: "t" });
  await (await connect("temp", await tokenOf("temp-oid"))).end();
  await remove(`${SERVER}/administrators/temp-oid`);
  await expect(connect("temp", await tokenOf("temp-oid"))).rejects.toMatchObject({ code: "28P01" });
});

it("password sign-in works where it is on, next to tokens", async () => {
  const id = `${SERVER}-pw`;
  const server = await put(id, { administratorLogin: "chief", administratorLoginPassword: "S3cret!pass" });
  await put(`${id}/firewallRules/azure`, { startIpAddress: "0.0.0.0", endIpAddress: "0.0.0.0" });
  const options = {
    port: Number(String(server.properties.fullyQualifiedDomainName).split(":")[1]),
    database: "postgres",
  };
  const client = await connect("chief", "S3cret!pass", options);
  await client.query("CREATE DATABASE mine");
  await client.end();
  await expect(connect("chief", "wrong", options)).rejects.toMatchObject({ code: "28P01" });
  await put(`${id}/administrators/admin-oid`, { principalName: "boss", principalType: "User", tenantId: "t" });
  await expect(connect("boss", await tokenOf("admin-oid"), options)).rejects.toMatchObject({ code: "28P01" }); // Entra is off here
  await remove(id);
  await expect(connect("chief", "S3cret!pass", options)).rejects.toThrow("ECONNREFUSED");
});

it.each([
  [{ version: "9" }, "Specify 11 to 18"],
  [{ authConfig: { passwordAuth: "Disabled" } }, "Enable Microsoft Entra or password"],
  [{ administratorLogin: "azure_superuser" }, "reserved"],
])("a server with %j is refused", async (properties, message) => {
  await expect(put(`${SERVER}-wrong`, properties)).rejects.toThrow(message);
});
