import assert from "node:assert/strict";
import type { Revision } from "./arbitraries.ts";
import { type Exported, flawsOf, knownIds, leftoversOf, releasedBetween } from "./invariants.ts";
import { buildProgram } from "./randomProgram.ts";
import { type Harness, startHarness } from "./stackHarness.ts";

/** Words of an error that no program, provider or user caused. */
const INTERNAL = /TypeError|ReferenceError|RangeError|is not a function|Cannot read|integrity|unexpected/;

/** The state, secrets open, and its pending operations. */
export async function exportedState(h: Harness): Promise<Exported> {
  const { deployment } = await h.stack.exportStack();
  return { resources: deployment.resources ?? [], pending: deployment.pending_operations ?? [] };
}

/** Changes the cloud behind the engine's back. */
function drift(h: Harness, changes: Revision["drift"]): void {
  for (const { at, vanishes } of changes) {
    const id = [...h.provider.cloud.keys()][at];
    const found = id === undefined ? undefined : h.provider.cloud.get(id);
    if (id === undefined || !found) continue;
    if (vanishes) h.provider.cloud.delete(id);
    else h.provider.cloud.set(id, { inputs: { ...found.inputs, value: 7 }, outputs: { ...found.outputs, value: 7 } });
  }
}

/** Runs one operation. @returns the message of its failure, empty when it went well */
async function operate(h: Harness, revision: Revision): Promise<string> {
  const { operation, names, withDependents, continueOnError, parallel } = revision;
  const globs = names.map((name) => `**::${name}`);
  const targets = { target: globs, targetDependents: withDependents };
  const excludes = { exclude: globs, excludeDependents: withDependents };
  h.program = buildProgram(revision.program);
  const runs: Readonly<Record<Revision["operation"], () => Promise<unknown>>> = {
    up: () => h.stack.up({ parallel, continueOnError }),
    "up-refresh": () => h.stack.up({ parallel, continueOnError, refresh: true }),
    "up-targets": () => h.stack.up({ parallel, ...targets }),
    "up-excludes": () => h.stack.up({ parallel, ...excludes }),
    preview: () => h.stack.preview({ parallel }),
    refresh: () => h.stack.refresh({ parallel }),
    "destroy-targets": () => h.stack.destroy({ parallel, ...targets }),
  };
  try {
    await runs[operation]();
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Lives one life of a stack and checks it after every operation: the state is valid, nothing in the cloud is forgotten,
 * the program settles in the end, and a destroy leaves nothing.
 *
 * @throws AssertionError when one of these does not hold
 */
export async function liveOut(revisions: readonly Revision[]): Promise<void> {
  await using h = await startHarness();
  const released = new Set<string>();
  let before: Exported = { resources: [], pending: [] };
  const check = async (complete: boolean): Promise<void> => {
    const after = await exportedState(h);
    for (const id of releasedBetween(before, after)) released.add(id);
    before = after;
    assert.deepEqual(flawsOf(after), [], "the state is not valid");
    assert.deepEqual(after.pending, [], "operations are pending");
    if (complete) assert.deepEqual(leftoversOf(after), [], "something is left over");
    const known = knownIds(after);
    const orphans = [...h.provider.cloud.keys()].filter(
      (id) => !known.has(id) && !released.has(id) && !h.provider.lost.has(id),
    );
    assert.deepEqual(orphans, [], "the state forgot something");
  };
  for (const revision of revisions) {
    drift(h, revision.drift);
    h.provider.mishap = (operation, name) => {
      const found = revision.mishaps.find((mishap) => mishap.operation === operation && mishap.name === name);
      return found && { kind: found.kind, message: "thrown dice" };
    };
    const failure = await operate(h, revision);
    assert.doesNotMatch(failure, INTERNAL);
    await check(failure === "" && (revision.operation === "up" || revision.operation === "up-refresh"));
  }
  h.provider.mishap = () => undefined;
  await h.stack.refresh();
  await check(false);
  await h.up();
  await check(true);
  assert.deepEqual(Object.keys(await h.up()), ["same"], "the program does not settle");
  await h.stack.destroy();
  await check(true);
  assert.deepEqual(before.resources, [], "a destroy leaves resources");
}
