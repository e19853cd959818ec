import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { groupRuns, isRunning, startedMs, statOf, stillRuns } from "./processes.ts";

const linux = existsSync("/proc/self/stat");

/** A process group of two: a leader that collects no children, and one child. Both end with the leader's input. */
async function startGroup(child: string) {
  const leader = spawn("sh", ["-c", `${child} & echo $!; exec cat`], {
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const [line] = await once(leader.stdout, "data");
  return { leader: leader.pid ?? 0, child: Number(String(line)), end: () => leader.stdin.end() };
}

it.skipIf(!linux)(
  "a process that ended and was not collected does not run, nor does its group once all have ended",
  async () => {
    const group = await startGroup("sleep 60");
    expect([isRunning(group.child), isRunning(group.leader), groupRuns(group.leader)]).toEqual([true, true, true]);
    process.kill(group.child, "SIGKILL");
    await vi.waitFor(() => expect(statOf(group.child)).toMatchObject({ ended: true, group: group.leader }));
    process.kill(group.child, 0); // its number is still taken
    expect([isRunning(group.child), isRunning(group.leader), groupRuns(group.leader)]).toEqual([false, true, true]);
    group.end();
    await vi.waitFor(() => expect([isRunning(group.leader), groupRuns(group.leader)]).toEqual([false, false]));
  },
);

it.skipIf(!linux)("a group lives on in a child whose leader is gone", async () => {
  const group = await startGroup("sleep 60");
  process.kill(group.leader, "SIGKILL");
  await vi.waitFor(() => expect(isRunning(group.leader)).toBe(false));
  expect([isRunning(group.child), groupRuns(group.leader)]).toEqual([true, true]);
  process.kill(group.child, "SIGKILL");
  await vi.waitFor(() => expect(groupRuns(group.leader)).toBe(false));
});

it("a number that nobody has does not run", () => {
  const none = 2 ** 23; // above every pid_max
  expect([isRunning(none), groupRuns(none), statOf(none)]).toEqual([false, false, undefined]);
});

it.skipIf(!linux)("a number that a later process has is not the process that had it", () => {
  const began = startedMs(process.pid) ?? 0;
  expect(Math.abs(began - (Date.now() - process.uptime() * 1000))).toBeLessThan(2_000);
  expect([Date.now(), began - 1_000, began - 60_000, Number.NaN].map((atMs) => stillRuns(process.pid, atMs))).toEqual([
    ...[true, true, false], // the second is within what clocks may be off
    true, // a time that cannot be read tells nothing
  ]);
  expect(stillRuns(2 ** 23, Date.now())).toBe(false);
});
