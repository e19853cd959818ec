import { z } from "@hono/zod-openapi";
import { AutomationError } from "../errors.ts";
import type { ProjectionContainer, ProjectionRow, ProjectionStore } from "../jobs/store.ts";

/** Where a page ends: the last value of the field that sorts, and how many rows of that very value were shown. */
export interface Place {
  readonly at: string;
  readonly seen: number;
}

const Written = z.tuple([z.string(), z.string().max(200), z.int().min(0).max(1_000_000)]);

/** Query of every list. */
export const Page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(600).optional().openapi({ description: "`next` of the page before" }),
});

/** The field of every page that leads to the next one. */
export const Next = z.string().optional().openapi({ description: "`cursor` of the next page; absent on the last one" });

/** A place as a client holds it: opaque, and of one list of one tenant only. */
export function toCursor(list: string, { at, seen }: Place): string {
  return Buffer.from(JSON.stringify([list, at, seen])).toString("base64url");
}

/** @throws {AutomationError} `INVALID_REQUEST` for what is no cursor, or one of another list or tenant */
export function fromCursor(list: string, cursor: string): Place {
  const parsed = Written.safeParse(decoded(cursor));
  if (!parsed.success || parsed.data[0] !== list) {
    throw new AutomationError("INVALID_REQUEST", { problem: "cursor: must be `next` of the page before" });
  }
  const [, at, seen] = parsed.data;
  return { at, seen };
}

/** The place after a page of rows that began at `start`. */
export function placeAfter(values: readonly string[], start: Place | undefined): Place {
  const at = values.at(-1) ?? start?.at ?? "";
  const same = values.filter((value) => value === at).length;
  return { at, seen: at === start?.at ? start.seen + same : same };
}

/**
 * A page of a list of rows. Rows that come while somebody turns the pages neither shift nor repeat what follows.
 *
 * @param wish the field that sorts, and what the client asks for
 */
export async function readPage(
  projections: Pick<ProjectionStore, "list">,
  container: ProjectionContainer,
  partition: string,
  wish: z.infer<typeof Page> & {
    readonly tenantId: string;
    readonly orderBy: string;
    readonly direction: "ascending" | "descending";
  },
): Promise<{ readonly rows: readonly ProjectionRow[]; readonly next?: string }> {
  const { tenantId, orderBy, direction, limit, cursor } = wish;
  const list = `${tenantId} ${container} ${partition}`;
  const start = cursor === undefined ? undefined : fromCursor(list, cursor);
  const query = { tenantId, orderBy, direction, limit: limit + 1, ...(start && { from: start.at, skip: start.seen }) };
  const found = await projections.list(container, partition, query);
  const rows = found.slice(0, limit);
  if (found.length <= limit) return { rows };
  const end = placeAfter(
    rows.map((row) => String(row[orderBy])),
    start,
  );
  return { rows, next: toCursor(list, end) };
}

function decoded(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
