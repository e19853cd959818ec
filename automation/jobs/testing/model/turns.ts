/** What happens at once takes some hundred turns; whoever takes so many more waits for what never comes. */
const MOST = 20_000;
/** Part of the calls that everything else overtakes. */
const SLOW = 0.15;

/**
 * Decides who goes on: everything that waits here is let go one by one, in an order that a seed decides, and the next one only when
 * the one before has come to rest. So calls of several processes meet in every order, and a run can be repeated.
 */
export class Turns {
  readonly #random: () => number;
  readonly #waiting: (() => void)[] = [];
  /** Those who are slow: they go on when nobody else can. What was read before is old by then. */
  readonly #slow: (() => void)[] = [];
  /** How many were let go: two runs of one seed have the same. */
  count = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Waits for a turn. */
  take(): Promise<void> {
    return new Promise((resolve) => (this.#random() < SLOW ? this.#slow : this.#waiting).push(resolve));
  }

  /** Lets go until nobody waits and nothing moves any more. @throws when that does not come */
  async run(): Promise<void> {
    await settled();
    for (const end = this.count + MOST; this.#waiting.length + this.#slow.length > 0; ) {
      if (this.count >= end) throw new Error(`no rest after ${MOST} turns`);
      const those = this.#waiting.length > 0 ? this.#waiting : this.#slow;
      const [next] = those.splice(Math.floor(this.#random() * those.length), 1);
      this.count += 1;
      next?.();
      await settled();
    }
  }
}

/** After all that follows without waiting for anything outside: nothing else here takes real time. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
