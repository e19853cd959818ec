import { hostname } from "node:os";
import type { DeployCallbacks } from "../deploy/deployer.ts";
import type { DeployRequest, DeployResult } from "../deploy/messages.ts";
import { AutomationError } from "../errors.ts";
import type { StepContext } from "./step.ts";
import { takeStock } from "./takeStock.ts";
import { tellEvent } from "./tellEvent.ts";

export interface StackWork extends Pick<DeployRequest, "config" | "refresh"> {
  readonly kind: "up" | "destroy";
  /** @default accepts every plan */
  readonly onPlan?: DeployCallbacks["onPlan"];
  /** How many resources the plan has, when one was seen. */
  readonly planned?: () => number | undefined;
  /** What is there is looked at first, also when no earlier run was left open. */
  readonly mustRecover?: boolean;
}

/** Of a deployment that ended so nobody knows what it left. */
const LEAVES_OPEN = ["DEPLOYER_DIED", "STACK_LOCKED", "STATE_BROKEN"] as const;

/**
 * A deployment of the app's stack in a process of its own. The app remembers that its stack is open until that process has said its end, so
 * whoever comes after a death, in this job or a later one, sorts out first what was left. A cancelled one ends with a stock-taking.
 *
 * @throws {AutomationError} as `Deployer.run`
 */
export async function runStack(
  { kind, config, refresh = false, onPlan, planned, mustRecover = false }: StackWork,
  context: StepContext,
): Promise<DeployResult> {
  const { services, job, signal } = context;
  const former = context.app.openedBy ?? [];
  const recover = mustRecover || former.length > 0 || job.attempts > 1;
  const stack = job.appId;
  await context.commit(() => ({ app: { openedBy: [...new Set([...former, hostname()])] } }));
  let settled = !recover;
  let made = false;
  let abortedAt: number | undefined;
  const onAbort = () => {
    abortedAt = performance.now();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  const onEvent: DeployCallbacks["onEvent"] = (event) => {
    if (event.type === "recovery" && event.action === "refreshed") settled = true;
    if (event.type === "resource" && event.phase === "done" && event.operation.startsWith("create")) made = true;
    tellEvent(event, context);
  };
  const close = () => context.commit(() => ({ app: { openedBy: [] } }));
  try {
    const request = { kind, stack, config, refresh, recover, formerHosts: former };
    const done = await services.deployer.run(request, { signal, onPlan: onPlan ?? (async () => {}), onEvent });
    await close();
    return done;
  } catch (error) {
    const cancelled = signal.aborted && isCode(signal.reason, "CANCELLED");
    if (cancelled) {
      const elapsedMs = performance.now() - (abortedAt ?? performance.now());
      await takeStock(context, { elapsedMs, made, planned: planned?.() });
    } else if (settled && !signal.aborted && !LEAVES_OPEN.some((code) => isCode(error, code))) {
      await close();
    }
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof AutomationError && error.code === code;
}
