/** What an archive may hold at most; all of it is checked before or while it is unpacked, in memory. */
export interface ArchiveLimits {
  /** Files and folders. */
  readonly entries: number;
  /** Unpacked, of all files. */
  readonly totalBytes: number;
  /** Unpacked bytes for each packed one; small archives are not judged by it. */
  readonly ratio: number;
}

export const ARCHIVE_LIMITS: ArchiveLimits = { entries: 20_000, totalBytes: 200 * 1024 * 1024, ratio: 200 };

/** Below this size no ratio is a danger: a page of blanks packs well. */
const RATIO_FROM_BYTES = 8 * 1024 * 1024;

/** Does so much come out of so little that it must be a bomb? */
export function isBomb(unpacked: number, packed: number, { ratio }: ArchiveLimits): boolean {
  return unpacked > RATIO_FROM_BYTES && unpacked > packed * ratio;
}
