import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freeStack, StackHeld } from "./freeStack.ts";
import { stateFiles } from "./stateFiles.ts";
import { judgeLock, readLock } from "./stateLock.ts";
import { lockFolder } from "./stateLocks.ts";

const TAKEN = "2026-12-01T10:00:00.123456789Z";
const lock = (hostname: string, pid: number, timestamp = TAKEN) =>
  JSON.stringify({ pid, username: "u", hostname, timestamp });
/** Process 7 runs since the lock was taken. */
const stillRuns = (pid: number, atMs: number) => pid === 7 && atMs >= Date.parse(TAKEN);
const holders = { former: ["old-replica"], host: "here", stillRuns };

it.each([
  ["a dead process of this machine", lock("here", 8), "stale"],
  ["a living process of this machine", lock("here", 7), "held"],
  ["a number that a later process of this machine has", lock("here", 7, "2026-12-01T09:00:00Z"), "stale"],
  ["a living number on a machine that lost the lease", lock("old-replica", 7), "stale"],
  ["a machine of which nothing is known", lock("a-laptop", 8), "held"],
  ["half a file", '{"pid": 8, "host', "unreadable"],
  ["a document that is no lock", '{"pid": "8"}', "unreadable"],
])("the lock of %s is judged", (_, text, verdict) => {
  expect(judgeLock(readLock("x.json", text), holders)).toBe(verdict);
});

/** A folder of lock files, and how making way in it ends. */
async function free(files: Record<string, string>, waitMs: number, during: (folder: string) => void = () => {}) {
  const root = mkdtempSync(join(tmpdir(), "devfactory-locks-"));
  const folder = join(root, ".pulumi/locks/organization/devfactory-app/app1");
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const backend = await stateFiles(`file://${root}`);
  const locks = backend && lockFolder(backend, "devfactory-app", "app1");
  const told: string[] = [];
  const { signal } = new AbortController();
  setTimeout(() => during(folder), 60);
  const done = locks
    ? freeStack(locks, { holders, waitMs, signal, lookMs: 150, tell: ({ action }) => void told.push(action) })
    : Promise.reject(new Error("no folder"));
  const error = await done.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const left = readdirSync(folder).sort();
  rmSync(root, { recursive: true });
  return { error, told, left };
}

it("drops the locks of the dead and files that stay illegible", async () => {
  const files = { "a.json": lock("here", 8), "b.json": lock("old-replica", 1), "c.json": "{" };
  expect(await free(files, 0)).toEqual({
    error: undefined,
    told: ["lock-dropped", "lock-dropped", "lock-dropped"],
    left: [],
  });
});

it("a file that is being written gets a second look, and counts when it is a living lock", async () => {
  const finish = (folder: string) => writeFileSync(join(folder, "a.json"), lock("here", 7));
  const { error, told, left } = await free({ "a.json": "" }, 0, finish);
  expect([error instanceof StackHeld, told, left]).toEqual([true, [], ["a.json"]]);
});

it("waits for the living until they are gone", async () => {
  const end = (folder: string) => rmSync(join(folder, "a.json"));
  expect(await free({ "a.json": lock("here", 7) }, 5_000, end)).toEqual({
    error: undefined,
    told: ["lock-waited"],
    left: [],
  });
});

it("gives up at a living one that stays, and leaves its lock", async () => {
  const { error, told, left } = await free({ "a.json": lock("a-laptop", 8) }, 100);
  expect([String(error), told, left]).toEqual([
    `StackHeld: u@a-laptop (pid 8) since ${TAKEN}`,
    ["lock-waited"],
    ["a.json"],
  ]);
});

it("a stack without locks is free at once, and other backends keep theirs to themselves", async () => {
  expect(await free({}, 0)).toEqual({ error: undefined, told: [], left: [] });
  expect(await stateFiles("https://api.pulumi.com")).toBeUndefined();
});
