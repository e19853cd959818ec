// The local Postgres in a process of its own, with one database and a login with a password.
import { createPostgres } from "@devfactory/emulator/services/postgres/index.ts";
import { testContext } from "@devfactory/emulator/testing/context.ts";

const TYPE = "Microsoft.DBforPostgreSQL/flexibleServers";
const SERVER = `/subscriptions/s/resourceGroups/g/providers/${TYPE}/bench-db`;
const LOGIN = { administratorLogin: "chief", administratorLoginPassword: "B3nch!pass" };

const context = await testContext();
const postgres = createPostgres(context);
await postgres.start();
const put = async (id: string, type: string, properties: Record<string, unknown>) => {
  const hooks = postgres.hooks.find((each) => each.type === `${TYPE}${type}`);
  const desired = { id, name: id.split("/").at(-1) ?? "", type: hooks?.type ?? "", properties: properties as never };
  const caller = { objectId: "x", tenantId: "t", clientId: "c", kind: "app", audience: "", groups: [], claims: {} };
  context.putResource(desired);
  const set = await hooks?.put?.({ desired, caller: caller as never });
  context.putResource({ ...desired, properties: { ...(properties as object), ...set } as never });
  return set;
};
const server = await put(SERVER, "", { version: "16", ...LOGIN });
const open = { startIpAddress: "0.0.0.0", endIpAddress: "0.0.0.0" };
await put(`${SERVER}/firewallRules/azure`, "/firewallRules", open);
await put(`${SERVER}/databases/bench`, "/databases", { charset: "UTF8" });
const port = Number(String(server?.fullyQualifiedDomainName).split(":")[1]);
process.send?.({
  port,
  user: LOGIN.administratorLogin,
  password: LOGIN.administratorLoginPassword,
  ca: context.certificates.ca,
});
process.once("disconnect", () => process.exit());
process.once("message", async () => {
  await postgres.stop();
  await context[Symbol.asyncDispose]();
  process.exit();
});
