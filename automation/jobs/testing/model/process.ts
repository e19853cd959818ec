import { createLogger, type Logger } from "../../../logger.ts";
import { Redactor } from "../../../redact.ts";
import { sharingOf, tenantLimits } from "../../../schedule/limits.ts";
import { Reconciler } from "../../../schedule/reconcile.ts";
import { Scheduler } from "../../../schedule/scheduler.ts";
import { AppRunner } from "../../../worker/appRunner.ts";
import type { WorkResult } from "../../../workflow/developJob.ts";
import type { JobSession } from "../../../workflow/jobSession.ts";
import type { WorkflowServices } from "../../../workflow/services.ts";
import { Chores } from "../../chores.ts";
import type { HolderProcess } from "../../holderProcess.ts";
import { JobLedger } from "../../ledger.ts";
import { Outbox } from "../../outbox.ts";
import { Reservations } from "../../reservations.ts";
import { type FaultPlan, faultyStore, withFaults } from "../faults.ts";
import type { MemoryStore } from "../memoryStore.ts";
import type { ModelBroker } from "./broker.ts";
import type { Turns } from "./turns.ts";

export const RULES = { maxAttempts: 3, slots: 3, concurrent: 2 } as const;
const LIMITS = tenantLimits(
  { unfinished: 12, concurrent: RULES.concurrent, jobsPerMinute: 1_000 },
  { "tenant-1": { weight: 2 } },
);

/** Longer than any run: time passes only where the model says so. */
const NEVER_MS = 2_000_000_000;

export type ProcessState = "running" | "paused" | "killed";

/** What all processes share. */
export interface Surroundings {
  readonly store: MemoryStore;
  readonly broker: ModelBroker;
  readonly faults: FaultPlan;
  readonly turns: Turns;
  readonly now: () => number;
  /** Work of a job, told from outside. */
  readonly work: (session: JobSession) => Promise<WorkResult>;
  readonly cleanup: (session: JobSession) => Promise<void>;
  readonly isGone: (holder: HolderProcess) => boolean;
}

/** An API and a worker of the real parts in one process that can be paused and killed between any two calls of its store. */
export class ModelProcess {
  readonly pid: number;
  readonly ledger: JobLedger;
  readonly outbox: Outbox;
  readonly scheduler: Scheduler;
  readonly reconciler: Reconciler;
  readonly runner: AppRunner;
  state: ProcessState = "running";
  readonly #turns: Turns;
  #resumed = Promise.withResolvers<void>();

  constructor(pid: number, around: Surroundings) {
    this.pid = pid;
    this.#turns = around.turns;
    const { now } = around;
    const pause = () => this.#turn();
    const log: Logger = createLogger("model", "silent", new Redactor());
    const store = this.#gated(faultyStore(around.store, around.faults));
    const publisher = this.#gated(withFaults(around.broker, ["publish"], around.faults));
    const reservations = new Reservations(store, now, LIMITS, pause);
    this.scheduler = new Scheduler({ store, publisher, sharing: sharingOf(RULES.slots, LIMITS), pause });
    this.outbox = new Outbox({ store, publisher, scheduler: this.scheduler, reservations, log, now, gatherMs: 0 });
    this.ledger = new JobLedger({ store, now, limitsOf: LIMITS, dispatch: this.outbox.dispatch, pause });
    const chores = new Chores(store, String(pid));
    const parts = { store, scheduler: this.scheduler, reservations, chores, log, now };
    this.reconciler = new Reconciler({ ...parts, deadLetters: this.#gated(around.broker) });
    this.runner = new AppRunner({
      store,
      outbox: this.outbox,
      scheduler: this.scheduler,
      log,
      now,
      redactor: new Redactor(),
      services: {} as WorkflowServices, // the work of the model uses none
      holder: `process-${pid}`,
      process: { machine: "model", pid, started: "1" },
      leasing: { isGone: around.isGone, pause },
      leaseMs: NEVER_MS,
      cancelPollMs: NEVER_MS,
      maxAttempts: RULES.maxAttempts,
      random: () => 0.5,
      work: around.work,
      cleanup: around.cleanup,
    });
  }

  pause(): void {
    if (this.state === "running") this.state = "paused";
  }

  resume(): void {
    if (this.state !== "paused") return;
    this.state = "running";
    this.#resumed.resolve();
    this.#resumed = Promise.withResolvers<void>();
  }

  /** Whatever it waits for never comes. */
  kill(): void {
    this.state = "killed";
  }

  async #turn(): Promise<void> {
    await this.#turns.take();
    while (this.state === "paused") {
      await this.#resumed.promise;
      await this.#turns.take();
    }
    if (this.state === "killed") await new Promise<never>(() => {});
  }

  /** Every call waits for its turn, and while the process is paused; a killed one makes none. */
  #gated<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (of, name) => {
        const found = Reflect.get(of, name, of) as unknown;
        if (typeof found !== "function" || name === "now") return found;
        return async (...args: unknown[]) => {
          await this.#turn();
          return Reflect.apply(found, of, args) as unknown;
        };
      },
    });
  }
}
