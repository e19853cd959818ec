import type { ContainerStore, Place } from "./containerStore.ts";
import { badRequest } from "./errors.ts";
import { CHARGE } from "./requestUnits.ts";

export interface ChangeFeedRequest {
  /** `A-IM`: `Incremental feed`, the latest version of each item. */
  readonly mode: string;
  /** Absent: from the beginning; `*`: from now on; else the ETag of an earlier answer. */
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly size: number;
}

export interface ChangeFeedPage {
  readonly status: 200 | 304;
  readonly items: readonly string[];
  /** Where to go on: quoted, to be sent as If-None-Match. */
  readonly etag: string;
  readonly charge: number;
}

/**
 * Changes of a place since a cursor, oldest first ("Reading from the change feed").
 *
 * @throws {CosmosError} 400 for all versions and deletes, which needs continuous backup, and for a cursor that is none
 */
export function readChanges(container: ContainerStore, place: Place, request: ChangeFeedRequest): ChangeFeedPage {
  if (request.mode.toLowerCase() !== "incremental feed") {
    throw badRequest("The change feed mode needs continuous backups, which this account does not have.");
  }
  const from = readCursor(container, request.ifNoneMatch);
  const since = request.ifNoneMatch === undefined ? readDate(request.ifModifiedSince) : 0;
  const newest = container.lsn;
  const rows = container.changes(place, from, since, request.size);
  const last = rows.length === request.size ? (rows.at(-1)?.lsn ?? newest) : newest;
  const bytes = rows.reduce((sum, row) => sum + row.body.length, 0);
  return {
    status: rows.length > 0 ? 200 : 304,
    items: rows.map((row) => `${row.body.slice(0, -1)},"_lsn":${row.lsn}}`),
    etag: `"${last}"`,
    charge: CHARGE.query(rows.length, bytes),
  };
}

function readCursor(container: ContainerStore, etag: string | undefined): number {
  if (etag === undefined) return 0;
  if (etag === "*") return container.lsn;
  const lsn = Number(etag.replaceAll('"', ""));
  if (!Number.isInteger(lsn) || lsn < 0) throw badRequest(`The change feed continuation ${etag} is invalid.`);
  return lsn;
}

function readDate(text: string | undefined): number {
  if (text === undefined) return 0;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw badRequest(`The date '${text}' is invalid.`);
  return Math.floor(ms / 1000);
}
