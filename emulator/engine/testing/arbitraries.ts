import fc from "fast-check";
import type { Mishap } from "./mishap.ts";
import type { Death } from "./randomKill.ts";
import type { Item, Program } from "./randomProgram.ts";
import type { Operation } from "./testProvider.ts";

/** True in one of so many cases. */
const seldom = (odds: number): fc.Arbitrary<boolean> => fc.integer({ min: 1, max: odds }).map((dice) => dice === odds);

const item: fc.Arbitrary<Item> = fc.record({
  name: fc.constantFrom("a", "b", "c", "d", "e", "f"),
  renamed: seldom(4),
  value: fc.integer({ min: 0, max: 2 }),
  forced: fc.integer({ min: 0, max: 1 }),
  deleteFirst: seldom(3),
  secret: seldom(4),
  needs: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 2 }),
  into: fc.constantFrom("inputs", "forcedBy", "dependsOn"),
  parent: fc.constantFrom("none", "none", "group", "needed"),
  provider: fc.constantFrom("default", "default", "one", "two"),
  retainOnDelete: seldom(8),
  ignoreChanges: seldom(6),
  replaceOnChanges: seldom(6),
  deleteBeforeReplace: fc.constantFrom(null, null, true, false),
  deletedWith: seldom(6),
  secretOutputs: seldom(6),
});

/** Random programs of up to six resources. */
export const randomProgram: fc.Arbitrary<Program> = fc.record({
  items: fc.uniqueArray(item, { selector: ({ name }) => name, maxLength: 6 }),
  providerForced: fc.integer({ min: 0, max: 1 }),
  providerRegion: fc.integer({ min: 0, max: 1 }),
  groupRenamed: fc.boolean(),
});

/** Something that goes wrong with one resource while an operation runs. */
export interface RandomMishap {
  readonly operation: Operation;
  readonly name: string;
  readonly kind: Mishap["kind"];
}

const mishap: fc.Arbitrary<RandomMishap> = fc.record({
  operation: fc.constantFrom("Create", "Update", "Delete", "Read"),
  name: fc.constantFrom("a", "b", "c", "d", "e", "f"),
  kind: fc.constantFrom("error", "unknown", "done", "partial"),
});

/** One operation of a random life. */
export interface Revision {
  readonly program: Program;
  readonly operation: "up" | "up-refresh" | "up-targets" | "up-excludes" | "preview" | "refresh" | "destroy-targets";
  /** Names for targets and excludes. */
  readonly names: readonly string[];
  readonly withDependents: boolean;
  readonly continueOnError: boolean;
  readonly parallel: number;
  readonly mishaps: readonly RandomMishap[];
  /** Positions, in the cloud, of what vanishes or changes behind the engine's back before the operation. */
  readonly drift: readonly { readonly at: number; readonly vanishes: boolean }[];
}

const operations = ["up-refresh", "up-targets", "up-excludes", "preview", "refresh", "destroy-targets"] as const;

/** Random lives of a stack: operations with failures and drift. */
export const randomLife: fc.Arbitrary<readonly Revision[]> = fc.array(
  fc.record({
    program: randomProgram,
    operation: fc.constantFrom("up", "up", "up", "up", ...operations),
    names: fc.subarray(["a", "b", "c", "d", "e", "f", "group"], { minLength: 1 }),
    withDependents: fc.boolean(),
    continueOnError: seldom(4),
    parallel: fc.constantFrom(1, 8, 8),
    mishaps: fc.oneof(fc.constant([]), fc.array(mishap, { minLength: 1, maxLength: 3 })),
    drift: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(fc.record({ at: fc.nat(9), vanishes: fc.boolean() }), { maxLength: 2 }) },
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

/** Random deaths of the engine. */
export const randomDeath: fc.Arbitrary<Death> = fc.record({
  before: randomProgram,
  after: randomProgram,
  operation: fc.constantFrom("up", "up", "up", "destroy", "refresh"),
  at: fc.constantFrom("before-call", "after-call", "event", "time"),
  n: fc.integer({ min: 1, max: 6 }),
});
