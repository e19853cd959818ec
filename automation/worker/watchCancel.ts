import { AutomationError } from "../errors.ts";
import type { JobDocument } from "../jobs/documents.ts";

/** Looks for a cancel request while a job runs; the signal aborts with `CANCELLED`. */
export function watchCancel(read: () => Promise<JobDocument>, everyMs: number): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  let reading = false;
  const look = async () => {
    if (reading) return;
    reading = true;
    try {
      if ((await read()).cancel) controller.abort(new AutomationError("CANCELLED"));
    } catch {
      // The ledger does not answer: the next look or the lease's renewal decides.
    } finally {
      reading = false;
    }
  };
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}
