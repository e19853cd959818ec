import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Bucket } from "./bucket.ts";
import { readStack, writeStack } from "./checkpoint.ts";
import { FileBucket } from "./fileBucket.ts";
import { isDead, type LockContent, type Machine, THIS_MACHINE } from "./lockHolder.ts";
import { isHeld, lockStack } from "./locks.ts";

/** A number that no process has: above every pid_max. */
const NO_PID = 2 ** 23;
const FOLDER = "locks/organization/p/dev";
const stack = { project: "p", name: "dev" };
let folder: string;
let bucket: Bucket;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-locks-"));
  bucket = new FileBucket(`file://${folder}`, join(folder, ".pulumi"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, content: Partial<LockContent> | string) =>
  bucket.write(`${FOLDER}/${name}.json`, typeof content === "string" ? content : JSON.stringify(content));
const somebody = (more: Partial<LockContent>): LockContent => ({
  pid: NO_PID,
  username: "ann",
  hostname: hostname(),
  timestamp: new Date().toISOString(),
  ...more,
});

describe("locking", () => {
  it("writes who holds the stack, and nothing is left after the release", async () => {
    const lock = await lockStack(bucket, stack);
    const [name = ""] = await bucket.list(FOLDER);
    expect(name).toMatch(/^[0-9a-f-]{36}\.json$/);
    expect(JSON.parse((await bucket.read(`${FOLDER}/${name}`)) ?? "")).toMatchObject({
      pid: process.pid,
      username: userInfo().username,
      hostname: hostname(),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    expect(lock.warnings).toEqual([]);
    await lock.release();
    expect(await bucket.list(FOLDER)).toEqual([]);
  });

  it("takes over the lock of a process that is gone, and says so", async () => {
    await put("dead", somebody({ timestamp: "2026-12-01T10:00:00Z" }));
    expect(await isHeld(bucket, stack)).toBe(false);
    const { warnings, release } = await lockStack(bucket, stack);
    expect(warnings).toEqual([
      `took over the lock of ann@${hostname()} (pid ${NO_PID}) of 2026-12-01T10:00:00Z: that process is no longer running`,
    ]);
    expect((await bucket.list(FOLDER)).includes("dead.json")).toBe(false);
    await release();
  });

  it("takes over the lock of a process that ended and that nobody collected", async () => {
    const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec cat"], { stdio: ["pipe", "pipe", "ignore"] }); // cat collects nobody
    const pid = Number((await once(parent.stdout, "data")).join());
    process.kill(pid, "SIGKILL");
    await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, "utf8")).toContain(") Z "));
    await put("dead", somebody({ pid }));
    expect(await isHeld(bucket, stack)).toBe(false);
    parent.stdin.end();
    await once(parent, "exit");
  });

  it("respects a living process, other machines, and what it cannot read; the message names them all", async () => {
    const now = new Date().toISOString();
    await put("a", somebody({ pid: process.pid, timestamp: now }));
    await put("b", somebody({ hostname: "elsewhere", timestamp: "2026-12-01T11:00:00Z" }));
    await put("c", "");
    await put("d", '{"pid": 1, "usern');
    await put("dead", somebody({}));
    const unreadable =
      "this file cannot be read, so nobody knows who holds the lock; if no other command runs, `pulumi cancel` removes it";
    const url = `file://${folder}/.pulumi/${FOLDER}`;
    await expect(lockStack(bucket, stack)).rejects.toMatchObject({
      message:
        "the stack is currently locked by 4 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`." +
        `\n  ${url}/a.json: created by ann@${hostname()} (pid ${process.pid}) at ${now}` +
        `\n  ${url}/b.json: created by ann@elsewhere (pid ${NO_PID}) at 2026-12-01T11:00:00Z` +
        `\n  ${url}/c.json: ${unreadable}\n  ${url}/d.json: ${unreadable}`,
    });
    expect(readdirSync(join(folder, ".pulumi", FOLDER))).toHaveLength(5); // refused, so nothing was touched
  });

  it("lets one of many in, or none", async () => {
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockStack(bucket, stack)));
    expect(results.filter(({ status }) => status === "fulfilled").length).toBeLessThanOrEqual(1);
  });

  it("writes down the journal of a killed operation before anything else, and never twice", async () => {
    await writeStack(bucket, stack, undefined);
    const line = { kind: "change", new: { index: 0, resource: { urn: "u", custom: true, type: "t:i:T", id: "1" } } };
    const journal = `{"kind":"base","time":""}\n${JSON.stringify(line)}\n`;
    await bucket.append("stacks/p/dev.journal", journal);
    const lock = await lockStack(bucket, stack);
    expect(await bucket.read("stacks/p/dev.journal")).toBeUndefined();
    const text = (await bucket.read("stacks/p/dev.json")) ?? "";
    expect(JSON.parse(text).checkpoint.latest.resources).toEqual([line.new.resource]);
    await bucket.append("stacks/p/dev.journal", journal); // as if its removal had been cut off
    expect((await readStack(bucket, stack))?.deployment).toEqual(JSON.parse(text).checkpoint.latest);
    await lock.release();
  });
});

describe("isDead", () => {
  const NOW = Date.parse("2026-12-01T12:00:00Z");
  const machine = (more: Partial<Machine>): Machine => ({
    hostname: "here",
    boot: "boot-1",
    pidSpace: "pid:[1]",
    isRunning: () => true,
    startedMs: () => undefined,
    ...more,
  });
  const lock = (more: Partial<LockContent>): LockContent =>
    somebody({ pid: 42, hostname: "here", timestamp: "2026-12-01T12:00:00Z", ...more });

  it.each<[string, Partial<LockContent>, Partial<Machine>, boolean]>([
    ["the process is gone", {}, { isRunning: () => false }, true],
    ["the process runs", {}, {}, false],
    ["the number is a later process's", {}, { startedMs: () => NOW + 60_000 }, true],
    ["the process started before the lock", {}, { startedMs: () => NOW - 60_000 }, false],
    ["the process started at that moment, as far as clocks go", {}, { startedMs: () => NOW + 900 }, false],
    ["another machine", { hostname: "there" }, { isRunning: () => false }, false],
    ["another container of this machine", { boot: "boot-1", pidSpace: "pid:[2]" }, { isRunning: () => false }, false],
    ["the machine was started again since", { boot: "boot-0", pidSpace: "pid:[1]" }, {}, true],
    ["a pid that cannot be", { pid: 0 }, { isRunning: () => false }, false],
  ])("%s", (_, content, about, dead) => expect(isDead(lock(content), true, machine(about))).toBe(dead));

  it("leaves locks of an earlier start alone where machines of the same name may share a store", () => {
    expect(isDead(lock({ boot: "boot-0" }), false, machine({}))).toBe(false);
  });

  it.runIf(process.platform === "linux")("knows when this process started", () => {
    const started = THIS_MACHINE.startedMs(process.pid) ?? 0;
    expect(Math.abs(started - (Date.now() - process.uptime() * 1000))).toBeLessThan(2_000);
    expect(THIS_MACHINE.isRunning(NO_PID)).toBe(false);
  });
});
