import { inDependencyOrder } from "../deploy/order.ts";
import { type PendingOperation, type ResourceState, renameUrns } from "../deploy/state.ts";
import { EngineError } from "../engineError.ts";
import { type Deployment, makeManifest } from "./deploymentFile.ts";
import type { JournalLine } from "./journal.ts";

/**
 * Applies the journal of a killed operation: finished steps become state, begun ones pending operations. A journal of
 * another checkpoint (its operation did end, only the removal was cut off) changes nothing; a torn last line is dropped.
 *
 * @param where the journal's place, for messages
 * @returns the base itself when the journal does not belong to it
 * @throws EngineError when a line before the last is damaged: what it says is not known, so nothing after it is sure
 */
export function foldJournal(base: Deployment | undefined, text: string, where: string): Deployment | undefined {
  const lines = parseLines(text, where);
  const head = lines[0];
  if (head?.kind !== "base" || head.time !== (base?.manifest.time ?? "")) return base;
  const olds: (ResourceState | null)[] = [...(base?.resources ?? [])];
  const news: ResourceState[] = [];
  const pending = new Map<number, PendingOperation>();
  const renames = new Map<string, string>();
  for (const line of lines) {
    if (line.kind === "begin") pending.set(line.operation, { resource: line.resource, type: line.type });
    if (line.kind === "rename") renames.set(line.from, line.to);
    if (line.kind !== "change") continue;
    if (line.ends !== undefined) pending.delete(line.ends);
    if (line.new) news[line.new.index] = line.new.resource;
    if (line.old) olds[line.old.index] = line.old.resource;
  }
  const states = [...news.filter((state) => state !== undefined), ...olds.filter((state) => state !== null)];
  const renamed = (urn: string) => renames.get(urn) ?? urn;
  const resources = inDependencyOrder(states.map((state) => (renames.size > 0 ? renameUrns(state, renamed) : state)));
  const operations = [
    ...(base?.pending_operations ?? []).filter(({ type }) => type === "creating"),
    ...pending.values(),
  ];
  return {
    manifest: base?.manifest ?? makeManifest(new Date()),
    ...(head.secrets ? { secrets_providers: head.secrets } : {}),
    ...(resources.length > 0 ? { resources } : {}),
    ...(operations.length > 0 ? { pending_operations: operations } : {}),
    metadata: {},
  };
}

/** What stands after the last newline, or in a last line that is no JSON, was torn by the kill. */
function parseLines(text: string, where: string): readonly JournalLine[] {
  const texts = text.split("\n").slice(0, -1);
  const lines: JournalLine[] = [];
  for (const [index, line] of texts.entries()) {
    const parsed = parseLine(line);
    if (parsed) lines.push(parsed);
    else if (index < texts.length - 1) throw damaged(where, index + 1);
  }
  if (lines[0] && lines[0].kind !== "base") throw damaged(where, 1);
  return lines;
}

const KINDS: ReadonlySet<unknown> = new Set(["base", "begin", "change", "rename"] satisfies JournalLine["kind"][]);

function parseLine(line: string): JournalLine | undefined {
  try {
    const parsed = JSON.parse(line) as JournalLine | null;
    return KINDS.has(parsed?.kind) ? (parsed ?? undefined) : undefined;
  } catch {
    return undefined; // the caller knows where it stands, and what that means
  }
}

function damaged(where: string, line: number): EngineError {
  return new EngineError(
    `the journal ${where} is damaged at line ${line}. It says what an operation did before it was killed. Either delete that line ` +
      "and those after it, so that the steps before it count, or move the file away to go on from the checkpoint; then run `pulumi refresh`.",
  );
}
