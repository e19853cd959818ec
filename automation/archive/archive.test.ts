import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { create } from "tar";
import { expect, it } from "vitest";
import { type FileSet, hashFiles, merge, sourceOnly, under } from "./fileSet.ts";
import { safePath } from "./safePath.ts";
import { readTar, writeTar } from "./tar.ts";
import { writeZip } from "./zip.ts";

const files = (entries: Record<string, string>): FileSet =>
  new Map(
    Object.entries(entries).map(([path, text]) => [
      path,
      { content: Buffer.from(text), executable: path.endsWith(".sh") },
    ]),
  );

const isAbove = (folder: readonly string[], path: readonly string[]) =>
  folder.length < path.length && folder.every((part, index) => part === path[index]);
const segment = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
const someFiles = fc
  .uniqueArray(
    fc.tuple(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.uint8Array({ maxLength: 2_000 }), fc.boolean()),
    {
      selector: ([path]) => path.join("/"),
      maxLength: 20,
    },
  )
  .map((all) => all.filter(([path]) => !all.some(([other]) => isAbove(other, path)))) // a file is no folder
  .map(
    (all) =>
      new Map(
        all.map(([path, content, executable]) => [path.join("/"), { content: Buffer.from(content), executable }]),
      ),
  );

it("what is written to a tar is read from it, and equal files give equal bytes", async () => {
  await fc.assert(
    fc.asyncProperty(someFiles, async (set) => {
      const archive = await writeTar(set);
      expect(new Map([...(await readTar(archive))].sort())).toEqual(new Map([...set].sort()));
      expect(await writeTar(new Map([...set].reverse()))).toEqual(archive);
    }),
    { numRuns: 50 },
  );
});

it("a tar with a link, or a path outside, is refused", async () => {
  const folder = mkdtempSync(join(tmpdir(), "devfactory-tar-"));
  try {
    writeFileSync(join(folder, "a"), "a");
    symlinkSync("/etc/passwd", join(folder, "link"));
    await create({ cwd: folder, file: join(folder, "x.tar") }, ["a", "link"]);
    await expect(readTar(readFileSync(join(folder, "x.tar")))).rejects.toThrow("link: is a SymbolicLink");
    const outside = await writeTar(files({ "../evil": "x" }));
    await expect(readTar(outside)).rejects.toThrow("../evil: leads outside the app");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it.each(["../a", "a/../../b", "/etc/passwd", "a\\b", "", ".", "a\0b"])("the path %j is refused", (path) => {
  expect(() => safePath(path)).toThrow("leads outside the app");
});

it("a zip holds each file with its content, packed", () => {
  const zip = writeZip(files({ "a.txt": "hello hello hello hello", "bin/run.sh": "#!/bin/sh" }));
  const nameLength = zip.readUInt16LE(26);
  const packed = zip.subarray(30 + nameLength, 30 + nameLength + zip.readUInt32LE(18));
  expect([zip.subarray(30, 30 + nameLength).toString(), inflateRawSync(packed).toString()]).toEqual([
    "a.txt",
    "hello hello hello hello",
  ]);
  expect(zip.readUInt16LE(zip.length - 22 + 10)).toBe(2);
});

it("file sets merge, narrow to a folder, leave out what is not source, and hash by content", () => {
  const a = files({
    "frontend/a.ts": "1",
    "node_modules/x/y.js": "z",
    "frontend/node_modules/q": "z",
    ".git/HEAD": "h",
  });
  const merged = merge(a, files({ "frontend/a.ts": "2", "backend/b.ts": "3" }));
  expect([...sourceOnly(merged).keys()]).toEqual(["frontend/a.ts", "backend/b.ts"]);
  expect([...under(merged, "./frontend/").keys()]).toEqual(["a.ts", "node_modules/q"]);
  expect(under(merged, ".").size).toBe(5);
  expect(hashFiles(files({ a: "1", b: "2" }))).toBe(hashFiles(files({ b: "2", a: "1" })));
  expect(hashFiles(files({ a: "1" }))).not.toBe(hashFiles(files({ a: "2" })));
});
