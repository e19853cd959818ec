import { isDeepStrictEqual } from "node:util";
import { isUnknown, type PlannedResource } from "@devfactory/checks/index.ts";
import { STATEFUL } from "@devfactory/components/core/stateful.ts";
import type { PlanDocument, PlannedChange } from "../plan/planDocument.ts";

/** One property that is another in the head; absent is `undefined`. */
export interface PropertyChange {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

export interface ResourceChange extends PlannedChange {
  readonly properties: readonly PropertyChange[];
  /** It holds data that go with it. */
  readonly stateful: boolean;
}

/** Names and places are part of every resource's id. */
const PLACE = /^(location|resourceGroupName|\w*[a-z]Name)$/;
/** Ends in `Name` without being part of the id. */
const NOT_IN_ID = new Set(["workloadProfileName"]);

/** What the head does to what the base has: from the engine when the head was previewed, else by comparing the two. */
export function compare(base: PlanDocument | undefined, head: PlanDocument): readonly ResourceChange[] {
  const before = new Map(base?.resources.map((each) => [each.urn, each]));
  const after = new Map(head.resources.map((each) => [each.urn, each]));
  const changes = head.changes ?? [
    ...head.resources.flatMap((each) => toChange(before.get(each.urn), each)),
    ...[...before.values()]
      .filter(({ urn }) => !after.has(urn))
      .map(({ urn, type, name }) => ({ urn, type, name, operation: "delete" as const })),
  ];
  return changes.map((change) => ({
    ...change,
    properties: change.operation === "delete" ? [] : propertiesOf(before.get(change.urn), after.get(change.urn)),
    stateful: change.type in STATEFUL,
  }));
}

function toChange(before: PlannedResource | undefined, after: PlannedResource): readonly PlannedChange[] {
  const { urn, type, name } = after;
  if (!before) return [{ urn, type, name, operation: "create" }];
  const changed = propertiesOf(before, after);
  if (changed.length === 0) return [];
  const forced = STATEFUL[type] ?? [];
  const isPlace = (path: string) => PLACE.test(path) && !NOT_IN_ID.has(path);
  const replaceKeys = changed
    .map(({ path }) => path)
    .filter((path) => isPlace(path) || forced.some((each) => path === each || path.startsWith(`${each}.`)));
  if (replaceKeys.length === 0) return [{ urn, type, name, operation: "update" }];
  return [{ urn, type, name, operation: "replace", replaceKeys }];
}

function propertiesOf(
  before: PlannedResource | undefined,
  after: PlannedResource | undefined,
): readonly PropertyChange[] {
  if (!before || !after) return [];
  return differences(before.inputs, after.inputs, "");
}

/** Leaves that differ, by path; a value that is unknown in both counts as equal. */
export function differences(before: unknown, after: unknown, path: string): readonly PropertyChange[] {
  if (isDeepStrictEqual(before, after) || (isUnknown(before) && isUnknown(after))) return [];
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after))
    return [{ path, before, after }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => differences(before[key], after[key], path === "" ? key : `${path}.${key}`));
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
