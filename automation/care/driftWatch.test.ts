import { expect, it } from "vitest";
import { testApi } from "../api/testApi.ts";
import { type AppDocument, appPk, type JobDocument } from "../jobs/documents.ts";
import { createLogger } from "../logger.ts";
import { Redactor } from "../redact.ts";
import { DriftWatch } from "./driftWatch.ts";

const HOUR = 3_600_000;

it("live apps that nobody works on are looked at once in a while, at low priority, a few in a round", async () => {
  const { store, ledger, call } = testApi();
  const start = Date.now();
  let hours = 0;
  const log = createLogger("test", "silent", new Redactor());
  const chores = { take: async () => undefined };
  const watch = new DriftWatch({ store, ledger, everyHours: 24, chores, log, now: () => start + hours * HOUR });
  const change = async (appId: string, fields: Partial<AppDocument>) => {
    const app = await store.read<AppDocument>(appPk(appId), "app");
    if (!app) throw new Error("no app");
    await store.batch(appPk(appId), [{ kind: "replace", doc: { ...app.doc, ...fields }, etag: app.etag }]);
  };
  const make = async (fields: Partial<AppDocument>) => {
    const { appId } = (await call("POST", "/jobs", { prompt: "a clinic" })).json;
    await change(appId, { status: "live", active: [], ...fields });
    return appId as string;
  };
  const [one, two] = [await make({}), await make({})];
  await make({ status: "destroyed" });
  await make({ active: ["busy"] });
  const seen = new Date(start + 20 * HOUR).toISOString();
  await change(two, { drift: { checkedAt: seen, jobId: "j", resources: [] } });
  const roundAt = async (hour: number) => {
    hours = hour;
    return (await watch.round()).toSorted();
  };
  expect(await roundAt(23)).toEqual([]);
  expect(await roundAt(25)).toEqual([one]);
  expect(await roundAt(45)).toEqual([two]); // the first has its job
  const jobs = (await store.find<JobDocument>({ type: "job", pk: appPk(one), orderBy: "createdAt", limit: 9 })).map(
    ({ doc }) => [doc.kind, doc.priority, doc.userId],
  );
  expect(jobs.at(-1)).toEqual(["drift", "low", "u1"]);
  for (let count = 0; count < 15; count += 1) await make({});
  expect(await roundAt(100)).toHaveLength(10);
  expect(await roundAt(100)).toHaveLength(5);
});
