import type { Operation } from "../events/types.ts";
import type { Style } from "./paint.ts";

/** How an operation is told. */
export interface Words {
  /** Two characters. */
  readonly sign: string;
  readonly style: Style;
  /** While it runs. */
  readonly doing: string;
  /** When it has ended. */
  readonly done: string;
  /** In a preview. */
  readonly planned: string;
  /** In the counts at the end. */
  readonly counted: string;
}

function row(sign: string, style: Style, doing: string, done: string, planned: string, counted: string): Words {
  return { sign, style, doing, done, planned, counted };
}

/** The real CLI's words, in the order of its counts (pkg/resource/deploy/step.go, pkg/backend/display/progress.go). */
export const WORDS: Readonly<Record<Operation, Words>> = {
  same: row("  ", "same", "", "", "", "unchanged"),
  create: row("+ ", "create", "creating", "created", "create", "created"),
  update: row("~ ", "update", "updating", "updated", "update", "updated"),
  delete: row("- ", "delete", "deleting", "deleted", "delete", "deleted"),
  replace: row("+-", "replace", "replacing", "replaced", "replace", "replaced"),
  "create-replacement": row(
    "++",
    "createReplacement",
    "creating replacement",
    "created replacement",
    "create replacement",
    "created",
  ),
  "delete-replaced": row("--", "deleteReplaced", "deleting original", "deleted original", "delete original", "deleted"),
  read: row("> ", "read", "reading", "read", "read", "read"),
  "read-replacement": row(
    ">>",
    "replace",
    "reading for replacement",
    "read for replacement",
    "read for replacement",
    "read",
  ),
  refresh: row("~ ", "update", "refreshing", "refreshed", "refreshing", "refreshed"),
  discard: row("< ", "delete", "discarding", "discarded", "discard", "discarded"),
  "discard-replaced": row("<<", "delete", "discarding original", "discarded original", "discard original", "discarded"),
  "remove-pending-replace": row("~ ", "quiet", "completing replacement", "completed replacement", "", ""),
  import: row("= ", "create", "importing", "imported", "import", "imported"),
  "import-replacement": row(
    "=>",
    "replace",
    "importing replacement",
    "imported replacement",
    "import replacement",
    "imported",
  ),
};

/** True for what an event calls an operation. */
export function isOperation(text: string): text is Operation {
  return text in WORDS;
}

/** `aws:s3/bucket:Bucket` without the file that repeats the name: `aws:s3:Bucket`. */
export function shortType(type: string): string {
  const match = /^([^:]+):([^:]+)\/([^:/]+):([^:]+)$/.exec(type);
  const [, packageName, module, file, name = ""] = match ?? [];
  return match && file === name.charAt(0).toLowerCase() + name.slice(1) ? `${packageName}:${module}:${name}` : type;
}
