import { createPostgres } from "@devfactory/emulator/services/postgres/index.ts";
import { testContext } from "@devfactory/emulator/testing/context.ts";
import { PgBoss } from "pg-boss";
import type { Queue } from "./queueLoad.ts";

const SERVER = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DBforPostgreSQL/flexibleServers/bench-db";
const LOGIN = { administratorLogin: "chief", administratorLoginPassword: "B3nch!pass" };
const NAME = "jobs";

/** pg-boss on the local Postgres, with order by app (`key_strict_fifo`), one job an app at a time, and LISTEN/NOTIFY. */
export async function pgBossQueue(slots: number): Promise<Queue> {
  const context = await testContext();
  const postgres = createPostgres(context);
  await postgres.start();
  const put = async (id: string, type: string, properties: Record<string, unknown>) => {
    const hooks = postgres.hooks.find((each) => each.type === `Microsoft.DBforPostgreSQL/flexibleServers${type}`);
    const desired = { id, name: id.split("/").at(-1) ?? "", type: hooks?.type ?? "", properties: properties as never };
    const caller = { objectId: "x", tenantId: "t", clientId: "c", kind: "app", audience: "", groups: [], claims: {} };
    context.putResource(desired);
    const set = await hooks?.put?.({ desired, caller: caller as never });
    context.putResource({ ...desired, properties: { ...(properties as object), ...set } as never });
    return set;
  };
  const server = await put(SERVER, "", { version: "16", ...LOGIN });
  await put(`${SERVER}/firewallRules/azure`, "/firewallRules", {
    startIpAddress: "0.0.0.0",
    endIpAddress: "0.0.0.0",
  });
  await put(`${SERVER}/databases/bench`, "/databases", { charset: "UTF8" });
  const port = Number(String(server?.fullyQualifiedDomainName).split(":")[1]);
  const boss = new PgBoss({
    host: "localhost",
    port,
    user: LOGIN.administratorLogin,
    password: LOGIN.administratorLoginPassword,
    database: "bench",
    ssl: { ca: context.certificates.ca },
    max: slots + 4,
    useListenNotify: true,
  });
  boss.on("error", () => undefined); // the last polls after the end
  await boss.start();
  await boss.createQueue(NAME, { policy: "key_strict_fifo", notify: true });
  return {
    add: async (app, job) => {
      await boss.send(NAME, { job }, { singletonKey: `app-${app}`, group: { id: `app-${app}` } });
    },
    work: async (onStart) => {
      const options = { localConcurrency: slots, pollingIntervalSeconds: 0.5 };
      await boss.work<{ job: string }>(NAME, options, async ([each]) => {
        if (each) await onStart(each.data.job);
      });
    },
    [Symbol.asyncDispose]: async () => {
      await boss.stop({ graceful: false });
      await postgres.stop();
      await context[Symbol.asyncDispose]();
    },
  };
}
