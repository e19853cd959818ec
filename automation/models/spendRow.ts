/** A call that is being made: at most so much of the cap is its own until it is settled. */
export interface OpenCall {
  readonly id: string;
  readonly microUsd: number;
  /** Milliseconds since 1970. Whoever made the call is dead by then. */
  readonly until: number;
}

/** What a tenant spent with the key of one provider in one month (UTC); in the container `keys`. Amounts are whole millionths of a dollar. */
export interface SpendRow {
  readonly id: string;
  readonly tenantId: string;
  readonly type: "spend";
  readonly provider: string;
  /** As `2026-11`. */
  readonly month: string;
  readonly spentMicroUsd: number;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly open: readonly OpenCall[];
}

/** What a call was in the end. */
export interface Settlement {
  readonly microUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export const spendId = (provider: string, month: string) => `spend-${provider}-${month}`;

/** The month (UTC) of a time, as `2026-11`. */
export function monthOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 7);
}

/** When the month after it begins, as an ISO time. */
export function resetOf(month: string): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number, 1)).toISOString();
}

export function emptySpend(tenantId: string, provider: string, month: string): SpendRow {
  const counts = { spentMicroUsd: 0, calls: 0, inputTokens: 0, outputTokens: 0 };
  return { id: spendId(provider, month), tenantId, type: "spend", provider, month, ...counts, open: [] };
}

/** What is kept for calls that run. */
export function reservedOf({ open }: SpendRow): number {
  return open.reduce((sum, { microUsd }) => sum + microUsd, 0);
}

/**
 * Calls whose time is over count as spent in full: the provider may have done them, and nobody will ever say what they were. Pure.
 */
export function withoutDead(row: SpendRow, nowMs: number): SpendRow {
  const dead = row.open.filter(({ until }) => until <= nowMs);
  if (dead.length === 0) return row;
  const lost = dead.reduce((sum, { microUsd }) => sum + microUsd, 0);
  const open = row.open.filter(({ until }) => until > nowMs);
  return { ...row, spentMicroUsd: row.spentMicroUsd + lost, calls: row.calls + dead.length, open };
}

/** Whether so much more stays within the cap, calls that run counted in full. */
export function hasRoom(row: SpendRow, microUsd: number, capMicroUsd: number): boolean {
  return row.spentMicroUsd + reservedOf(row) + microUsd <= capMicroUsd;
}

/** The truth in the place of what was kept for a call. Done twice, or after its time, it changes nothing. Pure. */
export function withSettlement(
  row: SpendRow,
  id: string,
  { microUsd, inputTokens, outputTokens }: Settlement,
): SpendRow {
  if (!row.open.some((call) => call.id === id)) return row;
  return {
    ...row,
    spentMicroUsd: row.spentMicroUsd + microUsd,
    calls: row.calls + 1,
    inputTokens: row.inputTokens + inputTokens,
    outputTokens: row.outputTokens + outputTokens,
    open: row.open.filter((call) => call.id !== id),
  };
}
