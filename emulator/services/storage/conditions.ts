import { StorageError } from "./errors.ts";
import type { StorageRequest } from "./request.ts";

interface Stamped {
  readonly etag: string;
  readonly modified: number;
}

/**
 * Checks the conditional headers of a write. @throws {StorageError} 412, or 409 for "only if absent" on what exists
 *
 * @see Microsoft Learn, "Specifying conditional headers for Blob service operations"
 */
export function checkWrite(request: StorageRequest, existing: Stamped | undefined): void {
  const ifMatch = request.header("if-match");
  const ifNoneMatch = request.header("if-none-match");
  if (ifNoneMatch === "*" && existing) throw new StorageError("BlobAlreadyExists");
  if (ifMatch !== undefined && (!existing || !names(ifMatch, existing.etag))) throw new StorageError("ConditionNotMet");
  if (existing && ifNoneMatch !== undefined && names(ifNoneMatch, existing.etag))
    throw new StorageError("ConditionNotMet");
  if (existing && !timesHold(request, existing.modified)) throw new StorageError("ConditionNotMet");
}

/** Checks the conditional headers of a read. @returns false for 304 Not Modified. @throws {StorageError} 412 */
export function checkRead(request: StorageRequest, existing: Stamped): boolean {
  const ifMatch = request.header("if-match");
  const ifNoneMatch = request.header("if-none-match");
  const since = seconds(request.header("if-modified-since"));
  const until = seconds(request.header("if-unmodified-since"));
  const modified = Math.floor(existing.modified / 1000);
  if (ifMatch !== undefined && !names(ifMatch, existing.etag)) throw new StorageError("ConditionNotMet");
  if (until !== undefined && modified > until) throw new StorageError("ConditionNotMet");
  if (ifNoneMatch !== undefined) return !names(ifNoneMatch, existing.etag);
  return since === undefined || modified > since;
}

function timesHold(request: StorageRequest, modifiedMs: number): boolean {
  const modified = Math.floor(modifiedMs / 1000);
  const since = seconds(request.header("if-modified-since"));
  const until = seconds(request.header("if-unmodified-since"));
  return (since === undefined || modified > since) && (until === undefined || modified <= until);
}

function names(header: string, etag: string): boolean {
  return header
    .split(",")
    .some((each) => each.trim() === "*" || each.trim().replaceAll('"', "") === etag.replaceAll('"', ""));
}

function seconds(date: string | undefined): number | undefined {
  return date === undefined ? undefined : Math.floor(Date.parse(date) / 1000);
}
