import { patientStore } from "@devfactory/automation/jobs/patientStore.ts";
import type { LedgerStore, ProjectionStore } from "@devfactory/automation/jobs/store.ts";
import { atRate, type FaultPlan, faultyStore, seeded, withFaults } from "@devfactory/automation/jobs/testing/faults.ts";
import { startFaultyProxy } from "./faultyProxy.ts";

/** Of the calls and requests that fail, half of them after they were done; `faults.test.ts` sets it. */
const RATE = Number(process.env.JOBS_FAULT_RATE ?? 0);
const SEED = Number(process.env.JOBS_SEED ?? 1);

/** A plan of its own for each part; nothing while nothing fails. */
export function faultPlan(part = 0): FaultPlan | undefined {
  return RATE > 0 ? atRate(RATE, seeded(SEED + 1_000 * part)) : undefined;
}

/** What a process sees of a store. */
export function shaky<T extends LedgerStore & ProjectionStore>(store: T, plan = faultPlan()): T {
  return patientStore(plan ? faultyStore(store, plan) : store);
}

/** Some methods of something else that is reached over a line. */
export function shakyCalls<T extends object>(target: T, methods: readonly (keyof T & string)[]): T {
  const plan = faultPlan(3);
  return plan ? withFaults(target, methods, plan) : target;
}

/** The address at which a service of HTTP is reached: its own, or one where requests and answers get lost. */
export async function wayTo(
  url: string,
  certificates: { readonly cert: string; readonly key: string; readonly ca: string },
): Promise<
  { readonly url: string; readonly lost: { readonly before: number; readonly after: number } } & AsyncDisposable
> {
  const plan = faultPlan(url.length);
  if (plan) return startFaultyProxy({ target: url, certificates, plan });
  return { url, lost: { before: 0, after: 0 }, [Symbol.asyncDispose]: async () => undefined };
}
