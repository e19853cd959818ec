import { Stripe } from "stripe";
import { expect, it, vi } from "vitest";
import { testApi } from "../api/testApi.ts";
import { tellAndChange } from "../care/appWrites.ts";
import { Chores } from "../jobs/chores.ts";
import { type AppDocument, appPk, type JobDocument, jobDocId, type OutboxDocument } from "../jobs/documents.ts";
import { InjectedFault } from "../jobs/testing/faults.ts";
import { createLogger } from "../logger.ts";
import { Redactor } from "../redact.ts";
import { announceEnd } from "./announce.ts";
import type { EndpointDocument, NotificationDocument } from "./documents.ts";
import { Sender } from "./sender.ts";
import { type Received, startReceiver } from "./testing/receiver.ts";

const OPERATOR = "t1.ada.operator";
const HOUR_MS = 3_600_000;
const stripe = new Stripe("sk_test_of_no_account");
const verified = ({ body, headers }: Received, secret: string) =>
  stripe.webhooks.constructEvent(body, String(headers["devfactory-signature"]), secret, 300) as unknown as {
    readonly id: string;
    readonly type: string;
    readonly data: Readonly<Record<string, unknown>>;
  };

/** Mail: mailEndpoints.test.ts, and test/contract/automation/mail.test.ts. */
const NO_MAIL = { send: () => Promise.reject(new Error("no mail here")) };

function house() {
  const api = testApi();
  const clock = { aheadMs: 0 };
  const notices: string[] = [];
  const sender = (outbound: { send: typeof api.outbound.send } = api.outbound, store: typeof api.store = api.store) =>
    new Sender({
      store,
      endpoints: api.endpoints,
      outbound,
      mailer: NO_MAIL,
      chores: new Chores(api.store, "w"),
      notice: async (_tenant, event, message) => void notices.push(`${event}: ${message}`),
      log: createLogger("test", "silent", new Redactor()),
      now: () => Date.now() + clock.aheadMs,
    });
  const call = async (method: string, path: string, body?: unknown, token = OPERATOR) =>
    api.call(method, `/webhooks/endpoints${path}`, body, token);
  const put = async (url: string, more: object = {}, id = "hook") =>
    (await call("PUT", `/${id}`, { url, ...more })).json;
  /** A job that ends, because somebody stops it before it begins. */
  const endJob = async (token = OPERATOR) => {
    const { id } = (await api.call("POST", "/jobs", { prompt: "a clinic" }, token)).json;
    await api.call("POST", `/jobs/${id}/cancel`, undefined, token);
    await api.outbox.idle();
    return String(id);
  };
  const rows = () => api.store.all().filter((doc) => doc.type === "notification") as NotificationDocument[];
  return { api, clock, notices, sender, call, put, endJob, rows };
}

it("the end of a job reaches the tenant's endpoint, signed as Stripe signs; another tenant's does not hear of it", async () => {
  await using hook = await startReceiver();
  await using foreign = await startReceiver();
  const { put, endJob, sender, call, rows, api } = house();
  const { secret } = await put(hook.url);
  await api.call("PUT", "/webhooks/endpoints/hook", { url: foreign.url }, "t2.eve.operator");
  const jobId = await endJob();
  expect(await sender().sendDue()).toBe(1);
  const [got] = hook.received;
  if (!got) throw new Error("nothing arrived");
  const event = verified(got, secret);
  expect(event).toEqual({
    id: got.headers["devfactory-event-id"],
    type: "job.cancelled",
    createdAt: rows()[0]?.createdAt,
    data: { jobId, appId: jobId.split("-")[0], kind: "create", status: "cancelled" },
  });
  expect(() => verified({ ...got, body: got.body.replace("cancelled", "succeeded") }, secret)).toThrow("signature");
  expect(() => verified(got, "whsec_other")).toThrow("signature");
  expect([hook.received.length, foreign.received.length, await sender().sendDue()]).toEqual([1, 0, 0]);
  expect((await call("GET", "/hook/deliveries")).json.deliveries).toEqual([
    {
      id: event.id,
      type: "job.cancelled",
      status: "delivered",
      attempts: 1,
      createdAt: expect.any(String),
      deliveredAt: expect.any(String),
      lastStatus: 200,
    },
  ]);
});

it("an end that is told twice is one event, and a crash after the sending sends the same id again", async () => {
  await using hook = await startReceiver();
  const { put, endJob, sender, api, clock } = house();
  await put(hook.url);
  const notes: OutboxDocument[] = [];
  api.store.onBatch = (_pk, operations) => {
    for (const each of operations)
      if (each.kind === "create" && each.doc.type === "outbox" && each.doc.kind === "release") notes.push(each.doc);
  };
  await endJob();
  for (const note of notes) await announceEnd(api.store)(note);
  api.store.onBatch = (_pk, operations) => {
    for (const each of operations)
      if (each.kind === "replace" && each.doc.type === "notification" && each.doc.status === "delivered")
        throw new Error("the process dies");
  };
  expect(await sender().sendDue()).toBe(1);
  api.store.onBatch = () => {};
  expect([hook.received.length, await sender().sendDue()]).toEqual([1, 0]); // it is claimed
  clock.aheadMs = 61_000;
  expect([await sender().sendDue(), await sender().sendDue()]).toEqual([1, 0]);
  const ids = hook.received.map(({ headers }) => headers["devfactory-event-id"]);
  expect([notes.length, ids.length, new Set(ids).size]).toEqual([1, 2, 1]);
});

it("two that send at once send each notification once", async () => {
  await using hook = await startReceiver();
  const { put, endJob, sender } = house();
  await put(hook.url);
  for (let count = 0; count < 5; count++) await endJob();
  const taken = await Promise.all([sender().sendDue(), sender().sendDue(), sender().sendDue()]);
  expect([taken.reduce((sum, each) => sum + each, 0), hook.received.length]).toEqual([5, 5]);
});

it("what is not taken is tried again with growing pauses for a day, then given up; a receiver that says when is listened to", async () => {
  await using hook = await startReceiver((count) => (count === 1 ? undefined : count === 2 ? 503 : 500));
  const { put, endJob, sender, clock, rows } = house();
  await put(hook.url);
  await endJob();
  const pauses: number[] = [];
  while (rows()[0]?.status === "pending") {
    const due = Date.parse(rows()[0]?.nextAt ?? "");
    clock.aheadMs = Math.max(0, due - Date.now() + 1);
    expect(await sender().sendDue()).toBe(1);
    const next = rows()[0]?.nextAt;
    if (next) pauses.push(Math.round((Date.parse(next) - Date.now() - clock.aheadMs) / 1000));
  }
  expect(pauses).toEqual([10, 120, 300, 1_800, 7_200, 18_000, 18_000, 18_000, 18_000]);
  expect(rows()[0]).toMatchObject({ status: "failed", attempts: 10, lastStatus: 500, nextAt: "" });
  expect(hook.received.length).toBe(10);
  expect(clock.aheadMs).toBeLessThan(24 * HOUR_MS);
});

it("an endpoint where nothing arrives for three days is disabled; audit trail and other endpoints are told; PUT enables it again", async () => {
  await using down = await startReceiver(() => 500);
  await using hook = await startReceiver();
  const { put, endJob, sender, call, clock, notices } = house();
  await put(down.url, {}, "down");
  await put(hook.url, { events: ["job.failed"] }, "other");
  await endJob();
  await sender().sendDue();
  expect((await call("GET", "/down")).json).toMatchObject({ status: "active", failingSince: expect.any(String) });
  clock.aheadMs = 73 * HOUR_MS;
  await sender().sendDue();
  const { status, reason } = (await call("GET", "/down")).json;
  expect([status, reason]).toEqual([
    "disabled",
    expect.stringMatching(/^nothing arrived since .*; at last it answered 500$/),
  ]);
  expect(notices).toEqual([`endpoint_disabled: Endpoint down: ${reason}`]);
  await sender().sendDue();
  expect(hook.received.map(({ body }) => JSON.parse(body)).map(({ type, data }) => [type, data])).toEqual([
    ["endpoint.disabled", { endpointId: "down", reason }],
  ]);
  await endJob();
  expect([await sender().sendDue(), down.received.length]).toEqual([0, 2]);
  await put(down.url, {}, "down");
  expect((await call("GET", "/down")).json).toEqual(expect.not.objectContaining({ failingSince: expect.anything() }));
  await endJob();
  expect([await sender().sendDue(), down.received.length]).toEqual([1, 3]);
});

it("a receiver that is gone is disabled at once, one that recovers is not", async () => {
  await using gone = await startReceiver(() => 410);
  await using flaky = await startReceiver((count) => (count === 1 ? 500 : 204));
  const { put, endJob, sender, call, clock } = house();
  await put(gone.url, {}, "gone");
  await put(flaky.url, {}, "flaky");
  await endJob();
  await sender().sendDue();
  expect((await call("GET", "/gone")).json).toMatchObject({
    status: "disabled",
    reason: "it answered 410: it is gone",
  });
  expect((await call("GET", "/flaky")).json.failingSince).toEqual(expect.any(String));
  clock.aheadMs = 11_000;
  await sender().sendDue();
  expect(Object.keys((await call("GET", "/flaky")).json)).not.toContain("failingSince");
});

it("a rotation shows the new secret once; for a day both sign, then the new one alone", async () => {
  await using hook = await startReceiver();
  const { put, sender, call, clock } = house();
  const { secret: first } = await put(hook.url);
  expect((await call("PUT", "/hook", { url: hook.url })).json.secret).toBeUndefined();
  const { secret: second } = (await call("POST", "/hook/rotate")).json;
  expect([/^whsec_[0-9a-f]{64}$/.test(first), /^whsec_[0-9a-f]{64}$/.test(second), first === second]).toEqual([
    true,
    true,
    false,
  ]);
  const ping = async () => {
    await call("POST", "/hook/ping");
    await sender().sendDue();
    const got = hook.received.at(-1) as Received;
    return [first, second].map((secret) => {
      try {
        // The library compares with the real time.
        return (
          stripe.webhooks.constructEvent(got.body, String(got.headers["devfactory-signature"]), secret, 1e9) && true
        );
      } catch {
        return false;
      }
    });
  };
  expect(await ping()).toEqual([true, true]);
  clock.aheadMs = 25 * HOUR_MS;
  expect(await ping()).toEqual([false, true]);
});

it("Slack and Teams get a message in their own form, in which nothing that people wrote is a link or a mention", async () => {
  await using slack = await startReceiver();
  await using teams = await startReceiver();
  const { put, call, sender, endJob } = house();
  expect((await put(slack.url, { kind: "slack" }, "slack")).secret).toBeUndefined();
  await put(teams.url, { kind: "teams" }, "teams");
  expect((await call("POST", "/slack/rotate")).json.code).toBe("NOT_SIGNED");
  const jobId = await endJob();
  await sender().sendDue();
  expect(JSON.parse(slack.received[0]?.body ?? "")).toEqual({ text: `A job was stopped · ${jobId}` });
  expect(JSON.parse(teams.received[0]?.body ?? "").attachments[0].content.body).toEqual([
    { type: "RichTextBlock", inlines: [{ type: "TextRun", text: `A job was stopped · ${jobId}` }] },
  ]);
});

it.each([
  "http://169.254.169.254/latest",
  "https://10.0.0.1/",
  "https://[::ffff:10.0.0.1]/",
  "ftp://127.0.0.1/",
  "https://user:password@hooks.example/",
  "not an address",
])("the address %s is refused when it is named", async (url) => {
  const { call } = house();
  const { status, json } = await call("PUT", "/hook", { url });
  expect([status, json.code]).toEqual([422, "OUTBOUND_REFUSED"]);
  expect((await call("GET", "")).json).toEqual({ endpoints: [] });
});

it("an address that becomes a private one later is not called, and what is told of it does not show it", async () => {
  const { api, put, endJob, sender, call, rows } = house();
  await using hook = await startReceiver();
  await put(hook.url);
  await endJob();
  const { OutboundClient } = await import("../outbound/outboundClient.ts");
  expect(await sender(new OutboundClient()).sendDue()).toBe(1);
  expect([hook.received, rows()[0]]).toEqual([
    [],
    expect.objectContaining({ status: "pending", lastProblem: "only https is called" }),
  ]);
  expect(JSON.stringify([api.store.all(), (await call("GET", "/hook/deliveries")).text])).not.toContain(
    "canary-in-address",
  );
});

it("addresses and secrets are sealed: neither the store nor an answer shows them, and a copied row opens nowhere else", async () => {
  const { api, put, call } = house();
  const { secret } = await put("http://127.0.0.1:9/services/canary-path");
  const stored = JSON.stringify([...api.store.all(), ...api.keyRows.rows.values()]);
  const shown = (await call("GET", "")).text + (await call("GET", "/hook")).text;
  for (const text of [secret, "canary", Buffer.from(secret).toString("base64")])
    expect([stored.includes(text), shown.includes(text)]).toEqual([false, false]);
  const found = await api.store.read<EndpointDocument>("notify:t1", "endpoint:hook");
  if (!found) throw new Error("no endpoint");
  for (const change of [{ tenantId: "t2" }, { endpointId: "other" }, { version: 2 }])
    await expect(api.endpoints.secrets({ ...found.doc, ...change })).rejects.toThrow(/changed|vault|stored/);
});

it("while the vault does not answer, what is to be sent waits, and the endpoint is not to blame", async () => {
  await using hook = await startReceiver();
  const { api, put, endJob, clock, call, rows } = house();
  await put(hook.url);
  await endJob();
  const { KeyStore } = await import("../keys/keyStore.ts");
  const { Endpoints } = await import("./endpoints.ts");
  // Another process: it has no data key in memory.
  const fresh = () =>
    new Endpoints({
      store: api.store,
      keys: new KeyStore({ rows: api.keyRows, wrapper: api.wrapper }),
      outbound: api.outbound,
    });
  const log = createLogger("test", "silent", new Redactor());
  const send = () =>
    new Sender({
      store: api.store,
      endpoints: fresh(),
      outbound: api.outbound,
      mailer: NO_MAIL,
      chores: new Chores(api.store, "w"),
      notice: async () => {},
      log,
      now: () => Date.now() + clock.aheadMs,
    }).sendDue();
  api.wrapper.fail = true;
  await send();
  expect([hook.received.length, rows()[0]?.attempts, (await call("GET", "/hook")).json.failingSince]).toEqual([
    0,
    0,
    undefined,
  ]);
  api.wrapper.fail = false;
  clock.aheadMs = 61_000;
  await send();
  expect([hook.received.length, rows()[0]?.status]).toEqual([1, "delivered"]);
});

it("a tenant has twenty endpoints at most; a foreign one is as unknown as none", async () => {
  const { call, put } = house();
  for (let index = 0; index < 20; index++) await put("http://127.0.0.1:9/", {}, `e${index}`);
  expect((await call("PUT", "/e20", { url: "http://127.0.0.1:9/" })).json.code).toBe("TOO_MANY_ENDPOINTS");
  expect((await call("PUT", "/e0", { url: "http://127.0.0.1:9/" })).status).toBe(200);
  for (const [method, path] of [
    ["GET", ""],
    ["DELETE", ""],
    ["POST", "/rotate"],
    ["POST", "/ping"],
    ["GET", "/deliveries"],
  ] as const) {
    const [foreign, unknown] = await Promise.all(
      ["e1", "none"].map((id) => call(method, `/${id}${path}`, undefined, "t2.eve.operator")),
    );
    expect([foreign?.status, foreign?.text.replaceAll("e1", "none")]).toEqual([404, unknown?.text]);
  }
  expect((await call("DELETE", "/e1")).status).toBe(204);
  expect((await call("GET", "/e1")).status).toBe(404);
});

it("an app that ends soon, and one that drifted, are told once to who wants to hear of it", async () => {
  await using hook = await startReceiver();
  await using other = await startReceiver();
  const { put, sender, api } = house();
  await put(hook.url);
  await put(other.url, { events: ["job.failed"] }, "failures");
  const { id, appId } = (await api.call("POST", "/jobs", { prompt: "a clinic" }, OPERATOR)).json;
  await api.outbox.idle();
  const pk = appPk(appId);
  const writer = { store: api.store, dispatch: api.outbox.dispatch };
  for (const [type, message] of [
    ["expiry_notice", "The app expires tomorrow"],
    ["drift_found", "Somebody changed what was deployed: web"],
    ["drift_none", "Everything is as it was deployed"],
  ] as const) {
    const app = await api.store.read<AppDocument>(pk, "app");
    if (!app) throw new Error("no app");
    await tellAndChange(writer, app, {}, { type, message }, Date.now());
  }
  await api.outbox.idle();
  const job = await api.store.read<JobDocument>(pk, jobDocId(id));
  const [row] = api.store.all().filter((doc) => doc.type === "notification") as NotificationDocument[];
  if (!job || !row) throw new Error("nothing was written down");
  expect(await sender().sendDue()).toBe(2);
  const told = hook.received.map(({ body }) => JSON.parse(body) as { type: string; data: object });
  expect(told.map(({ type, data }) => [type, data]).sort()).toEqual([
    ["app.drifted", { appId, jobId: id, message: "Somebody changed what was deployed: web" }],
    ["app.expiring", { appId, jobId: id, message: "The app expires tomorrow" }],
  ]);
  expect(other.received).toEqual([]);
  expect(await sender().sendDue()).toBe(0);
});

it("two that take a notification in the same millisecond, one of them after a failure: it is sent once", async () => {
  await using hook = await startReceiver();
  const { api, sender, put, endJob } = house();
  await put(hook.url);
  await endJob();
  vi.useFakeTimers({ toFake: ["Date"] });
  const [claimed, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const quick = sender({
    send: async (...args) => {
      claimed.resolve();
      await gate.promise;
      return api.outbound.send(...args);
    },
  });
  let first: Promise<number> | undefined;
  const slow = new Proxy(api.store, {
    get(of, name) {
      const found: unknown = Reflect.get(of, name, of);
      if (name !== "batch") return typeof found === "function" ? found.bind(of) : found;
      return async (...args: Parameters<typeof of.batch>) => {
        if (first) return of.batch(...args);
        first = quick.sendDue();
        await claimed.promise;
        throw new InjectedFault("batch", "before it was done");
      };
    },
  });
  await sender(api.outbound, slow).sendDue();
  gate.resolve();
  await first;
  vi.useRealTimers();
  expect(hook.received.length).toBe(1);
});
