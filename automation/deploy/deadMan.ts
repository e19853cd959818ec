import { killGroup } from "../processes.ts";

/** No beat for so long: the worker is gone or hangs. Beats come every 5 s. */
const SILENCE_MS = 15_000;
const GRACE_MS = 10_000;

/**
 * Ends this process group when the worker is silent: softly first, so that running operations finish and the engine saves its state, then
 * SIGKILL. All of it is over before a lease of 60 s can be taken over, so no orphan works beside its successor.
 */
export class DeadMan {
  readonly #stopSoftly: () => void;
  #timer: NodeJS.Timeout | undefined;
  #last = performance.now();
  #ended = false;
  #killer: NodeJS.Timeout | undefined;

  /** @param stopSoftly what a cancel does: a signal to the whole group would end the providers in the middle of their calls */
  constructor(stopSoftly: () => void) {
    this.#stopSoftly = stopSoftly;
  }

  start(): void {
    this.#timer = setInterval(() => {
      if (performance.now() - this.#last > SILENCE_MS) this.trigger();
    }, 1_000);
  }

  beat(): void {
    this.#last = performance.now();
  }

  /** The work is over: nothing waits for the rest of the grace. */
  stop(): void {
    this.#ended = true;
    clearInterval(this.#timer);
    clearTimeout(this.#killer);
  }

  trigger(): void {
    if (this.#ended || this.#killer) return;
    this.#killer = setTimeout(() => killGroup(process.pid, "SIGKILL"), GRACE_MS);
    this.#stopSoftly();
  }
}
