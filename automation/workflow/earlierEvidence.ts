import type { Artifact, JobDocument, StepDocument } from "../jobs/documents.ts";
import { isEvidence, placeOf } from "../jobs/retrySteps.ts";
import type { Step, StepContext } from "./step.ts";

/** What the job that is done again says about a step. */
export type Earlier =
  | { readonly kind: "stands"; readonly record: StepDocument; readonly artifacts: readonly Artifact[] }
  | { readonly kind: "repeat"; readonly reason: string };

const LOOK_MS = 60_000;

type Reading = Pick<StepContext, "services" | "signal">;

/** What a retried job takes over. With the first step that it does itself that is over: what follows is done, too. */
export class EarlierEvidence {
  readonly #reuses: JobDocument["reuses"];
  readonly #records: (jobId: string, step: string) => Promise<readonly StepDocument[]>;
  #over = false;

  /** @param records reads what a job left of a step, of all its attempts */
  constructor(
    reuses: JobDocument["reuses"],
    records: (jobId: string, step: string) => Promise<readonly StepDocument[]>,
  ) {
    this.#reuses = reuses;
    this.#records = records;
  }

  /** The job has done this step itself, in an earlier attempt or now. */
  end(step: string): void {
    if (placeOf(step) !== undefined) this.#over = true;
  }

  /** @returns nothing for a step of which nothing is taken over */
  async find<Input, Result>(
    step: Step<Input, Result>,
    input: Input,
    inputHash: string,
    reading: Reading,
  ): Promise<Earlier | undefined> {
    if (!this.#reuses || this.#over || !isBefore(step.name, this.#reuses.fromStep)) return undefined;
    const records = (await this.#records(this.#reuses.jobId, step.name)).filter(isEvidence);
    if (records.length === 0) return undefined;
    const record = records.find((each) => each.inputHash === inputHash);
    if (!record) return { kind: "repeat", reason: "it is asked for something else now" };
    const evidence = record.evidence as Result & { readonly artifacts?: readonly Artifact[] };
    const reason = await this.#outdated(step, evidence, input, reading);
    if (reason !== undefined) return { kind: "repeat", reason };
    return { kind: "stands", record, artifacts: evidence.artifacts ?? [] };
  }

  /** What cannot be looked at is done again: that costs time, and a guess would cost an app. */
  async #outdated<Input, Result>(
    step: Step<Input, Result>,
    evidence: Result,
    input: Input,
    reading: Reading,
  ): Promise<string | undefined> {
    const signal = AbortSignal.any([reading.signal, AbortSignal.timeout(LOOK_MS)]);
    try {
      return await step.outdated?.(evidence, input, { ...reading, signal });
    } catch (error) {
      reading.signal.throwIfAborted();
      return `it could not be looked at (${error instanceof Error ? error.message : String(error)})`;
    }
  }
}

/** Whether a step comes before the one that somebody named; the deployment itself is always done: Azure may have changed meanwhile. */
function isBefore(step: string, fromStep = "deploy"): boolean {
  const [place, end] = [placeOf(step), placeOf(fromStep)];
  return place !== undefined && end !== undefined && place < end;
}
