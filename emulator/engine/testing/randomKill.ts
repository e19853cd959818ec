import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { ENGINE_ROOT } from "../inProcess.ts";
import {
  type Exported,
  flawsOf,
  knownIds,
  leftoversOf,
  nameOfId,
  pendingCreates,
  releasedBetween,
} from "./invariants.ts";
import { exportedState } from "./randomLife.ts";
import { buildProgram, type Program } from "./randomProgram.ts";
import { type Harness, startHarness } from "./stackHarness.ts";
import type { Order } from "./victim.ts";

/** A stack's life that is cut off by SIGKILL. */
export interface Death {
  readonly before: Program;
  readonly after: Program;
  readonly operation: Order["operation"];
  /** The kill comes at the n-th call of the provider (before or after its deed), at the n-th event, or so long after the first. */
  readonly at: "before-call" | "after-call" | "event" | "time";
  readonly n: number;
}

/** The moments of kills by time are so far apart. */
const STEP_MS = 12;

type Victim = ChildProcessByStdio<Writable, Readable, null>;

/** Starts a process that waits for an order. */
export function startVictim(): Victim {
  return spawn(process.execPath, [join(ENGINE_ROOT, "testing", "victim.ts")], { stdio: ["pipe", "pipe", "inherit"] });
}

/** Gives the order, and kills at the moment that the death says. @returns whether the victim was killed before its end */
async function kill(h: Harness, victim: Victim, death: Death): Promise<boolean> {
  const ended = once(victim, "exit");
  const end = () => void victim.kill("SIGKILL");
  let calls = 0;
  let events = 0;
  h.provider.onOperation = async () => {
    if (death.at === "before-call" && ++calls === death.n) {
      end();
      await ended; // the deed is never done: the call ends with the one who made it
      throw new Error("the caller is dead");
    }
  };
  h.provider.afterOperation = async () => {
    if (death.at !== "after-call" || ++calls !== death.n) return;
    end();
    await ended;
  };
  victim.stdout.on("data", (chunk: Buffer) => {
    if (death.at === "time" && events === 0) setTimeout(end, (death.n - 1) * STEP_MS);
    const before = events;
    events += chunk.toString().split("\n").length - 1;
    if (death.at === "event" && before < death.n && events >= death.n) end();
  });
  const order: Order = {
    operation: death.operation,
    program: death.after,
    workDir: h.stack.workspace.workDir,
    pulumiHome: h.stack.workspace.pulumiHome ?? "",
    env: h.env,
  };
  victim.stdin.write(`${JSON.stringify(order)}\n`);
  const [, signal] = await ended;
  h.provider.onOperation = async () => undefined;
  h.provider.afterOperation = async () => undefined;
  return signal === "SIGKILL";
}

/**
 * Kills an engine and checks what it leaves: the state is readable and valid, what its provider made is in the state or among
 * the pending operations, and after a refresh the next update brings the stack to what its program says, without doubles.
 *
 * @returns whether the kill came before the operation's end
 * @throws AssertionError when one of these does not hold
 */
export async function dieOnce(death: Death, victim: Victim): Promise<boolean> {
  await using h = await startHarness();
  const released = new Set<string>();
  const lost = new Set<string>();
  await h.up(buildProgram(death.before));
  let before: Exported = await exportedState(h);
  const check = async (): Promise<Exported> => {
    const after = await exportedState(h);
    for (const id of releasedBetween(before, after)) released.add(id);
    before = after;
    assert.deepEqual(flawsOf(after), [], "the state is not valid");
    const known = knownIds(after);
    const making = pendingCreates(after);
    const orphans = [...h.provider.cloud.keys()].filter((id) => !known.has(id) && !released.has(id) && !lost.has(id));
    assert.deepEqual(
      orphans.filter((id) => !making.has(nameOfId(id))),
      [],
      "the state forgot something",
    );
    for (const id of orphans) lost.add(id);
    return after;
  };
  const killed = await kill(h, victim, death);
  await check();
  await h.stack.cancel();
  await h.stack.refresh({ clearPendingCreates: true });
  assert.deepEqual((await check()).pending, [], "a refresh clears what is pending");
  await h.up(buildProgram(death.after));
  assert.deepEqual(leftoversOf(await check()), [], "something is left over");
  assert.deepEqual(Object.keys(await h.up()), ["same"], "the program does not settle");
  await h.stack.destroy();
  assert.deepEqual((await check()).resources, [], "a destroy leaves resources");
  return killed;
}
