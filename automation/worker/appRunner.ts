import { AutomationError, isRetriable, toErrorRecord } from "../errors.ts";
import type { Change } from "../jobs/change.ts";
import { appPk, type CancelRecord, type JobDocument, type StepDocument } from "../jobs/documents.ts";
import type { HolderProcess } from "../jobs/holderProcess.ts";
import { Lease } from "../jobs/lease.ts";
import type { Outbox } from "../jobs/outbox.ts";
import { isHeld, isTerminal } from "../jobs/states.ts";
import type { LedgerStore } from "../jobs/store.ts";
import type { Logger } from "../logger.ts";
import type { Outcome } from "../queue/consumer.ts";
import type { JobMessage } from "../queue/serviceBus.ts";
import type { Redactor } from "../redact.ts";
import type { WorkResult } from "../workflow/developJob.ts";
import { JobSession } from "../workflow/jobSession.ts";
import type { WorkflowServices } from "../workflow/services.ts";
import { watchCancel } from "./watchCancel.ts";

export interface AppRunnerOptions {
  readonly store: LedgerStore;
  readonly outbox: Pick<Outbox, "dispatch">;
  readonly services: WorkflowServices;
  readonly redactor: Redactor;
  readonly log: Logger;
  readonly holder: string;
  /** This process, so that its death is seen on the same machine. */
  readonly process?: HolderProcess;
  readonly leaseMs: number;
  readonly maxAttempts: number;
  /** How often a running job looks for a cancel request. @default 1000 */
  readonly cancelPollMs?: number;
  /** The work of a job, by its kind. */
  readonly work: (session: JobSession) => Promise<WorkResult>;
  /** Runs after the work on every path. */
  readonly cleanup: (session: JobSession) => Promise<void>;
  readonly random?: () => number;
}

const MAX_BACKOFF_MS = 300_000;

/** Works on one app's jobs, oldest first, under its lease. The ledger says what to do; the message only woke us. */
export class AppRunner {
  readonly #options: AppRunnerOptions;

  constructor(options: AppRunnerOptions) {
    this.#options = options;
  }

  /** @param stop aborted when this worker shuts down: work is handed over */
  async handle(message: JobMessage, stop: AbortSignal): Promise<Outcome> {
    const { store, holder, leaseMs, outbox, log, process } = this.#options;
    if (!(await store.read(appPk(message.appId), "lease"))) {
      log.warn(message, "a message for an app that does not exist");
      return { deadLetter: "APP_NOT_FOUND", description: `no app ${message.appId}` };
    }
    const options = { store, holder, leaseMs, dispatch: outbox.dispatch, ...(process ? { process } : {}) };
    const lease = await Lease.acquire(message.appId, options, stop).catch((error: unknown) => {
      if (stop.aborted) return undefined;
      throw error;
    });
    if (!lease) return "release";
    lease.startRenewing();
    try {
      return await this.#drain(lease, message, stop);
    } catch (error) {
      if (!(error instanceof AutomationError) || error.code !== "LEASE_LOST") throw error;
      log.warn({ ...message, token: lease.token }, "the lease was lost; another worker goes on");
      return "release";
    } finally {
      await lease
        .release()
        .catch((error: unknown) => log.warn({ err: error, ...message }, "the lease was not released"));
    }
  }

  async #drain(lease: Lease, message: JobMessage, stop: AbortSignal): Promise<Outcome> {
    for (;;) {
      if (stop.aborted) return "release";
      const head = (await lease.app()).active[0];
      if (head === undefined) break;
      const job = await lease.job(head);
      const due = job.notBefore === undefined || Date.parse(job.notBefore) <= Date.now() + 50;
      // Answers and backoff bring their own message.
      if (isTerminal(job.state) || job.state === "waiting" || !due) break;
      const ended = await this.#attempt(lease, job, stop);
      if (ended.state === "queued" && stop.aborted) return "release";
    }
    const job = await lease.job(message.jobId).catch(() => undefined);
    if (job?.state !== "dead") return "complete";
    return { deadLetter: job.error?.code ?? "POISON", description: job.error?.title ?? "given up" };
  }

  async #attempt(lease: Lease, found: JobDocument, stop: AbortSignal): Promise<JobDocument> {
    const { store, services, redactor, log, holder } = this.#options;
    const ready = isHeld(found.state) ? await this.#recover(lease, found) : found;
    if (ready.state !== "queued") return ready;
    const attempt = ready.attempts + 1;
    const job = await lease.commit(ready.jobId, (current) =>
      current.state === "queued"
        ? {
            moves: ["lease", "start"],
            job: { attempts: attempt, startedAt: current.startedAt ?? new Date().toISOString() },
            events: [
              {
                type: "attempt_started",
                message: `Attempt ${attempt} by ${holder}`,
                data: { attempt, token: lease.token },
              },
            ],
          }
        : undefined,
    );
    if (job.state !== "running") return job; // cancelled a moment ago
    const cancel = watchCancel(() => lease.job(job.jobId), this.#options.cancelPollMs ?? 1_000);
    const stopped = reasoned(stop, new AutomationError("SHUTTING_DOWN"));
    const signal = AbortSignal.any([cancel.signal, stopped, lease.lost]);
    const session = new JobSession({ lease, store, job, app: await lease.app(), services, redactor, signal });
    log.info({ jobId: job.jobId, attempt, token: lease.token, kind: job.kind }, "job started");
    const started = performance.now();
    try {
      const result = await this.#work(session);
      cancel.stop();
      const ended = await session.commit((current) => this.#settle(current, result));
      const durationMs = Math.round(performance.now() - started);
      log.info({ jobId: job.jobId, state: ended.state, durationMs, error: ended.error?.code }, "job ended");
      return ended;
    } finally {
      cancel.stop();
      session.discard();
    }
  }

  /** The work and then the cleanup; whatever is thrown is a result here, so nothing can be mistaken for success. */
  async #work(session: JobSession): Promise<WorkResult | { readonly kind: "error"; readonly error: unknown }> {
    let result: WorkResult | { readonly kind: "error"; readonly error: unknown };
    try {
      result = await this.#options.work(session);
    } catch (error) {
      result = { kind: "error", error };
    }
    if (session.options.lease.lost.aborted) throw session.options.lease.lost.reason;
    const handedOver = result.kind === "error" && isCode(result.error, "SHUTTING_DOWN");
    if (handedOver || result.kind === "waiting") return result;
    try {
      await this.#options.cleanup(session);
    } catch (error) {
      this.#options.log.warn({ err: error, jobId: session.jobId }, "cleanup failed");
      if (isCode(error, "LEASE_LOST")) throw error;
    }
    return result;
  }

  /** The last write of an attempt. */
  #settle(job: JobDocument, result: WorkResult | { readonly kind: "error"; readonly error: unknown }): Change {
    const asked = job.cancel;
    const race = (outcome: CancelRecord["outcome"]) => (asked && outcome ? { cancel: { ...asked, outcome } } : {});
    if (result.kind === "done") {
      return {
        moves: ["succeed"],
        job: { ...race("raced-succeeded"), phase: "done" },
        events: [
          { type: "succeeded", message: job.url ?? "Done", data: job.url === undefined ? {} : { url: job.url } },
        ],
      };
    }
    const stopped: Change = {
      moves: ["cancel"],
      job: race("confirmed"),
      events: [
        {
          type: "cancelled",
          level: "warning",
          message: "Stopped. What exists stays until you deploy again or destroy it.",
        },
      ],
    };
    if (result.kind === "waiting") {
      if (job.state === "cancelling") return stopped;
      const events = result.questions.map((message) => ({ type: "question", message }));
      return { moves: ["wait"], job: { questions: result.questions }, events };
    }
    const step = job.steps.findLast((each) => each.status === "failed")?.name;
    const error = this.#options.redactor.data(toErrorRecord(result.error, step));
    if (job.state === "cancelling") {
      if (error.code === "CANCELLED" || error.code === "SHUTTING_DOWN") return stopped;
      return { moves: ["fail"], job: { error, ...race("raced-failed") }, events: [failed(error.detail, error.fix)] };
    }
    if (error.code === "SHUTTING_DOWN") {
      const events = [{ type: "handed_over", message: "The worker stops; another one goes on" }];
      // A handed-over attempt does not count.
      return { moves: ["release"], job: { attempts: job.attempts - 1 }, events, publish: {} };
    }
    if (!isRetriable(error)) return { moves: ["fail"], job: { error }, events: [failed(error.detail, error.fix)] };
    return this.#again(job, error);
  }

  /** Another attempt after a random pause, or the end when all are used up. */
  #again(job: JobDocument, error: ReturnType<typeof toErrorRecord>): Change {
    const { maxAttempts, random = Math.random } = this.#options;
    if (job.attempts >= maxAttempts) {
      const last = { attempts: job.attempts, last: error.detail };
      const poison = { ...toErrorRecord(new AutomationError("POISON", last), error.step), code: error.code };
      return { moves: ["die"], job: { error: poison }, events: [failed(poison.detail, poison.fix)] };
    }
    const pauseMs = random() * Math.min(MAX_BACKOFF_MS, 10_000 * 2 ** job.attempts);
    const notBefore = new Date(Date.now() + pauseMs).toISOString();
    const message = `${error.title}: ${error.detail.replace(/\.$/, "")}. Another attempt follows in ${Math.ceil(pauseMs / 1000)} s.`;
    return {
      moves: ["requeue"],
      job: { error, notBefore },
      events: [
        { type: "attempt_failed", level: "warning", message, data: { attempt: job.attempts, code: error.code } },
      ],
      publish: { notBefore },
    };
  }

  /** A worker died with this job: it was lost, and is queued again unless that happened too often. */
  async #recover(lease: Lease, found: JobDocument): Promise<JobDocument> {
    const { store, maxAttempts, log } = this.#options;
    const prefix = `step-${found.jobId}-`;
    const steps = await store.range<StepDocument>(appPk(found.appId), prefix, `${prefix}~`, 500);
    const open = steps.map(({ doc }) => doc).filter((doc) => doc.status === "running");
    const names = open.map((doc) => doc.step);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    log.warn(
      { jobId: found.jobId, attempts: found.attempts, open: names },
      "a job without a living worker is recovered",
    );
    return lease.commit(found.jobId, (job) => {
      if (!isHeld(job.state)) return undefined;
      const lost =
        job.state === "recovering"
          ? []
          : job.state === "lost"
            ? (["recover"] as const)
            : (["lose", "recover"] as const);
      const data = { attempts: job.attempts, open: names };
      const recovered = {
        type: "recovered",
        level: "warning",
        message: "The worker died; the job goes on from its last finished step",
        data,
      } as const;
      if (job.cancel) {
        const cancel: CancelRecord = { ...job.cancel, outcome: "confirmed" };
        return {
          moves: [...lost, "cancel"],
          job: { cancel },
          events: [recovered, { type: "cancelled", message: "Stopped." }],
        };
      }
      if (twice !== undefined || job.attempts >= maxAttempts) {
        const reason = twice === undefined ? "a worker died" : `a worker died twice in ${twice}`;
        const error = toErrorRecord(new AutomationError("POISON", { attempts: job.attempts, last: reason }), twice);
        return { moves: [...lost, "die"], job: { error }, events: [recovered, failed(error.detail, error.fix)] };
      }
      return { moves: [...lost, "requeue"], events: [recovered] };
    });
  }
}

function failed(message: string, fix: string) {
  return { type: "failed", level: "error", message, data: { fix } } as const;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof AutomationError && error.code === code;
}

/** The same abort, with a reason that says what it means here. */
function reasoned(signal: AbortSignal, reason: unknown): AbortSignal {
  const controller = new AbortController();
  if (signal.aborted) controller.abort(reason);
  else signal.addEventListener("abort", () => controller.abort(reason), { once: true });
  return controller.signal;
}
