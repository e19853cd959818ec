import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ArmResource, Json } from "../../core/resources.ts";
import { type TestContext, testContext } from "../../testing/context.ts";
import { createPostgres } from "./index.ts";

const AUDIENCE = "https://ossrdbms-aad.database.windows.net/.default";
const SERVER = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DBforPostgreSQL/flexibleServers/shop-db";

let context: TestContext;
let service: ReturnType<typeof createPostgres>;
let port = 0;

function resource(id: string, type: string, properties: Json): ArmResource {
  return { id, name: id.split("/").at(-1) ?? "", type, properties };
}

/** What ARM does with a PUT. */
async function put(id: string, properties: Json): Promise<ArmResource> {
  const type = `Microsoft.DBforPostgreSQL/${id
    .split("/")
    .slice(7)
    .filter((_, index) => index % 2 === 0)
    .join("/")}`;
  const hooks = service.hooks.find((each) => each.type === type);
  const desired = resource(id, type, properties);
  const caller = {
    objectId: "x",
    tenantId: "t",
    clientId: "c",
    kind: "app",
    audience: "",
    groups: [],
    claims: {},
  } as const;
  hooks?.validate?.({ desired, caller });
  context.putResource(desired);
  const set = await hooks?.put?.({ desired, caller });
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
