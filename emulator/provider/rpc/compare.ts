import type { Change, ChangeKind, Properties } from "./logic.ts";
import { UNKNOWN } from "./logic.ts";

/** How a provider judges one leaf or path. */
export interface CompareRules {
  /** Paths without list indexes (`resource.partitionKey`) whose change makes the resource anew. */
  readonly replaceOn: readonly string[];
  /** Values that are the same although they are written differently. */
  readonly same?: (path: string, before: unknown, after: unknown) => boolean;
}

/** All differences between two property bags, by path as Pulumi writes it: `a.b[0].c`, `tags["x.y"]`. */
export function compare(before: Properties, after: Properties, rules: CompareRules): readonly Change[] {
  const changes: Change[] = [];
  compareObjects(before, after, { shown: "", plain: "" }, rules, changes);
  return changes;
}

interface Place {
  readonly shown: string;
  readonly plain: string;
}

function compareObjects(
  before: Properties,
  after: Properties,
  at: Place,
  rules: CompareRules,
  changes: Change[],
): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (key.startsWith("__")) continue; // bookkeeping of the engine and SDK
    const plain = at.plain === "" ? key : `${at.plain}.${key}`;
    compareValues(before[key], after[key], { shown: join(at.shown, key), plain }, rules, changes);
  }
}

function compareValues(before: unknown, after: unknown, at: Place, rules: CompareRules, changes: Change[]): void {
  if (before === after && after !== UNKNOWN) return;
  if (isAbsent(before) && isAbsent(after)) return;
  if (rules.same?.(at.plain, before, after)) return;
  if (isBag(before) && isBag(after)) {
    compareObjects(before, after, at, rules, changes);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index++) {
      const shown = `${at.shown}[${index}]`;
      compareValues(before[index], after[index], { shown, plain: at.plain }, rules, changes);
    }
    return;
  }
  const kind: ChangeKind = isAbsent(before) ? "add" : isAbsent(after) ? "delete" : "update";
  changes.push({ path: at.shown, kind, replace: rules.replaceOn.some((path) => covers(path, at.plain)) });
}

/** A rule holds for its path, for what is inside, and for an object around it that comes or goes as a whole. */
function covers(rule: string, path: string): boolean {
  return path === rule || path.startsWith(`${rule}.`) || rule.startsWith(`${path}.`);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isBag(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function join(at: string, key: string): string {
  if (/[.["\]]/.test(key)) return `${at}["${key.replaceAll('"', '\\"')}"]`;
  return at === "" ? key : `${at}.${key}`;
}
