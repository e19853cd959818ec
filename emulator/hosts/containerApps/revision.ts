import type { Replica } from "./replica.ts";
import type { Template } from "./settings.ts";

/** Pause before a failed start is tried again; it doubles up to the second figure. */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 10_000;

/** Makes the replicas of one revision; images, secrets and identity are looked up anew for each. */
export type ReplicaFactory = (number: number, onChange: () => void) => Promise<Replica>;

/** A revision that runs: so many replicas as are wanted, replaced when they fail. */
export class Revision {
  readonly name: string;
  readonly template: Template;
  readonly #make: ReplicaFactory;
  readonly #replicas = new Set<Replica>();
  readonly #waiters = new Set<() => void>();
  /** Still serving, but to be replaced. */
  readonly #leaving = new Set<Replica>();
  #wanted = 0;
  /** Replicas whose image, secrets and identity are being looked up. */
  #making = 0;
  #number = 0;
  /** Starts that failed since the last one that did not. */
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  #over = false;
  /** Why the last replica did not start, for the answer to a deployment. */
  failure: string | undefined;

  constructor(name: string, template: Template, make: ReplicaFactory) {
    this.name = name;
    this.template = template;
    this.#make = make;
  }

  get replicas(): readonly Replica[] {
    return [...this.#replicas];
  }

  get wanted(): number {
    return this.#wanted;
  }

  /** The ready replica with the fewest requests. */
  pick(): Replica | undefined {
    const ready = this.replicas.filter((each) => each.state === "ready");
    return ready.toSorted((a, b) => a.active - b.active)[0];
  }

  /** Sets how many replicas there shall be. */
  scale(wanted: number): void {
    if (this.#over) return;
    this.#wanted = wanted;
    this.#reconcile();
  }

  /** Starts what is missing and ends what is too much; replicas that are being made count. */
  #reconcile(): void {
    const alive = this.replicas.filter(
      (each) => each.state !== "stopped" && each.state !== "failed" && !this.#leaving.has(each),
    );
    const surplus = alive.length + this.#making - this.#wanted;
    for (const each of alive.toReversed().slice(0, Math.max(surplus, 0))) void this.#retire(each);
    for (let missing = -surplus; missing > 0; missing -= 1) void this.#add();
  }

  /** Waits for a ready replica. @returns `undefined` when none got ready in time, or the only ones failed */
  async ready(limitMs: number): Promise<Replica | undefined> {
    await this.#until(() => this.pick() !== undefined || this.failure !== undefined, limitMs);
    return this.pick();
  }

  /** Waits for a ready replica of a revision that served before: it is tried again and again, so a failed start is not the end. */
  async recovered(limitMs: number): Promise<Replica | undefined> {
    await this.#until(() => this.pick() !== undefined, limitMs);
    return this.pick();
  }

  async #until(condition: () => boolean, limitMs: number): Promise<void> {
    const end = Date.now() + limitMs;
    while (!condition() && !this.#over && Date.now() < end) {
      await new Promise<void>((resolve) => {
        const waiters = this.#waiters;
        const timer = setTimeout(done, end - Date.now());
        function done() {
          clearTimeout(timer);
          waiters.delete(done);
          resolve();
        }
        waiters.add(done);
      });
    }
  }

  /** Ends all replicas; requests that they serve get the grace period. */
  async stop(graceMs?: number): Promise<void> {
    this.#over = true;
    this.#wanted = 0;
    clearTimeout(this.#retry);
    this.#changed();
    await Promise.all(this.replicas.map((each) => each.terminate(graceMs)));
    this.#replicas.clear();
  }

  /** Starts as many new replicas, and ends the old ones when those are ready. */
  async restart(): Promise<void> {
    const old = this.replicas;
    for (const each of old) this.#leaving.add(each);
    this.#reconcile();
    const fresh = () => this.replicas.filter((each) => each.state === "ready" && !this.#leaving.has(each));
    await this.#until(() => fresh().length >= this.#wanted || this.failure !== undefined, 60_000);
    await Promise.all(old.map((each) => this.#retire(each)));
  }

  async #add(): Promise<void> {
    this.#number += 1;
    try {
      this.failure = undefined;
      this.#making += 1;
      const replica = await this.#make(this.#number, () => this.#changed()).finally(() => {
        this.#making -= 1;
      });
      if (this.#over) return await replica.terminate(0);
      this.#replicas.add(replica);
      this.#reconcile();
      const ready = await replica.start();
      if (ready) this.#failures = 0;
      else if (replica.state === "failed") this.#failed(replica, "the replica did not get ready");
    } catch (error) {
      this.#failed(undefined, error instanceof Error ? error.message : String(error));
    }
    this.#changed();
  }

  /** A revision that served before tries again after a while; a new one has failed, and its owner decides. */
  #failed(replica: Replica | undefined, message: string): void {
    if (replica) this.#replicas.delete(replica);
    this.failure = message;
    if (this.#over) return;
    clearTimeout(this.#retry);
    const pause = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LONGEST_RETRY_MS);
    this.#failures += 1;
    this.#retry = setTimeout(() => this.scale(this.#wanted), pause).unref();
  }

  async #retire(replica: Replica): Promise<void> {
    replica.state = "stopped"; // the ingress sends nothing more
    await drained(replica, this.template.terminationGraceSeconds * 1000);
    await replica.terminate();
    this.#replicas.delete(replica);
    this.#leaving.delete(replica);
  }

  #changed(): void {
    for (const each of [...this.#waiters]) each();
  }
}

/** Waits until a replica serves no request any more, at most the grace period. */
async function drained(replica: Replica, limitMs: number): Promise<void> {
  const until = Date.now() + limitMs;
  while (replica.active > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
}
