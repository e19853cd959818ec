import { setTimeout as sleep } from "node:timers/promises";
import { AutomationError } from "@devfactory/automation/errors.ts";
import type { TenantContext } from "@devfactory/automation/jobs/documents.ts";
import { Lease } from "@devfactory/automation/jobs/lease.ts";
import { statusOf } from "@devfactory/automation/jobs/states.ts";
import type { JobSession } from "@devfactory/automation/workflow/jobSession.ts";
import type { Step } from "@devfactory/automation/workflow/step.ts";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { LEASE_MS, OTHER, openHouse, TENANT } from "./house.ts";

let house: Awaited<ReturnType<typeof openHouse>>;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house[Symbol.asyncDispose]());

const PATIENT = { timeout: 40_000, interval: 30 };

const hello: Step<{ readonly prompt: string }, { readonly greeting: string }> = {
  name: "plan",
  timeoutMs: 5_000,
  async run({ prompt }, { report }) {
    for (let index = 1; index <= 120; index++) report({ type: "log", message: `line ${index}` });
    return { greeting: `hello ${prompt}` };
  },
};

async function sayHello(session: JobSession) {
  await session.step(hello, { prompt: session.options.job.prompt });
  return { kind: "done" } as const;
}

const finished = (id: string, tenant: TenantContext = TENANT) =>
  vi.waitFor(async () => {
    const job = await house.ledger.job(tenant, id);
    expect(["succeeded", "failed", "cancelled", "waiting"]).toContain(statusOf(job.state));
    return job;
  }, PATIENT);

it("takes a job, runs its steps and leaves gap-free events, evidence, rows for people and a released reservation", async () => {
  const worker = house.startWorker(sayHello);
  const made = await house.ledger.create(TENANT, { prompt: "clinic" });
  const job = await finished(made.jobId);
  await worker.stop();
  expect([job.state, job.attempts, job.steps.map((step) => [step.name, step.status])]).toEqual([
    "succeeded",
    1,
    [["plan", "succeeded"]],
  ]);
  const events = await house.ledger.events(TENANT, made.jobId, 0, 1000);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter((event) => event.type === "log").map((event) => event.message)).toEqual(
    Array.from({ length: 120 }, (_, index) => `line ${index + 1}`),
  );
  expect(events.filter((event) => event.type !== "log").map((event) => event.type)).toEqual([
    "job_created",
    "attempt_started",
    "step_started",
    "step_finished",
    "succeeded",
  ]);
  const [step] = await house.store.range(`app:${made.appId}`, `step-${made.jobId}`, `step-${made.jobId}~`, 10);
  expect(step?.doc).toMatchObject({
    step: "plan",
    attempt: 1,
    status: "succeeded",
    evidence: { greeting: "hello clinic" },
  });
  await vi.waitFor(async () => {
    const query = { tenantId: TENANT.tenantId, orderBy: "createdAt", direction: "descending", limit: 10 } as const;
    const rows = await house.store.list("jobs", TENANT.userId, query);
    expect(rows[0]).toMatchObject({ id: made.jobId, userId: "user-a", status: "succeeded" });
    const audit = await house.store.list("auditLogs", made.jobId, { ...query, orderBy: "id", direction: "ascending" });
    expect(audit.map((row) => row.event)).toEqual(["job_created", "step_started", "step_finished"]);
    const times = audit.map(({ timestamp }) => String(timestamp));
    const range = {
      tenantId: TENANT.tenantId,
      field: "timestamp",
      from: times[0] ?? "",
      to: "2999",
      skip: 1,
      limit: 2,
    };
    const later = await house.store.between("auditLogs", range);
    expect(later.map((row) => row.event)).toEqual(["step_started", "step_finished"]);
    expect(await house.store.between("auditLogs", { ...range, tenantId: OTHER.tenantId })).toEqual([]);
    const quota = await house.store.read<never>(`tenant:${TENANT.tenantId}`, "quota");
    expect(quota?.doc).toMatchObject({ active: 0 });
    expect(await house.store.outbox("9999", 10)).toEqual([]);
  }, PATIENT);
});

it("50 parallel posts with one key make one job, another body under it is refused", async () => {
  const request = { prompt: "shop", idempotencyKey: "k1" };
  const all = await Promise.all(Array.from({ length: 50 }, () => house.ledger.create(OTHER, request)));
  expect(new Set(all.map((job) => job.jobId)).size).toBe(1);
  await expect(house.ledger.create(OTHER, { ...request, prompt: "other" })).rejects.toMatchObject({
    code: "IDEMPOTENCY_MISMATCH",
  });
  await house.ledger.requestCancel(OTHER, all[0]?.jobId ?? "");
});

it("runs the jobs of one app one after the other, in the order in which they were accepted", async () => {
  const running: string[] = [];
  const order: string[] = [];
  const work = async (session: JobSession) => {
    expect(running).toEqual([]);
    running.push(session.jobId);
    await sleep(30);
    order.push(session.jobId);
    running.pop();
    return { kind: "done" } as const;
  };
  const workers = [house.startWorker(work), house.startWorker(work)];
  const first = await house.ledger.create(TENANT, { prompt: "one" });
  const later = [];
  for (const prompt of ["two", "three", "four"])
    later.push(await house.ledger.addToApp(TENANT, first.appId, { kind: "edit", prompt }));
  await finished(later.at(-1)?.jobId ?? "");
  await Promise.all(workers.map((worker) => worker.stop()));
  expect(order).toEqual([first.jobId, ...later.map((job) => job.jobId)]);
});

it("a step that throws never reads as success: retried, then dead with a dead letter", async () => {
  let tries = 0;
  const worker = house.startWorker(async () => {
    tries += 1;
    throw new Error("a bug of ours");
  });
  const made = await house.ledger.create(TENANT, { prompt: "poison" });
  const job = await finished(made.jobId);
  expect([tries, job.state, job.attempts, job.error?.code]).toEqual([3, "dead", 3, "INTERNAL"]);
  const dead = await house.bus
    .client()
    .createReceiver("jobs", { subQueueType: "deadLetter" })
    .receiveMessages(1, { maxWaitTimeInMs: 5_000 });
  await worker.stop();
  expect(dead[0]?.body).toEqual({ appId: made.appId, jobId: made.jobId });
  expect(dead[0]?.deadLetterReason).toBe("INTERNAL");
  await worker.stop(); // one that stops before it settles the message leaves that to the next one
});

it("a user's error fails at once", async () => {
  const worker = house.startWorker(async () => {
    throw new AutomationError("SPEC_INVALID", { problems: "name: missing" });
  });
  const made = await house.ledger.create(TENANT, { prompt: "bad" });
  const job = await finished(made.jobId);
  await worker.stop();
  expect([job.state, job.attempts, job.error?.detail]).toEqual(["failed", 1, "name: missing"]);
});

it("cancel reaches a running job", async () => {
  const worker = house.startWorker(async (session) => {
    await sleep(20_000, undefined, { signal: session.options.signal }).catch(() => {
      throw session.options.signal.reason;
    });
    return { kind: "done" };
  });
  const made = await house.ledger.create(TENANT, { prompt: "long" });
  await vi.waitFor(async () => expect((await house.ledger.job(TENANT, made.jobId)).state).toBe("running"), PATIENT);
  const asked = await house.ledger.requestCancel(TENANT, made.jobId);
  expect((await house.ledger.requestCancel(TENANT, made.jobId)).cancel).toEqual(asked.cancel);
  const job = await finished(made.jobId);
  await worker.stop();
  expect([job.state, job.cancel?.outcome]).toEqual(["cancelled", "confirmed"]);
});

it("a waiting job goes on with its answers", async () => {
  const worker = house.startWorker(async (session) => {
    const { answers } = session.options.job;
    return answers.length > 0 ? { kind: "done" } : { kind: "waiting", questions: ["Which currency?"] };
  });
  const made = await house.ledger.create(TENANT, { prompt: "invoices" });
  const waiting = await finished(made.jobId);
  expect([waiting.state, waiting.questions]).toEqual(["waiting", ["Which currency?"]]);
  await house.ledger.answer(TENANT, made.jobId, ["EUR"]);
  const job = await vi.waitFor(async () => {
    const found = await house.ledger.job(TENANT, made.jobId);
    expect(found.state).toBe("succeeded");
    return found;
  }, PATIENT);
  await worker.stop();
  expect([job.answers, job.questions]).toEqual([["EUR"], []]);
});

it.each([
  { question: 9.5, answers: ["Yes, please."], told: [9.5, [], 1] },
  { question: 9.5, answers: ["yes", "but without mail"], told: [undefined, ["yes", "but without mail"], 2] },
  { question: undefined, answers: ["yes"], told: [undefined, ["yes"], 2] },
])("agreed is only what was asked about, and is no wish for the agents: %j", async ({ question, answers, told }) => {
  const worker = house.startWorker(async (session) => {
    if (session.options.job.round > 1 || session.options.job.approvedMonthlyUsd) return { kind: "done" };
    await session.commit(() => ({ job: { monthlyUsd: 9.5 } }));
    return { kind: "waiting", questions: ["And now?"], ...(question !== undefined && { overBudgetUsd: question }) };
  });
  const made = await house.ledger.create(TENANT, { prompt: "invoices" });
  expect((await finished(made.jobId)).state).toBe("waiting");
  await house.ledger.answer(TENANT, made.jobId, answers);
  const job = await vi.waitFor(async () => {
    const found = await house.ledger.job(TENANT, made.jobId);
    expect(found.state).toBe("succeeded");
    return found;
  }, PATIENT);
  await worker.stop();
  expect([job.approvedMonthlyUsd, job.answers, job.round]).toEqual(told);
  expect(job.overBudgetUsd).toBe(0);
});

it("shutdown hands a job over without counting the attempt; finished steps are not run again", async () => {
  let greeted = 0;
  const counted = { ...hello, run: async () => ({ greeting: String(++greeted) }) };
  const stubborn = house.startWorker(async (session) => {
    await session.step(counted, { prompt: "x" });
    await sleep(20_000, undefined, { signal: session.options.signal }).catch(() => {
      throw session.options.signal.reason;
    });
    return { kind: "done" };
  });
  const made = await house.ledger.create(TENANT, { prompt: "hand over" });
  await vi.waitFor(
    async () => expect((await house.ledger.job(TENANT, made.jobId)).steps[0]?.status).toBe("succeeded"),
    PATIENT,
  );
  await stubborn.stop();
  expect(await house.ledger.job(TENANT, made.jobId)).toMatchObject({ state: "queued", attempts: 0 });
  const worker = house.startWorker(async (session) => {
    await session.step(counted, { prompt: "x" });
    return { kind: "done" };
  });
  const job = await finished(made.jobId);
  await worker.stop();
  expect([job.state, job.attempts, greeted]).toEqual(["succeeded", 1, 1]);
});

it("after the death of a worker another takes over with a greater token, and the old one can write nothing", async () => {
  const made = await house.ledger.create(TENANT, { prompt: "takeover" });
  const options = { store: house.store, holder: "dead", leaseMs: LEASE_MS, dispatch: house.outbox.dispatch };
  const old = await Lease.acquire(made.appId, options);
  await old?.commit(made.jobId, () => ({ moves: ["lease", "start"], job: { attempts: 1 } }));
  const worker = house.startWorker(sayHello);
  const job = await finished(made.jobId);
  await worker.stop();
  expect([job.state, job.attempts]).toEqual(["succeeded", 2]);
  await expect(old?.commit(made.jobId, () => ({ job: { phase: "late" } }))).rejects.toMatchObject({
    code: "LEASE_LOST",
  });
  const events = await house.ledger.events(TENANT, made.jobId, 0, 1000);
  expect(events.map((event) => event.type)).toContain("recovered");
  expect((await house.ledger.job(TENANT, made.jobId)).phase).toBe("done");
});

it("a job whose message was never sent is woken by the sweep", async () => {
  const silent = { ...house, dispatch: () => {} };
  const { JobLedger } = await import("@devfactory/automation/jobs/ledger.ts");
  const ledger = new JobLedger({
    store: silent.store,
    limitsOf: house.limits,
    dispatch: silent.dispatch,
    now: () => Date.now() - 60_000,
  });
  const made = await ledger.create(TENANT, { prompt: "forgotten" });
  const worker = house.startWorker(sayHello);
  expect(await house.outbox.sweep()).toBeGreaterThan(0);
  expect((await finished(made.jobId)).state).toBe("succeeded");
  await worker.stop();
});
