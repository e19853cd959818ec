/** One figure of the design's table, measured with both sides in one run. */
export interface Bench {
  readonly name: string;
  /** What must hold, in words: `≤ 15 s median`. */
  readonly hold: string;
  run(): Promise<Measured>;
}

export interface Measured {
  readonly value: string;
  readonly held: boolean;
  /** How it was taken: counts, both sides, the curve. */
  readonly detail: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Milliseconds that `work` took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}
