import { expect, it } from "vitest";
import { testApi } from "../api/testApi.ts";
import { type AppDocument, appPk, type JobDocument, jobDocId } from "../jobs/documents.ts";
import { createLogger } from "../logger.ts";
import { Redactor } from "../redact.ts";
import type { JobSession } from "../workflow/jobSession.ts";
import { runWork } from "../workflow/work.ts";
import { Expirer } from "./expirer.ts";
import { Expiries } from "./expiries.ts";

const HOUR = 3_600_000;
const RULES = { noticeMs: 24 * HOUR, graceMs: 12 * HOUR };
const OWNER = { tenantId: "t1", userId: "u1" };

/** A platform whose clock is moved by hand. */
function travel() {
  const api = testApi();
  const start = Date.now();
  let hours = 0;
  const now = () => start + hours * HOUR;
  const log = createLogger("test", "silent", new Redactor());
  const { store, ledger, outbox } = api;
  const chores = { take: async () => undefined };
  const options = { store, dispatch: outbox.dispatch, ledger, rules: RULES, chores, log, now };
  const expirer = new Expirer(options);
  const expiries = new Expiries({ store, projections: store, rules: RULES, now });
  const at = (hour: number) => new Date(start + hour * HOUR).toISOString();
  const roundAt = async (hour: number) => {
    hours = hour;
    const { told, ended } = await expirer.round();
    await outbox.idle();
    return [told.length, ended.length];
  };
  /** An app whose first job is over. */
  const makeApp = async (options: object = {}): Promise<string> => {
    const { appId, id } = (await api.call("POST", "/jobs", { prompt: "a clinic", options })).json;
    const [job, app] = await Promise.all([
      store.read<JobDocument>(appPk(appId), jobDocId(id)),
      store.read<AppDocument>(appPk(appId), "app"),
    ]);
    if (!job || !app) throw new Error("not made");
    await store.batch(appPk(appId), [
      { kind: "replace", doc: { ...job.doc, state: "succeeded" }, etag: job.etag },
      { kind: "replace", doc: { ...app.doc, status: "live", active: [] }, etag: app.etag },
    ]);
    return appId;
  };
  const jobsOf = async (appId: string) => {
    const query = { type: "job", pk: appPk(appId), orderBy: "createdAt", limit: 100 } as const;
    return (await store.find<JobDocument>(query)).map(({ doc }) => doc);
  };
  return { api, store, ledger, expiries, roundAt, makeApp, jobsOf, at };
}

it("an app with an end is announced, spared for the grace period, and then destroyed by a job", async () => {
  const { api, expiries, roundAt, makeApp, jobsOf, at } = travel();
  const [appId, forever] = [await makeApp(), await makeApp()];
  await expiries.set(OWNER, appId, at(48));
  const seen = [];
  for (const hour of [0, 23, 25, 26, 47, 59, 61, 62]) seen.push([hour, ...(await roundAt(hour))]);
  expect(seen).toEqual([
    [0, 0, 0],
    [23, 0, 0],
    [25, 1, 0], // a day before the end its owner is told
    [26, 0, 0],
    [47, 0, 0],
    [59, 0, 0], // over, but spared
    [61, 0, 1],
    [62, 0, 0], // once
  ]);
  const [first, destroy] = await jobsOf(appId);
  expect([first?.kind, destroy?.kind, destroy?.expiry, destroy?.userId]).toEqual(["create", "destroy", at(48), "u1"]);
  expect((await jobsOf(forever)).map(({ kind }) => kind)).toEqual(["create"]);
  const message = `The app expires at ${at(48)}; from ${at(60)} on it is destroyed with its data. Extend it: npx devfactory extend ${appId} --hours 72`;
  const { entries } = (await api.call("GET", `/jobs/${first?.jobId}/audit`)).json;
  const notices = entries.filter((each: { event: string }) => each.event === "expiry_notice");
  expect(notices.map((each: { message: string }) => each.message)).toEqual([message]);
  const json = { accept: "application/json" };
  const { events } = (await api.call("GET", `/jobs/${first?.jobId}/events`, undefined, undefined, json)).json;
  expect(events.at(-1)).toMatchObject({ type: "expiry_notice", level: "warning", message });
});

it("an end in the past, or one that came while the platform was down, still has notice and grace", async () => {
  const { expiries, roundAt, makeApp, at } = travel();
  await expiries.set(OWNER, await makeApp(), at(1));
  expect(await roundAt(100)).toEqual([1, 0]); // told only now
  expect(await roundAt(111)).toEqual([0, 0]);
  expect(await roundAt(113)).toEqual([0, 1]);
});

it("who extends is told of the new end again; who takes the end away hears nothing more", async () => {
  const { expiries, roundAt, makeApp, at } = travel();
  const [extended, kept] = [await makeApp(), await makeApp()];
  for (const appId of [extended, kept]) await expiries.set(OWNER, appId, at(10));
  expect(await roundAt(1)).toEqual([2, 0]);
  await expiries.set(OWNER, extended, at(60));
  await expiries.set(OWNER, kept, undefined);
  expect(await roundAt(30)).toEqual([0, 0]); // the old end and its grace are over
  expect(await roundAt(40)).toEqual([1, 0]);
  expect(await roundAt(73)).toEqual([0, 1]);
});

it("a job that waited while its app was extended destroys nothing, and says so", async () => {
  const { expiries, roundAt, makeApp, jobsOf, store, at } = travel();
  const appId = await makeApp();
  await expiries.set(OWNER, appId, at(1));
  await roundAt(0);
  await roundAt(14);
  await expiries.set(OWNER, appId, at(100)); // it is queued, not running
  const job = (await jobsOf(appId)).at(-1) as JobDocument;
  const app = (await store.read<AppDocument>(appPk(appId), "app"))?.doc as AppDocument;
  const done: unknown[] = [];
  const session = {
    options: { job, app },
    step: async () => done.push("destroyed"),
    commit: async (decide: () => unknown) => done.push(decide()),
  } as unknown as JobSession;
  expect(await runWork(session)).toEqual({ kind: "done" });
  const message = `Nothing was destroyed: the app was extended, it now expires at ${at(100)}`;
  expect(done).toEqual([{ events: [{ type: "kept", message }] }]);
});

it("an app is not extended while the job that destroys it runs", async () => {
  const { expiries, roundAt, makeApp, jobsOf, store, at } = travel();
  const appId = await makeApp();
  await expiries.set(OWNER, appId, at(1));
  await roundAt(0);
  await roundAt(14);
  const job = (await jobsOf(appId)).at(-1) as JobDocument;
  const found = await store.read<JobDocument>(appPk(appId), jobDocId(job.jobId));
  await store.batch(appPk(appId), [{ kind: "replace", doc: { ...job, state: "running" }, etag: found?.etag ?? "" }]);
  await expect(expiries.set(OWNER, appId, at(100))).rejects.toMatchObject({ code: "APP_DESTROYING" });
});

it("the list says what would go and when, of the own tenant only; an end is set, moved and taken away over HTTP", async () => {
  const { api, makeApp } = travel();
  const appId = await makeApp({ ttlHours: 2 }); // from its making
  const [listed] = (await api.call("GET", "/expiring")).json.apps;
  expect(listed).toEqual({
    ...{ appId, ownerId: "u1", expiresAt: listed.expiresAt, destroyedFrom: listed.destroyedFrom },
  });
  expect(Date.parse(listed.destroyedFrom) - Date.parse(listed.expiresAt)).toBeGreaterThan(21 * HOUR);
  expect((await api.call("GET", "/expiring", undefined, "t2.u2.write")).json).toEqual({ apps: [] });
  const put = async (body: object, token?: string) =>
    api.call("PUT", `/apps/${appId}/expiry`, body, token).then(({ status, json }) => [status, json.code]);
  expect(await put({ hours: 400 })).toEqual([200, undefined]);
  expect((await api.call("GET", "/expiring")).json.apps).toEqual([]); // not within a week
  expect((await api.call("GET", "/expiring?hours=500")).json.apps).toHaveLength(1);
  expect(await put({ hours: 1 }, "t2.u2.write")).toEqual([404, "APP_NOT_FOUND"]);
  expect(await put({})).toEqual([422, "INVALID_REQUEST"]);
  expect(await put({ expiresAt: "2020-01-01T00:00:00Z" })).toEqual([422, "EXPIRY_PAST"]);
  const removed = await api.call("DELETE", `/apps/${appId}/expiry`);
  expect([removed.status, removed.json.expiresAt]).toEqual([200, undefined]);
  expect((await api.call("GET", "/expiring?hours=500")).json.apps).toEqual([]);
  const from = "from=2020-01-01T00:00:00Z";
  const { entries } = (await api.call("GET", `/audit?${from}`, undefined, "t1.u1.operator")).json;
  const events = entries.map((each: { event: string }) => each.event);
  expect(events.filter((each: string) => each.startsWith("expiry"))).toEqual(["expiry_set", "expiry_removed"]);
});
