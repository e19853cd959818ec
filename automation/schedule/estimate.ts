/** What is known of the line before a queued job. */
export interface Ahead {
  /** How long one job takes, by those that ended: the middle, in seconds. */
  readonly medianSeconds: number;
  /** Jobs before it in its own app; they run one after the other. */
  readonly inApp: number;
  /** How long the first of them runs already; absent while it has not started. */
  readonly runningSeconds?: number;
  /** Apps that get a slot before its app does; absent when the app has one. */
  readonly forSlots?: number;
  /** Slots that become free for these, side by side. */
  readonly lanes: number;
}

/**
 * About how long a job still waits for its start, in whole seconds: half of a job until the next slot becomes free, one job for each row of
 * those before it, and the app's own jobs one after the other. A job that runs longer than usual counts as nearly done. Pure.
 */
export function estimateWait({ medianSeconds, inApp, runningSeconds, forSlots, lanes }: Ahead): number {
  const slots = forSlots === undefined ? 0 : medianSeconds * (0.5 + Math.floor(forSlots / Math.max(1, lanes)));
  const own = inApp * medianSeconds - Math.min(runningSeconds ?? 0, inApp > 0 ? medianSeconds : 0);
  return Math.round(slots + own);
}
