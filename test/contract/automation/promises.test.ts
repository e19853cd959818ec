import { setTimeout as sleep } from "node:timers/promises";
import { appPk, type JobDocument, type TenantContext } from "@devfactory/automation/jobs/documents.ts";
import { JobLedger } from "@devfactory/automation/jobs/ledger.ts";
import { isTerminal } from "@devfactory/automation/jobs/states.ts";
import { createDeadLetters } from "@devfactory/automation/queue/deadLetters.ts";
import { createPublisher } from "@devfactory/automation/queue/serviceBus.ts";
import type { JobSession } from "@devfactory/automation/workflow/jobSession.ts";
import { describe, expect, it, vi } from "vitest";
import { faultPlan } from "./faultRate.ts";
import { OTHER, openHouse, TENANT } from "./house.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

const done = { kind: "done" } as const;

/** When which job of which app was worked on, in ms. */
interface Interval {
  readonly appId: string;
  readonly jobId: string;
  readonly from: number;
  readonly to: number;
}

/** Work that takes a while and keeps a record of it. */
function recorded(intervals: Interval[], takesMs: number) {
  return async (session: JobSession) => {
    const from = performance.now();
    await sleep(takesMs);
    intervals.push({ appId: session.options.app.appId, jobId: session.jobId, from, to: performance.now() });
    return done;
  };
}

async function ended(house: House, ids: readonly string[], tenant: TenantContext = TENANT, timeout = 50_000) {
  return vi.waitFor(
    async () => {
      const jobs = await Promise.all(ids.map((id) => house.ledger.job(tenant, id)));
      expect(jobs.filter(({ state }) => !isTerminal(state)).map(({ jobId, state }) => [jobId, state])).toEqual([]);
      return jobs;
    },
    { timeout, interval: 100 },
  );
}

const byStart = (intervals: readonly Interval[]) => [...intervals].sort((a, b) => a.from - b.from);

describe("two of everything", () => {
  it("J7: 2 APIs, 3 workers, 100 jobs on 5 apps: intervals of an app never overlap, and its order is kept", async () => {
    await using house = await openHouse();
    const intervals: Interval[] = [];
    for (let index = 0; index < 3; index++) house.startWorker(recorded(intervals, 5), { slots: 3 });
    const { outbox } = house.newOutbox();
    const ledgers = [
      house.ledger,
      new JobLedger({ store: house.store, limitsOf: house.limits, dispatch: outbox.dispatch }),
    ];
    const apps = await Promise.all(Array.from({ length: 5 }, () => house.ledger.create(TENANT, { prompt: "an app" })));
    const accepted = new Map(apps.map(({ appId, jobId }) => [appId, [jobId]]));
    await Promise.all(
      apps.map(async ({ appId }) => {
        for (let index = 1; index < 20; index++) {
          const ledger = ledgers[index % 2] as JobLedger;
          const job = await ledger.addToApp(TENANT, appId, { kind: "edit", prompt: `change ${index}` });
          accepted.get(appId)?.push(job.jobId);
        }
      }),
    );
    const jobs = await ended(house, [...accepted.values()].flat());
    expect(jobs.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(jobs.map(() => "succeeded 1"));
    for (const [appId, order] of accepted) {
      const own = byStart(intervals.filter((each) => each.appId === appId));
      expect(own.map(({ jobId }) => jobId)).toEqual(order);
      for (const [index, { from }] of own.entries()) expect(from).toBeGreaterThanOrEqual(own[index - 1]?.to ?? 0);
    }
  }, 90_000);

  it("J5: every message two or three times and out of order: each job ends once, at its first attempt", async () => {
    await using house = await openHouse();
    const client = house.newClient();
    const publisher = createPublisher(client, "jobs");
    let copies = 0;
    // Copies under other ids, later and shuffled: duplicate detection does not see them.
    const again = async (message: Parameters<typeof publisher.publish>[0]) => {
      await publisher.publish(message);
      for (let index = 0; index < 1 + (copies % 2); index++) {
        copies += 1;
        const messageId = `${message.messageId}-copy-${copies}`;
        setTimeout(() => void publisher.publish({ ...message, messageId }).catch(() => undefined), Math.random() * 300);
      }
    };
    const { outbox } = house.newOutbox({ publish: again });
    const ledger = new JobLedger({ store: house.store, limitsOf: house.limits, dispatch: outbox.dispatch });
    const intervals: Interval[] = [];
    for (let index = 0; index < 2; index++) house.startWorker(recorded(intervals, 10), { slots: 3 });
    const made: JobDocument[] = [];
    for (let app = 0; app < 4; app++) {
      const first = await ledger.create(TENANT, { prompt: "an app" });
      made.push(first);
      for (let index = 0; index < 4; index++) {
        made.push(await ledger.addToApp(TENANT, first.appId, { kind: "edit", prompt: `change ${index}` }));
      }
    }
    const jobs = await ended(
      house,
      made.map(({ jobId }) => jobId),
    );
    await sleep(500); // the last copies arrive
    expect(jobs.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(jobs.map(() => "succeeded 1"));
    expect(intervals.map(({ jobId }) => jobId).sort()).toEqual(made.map(({ jobId }) => jobId).sort());
    expect(copies).toBeGreaterThan(3); // one for each app at least
  }, 90_000);

  it("J6: 50 posts at once with one key over two APIs make one job; who comes while it is written is told to come again", async () => {
    await using house = await openHouse();
    const { outbox } = house.newOutbox();
    const newLedger = (dispatch = outbox.dispatch) =>
      new JobLedger({ store: house.store, limitsOf: house.limits, dispatch });
    const ledgers = [newLedger(house.outbox.dispatch), newLedger()] as const;
    const request = { prompt: "a clinic", idempotencyKey: "once" };
    const post = (index: number) => (ledgers[index % 2] as JobLedger).create(TENANT, request);
    const posts = await Promise.allSettled(Array.from({ length: 50 }, (_, index) => post(index)));
    const made = new Set(posts.flatMap((each) => (each.status === "fulfilled" ? [each.value.jobId] : [])));
    const refusals = new Set(posts.flatMap((each) => (each.status === "rejected" ? [each.reason.code] : [])));
    expect(made.size).toBe(1);
    expect([...refusals].filter((code) => code !== "STILL_ACCEPTING")).toEqual([]);
    const again = await Promise.all(Array.from({ length: 50 }, (_, index) => post(index)));
    expect(new Set(again.map(({ jobId }) => jobId))).toEqual(made);
    expect(await house.store.count({ type: "job" })).toBe(1);
    expect(await house.store.count({ type: "reservation" })).toBe(1);
    await expect(ledgers[0].create(TENANT, { ...request, prompt: "other" })).rejects.toMatchObject({
      code: "IDEMPOTENCY_MISMATCH",
    });
  });

  it("J14: 40 posts at once at a limit of 7 over two APIs: exactly 7 are taken, and all comes back", async () => {
    await using house = await openHouse({ unfinished: 7 });
    const { outbox } = house.newOutbox();
    const other = new JobLedger({ store: house.store, limitsOf: house.limits, dispatch: outbox.dispatch });
    const posts = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) =>
        (index % 2 ? house.ledger : other).create(TENANT, { prompt: `app ${index}` }),
      ),
    );
    const taken = posts.flatMap((each) => (each.status === "fulfilled" ? [each.value.jobId] : []));
    const codes = posts.flatMap((each) => (each.status === "rejected" ? [each.reason.code] : []));
    expect([taken.length, new Set(codes)]).toEqual([7, new Set(["TENANT_QUOTA"])]);
    // Cancelled before it has its place, a job's place is found by the sweep (below).
    await Promise.all([outbox.idle(), house.outbox.idle()]);
    for (const id of taken) await house.ledger.requestCancel(TENANT, id);
    await vi.waitFor(async () => {
      const pk = `tenant:${TENANT.tenantId}`;
      expect((await house.store.read<never>(pk, "quota"))?.doc).toMatchObject({ active: 0 });
      expect(await house.store.count({ type: "reservation" })).toBe(0);
      expect(await house.store.count({ type: "place" })).toBe(0);
    });
    expect((await house.ledger.create(TENANT, { prompt: "room again" })).state).toBe("queued");
  });
});

/** Jobs of the noisy tenant; `npm run test:long` queues 1,000. */
const NOISY = Number(process.env.JOBS_NOISY ?? 200);

// A matter of time: what fails costs some.
it.skipIf(faultPlan())(
  `J13: while one tenant has ${NOISY} jobs queued, the first job of another starts within one job's length`,
  async () => {
    await using house = await openHouse({ slots: 4, concurrent: 100 });
    const takesMs = 1_000;
    const intervals: Interval[] = [];
    const noisy = Array.from(
      { length: NOISY },
      (_, index) => () => house.ledger.create(TENANT, { prompt: `app ${index}` }),
    );
    for (let index = 0; index < noisy.length; index += 25)
      await Promise.all(noisy.slice(index, index + 25).map((make) => make()));
    await house.outbox.idle();
    const { tenants } = await house.scheduler.schedule();
    expect(tenants[TENANT.tenantId]).toMatchObject({ admitted: 4, waiting: NOISY - 4 });
    for (let index = 0; index < 2; index++) house.startWorker(recorded(intervals, takesMs), { slots: 2 });
    await vi.waitFor(() => expect(intervals.length).toBeGreaterThan(6), { timeout: 20_000 });
    const begin = performance.now();
    const quiet = await house.ledger.create(OTHER, { prompt: "mine" });
    await vi.waitFor(async () => expect(await house.scheduler.place(quiet.appId)).toBeDefined(), { interval: 5 });
    const inLine = performance.now(); // the way there is no slot's matter
    await ended(house, [quiet.jobId], OTHER);
    const own = intervals.find(({ jobId }) => jobId === quiet.jobId)?.from ?? Number.POSITIVE_INFINITY;
    // Until a slot is free, and the way to the worker; meanwhile no other gets a slot, so no one of the four starts two more.
    expect(own - begin).toBeLessThan(2 * takesMs);
    const passed = intervals.filter(({ jobId, from }) => jobId !== quiet.jobId && from > inLine && from < own);
    expect(passed.length).toBeLessThanOrEqual(4);
  },
  120_000,
);

describe("J11: a job that always fails on our side", () => {
  it("is tried three times with growing random pauses, then dead with a dead letter; an operator's redrive gives it a new series", async () => {
    await using house = await openHouse();
    let healed = false;
    const attempts: number[] = [];
    const worker = house.startWorker(
      async (session) => {
        attempts.push(session.options.job.attempts);
        if (!healed) throw new Error("a bug of ours");
        return done;
      },
      { random: () => 0.002 },
    );
    const made = await house.ledger.create(TENANT, { prompt: "poison" });
    const next = await house.ledger.addToApp(TENANT, made.appId, { kind: "edit", prompt: "after it" });
    const [dead] = await ended(house, [made.jobId]);
    expect([dead?.state, dead?.attempts, dead?.error?.code]).toEqual(["dead", 3, "INTERNAL"]);
    healed = true; // the next job of the app is not held up by the dead one
    expect((await ended(house, [next.jobId]))[0]?.state).toMatch(/succeeded|dead/);
    // Copies that come late change nothing: the job has its dead letter.
    const { appId, jobId: deadJob } = made;
    const late = createPublisher(house.newClient(), "jobs");
    for (const messageId of ["late-1", "late-2"]) await late.publish({ appId, jobId: deadJob, messageId });
    const letters = createDeadLetters(house.newClient(), "jobs");
    await vi.waitFor(
      () => expect(house.bus.read("queues/jobs")?.countDetails).toMatchObject({ activeMessageCount: 0 }),
      {
        timeout: 10_000,
      },
    );
    const reasons: string[] = [];
    await letters.each(async ({ reason, jobId }) => {
      if (jobId === made.jobId) reasons.push(reason);
      return false;
    });
    expect(reasons).toEqual(["INTERNAL"]);
    await house.ledger.redrive(TENANT, made.jobId, "the bug is fixed");
    const [again] = await ended(house, [made.jobId]);
    expect([again?.state, again?.attempts, again?.series]).toEqual(["succeeded", 4, 2]);
    expect(attempts.slice(0, 3)).toEqual([1, 2, 3]);
    const events = await house.ledger.events(TENANT, made.jobId, 0);
    expect(events.map(({ type }) => type).filter((type) => type !== "attempt_started")).toEqual([
      "job_created",
      "attempt_failed",
      "attempt_failed",
      "failed",
      "redriven",
      "succeeded",
    ]);
    // A dead letter of a job that lives is removed by the next audit.
    await house.newReconciler().audit();
    const left: (string | undefined)[] = [];
    await letters.each(async ({ jobId }) => {
      left.push(jobId);
      return false;
    });
    expect(left).not.toContain(made.jobId);
    await worker.stop();
  }, 60_000);

  it("that kills its worker twice in the same step is dead after the second time", async () => {
    await using house = await openHouse();
    const made = await house.ledger.create(TENANT, { prompt: "crash" });
    for (const attempt of [1, 2]) await house.dieIn(made, "build", attempt);
    const worker = house.startWorker(async () => done);
    const [job] = await ended(house, [made.jobId]);
    await worker.stop();
    expect([job?.state, job?.attempts, job?.error?.code, job?.error?.step]).toEqual(["dead", 2, "POISON", "build"]);
    expect(job?.error?.detail).toBe("2 attempts ended badly; the last: a worker died twice in build");
  }, 60_000);
});

it.each([
  ["behind", -600_000],
  ["ahead", 600_000],
])(
  "J18: workers whose clocks are ten minutes %s take over, pause and retry as others do",
  async (_case, skewMs) => {
    await using house = await openHouse();
    let failed = false;
    const skewed = { clock: () => Date.now() + skewMs, random: () => 0.005 };
    const work = async () => {
      if (failed) return done;
      failed = true;
      throw Object.assign(new Error("gone for a moment"), { code: "ECONNRESET" });
    };
    const made = await house.ledger.create(TENANT, { prompt: "clocks" });
    await house.dieIn(made, "plan", 1);
    const workers = [house.startWorker(work, skewed), house.startWorker(work, { random: () => 0.005 })];
    const [job] = await ended(house, [made.jobId], TENANT, 30_000);
    await Promise.all(workers.map((worker) => worker.stop()));
    expect([job?.state, job?.attempts]).toEqual(["succeeded", 3]);
    const lease = await house.store.read<never>(appPk(made.appId), "lease");
    expect(lease?.doc).toMatchObject({ holder: null });
  },
  60_000,
);

describe("what is lost is found by the ledger", () => {
  it("a message that never came, a reservation without a job, a slot of a job that is over", async () => {
    await using house = await openHouse();
    const silent = { publish: async () => undefined };
    const { outbox, scheduler } = house.newOutbox(silent);
    const old = () => Date.now() - 900_000;
    const ledger = new JobLedger({ store: house.store, limitsOf: house.limits, dispatch: outbox.dispatch, now: old });
    const made = await ledger.create(TENANT, { prompt: "its message is lost" });
    await outbox.idle();
    await house.reserve({ jobId: "agone22222-22222222", appId: "agone22222" }, old);
    await scheduler.enter({
      appId: "aover22222",
      jobId: "aover22222-x",
      tenantId: "t",
      priority: "low",
      messageId: "m",
      stay: 1,
    });
    const worker = house.startWorker(async () => done);
    const reconciler = house.newReconciler();
    expect([await reconciler.places(), await reconciler.places()]).toEqual([0, 2]);
    expect((await ended(house, [made.jobId]))[0]?.state).toBe("succeeded");
    const reserved = () => house.store.count({ type: "reservation" });
    await vi.waitFor(async () => expect(await reserved()).toBe(1), 10_000); // the job's own is given back
    expect(await reconciler.audit()).toBe(1);
    await worker.stop();
    await vi.waitFor(async () => {
      expect(await reserved()).toBe(0);
      expect(await house.store.count({ type: "place" })).toBe(0);
      expect((await house.scheduler.schedule()).tenants).toEqual({});
    });
  }, 60_000);
});
