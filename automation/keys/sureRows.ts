import { isDeepStrictEqual } from "node:util";
import type { Pause } from "../jobs/pause.ts";
import { surely } from "../jobs/surely.ts";
import type { KeyRow, KeyRows } from "./keyRows.ts";

/**
 * The same rows; what fails for a reason that passes is done again, and a write whose answer was lost is known by what it left: each
 * seals afresh, so no two rows are equal.
 */
export function sureRows(rows: KeyRows, wait?: Pause): KeyRows {
  const read = <T extends KeyRow>(tenantId: string, id: string) =>
    surely(
      () => rows.read<T>(tenantId, id),
      async () => undefined,
      wait,
    );
  return {
    read,
    write: (row, etag) =>
      surely(
        () => rows.write(row, etag),
        async () => {
          const found = (await read(row.tenantId, row.id))?.row;
          const isOurs =
            found && Object.entries(row).every(([name, value]) => isDeepStrictEqual(Reflect.get(found, name), value));
          return isOurs ? { result: undefined } : undefined;
        },
        wait,
      ),
    remove: (tenantId, id) =>
      surely(
        () => rows.remove(tenantId, id),
        async () => ((await read(tenantId, id)) ? undefined : { result: true }),
        wait,
      ),
  };
}
