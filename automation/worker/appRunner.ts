import { type Span, SpanStatusCode } from "@opentelemetry/api";
import { AutomationError, toErrorRecord } from "../errors.ts";
import { type AppDocument, appPk, type JobDocument, type StepDocument } from "../jobs/documents.ts";
import { type Forms, isNewer, knowsJob } from "../jobs/forms.ts";
import type { HolderProcess } from "../jobs/holderProcess.ts";
import { Lease, type LeaseOptions } from "../jobs/lease.ts";
import type { Outbox, Written } from "../jobs/outbox.ts";
import { isHeld, isTerminal } from "../jobs/states.ts";
import type { LedgerStore } from "../jobs/store.ts";
import type { Logger } from "../logger.ts";
import type { Outcome } from "../queue/consumer.ts";
import type { Delivered, JobMessage } from "../queue/serviceBus.ts";
import type { Redactor } from "../redact.ts";
import { type Place, stayOf } from "../schedule/schedule.ts";
import type { Scheduler } from "../schedule/scheduler.ts";
import { instruments } from "../telemetry/metrics.ts";
import { inSpan, parentFor } from "../telemetry/spans.ts";
import type { WorkResult } from "../workflow/developJob.ts";
import { JobSession } from "../workflow/jobSession.ts";
import type { WorkflowServices } from "../workflow/services.ts";
import { type Ending, lostFrom, type RetryRules, recover, settle } from "./outcome.ts";
import { watchCancel } from "./watchCancel.ts";

export interface AppRunnerOptions {
  readonly store: LedgerStore;
  readonly outbox: Pick<Outbox, "dispatch">;
  readonly scheduler: Pick<Scheduler, "enter" | "leave" | "place">;
  readonly services: WorkflowServices;
  readonly redactor: Redactor;
  readonly log: Logger;
  readonly holder: string;
  /** This process, so that its death is seen on the same machine. */
  readonly process?: HolderProcess;
  /** How a lease is taken from others, and its writes repeated. */
  readonly leasing?: Pick<LeaseOptions, "isGone" | "pause">;
  readonly leaseMs: number;
  readonly maxAttempts: number;
  /** How often a running job looks for a cancel request. @default 1000 */
  readonly cancelPollMs?: number;
  /** The work of a job, by its kind. */
  readonly work: (session: JobSession) => Promise<WorkResult>;
  /** Runs after the work on every path. */
  readonly cleanup: (session: JobSession) => Promise<void>;
  /** Runs for a job that was to stop when its worker died, when a deployment of its app may be unfinished. */
  readonly stopped?: (session: JobSession) => Promise<void>;
  readonly random?: () => number;
  /** Of this release. */
  readonly forms?: Forms;
  /** @default the store's clock */
  readonly now?: () => number;
}

type Result = WorkResult | { readonly kind: "error"; readonly error: unknown };

/** Works on one app's jobs, oldest first, under its lease. The ledger says what to do; the message only woke us. */
export class AppRunner {
  readonly #options: AppRunnerOptions;

  readonly #rules: RetryRules;

  constructor(options: AppRunnerOptions) {
    this.#options = options;
    const { maxAttempts, random = Math.random, now = () => options.store.now() } = options;
    this.#rules = { maxAttempts, random, now };
  }

  /** @param stop aborted with `SHUTTING_DOWN` when this worker shuts down: work is handed over */
  async handle(message: Delivered, stop: AbortSignal): Promise<Outcome> {
    const { store, holder, leaseMs, outbox, log, process, leasing } = this.#options;
    const shared = { store, holder, leaseMs, dispatch: outbox.dispatch, now: this.#rules.now };
    const options = { ...shared, ...leasing, ...(process ? { process } : {}) };
    let lease: Lease | undefined;
    try {
      lease = await Lease.acquire(message.appId, options, stop);
    } catch (error) {
      if (isCode(error, "APP_NOT_FOUND")) {
        log.warn(message, "a message for an app that does not exist");
        return { deadLetter: "APP_NOT_FOUND", description: `no app ${message.appId}` };
      }
      if (isCode(error, "ROW_IS_NEWER")) return "newer";
      if (!stop.aborted) throw error;
    }
    if (!lease) return "release";
    lease.startRenewing();
    try {
      return await this.#drain(lease, message, stop);
    } catch (error) {
      if (isCode(error, "ROW_IS_NEWER")) return "newer";
      if (!(error instanceof AutomationError) || error.code !== "LEASE_LOST") throw error;
      instruments().leasesLost.add(1);
      log.warn({ ...message, token: lease.token }, "the lease was lost; another worker goes on");
      return "release";
    } finally {
      await lease
        .release()
        .catch((error: unknown) => log.warn({ err: error, ...message }, "the lease was not released"));
    }
  }

  async #drain(lease: Lease, message: Delivered, stop: AbortSignal): Promise<Outcome> {
    const { log } = this.#options;
    const ended = new Map<string, JobDocument>();
    let version = 0;
    for (;;) {
      if (stop.aborted) return "release";
      // The message stands for the place of the first job; the next ones have none yet.
      const first = ended.size === 0 ? this.#options.scheduler.place(lease.appId) : undefined;
      const [{ app, job }, place] = await Promise.all([lease.head(), first]);
      if (isNewer(app, this.#options.forms) || (job && !knowsJob(job, this.#options.forms))) {
        log.warn({ appId: app.appId, jobId: job?.jobId, kind: job?.kind }, "a job of a newer release is left to it");
        return "newer";
      }
      version = app.version;
      if (!job) break;
      // Answers bring their own message, and so does a pause; one that is held by nobody alive needs no new slot.
      if (job.state === "waiting") break;
      if (job.state === "queued" && !(this.#isDue(job, message) && (await this.#hasSlot(app, job, place)))) break;
      const attributes = { "job.id": job.jobId, "app.id": job.appId, "tenant.id": job.tenantId };
      const after = await inSpan(`job ${job.kind}`, { ...parentFor(job.traceparent), attributes }, (span) =>
        this.#attempt(lease, { app, job }, stop, span),
      );
      ended.set(job.jobId, after);
      if (after.state === "queued" && stop.aborted) return "release";
    }
    const job = ended.get(message.jobId) ?? (await known(lease, message.jobId));
    // A late message of a job that is over: it may have got a slot that nobody else gives back.
    if (ended.size === 0 && (!job || isTerminal(job.state)))
      await this.#options.scheduler.leave(message.appId, message.jobId, version + 1);
    if (job?.state !== "dead" || !(await this.#isLetter(lease, job, message))) return "complete";
    return { deadLetter: job.error?.code ?? "POISON", description: job.error?.title ?? "given up" };
  }

  /** One message becomes the dead letter of a job; others that come late or twice do not, and that one does also when it comes again. */
  async #isLetter(lease: Lease, { jobId }: JobDocument, { messageId }: Delivered): Promise<boolean> {
    const { letter } = await lease.commit(jobId, (job) =>
      job.letter === undefined ? { job: { letter: messageId } } : undefined,
    );
    return letter === messageId;
  }

  /** The broker's clock decides: a message that it kept until then is right, whatever the clock here says. */
  #isDue({ notBefore }: JobDocument, { due }: JobMessage): boolean {
    return notBefore === undefined || due === notBefore || Date.parse(notBefore) <= this.#rules.now() + 50;
  }

  /** Whether the job may run now; if it is not in the line yet, it gets in. */
  async #hasSlot(app: AppDocument, job: JobDocument, place: Place | undefined): Promise<boolean> {
    const { stay: since = 0 } = job;
    if (place?.jobId === job.jobId && stayOf(place) >= since) return place.state === "admitted";
    const { appId, tenantId, jobId, priority = "normal" } = job;
    const messageId = `${jobId}:${app.version}`;
    const wish = { appId, tenantId, jobId, priority, messageId, stay: app.version };
    const entered = await this.#options.scheduler.enter(wish, false);
    return entered?.jobId === jobId && entered.state === "admitted";
  }

  async #attempt(lease: Lease, { app, job: found }: Written, stop: AbortSignal, span: Span): Promise<JobDocument> {
    const { store, services, redactor, log, holder } = this.#options;
    const ready = isHeld(found.state) ? await this.#recover(lease, found) : found;
    if (ready.state !== "queued") return ready;
    const attempt = ready.attempts + 1;
    const job = await lease.commit(ready.jobId, (current) =>
      current.state === "queued"
        ? {
            moves: ["lease", "start"],
            job: { attempts: attempt, startedAt: current.startedAt ?? new Date(this.#rules.now()).toISOString() },
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
    const signal = AbortSignal.any([cancel.signal, stop, lease.lost]);
    const session = new JobSession({ lease, store, job, app, services, redactor, signal });
    log.info({ jobId: job.jobId, attempt, token: lease.token, kind: job.kind }, "job started");
    const started = performance.now();
    try {
      const result = await this.#work(session);
      cancel.stop();
      const ended = await session.commit((current) => settle(current, this.#ending(current, result), this.#rules));
      const durationMs = Math.round(performance.now() - started);
      measure(span, ended, durationMs);
      log.info({ jobId: job.jobId, state: ended.state, durationMs, error: ended.error?.code }, "job ended");
      return ended;
    } finally {
      cancel.stop();
      session.discard();
    }
  }

  /** The work and then the cleanup; whatever is thrown is a result here, so nothing can be mistaken for success. */
  async #work(session: JobSession): Promise<Result> {
    let result: Result;
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

  /** A worker died with this job: it was lost, and is queued again unless that happened too often. */
  async #recover(lease: Lease, found: JobDocument): Promise<JobDocument> {
    const { store, log } = this.#options;
    const prefix = `step-${found.jobId}-`;
    const read = () => store.range<StepDocument>(appPk(found.appId), prefix, `${prefix}~`, 500);
    const steps = await lease.patiently(read);
    const open = steps.map(({ doc }) => doc).filter((doc) => doc.status === "running");
    const names = open.map((doc) => doc.step);
    const { jobId, attempts } = found;
    log.warn({ jobId, attempts, open: names }, "a job without a living worker is recovered");
    for (let looked = false; ; looked = true) {
      let mustLook = false;
      const recovered = await lease.commit(jobId, (job, app) => {
        // Also when somebody asks at this moment: a stop without a look at what is left would not be the truth.
        mustLook = !looked && job.cancel !== undefined && (app.openedBy ?? []).length > 0;
        return mustLook ? undefined : recover(job, open, this.#rules);
      });
      if (!mustLook) return recovered;
      await this.#takeStock(lease, jobId);
    }
  }

  /** The worker that was to stop it cannot: what its deployment left is looked at here. */
  async #takeStock(lease: Lease, jobId: string): Promise<void> {
    const { stopped, store, services, redactor } = this.#options;
    if (!stopped) return;
    const app = await lease.app();
    const job = await lease.commit(jobId, (now) => (now.state === "recovering" ? undefined : { moves: lostFrom(now) }));
    const session = new JobSession({ lease, store, job, app, services, redactor, signal: lease.lost });
    try {
      await stopped(session);
      await session.flush();
    } finally {
      session.discard();
    }
  }

  /** What is thrown, as it is kept. */
  #ending(job: JobDocument, result: Result): Ending {
    if (result.kind !== "error") return result;
    const step = job.steps.findLast((each) => each.status === "failed")?.name;
    return { kind: "error", error: this.#options.redactor.data(toErrorRecord(result.error, step)) };
  }
}

/** What an attempt tells those who watch the platform. */
function measure(
  span: Span,
  { kind, state, attempts, error, createdAt, startedAt }: JobDocument,
  durationMs: number,
): void {
  const told = { kind, state };
  const { jobs, jobSeconds, waitSeconds } = instruments();
  jobs.add(1, told);
  jobSeconds.record(durationMs / 1000, told);
  if (attempts === 1 && startedAt) waitSeconds.record((Date.parse(startedAt) - Date.parse(createdAt)) / 1000, { kind });
  span.setAttributes({ "job.state": state, "job.attempt": attempts });
  if (state !== "failed" && state !== "dead") return;
  const reason = { "error.code": error?.code ?? "", "error.step": error?.step ?? "" };
  span.addEvent("deployment_failed", reason);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error?.title ?? state });
}

/** A message may name a job that there is not; a ledger that does not answer says nothing about it. */
async function known(lease: Lease, jobId: string): Promise<JobDocument | undefined> {
  try {
    return await lease.job(jobId);
  } catch (error) {
    if (isCode(error, "JOB_NOT_FOUND")) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof AutomationError && error.code === code;
}
