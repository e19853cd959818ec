import { AsyncLocalStorage } from "node:async_hooks";
import { getEventListeners } from "node:events";
import { AutomationError } from "../../../errors.ts";
import type { Delivered } from "../../../queue/serviceBus.ts";
import type { WorkResult } from "../../../workflow/developJob.ts";
import type { JobSession } from "../../../workflow/jobSession.ts";
import type { JobDocument } from "../../documents.ts";
import type { NewJob } from "../../ledger.ts";
import { isTerminal } from "../../states.ts";
import type { StoreOperation } from "../../store.ts";
import { atRate, type FaultPlan, seeded } from "../faults.ts";
import { laterFields } from "../laterFields.ts";
import { MemoryStore } from "../memoryStore.ts";
import { type Message, ModelBroker } from "./broker.ts";
import type { Command, Ending, Moment } from "./commands.ts";
import { broken, newMemory, tokens } from "./invariants.ts";
import { ModelProcess, RULES } from "./process.ts";
import { Turns } from "./turns.ts";

const PROCESSES = 3;
const MINUTE_MS = 60_000;
const START_MS = Date.parse("2026-01-01T00:00:00Z");

/** A message in the hands of a process, and the work that it came to. */
interface Task {
  readonly process: ModelProcess;
  readonly message: Message;
  /** Whether the broker still counts the session as its. */
  holds: boolean;
  work?: { readonly session: JobSession; readonly end: (ending: Ending) => void };
}

/** What a client sent, and which job it was told. */
interface Post {
  readonly tenant: string;
  readonly request: NewJob;
  readonly key: string;
  jobId?: string;
}

/**
 * Ledger, schedule, queue and workers, moved by commands of which several happen at once: their calls to store and broker meet in an
 * order that a seed decides. All parts but store and broker are the real ones.
 */
export class World {
  readonly store = new MemoryStore();
  readonly broker: ModelBroker;
  /** Ids in the order in which they were accepted. */
  readonly accepted: string[] = [];
  readonly #posts: Post[] = [];
  readonly #memory = newMemory();
  readonly #wrong: string[] = [];
  /** Rows that lost a field of a newer release. */
  readonly #dropped: string[] = [];
  /** Ids of the messages that became dead letters of a job. */
  readonly #letters = new Map<string, Set<string>>();
  readonly #processes: ModelProcess[] = [];
  #tasks: Task[] = [];
  /** The task on whose behalf a runner works. */
  readonly #current = new AsyncLocalStorage<Task>();
  readonly #turns: Turns;
  #rate: number;
  #now = START_MS;
  #pids = 0;

  /** @param rate of calls that fail; @param seed of the faults and of the order of calls */
  constructor(rate: number, seed: number) {
    this.#rate = rate;
    this.broker = new ModelBroker(() => this.#now);
    const random = seeded(seed);
    this.#faults = (method, call) => {
      const fault = atRate(this.#rate, random)(method, call);
      return typeof fault === "object" ? "none" : fault; // real time does not pass here
    };
    this.#turns = new Turns(seeded(seed + 1));
    this.store.afterBatch = (_pk, operations) => this.#written(operations);
    for (let index = 0; index < PROCESSES; index++) this.#processes.push(this.#spawn());
  }

  readonly #faults: FaultPlan;

  /** Does things at once and waits until nothing moves any more. @throws when an invariant was broken in between or is now */
  async do(...moment: Moment): Promise<void> {
    for (const command of moment) {
      const started = this.#turns.take().then(() => this.#act(command));
      started.catch((error: unknown) => this.#wrong.push((error as Error).message));
    }
    await this.#turns.run();
    const wrong = [...this.#wrong, ...this.#broken(), ...this.#dropped.map((id) => `a field of ${id} was dropped`)];
    if (wrong.length > 0) throw new Error(`after ${JSON.stringify(moment)}: ${wrong.join("; ")}`);
  }

  #broken(): readonly string[] {
    return broken(this.store.all(), this.accepted, this.#memory, RULES);
  }

  /** What holds between any two writes: looked at whenever a job is accepted or starts, and a lease is written. */
  #written(operations: readonly StoreOperation[]): void {
    const docs = operations.flatMap((each) => (each.kind === "delete" ? [] : [each.doc]));
    for (const doc of docs) {
      if (doc.type === "job" && doc.version === 1) this.accepted.push(doc.jobId);
      if (doc.type === "lease") this.#wrong.push(...tokens([doc], this.#memory));
    }
    const start = docs.find((doc) => doc.type === "event" && doc.event.type === "attempt_started");
    if (start?.type !== "event") return;
    this.#wrong.push(...this.#broken());
    const places = this.store.all().filter((doc) => doc.type === "place");
    const has = places.some(({ jobId, state }) => jobId === start.jobId && state === "admitted");
    if (!has) this.#wrong.push(`9: ${start.jobId} starts without a slot`);
  }

  async #act(command: Command): Promise<void> {
    const process = this.#processes[command.on % PROCESSES] as ModelProcess;
    switch (command.do) {
      case "post":
        return this.#post(process, command);
      case "again":
        return this.#again(process, command.which);
      case "cancel":
        return this.#ask(command.which, (job) => process.ledger.requestCancel(tenantOf(job), job.jobId));
      case "answer":
        return this.#ask(command.which, (job) => process.ledger.answer(tenantOf(job), job.jobId, ["yes"]));
      case "redrive":
        return this.#ask(command.which, (job) => process.ledger.redrive(tenantOf(job), job.jobId, "the model says so"));
      case "deliver":
        return this.#deliver(process, command.which);
      case "double":
        return void this.#withMessage(command.which, (message) => this.broker.double(message));
      case "lose":
        return void this.#withMessage(command.which, (message) => this.broker.remove(message));
      case "rush":
        return this.#rush(command.on, command.which);
      case "drop":
        return this.#drop(command.which);
      case "end":
        return this.#end(command.which, command.how);
      case "kill":
        return this.#kill(command.on % PROCESSES);
      case "pause":
        process.pause();
        return this.#loseSessions(process);
      case "resume":
        return process.resume();
      case "pass":
        this.#now += command.minutes * MINUTE_MS;
        return;
      case "sweep":
        return this.#sweep(process, command.audit);
    }
  }

  /** Without faults and with everybody alive: ends all work and checks that nothing is left of it. */
  async settle(): Promise<void> {
    this.#rate = 0;
    for (let index = 0; index < PROCESSES; index++) await this.do({ do: "resume", on: index });
    for (let round = 0; round < 400 && !this.#isOver(); round++) {
      await this.do({ do: "end", which: 0, how: "done", on: 0 });
      await this.do({ do: "deliver", which: 0, on: round });
      if (round % 10 === 9) {
        await this.do({ do: "pass", minutes: 11, on: 0 });
        // As many looks as it takes to see that a message was lost.
        for (let look = 0; look < 61; look++) await this.do({ do: "sweep", audit: look === 60, on: 0 });
        for (const [index, { state }] of this.#jobs().entries()) {
          if (state === "waiting") await this.do({ do: "answer", which: index, on: 0 });
        }
      }
    }
    // Once more for what the last jobs left.
    await this.do({ do: "pass", minutes: 11, on: 0 });
    for (let look = 0; look < 3; look++) await this.do({ do: "sweep", audit: true, on: 0 });
    this.#expectRest();
  }

  #expectRest(): void {
    const left = this.store.all().filter(({ type }) => type === "reservation" || type === "place" || type === "outbox");
    const open = this.#jobs().filter(({ state }) => !isTerminal(state));
    const silent = this.#jobs().filter((job) => job.cancel && !isTerminal(job.state));
    const lost = this.accepted.filter((id) => !this.#jobs().some(({ jobId }) => jobId === id));
    const all = [
      ...open.map((job) => `${job.jobId} is ${job.state}`),
      ...silent.map((job) => `7: ${job.jobId} was to be cancelled`),
      ...left.map((doc) => `${doc.id} is left`),
      ...lost.map((id) => `${id} is lost`),
      ...this.#tasks.map((task) => `a task of ${task.message.jobId} hangs`),
    ];
    if (all.length > 0) throw new Error(`not at rest: ${all.join("; ")}`);
  }

  #isOver(): boolean {
    return this.#jobs().every(({ state }) => isTerminal(state)) && this.#tasks.length === 0;
  }

  async #post(process: ModelProcess, command: Command & { readonly do: "post" }): Promise<void> {
    const tenant = `tenant-${command.tenant}`;
    const apps = this.store
      .all()
      .filter((doc) => doc.type === "app" && doc.tenantId === tenant && doc.status !== "destroyed");
    const app = apps[command.app % (apps.length + 1)] as { readonly appId: string } | undefined;
    const { latestWins, priority } = command;
    const request = { prompt: "make it", latestWins, priority, ...(app ? { appId: app.appId } : {}) };
    const post: Post = { tenant, request, key: `key-${this.#posts.length}` };
    this.#posts.push(post);
    await this.#send(process, post);
  }

  async #again(process: ModelProcess, which: number): Promise<void> {
    const post = this.#posts[which % Math.max(1, this.#posts.length)];
    if (post) await this.#send(process, post);
  }

  /** A client that sends a request, or sends it again because it does not know what became of it. */
  async #send(process: ModelProcess, post: Post): Promise<void> {
    if (process.state !== "running") return;
    const request = { ...post.request, idempotencyKey: post.key };
    const job = await process.ledger.create({ tenantId: post.tenant, userId: "u" }, request).catch(refused);
    if (!job) return;
    if (post.jobId !== undefined && post.jobId !== job.jobId) throw new Error(`a repeated post made ${job.jobId} too`);
    post.jobId = job.jobId;
  }

  async #ask(which: number, ask: (job: JobDocument) => Promise<unknown>): Promise<void> {
    const jobs = this.#jobs();
    const job = jobs[which % Math.max(1, jobs.length)];
    if (job) await ask(job).catch(refused);
  }

  async #deliver(process: ModelProcess, which: number): Promise<void> {
    const ready = this.broker.messages.filter((message) => this.#isDeliverable(message));
    const message = ready[which % Math.max(1, ready.length)];
    if (!message || process.state !== "running") return;
    const task: Task = { process, message, holds: true };
    this.#tasks.push(task);
    const { appId, jobId, due } = message;
    const body: Delivered = { appId, jobId, messageId: message.id, ...(due === undefined ? {} : { due }) };
    const stop = new AbortController().signal;
    await this.#current
      .run(task, () => process.runner.handle(body, stop))
      .then(
        (outcome) => this.#settled(task, outcome),
        () => this.#settled(task, "failed"),
      );
    // It is the worker's own and outlives its jobs: who still listens keeps a whole job in memory.
    if (getEventListeners(stop, "abort").length > 0) throw new Error(`${jobId} still listens for the worker's stop`);
  }

  /** Two workers with one session: the first was too slow to take the lease before it lost it. */
  async #rush(on: number, which: number): Promise<void> {
    const known = this.#tasks.length;
    const [first, second] = [on, on + 1].map((each) => this.#processes[each % PROCESSES] as ModelProcess);
    const slow = this.#deliver(first as ModelProcess, which);
    const task = this.#tasks[known];
    if (task) this.#giveUp(task);
    await Promise.all([slow, this.#deliver(second as ModelProcess, which)]);
  }

  /**
   * Visible, and of a session that nobody holds. Who held it before may still be at work, only so slowly that its lease ran out: whatever
   * it does now meets the calls of the next one.
   */
  #isDeliverable({ appId, visibleAt }: Message): boolean {
    return visibleAt <= this.#now && this.#tasks.every((task) => !task.holds || task.message.appId !== appId);
  }

  #settled(task: Task, outcome: Awaited<ReturnType<ModelProcess["runner"]["handle"]>> | "failed"): void {
    this.#tasks = this.#tasks.filter((each) => each !== task);
    if (task.holds) {
      if (outcome === "failed") this.broker.giveBack(task.message);
      else if (outcome === "complete") this.broker.remove(task.message);
      else if (typeof outcome === "object") this.#bury(task.message, outcome.deadLetter);
    }
  }

  /**
   * A job that was given up has one dead letter, and one more for each redrive that ended so again. The letter's own message may be
   * sent once more when the broker has forgotten its id: the audit removes the second one.
   */
  #bury(message: Message, reason: string): void {
    this.broker.bury(message, reason);
    const letters = (this.#letters.get(message.jobId) ?? new Set()).add(message.id);
    this.#letters.set(message.jobId, letters);
    const { series = 1 } = this.#jobs().find(({ jobId }) => jobId === message.jobId) ?? {};
    if (letters.size > series) this.#wrong.push(`10: ${message.jobId} has ${letters.size} dead letters`);
  }

  /** The real runner calls this for the work of a job. */
  async #work(session: JobSession): Promise<WorkResult> {
    const task = this.#current.getStore();
    if (!task) throw new Error("work without a message");
    const ended = Promise.withResolvers<Ending>();
    const run = async () => {
      const how = await ended.promise;
      await session.commit(({ costMetrics }) => ({ job: { costMetrics: { ...costMetrics, computeSec: 1 } } })); // as agents do
      return { how };
    };
    task.work = { session, end: ended.resolve };
    const { how } = await session.step(
      { name: "deploy", timeoutMs: 2_000_000_000, run },
      { attempt: session.options.job.attempts },
    );
    return endAs(how, await session.options.lease.job(session.jobId));
  }

  async #end(which: number, how: Ending): Promise<void> {
    const working = this.#tasks.filter((task) => task.work);
    const task = working[which % Math.max(1, working.length)];
    if (!task?.work) return;
    const { end } = task.work;
    delete task.work;
    end(how);
  }

  async #kill(index: number): Promise<void> {
    const process = this.#processes[index] as ModelProcess;
    process.kill();
    this.#loseSessions(process);
    this.#tasks = this.#tasks.filter((task) => task.process !== process);
    this.#processes[index] = this.#spawn();
  }

  /** The broker gives the sessions of a process that renews nothing to others; what it worked on counts as delivered once more. */
  #loseSessions(process: ModelProcess): void {
    for (const task of this.#tasks.filter((each) => each.process === process && each.holds)) {
      this.#giveUp(task);
    }
  }

  /** A worker that is alive, but did not renew in time. */
  #drop(which: number): void {
    const held = this.#tasks.filter((each) => each.holds);
    const task = held[which % Math.max(1, held.length)];
    if (task) this.#giveUp(task);
  }

  #giveUp(task: Task): void {
    task.holds = false;
    this.broker.giveBack(task.message);
  }

  async #sweep(process: ModelProcess, audit: boolean): Promise<void> {
    if (process.state !== "running") return;
    this.#now += 10_000;
    await process.outbox.sweep().catch(refused);
    await process.reconciler.places().catch(refused);
    if (audit) await process.reconciler.audit().catch(refused);
  }

  #withMessage(which: number, change: (message: Message) => void): void {
    const free = this.broker.messages.filter((message) => !this.#tasks.some((task) => task.message === message));
    const message = free[which % Math.max(1, free.length)];
    if (message) change(message);
  }

  #jobs(): readonly JobDocument[] {
    return this.store.all().filter((doc) => doc.type === "job");
  }

  #spawn(): ModelProcess {
    this.#pids += 1;
    return new ModelProcess(this.#pids, {
      store: laterFields(this.store, this.#dropped),
      broker: this.broker,
      faults: this.#faults,
      now: () => this.#now,
      turns: this.#turns,
      work: (session) => this.#work(session),
      cleanup: measure,
      isGone: () => true, // who delivers has seen that nobody renews the lease
    });
  }
}

function endAs(how: Ending, job: JobDocument): WorkResult {
  if (job.cancel && how === "obey") throw new AutomationError("CANCELLED");
  if (how === "user") throw new AutomationError("SPEC_INVALID", { problems: "the model says so" });
  if (how === "ours") throw new Error("the model says so");
  return how === "ask" ? { kind: "waiting", questions: ["Which one?"] } : { kind: "done" };
}

function tenantOf({ tenantId }: JobDocument) {
  return { tenantId, userId: "u" };
}

/** An answer with an error is an answer; what the ledger did shows in the store. */
function refused(): undefined {
  return undefined;
}

/** As the real cleanup does: a change without an event. */
async function measure(session: JobSession): Promise<void> {
  await session.commit(({ costMetrics }) => ({ job: { costMetrics: { ...costMetrics, storageMB: 1 } } }));
}
