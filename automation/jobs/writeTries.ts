import { toErrorRecord } from "../errors.ts";
import { StoreConflict } from "./store.ts";

/** Of a write whose answer was an error that says nothing about it. */
const BLIND_TRIES = 3;

/** Whether a write that did not land is not tried again. What says nothing of it is tried less often than a conflict. */
export function isOver(error: unknown, attempt: number): boolean {
  if (error instanceof StoreConflict) return false;
  return attempt + 1 >= BLIND_TRIES || toErrorRecord(error).class !== "infrastructure";
}

/** Short and random, so that writers that met once do not meet again. */
export function backoffMs(attempt: number): number {
  return Math.random() * Math.min(200, 5 * 2 ** attempt);
}
