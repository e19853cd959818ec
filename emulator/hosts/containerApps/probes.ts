import { request } from "node:http";
import { type Reach, reachedBy } from "./reach.ts";
import type { Probe } from "./settings.ts";

/** Pause between attempts until the first success: a local start is not held up by Azure's periods of seconds. */
const EAGER_MS = 15;

/** One attempt: TCP connects, HTTP answers 200 to 399. */
export function probe(
  probe: Pick<Probe, "path" | "headers" | "timeoutSeconds">,
  port: number,
  reach: Reach,
): Promise<boolean> {
  const timeout = probe.timeoutSeconds * 1000;
  if (probe.path === undefined) return probeTcp(port, timeout, reach);
  return new Promise((resolve) => {
    const call = request(
      { host: "127.0.0.1", port, path: probe.path, headers: probe.headers, timeout, ...reachedBy(reach, port) },
      (answer) => {
        answer.resume();
        const status = answer.statusCode ?? 0;
        resolve(status >= 200 && status < 400);
      },
    );
    call.once("timeout", () => call.destroy());
    call.once("error", () => resolve(false));
    call.end();
  });
}

async function probeTcp(port: number, timeoutMs: number, reach: Reach): Promise<boolean> {
  const connected = reach(port).then(
    (socket) => {
      socket.destroy();
      return true;
    },
    () => false,
  );
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, timeoutMs, false).unref());
  return Promise.race([connected, late]);
}

/** Tries until it succeeds. @returns `false` when time is over or the signal came first */
export async function awaitProbe(
  one: Probe,
  to: { readonly port: number; readonly reach: Reach },
  limitMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const until = Date.now() + limitMs;
  while (!signal.aborted && Date.now() < until) {
    if (await probe(one, to.port, to.reach)) return true;
    await new Promise((resolve) => setTimeout(resolve, EAGER_MS));
  }
  return false;
}

/** Calls `changed` when a probe fails `failureThreshold` times in a row, and when it succeeds again. @returns a function that ends it */
export function watchProbe(
  one: Probe,
  to: { readonly port: number; readonly reach: Reach },
  changed: (healthy: boolean) => void,
): () => void {
  let failures = 0;
  let healthy = true;
  const timer = setInterval(async () => {
    const ok = await probe(one, to.port, to.reach);
    failures = ok ? 0 : failures + 1;
    const now = ok || (healthy && failures < one.failureThreshold);
    if (now !== healthy) {
      healthy = now;
      changed(now);
    }
  }, one.periodSeconds * 1000);
  return () => clearInterval(timer);
}

/** The probe that Container Apps adds for ingress when a template has none: TCP on the target port, 240 tries of a second. */
export const DEFAULT_STARTUP: Probe = {
  type: "Startup",
  headers: {},
  periodSeconds: 1,
  timeoutSeconds: 3,
  failureThreshold: 240,
  initialDelaySeconds: 1,
};
