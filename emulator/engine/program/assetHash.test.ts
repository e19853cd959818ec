import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ARCHIVE, ASSET, SIGNATURE, type Value } from "../deploy/values.ts";
import { hashAssets } from "./assetHash.ts";

const folder = mkdtempSync(join(tmpdir(), "engine-assets-"));
const asset = (more: Record<string, Value>) => ({ [SIGNATURE]: ASSET, ...more });
const archive = (more: Record<string, Value>) => ({ [SIGNATURE]: ARCHIVE, ...more });
const hashOf = (value: Value) => (hashAssets({ value }, folder).value as { readonly hash?: string }).hash;

beforeAll(() => {
  mkdirSync(join(folder, "d", "inner"), { recursive: true });
  mkdirSync(join(folder, "d", ".pulumi"));
  writeFileSync(join(folder, "d", "a.txt"), "one\n");
  writeFileSync(join(folder, "d", "inner", "b.txt"), "two\n");
  writeFileSync(join(folder, "d", ".pulumi", "no"), "x\n");
  symlinkSync("a.txt", join(folder, "d", "link"));
  symlinkSync("inner", join(folder, "d", "linked-folder"));
  writeFileSync(join(folder, "d.zip"), "PK");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// The archives' hashes are those that archive.FromPath and archive.FromAssets of the Go SDK 3.270.0 gave for the same files.
it.each([
  ["a text", asset({ text: "hello" }), "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"],
  ["an empty text", asset({ text: "" }), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["a file", asset({ path: "d/a.txt" }), "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806"],
  ["a folder", archive({ path: "d" }), "6588b0d398b1fe5963ef06413a43935aaab517f83a2e7766108e2d2b155c7754"],
  [
    "a map with a folder in it",
    archive({
      assets: { "z.txt": asset({ text: "hello" }), "f/x": asset({ path: "d/a.txt" }), sub: archive({ path: "d" }) },
    }),
    "1fa34cefbfd0ca059091296ee209fd822868786c50c6f21f53da7c880f158df6",
  ],
  ["an archive file", archive({ path: "d.zip" }), "fcab7fcc2b4cffd9bb45003bfc2e468a04ef6f77ca8200a7341f027631584d25"],
])("hashes %s as the real engine does", (_, value, hash) => {
  expect(hashOf(value)).toBe(hash);
});

it("leaves what lies behind an http address, and a hash that is there, alone", () => {
  expect(hashOf(asset({ uri: "https://example.com/x" }))).toBeUndefined();
  expect(hashOf(asset({ text: "hello", hash: "given" }))).toBe("given");
});

it("names the file that is not there", () => {
  expect(() => hashOf(asset({ path: "gone" }))).toThrow(`ENOENT: no such file or directory, open '${folder}/gone'`);
});
