import { useEffect, useState } from "react";
import { isOver, type JobView } from "../contract.ts";
import { Mark } from "../parts/Status.tsx";
import { duration, stepName } from "../words.ts";
import { type PlannedStep, plannedSteps } from "./plannedSteps.ts";

/** The steps of a job with their durations; what is under way counts up, what is still ahead is grey. */
export function Steps({ job }: { readonly job: JobView }) {
  const steps = plannedSteps(job);
  const over = isOver(job.status);
  const now = useNow(!over);
  const done = steps.filter((step) => step.status === "succeeded" || step.status === "skipped").length;
  return (
    <section aria-labelledby="steps">
      <h2 id="steps">Steps</h2>
      {!over && <progress max={steps.length} value={done} aria-label={`${done} of ${steps.length} steps are done`} />}
      {steps.length === 0 && <p className="empty">No step was begun.</p>}
      <ol className="steps">
        {steps.map((step) => (
          <li key={step.name} className={step.status} aria-current={step.status === "running" ? "step" : undefined}>
            <Mark status={step.status} />
            <span>{stepName(step.name)}</span>
            <span className="hidden">, {step.status}</span>
            <small>{lengthOf(step, now)}</small>
          </li>
        ))}
      </ol>
    </section>
  );
}

function lengthOf({ status, durationMs, startedAt }: PlannedStep, now: number): string {
  if (durationMs !== undefined) return duration(durationMs);
  return status === "running" && startedAt ? duration(Math.max(0, now - Date.parse(startedAt))) : "";
}

function useNow(ticks: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!ticks) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [ticks]);
  return now;
}
