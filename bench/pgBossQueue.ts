import { PgBoss } from "pg-boss";
import { startBeside } from "./beside.ts";
import type { Queue } from "./queueLoad.ts";

const NAME = "jobs";

interface Server {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly ca: string;
}

/** pg-boss on the local Postgres, with order by app (`key_strict_fifo`), one job an app at a time, and LISTEN/NOTIFY. */
export async function pgBossQueue(slots: number): Promise<Queue> {
  const postgres = await startBeside<Server>("postgresProcess.ts");
  const { ca, ...login } = postgres.told;
  const boss = new PgBoss({
    host: "localhost",
    ...login,
    database: "bench",
    ssl: { ca },
    max: slots + 4,
    useListenNotify: true,
    // How soon it sees that there is a backlog, and takes job after job without a pause.
    ...{ monitorIntervalSeconds: 1, superviseIntervalSeconds: 1, queueCacheIntervalSeconds: 1 },
  });
  boss.on("error", () => undefined); // the last polls after the end
  await boss.start();
  await boss.createQueue(NAME, { policy: "key_strict_fifo", notify: true });
  return {
    add: async (app, job) => {
      await boss.send(NAME, { job }, { singletonKey: `app-${app}`, group: { id: `app-${app}` } });
    },
    work: async (onStart) => {
      // Told of new jobs it would else look for stored ones every 30 s alone.
      const looks = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5, burstWhenReadyExceeds: 1 };
      const options = { localConcurrency: slots, ...looks };
      await boss.work<{ job: string }>(NAME, options, async ([each]) => {
        if (each) await onStart(each.data.job);
      });
    },
    [Symbol.asyncDispose]: async () => {
      await boss.stop({ graceful: false });
      await postgres[Symbol.asyncDispose]();
    },
  };
}
