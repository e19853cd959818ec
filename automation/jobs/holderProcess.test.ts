import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type HolderProcess, isGone, markOf, ownProcess, WORKER_MARK } from "./holderProcess.ts";

const linux = existsSync("/proc/self/stat");

/** A process that says when it runs. */
async function start(env: Record<string, string> = {}) {
  const child = spawn("sh", ["-c", "echo up; exec sleep 60"], { env: { PATH: process.env.PATH ?? "", ...env } });
  await once(child.stdout, "data");
  const pid = child.pid ?? 0;
  const end = async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { pid, end };
}

function holderOf(pid: number): HolderProcess {
  const started = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[19] ?? "";
  return { machine: ownProcess()?.machine ?? "", pid, started };
}

it.skipIf(!linux)("a process that runs is not gone, one that was killed is", async () => {
  const child = await start();
  const holder = holderOf(child.pid);
  const alive = isGone(holder);
  await child.end();
  expect([alive, isGone(holder)]).toEqual([false, true]);
});

it.skipIf(!linux)("a dead worker is not gone while something that it started for a deployment runs", async () => {
  const worker = await start();
  const holder = holderOf(worker.pid);
  const orphan = await start({ [WORKER_MARK]: markOf(holder) });
  await worker.end();
  const before = isGone(holder);
  await orphan.end();
  expect([before, isGone(holder)]).toEqual([false, true]);
});

it.skipIf(!linux)("a later process with the same id is not the holder, and another machine proves nothing", () => {
  const own = ownProcess();
  expect(own?.pid).toBe(process.pid);
  if (!own) return;
  expect([isGone(own), isGone({ ...own, started: "1" }), isGone({ ...own, started: "1", machine: "other" })]).toEqual([
    false,
    true,
    false,
  ]);
});
