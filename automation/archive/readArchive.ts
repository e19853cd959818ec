import { refuse } from "./entryGuard.ts";
import type { FileSet } from "./fileSet.ts";
import { ARCHIVE_LIMITS, type ArchiveLimits } from "./limits.ts";
import { readZip } from "./readZip.ts";
import { readTar } from "./tar.ts";

const BLOCK = 512;

/**
 * Reads a zip, a tar or a tar.gz that somebody else made. It is told by its bytes, not by what the sender calls it.
 *
 * @throws {AutomationError} `ARCHIVE_REFUSED`
 */
export async function readArchive(bytes: Uint8Array, limits: ArchiveLimits = ARCHIVE_LIMITS): Promise<FileSet> {
  const [first, second, third, fourth] = bytes;
  if (first === 0x50 && second === 0x4b && (third === 0x03 || third === 0x05) && fourth === third + 1) {
    return readZip(bytes, limits);
  }
  if (first === 0x1f && second === 0x8b) return readTar(bytes, limits);
  if (bytes.length >= BLOCK && bytes.length % BLOCK === 0) return readTar(bytes, limits);
  return refuse("archive", "is neither a zip nor a tar or tar.gz");
}
