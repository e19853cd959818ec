import { randomUUID } from "node:crypto";
import { AutomationError } from "../errors.ts";
import { type Pause, pause } from "../jobs/pause.ts";
import { StoreConflict } from "../jobs/store.ts";
import type { KeyRows } from "../keys/keyRows.ts";
import { sureRows } from "../keys/sureRows.ts";
import {
  emptySpend,
  hasRoom,
  monthOf,
  reservedOf,
  resetOf,
  type Settlement,
  type SpendRow,
  spendId,
  withoutDead,
  withSettlement,
} from "./spendRow.ts";

/** Whose key is used. */
export interface Purse {
  readonly tenantId: string;
  readonly provider: string;
  /** US dollars in a calendar month (UTC); absent: no cap. */
  readonly monthlyUsd?: number | undefined;
}

/** What is kept for one call. */
export interface Reservation {
  readonly id: string;
  readonly tenantId: string;
  readonly provider: string;
  readonly month: string;
  readonly microUsd: number;
}

/** What was spent in a month. */
export interface MonthSpent {
  readonly month: string;
  readonly spentUsd: number;
  /** Kept for calls that run. */
  readonly reservedUsd: number;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly resetsAt: string;
}

export interface SpendingOptions {
  readonly rows: KeyRows;
  readonly now?: () => number;
  readonly pause?: Pause;
}

/** So long a call may run and its end be written: longer than the gateway waits for a provider (gateway.ts). */
export const CALL_MS = 10 * 60_000;
/** One tenant's agents call a few models at once. */
const TRIES = 20;
const PAUSE_MS = 15;
const MICRO = 1_000_000;

/**
 * What tenants spend with their keys, kept under each key's cap. Before a call the most that it may cost is reserved, after it the truth
 * takes its place; both are conditional writes, so replicas see each other. Spent and reserved together never pass the cap, so money that
 * is spent passes it by no more than what calls that run cost beyond their bound, and their bound is counted in bytes
 * (docs/decisions/0077-models-by-key.md).
 */
export class Spending {
  readonly #rows: KeyRows;
  readonly #now: () => number;
  readonly #pause: Pause;

  constructor(options: SpendingOptions) {
    this.#pause = options.pause ?? pause;
    this.#rows = sureRows(options.rows, this.#pause);
    this.#now = options.now ?? Date.now;
  }

  /**
   * Keeps so much for a call.
   *
   * @throws {AutomationError} `MODEL_CAP_REACHED`; `MODEL_SPENDING_BUSY`
   */
  async reserve(purse: Purse, microUsd: number): Promise<Reservation> {
    const { tenantId, provider } = purse;
    const id = randomUUID();
    const month = monthOf(this.#now());
    await this.#change(tenantId, provider, month, (row) => {
      if (row.open.some((call) => call.id === id)) return row; // written before, its answer was lost
      if (!hasRoom(row, microUsd, capOf(purse))) throw capReached(purse, row);
      return { ...row, open: [...row.open, { id, microUsd, until: this.#now() + CALL_MS }] };
    });
    return { id, tenantId, provider, month, microUsd };
  }

  /** Puts the truth in the place of what was kept. @throws {AutomationError} `MODEL_SPENDING_BUSY`: then it counts in full later */
  async settle({ id, tenantId, provider, month }: Reservation, truth: Settlement): Promise<void> {
    await this.#change(tenantId, provider, month, (row) => withSettlement(row, id, truth));
  }

  /** @throws {AutomationError} `MODEL_CAP_REACHED` when nothing is left for another call */
  async check(purse: Purse): Promise<void> {
    const row = await this.#month(purse);
    if (!hasRoom(row, 1, capOf(purse))) throw capReached(purse, row);
  }

  /** What was spent this month. */
  async spent({ tenantId, provider }: Purse): Promise<MonthSpent> {
    const row = await this.#month({ tenantId, provider });
    const { month, calls, inputTokens, outputTokens } = row;
    return { month, ...amounts(row), calls, inputTokens, outputTokens, resetsAt: resetOf(month) };
  }

  async #month({ tenantId, provider }: Purse): Promise<SpendRow> {
    const month = monthOf(this.#now());
    const found = await this.#rows.read<SpendRow>(tenantId, spendId(provider, month));
    return withoutDead(found?.row ?? emptySpend(tenantId, provider, month), this.#now());
  }

  async #change(tenantId: string, provider: string, month: string, change: (row: SpendRow) => SpendRow): Promise<void> {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const found = await this.#rows.read<SpendRow>(tenantId, spendId(provider, month));
      const before = found?.row ?? emptySpend(tenantId, provider, month);
      const after = change(withoutDead(before, this.#now()));
      if (after === before) return;
      try {
        await this.#rows.write(after, found?.etag);
        return;
      } catch (error) {
        if (!(error instanceof StoreConflict)) throw error;
        await this.#pause(Math.random() * PAUSE_MS * Math.min(attempt, 8));
      }
    }
    throw new AutomationError("MODEL_SPENDING_BUSY", { provider, tries: TRIES });
  }
}

function capOf({ monthlyUsd }: Purse): number {
  return monthlyUsd === undefined ? Number.POSITIVE_INFINITY : Math.round(monthlyUsd * MICRO);
}

function capReached({ provider, monthlyUsd = 0 }: Purse, row: SpendRow): AutomationError {
  const details = { provider, capUsd: monthlyUsd, ...amounts(row), resetsAt: resetOf(row.month) };
  return new AutomationError("MODEL_CAP_REACHED", details);
}

function amounts(row: SpendRow): Pick<MonthSpent, "spentUsd" | "reservedUsd"> {
  return { spentUsd: row.spentMicroUsd / MICRO, reservedUsd: reservedOf(row) / MICRO };
}
