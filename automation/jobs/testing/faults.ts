import type { LedgerStore, ProjectionStore } from "../store.ts";

/** What befalls one call: nothing; an error instead of it; an error although it was done; a delay. */
export type Fault = "none" | "before" | "after" | { readonly delayMs: number };

/** Decides for each call; `call` counts from 1. */
export type FaultPlan = (method: string, call: number) => Fault;

/** The error of a broken line: whether the call was done is not known. */
export class InjectedFault extends Error {
  readonly code = "ETIMEDOUT";

  constructor(method: string, when: string) {
    super(`injected: ${method} failed ${when}`);
    this.name = "InjectedFault";
  }
}

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Each call fails at this rate, half of the times after it was done; some are late. */
export function atRate(rate: number, random: () => number): FaultPlan {
  return () => {
    const drawn = random();
    if (drawn < rate / 2) return "before";
    if (drawn < rate) return "after";
    return drawn > 1 - rate / 2 ? { delayMs: 1 + Math.floor(random() * 10) } : "none";
  };
}

/** Exactly the n-th call fails. */
export function atCall(n: number, fault: Fault): FaultPlan {
  return (_method, call) => (call === n ? fault : "none");
}

/** Passes the calls of some methods through a plan; everything else is as it was. */
export function withFaults<T extends object>(target: T, methods: readonly (keyof T & string)[], plan: FaultPlan): T {
  let calls = 0;
  return new Proxy(target, {
    get(of, name) {
      const found = Reflect.get(of, name, of) as unknown;
      if (typeof found !== "function") return found;
      if (!methods.includes(name as keyof T & string)) return found.bind(of) as unknown;
      return async (...args: unknown[]) => {
        calls += 1;
        const fault = plan(String(name), calls);
        if (fault === "before") throw new InjectedFault(String(name), "before it was done");
        if (typeof fault === "object") await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
        const result: unknown = await Reflect.apply(found, of, args);
        if (fault === "after") throw new InjectedFault(String(name), "after it was done");
        return result;
      };
    },
  });
}

/** Every call of a store through a plan. */
export function faultyStore<T extends LedgerStore & ProjectionStore>(store: T, plan: FaultPlan): T {
  const reads = ["read", "range", "find", "count", "outbox", "list", "between", "jobTimes", "jobFacts"] as const;
  const methods = [...reads, "batch", "project"] as const;
  return withFaults(store, methods as readonly (keyof T & string)[], plan);
}
