/** The first restart comes at once, the next ones wait as on Azure: 10 s, 20 s … 5 min. */
const BACK_OFF_MS = [200, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000];

/** How long a container that ended waits for its start, by how often it has been started again; 1 for the first time. */
export function backOffMs(restarts: number): number {
  return BACK_OFF_MS[Math.min(restarts - 1, BACK_OFF_MS.length - 1)] ?? 0;
}

/** Waits, or ends early when the signal says so. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
