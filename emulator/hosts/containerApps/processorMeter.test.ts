import { spawn } from "node:child_process";
import { afterAll, expect, it } from "vitest";
import { type Measured, ProcessorMeter } from "./processorMeter.ts";

const groups: number[] = [];
afterAll(() => {
  for (const each of groups) process.kill(-each, "SIGKILL");
});

/** A process that starts another one, which is busy for so many of 100 ms again and again. */
function family(busyMs: number, cpu: number): Measured {
  const work = `setInterval(() => { const end = Date.now() + ${busyMs}; while (Date.now() < end); }, 100)`;
  const program = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(work)}])`;
  const child = spawn(process.execPath, ["-e", program], { stdio: "ignore", detached: true });
  const { pid = 0 } = child;
  groups.push(pid);
  return { pids: [pid], cpu };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it("the use of what a replica started is counted, as a part of its own processors; more than all is all", async () => {
  const [idle, half, all] = [family(0, 1), family(30, 1), family(60, 0.1)] as const;
  await pause(500);
  const meter = new ProcessorMeter(1_000);
  const read = () => [idle, half, all].map((each) => meter.read([each])?.percent ?? -1);
  expect(read()).toEqual([-1, -1, -1]); // nothing to compare with
  for (let looks = 0; looks < 20; looks++) {
    await pause(100);
    read();
  }
  const [quiet = -1, busy = -1, full = -1] = read();
  expect([quiet >= 0 && quiet < 10, busy > 10 && busy < 45, full]).toEqual([true, true, 100]);
  const together = meter.read([idle, all]);
  expect([together?.replicas, Math.round(together?.percent ?? 0)]).toEqual([2, Math.round((quiet + 100) / 2)]);
});

it("who has ended or was never seen is not counted", async () => {
  const meter = new ProcessorMeter(100);
  expect(meter.read([])).toBeUndefined();
  const gone = { pids: [], cpu: 1 };
  expect([meter.read([gone], 0), meter.read([gone], 150)]).toEqual([undefined, { replicas: 1, percent: 0 }]);
});
