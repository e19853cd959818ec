import { setTimeout as sleep } from "node:timers/promises";
import { AutomationError } from "../errors.ts";

export interface HealthGateOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** @default the global one */
  readonly fetch?: typeof fetch;
  readonly firstPauseMs?: number;
}

/** Where a service tells its health: on the service's own address, whatever stands in the path (`//other.example` would lead elsewhere). */
export function healthAddress(url: string, path: string): string {
  return new URL(url).origin + path;
}

/**
 * Waits until the newest revisions are the ones that serve.
 *
 * @param notReady names of those that are not
 * @throws {AutomationError} `NOT_HEALTHY` with their names
 */
export async function waitServing(
  notReady: (signal: AbortSignal) => Promise<readonly string[]>,
  { timeoutMs, signal, firstPauseMs = 100 }: HealthGateOptions,
): Promise<void> {
  const started = performance.now();
  let pause = firstPauseMs;
  for (;;) {
    const names = await notReady(signal);
    if (names.length === 0) return;
    if (performance.now() - started >= timeoutMs) {
      const last = "Azure does not call it ready; the one before it serves";
      throw new AutomationError("NOT_HEALTHY", { url: names.join(", "), seconds: timeoutMs / 1000, last });
    }
    await sleep(pause, undefined, { signal });
    pause = Math.min(2_000, pause * 1.5);
  }
}

/**
 * Waits until an address answers 200; a service that scales from zero takes a moment.
 *
 * @returns milliseconds until the first 200
 * @throws {AutomationError} `NOT_HEALTHY` with the last answer
 */
export async function waitHealthy(url: string, options: HealthGateOptions): Promise<number> {
  const { timeoutMs, signal, fetch: get = fetch } = options;
  const started = performance.now();
  let pause = options.firstPauseMs ?? 100;
  let last = "no answer";
  while (performance.now() - started < timeoutMs) {
    signal.throwIfAborted();
    try {
      const response = await get(url, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
        redirect: "manual",
      });
      await response.body?.cancel();
      if (response.status === 200) return Math.round(performance.now() - started);
      last = `status ${response.status}`;
    } catch (error) {
      signal.throwIfAborted();
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      last = cause instanceof Error ? cause.message : String(cause);
    }
    await sleep(pause, undefined, { signal });
    pause = Math.min(2_000, pause * 1.5);
  }
  throw new AutomationError("NOT_HEALTHY", { url, seconds: timeoutMs / 1000, last });
}
