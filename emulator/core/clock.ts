/** The one clock of the local Azure: tokens, locks, time to live, cron and scaling all read it, so tests can move it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export class ShiftableClock implements Clock {
  #offsetMs = 0;

  now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** Moves the clock by `ms`; several shifts add up. */
  shift(ms: number): void {
    this.#offsetMs += ms;
  }
}
