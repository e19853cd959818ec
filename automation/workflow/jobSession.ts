import type { Span } from "@opentelemetry/api";
import { AutomationError, toErrorRecord } from "../errors.ts";
import type { Change, NewEvent } from "../jobs/change.ts";
import {
  type AppDocument,
  type Artifact,
  appPk,
  type JobDocument,
  type StepDocument,
  type StepSummary,
  stepDocId,
} from "../jobs/documents.ts";
import { hashOf } from "../jobs/ids.ts";
import type { Lease } from "../jobs/lease.ts";
import { isEvidence } from "../jobs/retrySteps.ts";
import type { LedgerStore } from "../jobs/store.ts";
import type { Redactor } from "../redact.ts";
import { instruments } from "../telemetry/metrics.ts";
import { inSpan } from "../telemetry/spans.ts";
import { type Earlier, EarlierEvidence } from "./earlierEvidence.ts";
import type { WorkflowServices } from "./services.ts";
import type { Step, StepContext } from "./step.ts";

export interface JobSessionOptions {
  readonly lease: Lease;
  readonly store: LedgerStore;
  readonly job: JobDocument;
  readonly app: AppDocument;
  readonly services: WorkflowServices;
  readonly redactor: Redactor;
  /** Aborted by cancel, shutdown and a lost lease. */
  readonly signal: AbortSignal;
}

const FLUSH_MS = 200;
const FLUSH_EVENTS = 50;

/** One attempt of one job: its events in batches, its steps with their records, all under the lease. */
export class JobSession {
  readonly options: JobSessionOptions;
  readonly jobId: string;
  readonly #buffer: NewEvent[] = [];
  readonly #artifacts = new Map<string, Artifact>();
  readonly #earlier: EarlierEvidence;
  #timer: NodeJS.Timeout | undefined;
  #broken: unknown;
  #flushing = false;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: JobSessionOptions) {
    this.options = options;
    this.jobId = options.job.jobId;
    this.#earlier = new EarlierEvidence(options.job.reuses, (jobId, step) => this.#records(jobId, step));
  }

  /** Adds an event; it is redacted here, before anything is stored. */
  report(event: NewEvent): void {
    this.#buffer.push({ ...this.options.redactor.data(event), at: event.at ?? this.#now().toISOString() });
    if (this.#buffer.length >= FLUSH_EVENTS) void this.#background();
    else this.#timer ??= setTimeout(() => void this.#background(), FLUSH_MS);
  }

  /** Writes a change together with the events before it, in their order. Writes of one session follow each other. */
  commit(decide: (job: JobDocument, app: AppDocument) => Change | undefined): Promise<JobDocument> {
    const result = this.#queue.then(() => this.#write(decide));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Writes the events that wait. */
  async flush(): Promise<void> {
    await this.commit(() => undefined);
  }

  async #write(decide: (job: JobDocument, app: AppDocument) => Change | undefined): Promise<JobDocument> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const broken = this.#broken;
    this.#broken = undefined;
    if (broken) throw broken;
    // At most 50 events per transaction: those before go first.
    while (this.#buffer.length > FLUSH_EVENTS) {
      await this.#writeWith(this.#buffer.splice(0, FLUSH_EVENTS), () => undefined);
    }
    return this.#writeWith(this.#buffer.splice(0), decide);
  }

  async #writeWith(
    events: readonly NewEvent[],
    decide: (job: JobDocument, app: AppDocument) => Change | undefined,
  ): Promise<JobDocument> {
    try {
      return await this.options.lease.commit(this.jobId, (job, app) => {
        const change = decide(job, app);
        if (!change && events.length === 0) return undefined;
        const own = (change?.events ?? []).map((each) => this.options.redactor.data(each));
        return { ...change, events: [...events, ...own] };
      });
    } catch (error) {
      // Nothing was written: the next write takes them along.
      this.#buffer.unshift(...events);
      throw error;
    }
  }

  /** Stops writing: the lease is gone. */
  discard(): void {
    clearTimeout(this.#timer);
    this.#buffer.length = 0;
  }

  /**
   * Runs a step, or returns what it left when it was done before with the same input.
   *
   * @param signal of the step; without it the session's (cleanup has its own: it also runs after a cancel)
   */
  async step<Input, Result>(
    step: Step<Input, Result>,
    input: Input,
    signal: AbortSignal = this.options.signal,
  ): Promise<Result> {
    return inSpan(`step ${step.name}`, {}, (span) => this.#step(step, input, signal, span));
  }

  async #step<Input, Result>(
    step: Step<Input, Result>,
    input: Input,
    signal: AbortSignal,
    span: Span,
  ): Promise<Result> {
    signal.throwIfAborted();
    const inputHash = hashOf(input);
    const done = await this.#done(step.name, inputHash);
    if (done) {
      if (done.reusedFrom === undefined) this.#earlier.end(step.name);
      span.setAttribute("step.skipped", true);
      this.report({ type: "step_skipped", step: step.name, message: `${step.name} was done before` });
      return done.evidence as Result;
    }
    const { services } = this.options;
    const earlier = await this.#earlier.find(step, input, inputHash, { services, signal });
    if (earlier?.kind === "stands") {
      span.setAttribute("step.skipped", true);
      return (await this.#takeOver(step.name, earlier)) as Result;
    }
    this.#earlier.end(step.name);
    const startedAt = this.#now();
    const record = await this.#begin(step.name, inputHash, startedAt, earlier?.reason);
    const timeout = AbortSignal.timeout(step.timeoutMs);
    try {
      const evidence = await step.run(input, await this.#context(step.name, AbortSignal.any([signal, timeout])));
      signal.throwIfAborted();
      await this.#end(record, "succeeded", startedAt, { evidence: this.options.redactor.data(evidence) });
      return evidence;
    } catch (cause) {
      const error = this.#reason(cause, step, signal, timeout);
      if (error instanceof AutomationError && error.code === "LEASE_LOST") throw error;
      const cancelled =
        error instanceof AutomationError && (error.code === "CANCELLED" || error.code === "SHUTTING_DOWN");
      const problem = this.options.redactor.data(toErrorRecord(error, step.name));
      await this.#end(record, cancelled ? "cancelled" : "failed", startedAt, { error: problem });
      throw error;
    }
  }

  /** Job and app as they are now: what an earlier step left there counts. */
  async #context(step: string, signal: AbortSignal): Promise<StepContext> {
    const { lease, services } = this.options;
    const job = await lease.job(this.jobId);
    const app = await lease.app();
    return {
      signal,
      report: (event) => this.report({ step, ...event }),
      commit: (decide) => this.commit(decide),
      lost: lease.lost,
      keep: (artifact) => void this.#artifacts.set(artifact.name, artifact),
      services,
      job,
      app,
    };
  }

  /** A step that the retried job has done: its evidence and what it offers for download are this job's too. */
  async #takeOver(step: string, { record, artifacts }: Extract<Earlier, { kind: "stands" }>): Promise<unknown> {
    const { attempts: attempt } = this.options.job;
    const at = this.#now().toISOString();
    const { evidence, inputHash, pk, jobId: reusedFrom } = record;
    for (const artifact of artifacts) this.#artifacts.set(artifact.name, artifact);
    const id = stepDocId(this.jobId, step, attempt);
    const own: StepDocument = {
      ...{ id, pk, schema: 1, type: "step", jobId: this.jobId, step, attempt, inputHash },
      ...{ status: "skipped", startedAt: at, finishedAt: at, evidence, reusedFrom },
    };
    const message = `${step} was done by ${reusedFrom}, and that still stands`;
    await this.commit((job) => ({
      job: {
        steps: withStep(job.steps, { name: step, status: "skipped", startedAt: at, reusedFrom }),
        artifacts: this.#withArtifacts(job.artifacts),
      },
      steps: [own],
      events: [{ type: "step_reused", step, message, data: { of: reusedFrom } }],
    }));
    return evidence;
  }

  /** Records steps that this job has no need of. */
  async skip(names: readonly string[], why: string): Promise<void> {
    const at = this.#now().toISOString();
    await this.commit((job) => ({
      job: {
        steps: names.reduce((steps, name) => withStep(steps, { name, status: "skipped", startedAt: at }), job.steps),
      },
      events: names.map((step) => ({ type: "step_skipped", step, message: `${step} is not needed: ${why}` })),
    }));
  }

  /** An abort shows as whatever the aborted call makes of it; the reason is what aborted it. */
  #reason(error: unknown, step: Step<never, unknown>, signal: AbortSignal, timeout: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    if (timeout.aborted) {
      return new AutomationError("STEP_TIMEOUT", { step: step.name, seconds: step.timeoutMs / 1000 }, { cause: error });
    }
    return error;
  }

  async #done(step: string, inputHash: string): Promise<StepDocument | undefined> {
    const records = await this.#records(this.jobId, step);
    return records.find((doc) => isEvidence(doc) && doc.inputHash === inputHash);
  }

  async #records(jobId: string, step: string): Promise<readonly StepDocument[]> {
    const prefix = `step-${jobId}-${step}-`;
    const { store, lease, app } = this.options;
    const read = () => store.range<StepDocument>(appPk(app.appId), prefix, `${prefix}~`, 100);
    return (await lease.patiently(read)).map(({ doc }) => doc);
  }

  /** @param repeated why it is done again although the retried job has done it */
  async #begin(name: string, inputHash: string, startedAt: Date, repeated?: string): Promise<StepDocument> {
    const at = startedAt.toISOString();
    const attempt = this.options.job.attempts;
    const { appId } = this.options.app;
    const record: StepDocument = {
      id: stepDocId(this.jobId, name, attempt),
      pk: appPk(appId),
      schema: 1,
      type: "step",
      jobId: this.jobId,
      step: name,
      attempt,
      inputHash,
      status: "running",
      startedAt: at,
    };
    await this.commit((job) => ({
      job: { phase: name, steps: withStep(job.steps, { name, status: "running", startedAt: at }) },
      steps: [record],
      events: [
        ...(repeated === undefined ? [] : [repeatEvent(name, repeated)]),
        { type: "step_started", step: name, message: `${name} started` },
      ],
    }));
    return record;
  }

  async #end(
    record: StepDocument,
    status: "succeeded" | "failed" | "cancelled",
    startedAt: Date,
    outcome: Pick<StepDocument, "evidence" | "error">,
  ): Promise<void> {
    const finishedAt = this.#now();
    const durationMs = finishedAt.getTime() - startedAt.getTime();
    const name = record.step;
    instruments().stepSeconds.record(durationMs / 1000, { step: name, status });
    const message = outcome.error ? `${name} ${status}: ${outcome.error.detail}` : `${name} ${status}`;
    await this.commit((job) => ({
      job: {
        steps: withStep(job.steps, { name, status, startedAt: record.startedAt, durationMs }),
        artifacts: this.#withArtifacts(job.artifacts),
      },
      steps: [{ ...record, ...outcome, status, finishedAt: finishedAt.toISOString(), durationMs }],
      events: [
        {
          type: "step_finished",
          step: name,
          message,
          level: status === "succeeded" ? "info" : status === "cancelled" ? "warning" : "error",
          data: { status, durationMs },
        },
      ],
    }));
  }

  /** By the store's clock, as all that is kept. */
  #now(): Date {
    return new Date(this.options.store.now());
  }

  #withArtifacts(known: readonly Artifact[]): readonly Artifact[] {
    return [...known.filter((each) => !this.#artifacts.has(each.name)), ...this.#artifacts.values()];
  }

  async #background(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      await this.flush();
    } catch (error) {
      // The next commit of the work throws it; a background write has nobody to tell.
      this.#broken = error;
    } finally {
      this.#flushing = false;
    }
  }
}

function repeatEvent(step: string, reason: string): NewEvent {
  return { type: "step_repeated", step, level: "warning", message: `${step} is done again: ${reason}` };
}

function withStep(steps: readonly StepSummary[], step: StepSummary): readonly StepSummary[] {
  const index = steps.findIndex((each) => each.name === step.name);
  return index < 0 ? [...steps, step] : steps.with(index, step);
}
