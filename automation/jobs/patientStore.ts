import { setTimeout as sleep } from "node:timers/promises";
import { toErrorRecord } from "../errors.ts";
import type { LedgerStore, ProjectionStore } from "./store.ts";

const TRIES = 5;
const PAUSE_MS = 20;
/** A store that took so long to fail is asked once more (only the connection may be gone): whoever waits is told. */
const PATIENCE_MS = 1_000;
/** What may be repeated without a thought. A batch may have landed: who makes it knows how to tell. */
const IS_REPEATED: Readonly<Record<keyof LedgerStore | keyof ProjectionStore, boolean>> = {
  read: true,
  range: true,
  find: true,
  count: true,
  outbox: true,
  list: true,
  between: true,
  jobTimes: true,
  jobFacts: true,
  batch: false,
  project: true, // done twice it is as done once: a row is never replaced by an older one
  now: false, // asks nobody
};

/** The same store; a read or a copy that fails for a reason that passes is repeated, with growing random pauses of up to 0.3 s in all. */
export function patientStore<T extends LedgerStore & ProjectionStore>(store: T): T {
  return new Proxy(store, {
    get(of, name) {
      const found = Reflect.get(of, name, of) as unknown;
      if (typeof found !== "function") return found;
      const call = found.bind(of) as (...args: unknown[]) => unknown;
      return IS_REPEATED[name as keyof typeof IS_REPEATED]
        ? (...args: unknown[]) => repeated(() => call(...args))
        : call;
    },
  });
}

async function repeated(read: () => unknown): Promise<unknown> {
  const end = performance.now() + PATIENCE_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      const over = attempt >= TRIES || (attempt > 1 && performance.now() > end);
      if (over || toErrorRecord(error).class !== "infrastructure") throw error;
      await sleep(Math.random() * PAUSE_MS * 2 ** (attempt - 1));
    }
  }
}
