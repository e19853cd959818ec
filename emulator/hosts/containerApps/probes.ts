import { request } from "node:http";
import { connect } from "node:net";
import type { Probe } from "./settings.ts";

/** Pause between attempts until the first success: a local start is not held up by Azure's periods of seconds. */
const EAGER_MS = 15;

/** One attempt: TCP connects, HTTP answers 200 to 399. */
export function probe(probe: Pick<Probe, "path" | "headers" | "timeoutSeconds">, port: number): Promise<boolean> {
  const timeout = probe.timeoutSeconds * 1000;
  if (probe.path === undefined) return probeTcp(port, timeout);
  return new Promise((resolve) => {
    const call = request(
      { host: "127.0.0.1", port, path: probe.path, headers: probe.headers, timeout, agent: false },
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

function probeTcp(port: number, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout });
    const end = (ok: boolean) => {
      socket.destroy();
      resolve(ok);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}

/** Tries until it succeeds. @returns `false` when time is over or the signal came first */
export async function awaitProbe(one: Probe, port: number, limitMs: number, signal: AbortSignal): Promise<boolean> {
  const until = Date.now() + limitMs;
  while (!signal.aborted && Date.now() < until) {
    if (await probe(one, port)) return true;
    await new Promise((resolve) => setTimeout(resolve, EAGER_MS));
  }
  return false;
}

/** Calls `changed` when a probe fails `failureThreshold` times in a row, and when it succeeds again. @returns a function that ends it */
export function watchProbe(one: Probe, port: number, changed: (healthy: boolean) => void): () => void {
  let failures = 0;
  let healthy = true;
  const timer = setInterval(async () => {
    const ok = await probe(one, port);
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
