import type { DatabaseSync } from "node:sqlite";
import { regionName } from "../plane.ts";

/** What the subscription may have where that differs from what a new one gets: raised or used-up quotas, and closed regions. */
export class Limits {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec("CREATE TABLE IF NOT EXISTS arm_limits (name TEXT PRIMARY KEY, value)");
  }

  /** @param name of the limit as Azure spells it, `ManagedEnvironmentCount` */
  quota(provider: string, name: string, otherwise: number): number {
    return Number(this.#read(quotaKey(provider, name)) ?? otherwise);
  }

  setQuota(provider: string, name: string, limit: number): void {
    this.#write(quotaKey(provider, name), limit);
  }

  /** Why nothing new of a type is taken in a region; `undefined` where it is. */
  closed(type: string, region: string): string | undefined {
    const reason = this.#read(regionKey(type, region));
    return reason === undefined ? undefined : String(reason);
  }

  close(type: string, region: string, reason: string): void {
    this.#write(regionKey(type, region), reason);
  }

  open(type: string, region: string): void {
    this.#database.prepare("DELETE FROM arm_limits WHERE name = ?").run(regionKey(type, region));
  }

  #read(name: string): unknown {
    return this.#database.prepare("SELECT value FROM arm_limits WHERE name = ?").get(name)?.value;
  }

  #write(name: string, value: string | number): void {
    this.#database.prepare("INSERT OR REPLACE INTO arm_limits VALUES (?, ?)").run(name, value);
  }
}

function quotaKey(provider: string, name: string): string {
  return `quota ${provider}/${name}`.toLowerCase();
}

function regionKey(type: string, region: string): string {
  return `closed ${type} ${regionName(region)}`.toLowerCase();
}
