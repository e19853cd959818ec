import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { JobDocument, OutboxDocument } from "@devfactory/automation/jobs/documents.ts";
import { JobLedger } from "@devfactory/automation/jobs/ledger.ts";
import { isTerminal } from "@devfactory/automation/jobs/states.ts";
import type { JobSession } from "@devfactory/automation/workflow/jobSession.ts";
import type { Step } from "@devfactory/automation/workflow/step.ts";
import { expect, it, vi } from "vitest";
import { openHouse, patientClient, type Release, TENANT } from "./house.ts";

type House = Awaited<ReturnType<typeof openHouse>>;
const PATIENT = { timeout: 40_000, interval: 50 };

/** The same code as of a later release: its jobs have another form, and so have its messages. */
const NEXT: Release = { forms: { job: 2 }, form: 2 };
const done = { kind: "done" } as const;

const ended = (house: House, jobId: string) =>
  vi.waitFor(async () => {
    const job = await house.ledger.job(TENANT, jobId);
    expect(isTerminal(job.state)).toBe(true);
    return job;
  }, PATIENT);

/** An API of a release. */
function ledgerOf(house: House, release?: Release) {
  const { outbox } = house.newOutbox(undefined, release);
  outbox.startSweeping(300); // what only this release understands nobody else sweeps
  const store = house.storeAt(undefined, release);
  return patientClient(new JobLedger({ store, limitsOf: house.limits, dispatch: outbox.dispatch }));
}

interface Recorded {
  readonly jobs: Readonly<Record<string, string>>;
  readonly ledger: readonly (JobDocument & { readonly pk: string })[];
  readonly messages: readonly { readonly messageId: string }[];
}

it.each(["2026-11-21", "2026-11-29"])(
  "rows and messages that a release of %s left are read, worked on and finished",
  async (day) => {
    const file = new URL(`fixtures/rows-${day}.json`, import.meta.url);
    const recorded = JSON.parse(readFileSync(file, "utf8")) as Recorded;
    await using house = await openHouse();
    const { items } = house.database.container("ledger");
    for (const row of recorded.ledger) await items.create(row);
    const sender = house.newClient().createSender("jobs");
    for (const message of recorded.messages) await sender.sendMessages(message as never);
    const plans: string[] = [];
    const plan: Step<{ readonly prompt: string }, { readonly greeting: string }> = {
      name: "plan",
      timeoutMs: 5_000,
      run: async ({ prompt }) => {
        plans.push(prompt);
        return { greeting: prompt };
      },
    };
    const worker = house.startWorker(async (session: JobSession) => {
      await session.step(plan, { prompt: session.options.job.prompt });
      return done;
    });
    expect(await house.outbox.sweep()).toBe(2); // what was never sent, and its copy
    const { done: first = "", wrong = "", ask = "", ...open } = recorded.jobs;
    await house.ledger.answer(TENANT, ask, ["EUR"]);
    const states = async (ids: readonly string[]) =>
      Promise.all(
        ids.map(async (id) => {
          const { state, attempts, prompt } = await ended(house, id);
          return `${prompt}: ${state} ${attempts}`;
        }),
      );
    expect((await states([first, wrong, ask, ...Object.values(open)])).sort()).toEqual([
      "ask: succeeded 2",
      "behind: succeeded 1",
      "changed: succeeded 1",
      "died: succeeded 2",
      "done: succeeded 1",
      "handed over: succeeded 1",
      "never sent: succeeded 1",
      "queued: succeeded 1",
      "wrong: failed 1",
    ]);
    // Steps that were done are not done again; events go on where they stopped.
    expect(plans.sort()).toEqual(["behind", "changed", "died", "never sent", "queued"]);
    for (const id of Object.values(recorded.jobs)) {
      const events = await house.ledger.events(TENANT, id, 0, 1_000);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    }
    await house.outbox.idle();
    await worker.stop();
    await vi.waitFor(async () => {
      await house.outbox.sweep();
      const quota = await house.store.read<never>(`tenant:${TENANT.tenantId}`, "quota");
      expect(quota?.doc).toMatchObject({ active: 0 });
      expect(await house.store.count({ type: "reservation" })).toBe(0);
      expect(await house.store.count({ type: "place" })).toBe(0);
      expect((await house.scheduler.schedule()).tenants).toEqual({});
      expect(await house.store.outbox("9999", 10)).toEqual([]);
    }, PATIENT);
    // The client's key of then still names its job.
    const again = await house.ledger.create(TENANT, { prompt: "ask", idempotencyKey: "k1" });
    expect(again.jobId).toBe(ask);
  },
  90_000,
);

it("two releases share the queue: every job ends once, those of the later release by its worker", async () => {
  await using house = await openHouse();
  const runs: [string, string][] = [];
  const work = (name: string) => async (session: JobSession) => {
    runs.push([session.jobId, name]);
    await sleep(20);
    return done;
  };
  house.startWorker(work("this"), { slots: 3 });
  house.startWorker(work("next"), { slots: 3, release: NEXT });
  const [now, next] = [ledgerOf(house), ledgerOf(house, NEXT)];
  const made: [JobDocument, string][] = [];
  for (let app = 0; app < 4; app++) {
    const first = await (app % 2 === 0 ? now : next).create(TENANT, { prompt: `app ${app}` });
    made.push([first, app % 2 === 0 ? "" : "next"]);
    for (let index = 0; index < 2; index++) {
      const [ledger, by] = (app + index) % 2 === 0 ? ([next, "next"] as const) : ([now, ""] as const);
      made.push([await ledger.addToApp(TENANT, first.appId, { kind: "edit", prompt: `change ${index}` }), by]);
    }
  }
  const jobs = await Promise.all(made.map(([{ jobId }]) => ended(house, jobId)));
  expect(jobs.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(jobs.map(() => "succeeded 1"));
  expect(runs.map(([jobId]) => jobId).sort()).toEqual(made.map(([{ jobId }]) => jobId).sort());
  const by = new Map(runs);
  for (const [{ jobId }, wanted] of made) if (wanted !== "") expect([jobId, by.get(jobId)]).toEqual([jobId, wanted]);
  // In each app in the order in which they were accepted, whoever worked on them.
  for (const appId of new Set(jobs.map((job) => job.appId))) {
    const own = (ids: readonly string[]) => ids.filter((id) => id.startsWith(appId));
    expect(own(runs.map(([jobId]) => jobId))).toEqual(own(made.map(([{ jobId }]) => jobId)));
  }
  await vi.waitFor(async () => {
    await house.outbox.sweep();
    expect(await house.store.count({ type: "place" })).toBe(0);
  }, PATIENT);
}, 90_000);

it("what only a later release understands is neither settled nor changed; when such a worker comes it is done", async () => {
  await using house = await openHouse();
  const runs: string[] = [];
  const worker = house.startWorker(
    async (session) => {
      runs.push(session.jobId);
      return done;
    },
    { slots: 2 },
  );
  const job = await ledgerOf(house, NEXT).create(TENANT, { prompt: "of the next release" });
  // Its message in today's form: the row alone tells.
  await house.newOutbox().scheduler.publish({ ...job, messageId: "again", rank: "", state: "admitted" });
  const before = await house.store.read<JobDocument>(job.pk, job.id);
  await sleep(1_500);
  expect(runs).toEqual([]);
  expect(await house.store.read(job.pk, job.id)).toEqual(before);
  expect([before?.doc.schema, before?.doc.state]).toEqual([2, "queued"]);
  const letters = house.bus.client().createReceiver("jobs", { subQueueType: "deadLetter" });
  expect(await letters.receiveMessages(1, { maxWaitTimeInMs: 200 })).toEqual([]);
  await letters.close();
  // Others go on meanwhile.
  const own = await house.ledger.create(TENANT, { prompt: "of this release" });
  expect((await ended(house, own.jobId)).state).toBe("succeeded");
  // People of this release read it, and are told to come again with what would change it.
  expect((await house.ledger.job(TENANT, job.jobId)).prompt).toBe("of the next release");
  await expect(house.rawLedger.finalize(TENANT, own.jobId)).resolves.toMatchObject({ state: "finalized" });
  await expect(house.rawLedger.requestCancel(TENANT, job.jobId)).rejects.toMatchObject({ code: "ROW_IS_NEWER" });
  const later = house.startWorker(
    async (session) => {
      runs.push(`next ${session.jobId}`);
      return done;
    },
    { release: NEXT },
  );
  expect(await ended(house, job.jobId)).toMatchObject({ state: "succeeded", attempts: 1, schema: 2 });
  await Promise.all([worker.stop(), later.stop()]);
  expect(runs).toEqual([own.jobId, `next ${job.jobId}`]);
}, 90_000);

it("what waits for a later release, and came first, holds up nobody: one slot goes past all of it", async () => {
  await using house = await openHouse();
  const left: string[] = [];
  for (let index = 0; index < 5; index += 1)
    left.push((await ledgerOf(house, NEXT).create(TENANT, { prompt: `of the next release ${index}` })).jobId);
  const own = await house.ledger.create(TENANT, { prompt: "of this release" });
  const worker = house.startWorker(async () => done, { slots: 1 });
  expect((await ended(house, own.jobId)).state).toBe("succeeded");
  await worker.stop();
  const later = house.startWorker(async () => done, { release: NEXT });
  for (const id of left) expect(await ended(house, id)).toMatchObject({ state: "succeeded", attempts: 1 });
  await later.stop();
}, 60_000);

it("a kind of job, and a note of the outbox, that this release does not know are left as they are", async () => {
  await using house = await openHouse();
  const worker = house.startWorker(async () => done);
  const job = await house.ledger.create(TENANT, { prompt: "known" });
  await ended(house, job.jobId);
  const at = new Date(Date.now() - 60_000).toISOString();
  const { pk, appId, jobId, tenantId } = job;
  const base = { pk, schema: 1, type: "outbox", appId, jobId, tenantId, createdAt: at } as const;
  const notes = [
    { ...base, id: "outbox-a", kind: "telephone" } as unknown as OutboxDocument,
    { ...base, id: "outbox-b", kind: "release", schema: 2 } as const,
  ];
  await house.store.batch(
    pk,
    notes.map((doc) => ({ kind: "create", doc })),
  );
  await house.outbox.sweep();
  const left = await Promise.all(notes.map(({ id }) => house.store.read<OutboxDocument>(pk, id)));
  expect(left.map((each) => each?.doc)).toEqual(notes);

  const other = await house.ledger.create(TENANT, { prompt: "to be moved" });
  await ended(house, other.jobId);
  await worker.stop();
  const added = await house.ledger.addToApp(TENANT, other.appId, { kind: "edit", prompt: "move it" });
  const found = await house.store.read<JobDocument>(added.pk, added.id);
  const strange = { ...(found?.doc ?? added), kind: "migrate" as never };
  await house.store.batch(added.pk, [{ kind: "replace", doc: strange, etag: found?.etag ?? "" }]);
  const second = house.startWorker(async () => done);
  await sleep(500);
  expect(await house.ledger.job(TENANT, added.jobId)).toMatchObject({ kind: "migrate", state: "queued", attempts: 0 });
  await second.stop();
}, 60_000);

it("a message in a form of a later release stays in the queue, without a delivery that counts", async () => {
  await using house = await openHouse();
  const worker = house.startWorker(async () => done);
  const message = { sessionId: "later", messageId: "later-1", body: { form: 2, jobs: ["as it will be said then"] } };
  await house.newClient().createSender("jobs").sendMessages(message);
  const job = await house.ledger.create(TENANT, { prompt: "of this release" });
  expect((await ended(house, job.jobId)).state).toBe("succeeded");
  await sleep(500);
  await worker.stop();
  const client = house.bus.client();
  const letters = client.createReceiver("jobs", { subQueueType: "deadLetter" });
  expect(await letters.receiveMessages(1, { maxWaitTimeInMs: 200 })).toEqual([]);
  const session = await client.acceptSession("jobs", "later");
  const [left] = await session.receiveMessages(1, { maxWaitTimeInMs: 5_000 });
  expect([left?.body, left?.deliveryCount]).toEqual([message.body, 0]);
}, 60_000);
