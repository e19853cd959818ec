// What links to a Postgres server give with `rights: "roles"`: recorded from components, run by the deployment's own step against the
// local Postgres, and tried under the identities themselves.
import { Access, allDatabaseSteps, type DatabaseStep, PostgresServer } from "@devfactory/components/index.ts";
import { testContext as componentContext, record, resolved } from "@devfactory/components/testing/index.ts";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { POSTGRES_SCOPE, runDatabaseSteps } from "../../../automation/deploy/databaseSteps.ts";
import type { ArmResource, Json } from "../../../emulator/core/resources.ts";
import { createPostgres } from "../../../emulator/services/postgres/index.ts";
import { type TestContext, testContext } from "../../../emulator/testing/context.ts";

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
const DEPLOYER = { groupName: "deployer", objectId: "deployer-oid", kind: "ServicePrincipal" } as const;

let context: TestContext;
let service: ReturnType<typeof createPostgres>;
let port = 0;

/** What ARM does with a PUT below `flexibleServers`. */
async function put(id: string, properties: Json): Promise<ArmResource> {
  const names = id.split("/").slice(7);
  const type = `Microsoft.DBforPostgreSQL/${names.filter((_, index) => index % 2 === 0).join("/")}`;
  const desired = { id, name: names.at(-1) ?? "", type, properties };
  context.putResource(desired);
  const hooks = service.hooks.find((each) => each.type === type);
  const set = await hooks?.put?.({ desired, caller: CALLER });
  const stored = { ...desired, properties: { ...properties, ...set } };
  context.putResource(stored);
  return stored;
}

beforeAll(async () => {
  context = await testContext();
  service = createPostgres(context);
  await service.start();
  const authConfig = { activeDirectoryAuth: "Enabled", passwordAuth: "Disabled" };
  const server = await put(SERVER, { version: "17", authConfig });
  port = Number(String(server.properties.fullyQualifiedDomainName).split(":")[1]);
  await put(`${SERVER}/firewallRules/azure`, { startIpAddress: "0.0.0.0", endIpAddress: "0.0.0.0" });
  const principal = { principalName: DEPLOYER.groupName, principalType: "ServicePrincipal", tenantId: "t" };
  await put(`${SERVER}/administrators/${DEPLOYER.objectId}`, principal);
  for (const name of ["shop", "people"]) await put(`${SERVER}/databases/${name}`, { charset: "UTF8" });
}, 120_000);
afterAll(async () => {
  await service.stop();
  await context[Symbol.asyncDispose]();
});

const CONSUMERS = [
  { name: "web", access: "readwrite", database: "shop" },
  { name: "migrator", access: "migrate", database: "shop" },
  { name: "report", access: "read", database: "shop" },
  { name: "crm", access: "readwrite", database: "people" },
] as const;

/** What the components tell, for the server that runs here. */
async function steps(): Promise<readonly DatabaseStep[]> {
  const { result } = await record(() => {
    const deployment = componentContext("dev");
    const administrators = { deployer: DEPLOYER };
    const args = { context: deployment, databases: ["shop", "people"], rights: "roles", administrators } as const;
    const server = new PostgresServer("db", args);
    const consumers = CONSUMERS.map(({ name, access, database }) => {
      const grant = server.database(database).link(access);
      const principal = { label: name, principalId: `${name}-oid`, name };
      return { access: [new Access(name, { context: deployment, principal, grant })] };
    });
    return resolved(allDatabaseSteps(consumers));
  });
  return result.map((step) => ({ ...step, host: "localhost", port }));
}

const token = async (objectId: string) => (await context.credential(objectId).getToken(POSTGRES_SCOPE))?.token ?? "";
const deployer = () => ({
  user: DEPLOYER.groupName,
  token: () => token(DEPLOYER.objectId),
  ca: context.certificates.ca,
});

/** One session of a consumer, under its own identity. */
async function as(name: string, database: string): Promise<pg.Client> {
  const ssl = { ca: context.certificates.ca };
  const client = new pg.Client({
    host: "localhost",
    port,
    user: name,
    password: await token(`${name}-oid`),
    database,
    ssl,
  });
  client.on("error", () => {});
  await client.connect();
  return client;
}

it("until the steps ran nobody signs in; then each does in its own database and in no other", async () => {
  await expect(as("web", "shop")).rejects.toMatchObject({ code: "28P01" });
  expect(await runDatabaseSteps(await steps(), deployer())).toEqual({ databases: 3, statements: 47 });
  for (const { name, database } of CONSUMERS) {
    await (await as(name, database)).end();
    const other = database === "shop" ? "people" : "shop";
    await expect(as(name, other)).rejects.toMatchObject({ code: "42501" });
  }
}, 60_000);

it("those who write share what they make; who reads cannot write; nobody rules the server", async () => {
  const [web, migrator, report] = await Promise.all([as("web", "shop"), as("migrator", "shop"), as("report", "shop")]);
  await migrator.query("CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY, what text)");
  await web.query("INSERT INTO orders (what) VALUES ('tea')");
  await web.query("ALTER TABLE orders ADD COLUMN paid boolean NOT NULL DEFAULT false");
  expect((await report.query("SELECT what, paid FROM orders")).rows).toEqual([{ what: "tea", paid: false }]);
  await expect(report.query("INSERT INTO orders (what) VALUES ('x')")).rejects.toMatchObject({ code: "42501" });
  await expect(report.query("CREATE TABLE mine (x int)")).rejects.toMatchObject({ code: "42501" });
  for (const client of [web, report]) {
    await expect(client.query("CREATE ROLE other LOGIN")).rejects.toMatchObject({ code: "42501" });
    await expect(client.query("CREATE DATABASE other")).rejects.toMatchObject({ code: "42501" });
    await expect(client.query("SET ROLE azure_pg_admin")).rejects.toMatchObject({ code: "42501" });
    await client.end();
  }
  await migrator.end();
}, 60_000);

it("running them again changes nothing, and what was made stays", async () => {
  expect(await runDatabaseSteps(await steps(), deployer())).toEqual({ databases: 3, statements: 47 });
  const web = await as("web", "shop");
  expect((await web.query("SELECT count(*)::int AS count FROM orders")).rows).toEqual([{ count: 1 }]);
  await web.end();
}, 60_000);

it("waits for a server that does not know its administrator yet, and gives up on what is no matter of time", async () => {
  const waits: number[] = [];
  const wait = async (ms: number) => {
    waits.push(ms);
    if (waits.length === 2) {
      const late = { principalName: "late", principalType: "ServicePrincipal", tenantId: "t" };
      await put(`${SERVER}/administrators/late-oid`, late);
    }
  };
  const late = { ...deployer(), user: "late", token: () => token("late-oid") };
  const one = { engine: "postgres", host: "localhost", port, database: "shop", statements: ["SELECT 1"] } as const;
  expect(await runDatabaseSteps([one], late, { wait })).toEqual({ databases: 1, statements: 1 });
  expect(waits).toEqual([1_000, 2_000]);
  const wrong = { ...one, statements: ["SELECT nothing FROM nowhere"] };
  await expect(runDatabaseSteps([wrong], late, { wait })).rejects.toMatchObject({ code: "42P01" });
  expect(waits).toEqual([1_000, 2_000]);
}, 60_000);
