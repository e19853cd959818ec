/** What to pass to a call that is ended when it takes too long. */
export interface Limited {
  readonly abortSignal: AbortSignal;
}

/** A timer that comes later than this found its process busy. */
const BUSY_MS = 100;

/**
 * Ends a call that takes too long: a connection that swallows what is sent is found by nothing else. Whether a write was done is
 * not known then. As long as this process itself was too busy to look, the answer gets more time: to take one's own load for
 * the other side's silence brings repetitions, and they bring more load.
 *
 * @throws {Error} with the code `ETIMEDOUT` after so many ms
 */
export async function within<T>(ms: number, what: string, call: (options: Limited) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const late = Promise.withResolvers<never>();
  const giveUp = () => {
    const error = Object.assign(new Error(`${what} did not answer within ${ms} ms`), { code: "ETIMEDOUT" });
    late.reject(error); // not every client ends at once when it is told to
    controller.abort(error);
  };
  let timer: NodeJS.Timeout | undefined;
  const wait = (forMs: number) => {
    const due = performance.now() + forMs;
    timer = setTimeout(() => {
      const lateMs = performance.now() - due;
      if (lateMs > BUSY_MS) wait(Math.min(lateMs, ms));
      else giveUp();
    }, forMs);
  };
  wait(ms);
  try {
    return await Promise.race([call({ abortSignal: controller.signal }), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** So long a call to a service takes at most. */
const CALL_MS = 3_000;
/** And so long while the service is known to be silent. */
const SILENT_CALL_MS = 500;
/** A service that did not answer is taken to be silent for so long. */
const SILENT_MS = 1_500;

/** The patience with one service: little with one that did not answer a moment ago, so that whoever waits is told soon. */
export class Patience {
  readonly #what: string;
  #silentUntil = 0;

  constructor(what: string) {
    this.#what = what;
  }

  /** @throws {Error} with the code `ETIMEDOUT`, and what the call throws */
  async call<T>(call: (options: Limited) => Promise<T>): Promise<T> {
    const silent = performance.now() < this.#silentUntil;
    try {
      const result = await within(silent ? SILENT_CALL_MS : CALL_MS, this.#what, call);
      this.#silentUntil = 0;
      return result;
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code === "ETIMEDOUT") this.#silentUntil = performance.now() + SILENT_MS;
      throw error;
    }
  }
}
