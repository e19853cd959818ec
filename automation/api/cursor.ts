import { z } from "zod";
import { AutomationError } from "../errors.ts";

/** Where a page by time ends: its last time, and how many rows of that very time were shown. */
export interface Place {
  readonly at: string;
  readonly seen: number;
}

const Written = z.tuple([z.string(), z.iso.datetime(), z.int().min(0)]);

/** A place as a client holds it: opaque, and of one tenant only. */
export function toCursor(tenantId: string, { at, seen }: Place): string {
  return Buffer.from(JSON.stringify([tenantId, at, seen])).toString("base64url");
}

/** @throws {AutomationError} `INVALID_REQUEST` for what is no cursor, or one of another tenant */
export function fromCursor(tenantId: string, cursor: string): Place {
  const parsed = Written.safeParse(decoded(cursor));
  if (!parsed.success || parsed.data[0] !== tenantId) {
    throw new AutomationError("INVALID_REQUEST", { problem: "cursor: must be `next` of the page before" });
  }
  const [, at, seen] = parsed.data;
  return { at, seen };
}

/** The place after a page of rows that began at `start`. */
export function placeAfter(times: readonly string[], start: Place): Place {
  const at = times.at(-1) ?? start.at;
  const same = times.filter((time) => time === at).length;
  return { at, seen: at === start.at ? start.seen + same : same };
}

function decoded(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
