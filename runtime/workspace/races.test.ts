import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { pack, unpack } from "../agents/blobTask.ts";
import { Workspace } from "./workspace.ts";

/** So long each race is run. */
const RACE_MS = 1_200;
const SECRET = "a secret of the machine";

let base: string;
let folder: string;
let outside: string;
let racer: ChildProcess;

/** Swaps the folder `a` of the app, again and again, for a link to a folder outside and back, as a program of the app could. */
const SWAP = `
const { renameSync, rmSync, symlinkSync, unlinkSync } = require("node:fs");
const [folder, outside] = process.argv.slice(1);
const quietly = (work) => { try { work(); } catch {} };
let swaps = 0;
process.on("SIGTERM", () => { process.stdout.write(String(swaps)); process.exit(0); });
(function swap() {
  for (let n = 0; n < 50; n++) {
    quietly(() => renameSync(folder + "/a", folder + "/b"));
    quietly(() => symlinkSync(outside, folder + "/a"));
    quietly(() => unlinkSync(folder + "/a"));
    // Whoever makes folders may have made another one in its place.
    try { renameSync(folder + "/b", folder + "/a"); } catch { quietly(() => rmSync(folder + "/a", { recursive: true })); }
    quietly(() => renameSync(folder + "/b", folder + "/a"));
    swaps += 1;
  }
  setImmediate(swap);
})();`;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "races-test-")));
  folder = join(base, "app");
  outside = join(base, "outside");
  await mkdir(join(folder, "a/deep"), { recursive: true });
  await mkdir(outside);
  await writeFile(join(folder, "a/kept.ts"), "of the app");
  await writeFile(join(outside, "kept.ts"), SECRET);
  racer = spawn(process.execPath, ["-e", SWAP, folder, outside], { stdio: ["ignore", "pipe", "inherit"] });
});

afterEach(async () => {
  const said: Buffer[] = [];
  racer.stdout?.on("data", (chunk: Buffer) => said.push(chunk));
  const closed = new Promise((resolve) => racer.once("close", resolve));
  racer.kill("SIGTERM");
  await closed;
  expect(Number(Buffer.concat(said))).toBeGreaterThan(50); // there was a race
  await rm(base, { recursive: true });
});

/** Does something over and over while the race is on. @returns how often it was done, and how often it was refused */
async function raced(work: (round: number) => Promise<unknown>) {
  let [done, refused] = [0, 0];
  const end = performance.now() + RACE_MS;
  for (let round = 0; performance.now() < end; round++) {
    try {
      await work(round);
      done += 1;
    } catch (error) {
      expect(["PATH_REFUSED", "FILE_NOT_FOUND", "ENOENT"]).toContain((error as { code?: string }).code);
      refused += 1;
    }
  }
  return { done, refused };
}

const untouched = async () => {
  expect(await readdir(outside)).toEqual(["kept.ts"]);
  expect(await readFile(join(outside, "kept.ts"), "utf8")).toBe(SECRET);
};

it("files that agents write, with the folders that are made for them, stay inside", async () => {
  const workspace = await Workspace.open(folder);
  const { done } = await raced((round) => workspace.writeText(`a/new-${round % 20}/${round}.ts`, "text"));
  expect(done).toBeGreaterThan(0);
  await untouched();
});

it("nothing outside is read, listed or removed", async () => {
  const workspace = await Workspace.open(folder);
  await writeFile(join(outside, "only-outside.ts"), SECRET);
  const { done } = await raced(async () => {
    expect(await workspace.tryReadText("a/kept.ts")).not.toBe(SECRET);
    expect(await workspace.list()).not.toContain("a/only-outside.ts");
    await workspace.remove("a/only-outside.ts");
  });
  expect(done).toBeGreaterThan(0);
  await rm(join(outside, "only-outside.ts")); // it is still there
  await untouched();
});

it("an archive is unpacked inside only, and packed of the app's files only", async () => {
  const source = join(base, "source");
  await mkdir(join(source, "a/deep"), { recursive: true });
  const paths = Array.from({ length: 15 }, (_, index) => `a/deep/${index}.ts`);
  for (const path of paths) await writeFile(join(source, path), "text");
  const archive = join(base, "in.tar.gz");
  await pack(archive, source, paths);
  const unpacked = await raced(() => unpack(archive, folder));
  expect(unpacked.done + unpacked.refused).toBeGreaterThan(0);
  const packed = await raced(async (round) => {
    const out = join(base, `out-${round}.tar.gz`);
    await pack(out, folder, ["a/kept.ts"]);
    expect(execFileSync("tar", ["-xzOf", out], { encoding: "utf8" })).toBe("of the app");
  });
  expect(packed.done).toBeGreaterThan(0);
  await untouched();
});
