import type { Order } from "./atEvent.ts";
import type { Stage } from "./shapes.ts";

/** When a stage of a life is cut off. */
export interface Death {
  /** Index of the life and of its stage. */
  readonly life: number;
  readonly stage: number;
  /** Of the engine, from 1; 0 lets the stage pass. */
  readonly event: number;
  readonly victims: Order["victims"];
}

/** Every event of every stage, from the first to the last that there is, and then once more with the other victims. */
export class KillPlan {
  readonly #lives: readonly (readonly Stage[])[];
  readonly #wanted: number;
  readonly #first: number;
  readonly #few: Death[][] | undefined;
  readonly #took: { readonly death: Death; readonly ms: number }[] = [];
  /** Stage → its last event, once a life was longer. */
  readonly #last = new Map<Stage, number>();
  #open = 0;
  #turn = 0;
  #round = 0;

  /** @param wanted a number of kills, or exactly these lives @param first event to begin with */
  constructor(lives: readonly (readonly Stage[])[], wanted: number | readonly Death[][], first = 1) {
    this.#lives = lives;
    this.#first = first;
    this.#wanted = typeof wanted === "number" ? wanted : 0;
    this.#few = typeof wanted === "number" ? undefined : [...wanted];
  }

  get kills(): number {
    return this.#took.length;
  }

  /** Deaths of the next app, one for each of its stages; nothing when all is planned. */
  next(): readonly Death[] | undefined {
    if (this.#few) return this.#few.shift();
    for (;;) {
      if (this.#took.length + this.#open >= this.#wanted) return undefined;
      const life = this.#turn % this.#lives.length;
      const event = Math.floor(this.#turn / this.#lives.length) + this.#first;
      this.#turn += 1;
      const deaths = (this.#lives[life] ?? []).map((stage, index): Death => {
        const machine = (event + index + this.#round) % 2 === 1;
        const isThere = event <= (this.#last.get(stage) ?? Number.POSITIVE_INFINITY);
        return { life, stage: index, event: isThere ? event : 0, victims: machine ? "machine" : "worker" };
      });
      const count = deaths.filter((death) => death.event > 0).length;
      if (count > 0) {
        this.#open += count;
        return deaths;
      }
      if (this.#lives.flat().every((stage) => event > (this.#last.get(stage) ?? Number.POSITIVE_INFINITY))) {
        this.#turn = 0;
        this.#round += 1;
      }
    }
  }

  done(death: Death, struck: boolean, ms: number): void {
    if (death.event === 0) return;
    this.#open -= 1;
    const stage = this.#lives[death.life]?.[death.stage];
    if (struck) this.#took.push({ death, ms });
    else if (stage) this.#last.set(stage, Math.min(death.event - 1, this.#last.get(stage) ?? death.event));
    if (struck && this.#took.length % 20 === 0) process.stdout.write(`${this.report()}\n`);
  }

  report(): string {
    const per = this.#lives.flatMap((stages, life) =>
      stages.map(({ name }, stage) => {
        const own = this.#took.filter(({ death }) => death.life === life && death.stage === stage);
        const machines = own.filter(({ death }) => death.victims === "machine").length;
        const last = Math.max(0, ...own.map(({ death }) => death.event));
        return `${name} ${own.length} (to event ${last}, ${machines} of machines)`;
      }),
    );
    const times = this.#took.map(({ ms }) => ms / 1_000).sort((a, b) => a - b);
    const at = (share: number) => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(1);
    return `recovery: ${this.kills} kill points: ${per.join(", ")}; seconds each: ${at(0)} to ${at(1)}, median ${at(0.5)}`;
  }
}
