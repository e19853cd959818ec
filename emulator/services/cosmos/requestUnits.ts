import type { Clock } from "../../core/clock.ts";
import { CosmosError } from "./errors.ts";

/** A kilobyte of item, which charges are counted in. */
const KB = 1024;

/** Charges after the published sizes: 1 RU to read 1 KB by id and key, some 5 RU to write it ("Request Units"). */
export const CHARGE = {
  read: (bytes: number): number => Math.max(1, Math.ceil(bytes / KB)),
  write: (bytes: number): number => round(4.67 + 0.96 * Math.max(1, Math.ceil(bytes / KB))),
  delete: 4.95,
  query: (documents: number, bytes: number): number => round(2.3 + 0.03 * documents + bytes / (KB * 10)),
  metadata: 1,
} as const;

/** The request units that a container or database may use in each second; what is over gets 429 with the time to wait. */
export class RequestUnits {
  readonly perSecond: number;
  readonly #clock: Clock;
  #second = 0;
  #used = 0;

  constructor(perSecond: number, clock: Clock) {
    this.perSecond = perSecond;
    this.#clock = clock;
  }

  /** @throws {CosmosError} 429/3200 when this second's units are gone */
  admit(): void {
    const now = this.#clock.now();
    this.#turn(now);
    if (this.#used < this.perSecond) return;
    throw new CosmosError(429, "Request rate is large. More Request Units may be needed, so no changes were made.", {
      substatus: 3200,
      headers: { "x-ms-retry-after-ms": String(1000 - (now % 1000)) },
    });
  }

  spend(charge: number): void {
    this.#turn(this.#clock.now());
    this.#used += charge;
  }

  /** A charge above the budget is paid off over the following seconds. */
  #turn(now: number): void {
    const second = Math.floor(now / 1000);
    if (second === this.#second) return;
    this.#used = Math.max(0, this.#used - this.perSecond * (second - this.#second));
    this.#second = second;
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
