import { expect, it } from "vitest";
import type { FileSet } from "../archive/fileSet.ts";
import { filterSource, isMade } from "./filter.ts";

const files = (entries: Record<string, string>): FileSet =>
  new Map(Object.entries(entries).map(([path, text]) => [path, { content: Buffer.from(text), executable: false }]));
const kept = (entries: Record<string, string>) => [...filterSource(files(entries)).files.keys()];

it("packages, history, caches and secrets are left out, and counted", () => {
  const given = files({
    "package.json": "{}",
    "src/a.ts": "",
    "node_modules/x/index.js": "",
    "apps/web/node_modules/y.js": "",
    ".git/config": "",
    ".next/cache": "",
    "__pycache__/a.pyc": "",
    ".env": "SECRET=1",
    "apps/web/.env.local": "SECRET=1",
    ".env.example": "SECRET=",
    ".DS_Store": "",
  });
  const { files: left, left: count } = filterSource(given);
  expect([[...left.keys()], count]).toEqual([["package.json", "src/a.ts", ".env.example"], 8]);
});

it.each([
  [
    "the output of a build script goes",
    { "package.json": '{"scripts":{"build":"vite build"}}', "dist/a.js": "", "build/b.js": "", "src/dist/c.js": "" },
    ["package.json", "src/dist/c.js"],
  ],
  [
    "without a build script dist is source",
    { "package.json": "{}", "dist/index.html": "" },
    ["package.json", "dist/index.html"],
  ],
  ["without a manifest too", { "dist/index.html": "" }, ["dist/index.html"]],
  [
    "a folder that the build script runs stays",
    { "package.json": '{"scripts":{"build":"node build/run.js"}}', "build/run.js": "", "dist/a.js": "" },
    ["package.json", "build/run.js"],
  ],
  [
    "output of a package in a folder",
    { "web/package.json": '{"scripts":{"build":"x"}}', "web/out/a": "", "out/b": "" },
    ["web/package.json", "out/b"],
  ],
  ["a broken manifest decides nothing", { "package.json": "{", "dist/a": "" }, ["package.json", "dist/a"]],
])("%s", (_what, entries, expected) => {
  expect(kept(entries as Record<string, string>)).toEqual(expected);
});

it(".devfactoryignore has the syntax of .gitignore, with exceptions", () => {
  expect(
    kept({
      ".devfactoryignore": "*.psd\n/docs/\n!docs/keep.md\n# note\nlogs/**\n!logs/readme.md\n",
      "a.psd": "",
      "x/b.psd": "",
      "docs/a.md": "",
      "src/docs/a.md": "",
      "logs/1": "",
      "logs/readme.md": "",
    }),
  ).toEqual([".devfactoryignore", "src/docs/a.md", "logs/readme.md"]);
});

it("an .npmrc with a token written out is left out; one that names a variable stays", () => {
  expect(
    kept({
      ".npmrc": "//registry.npmjs.org/:_authToken=npm_abc",
      "a/.npmrc": "//r/:_authToken=$" + "{NPM_TOKEN}\nsave-exact=true",
    }),
  ).toEqual(["a/.npmrc"]);
});

it("folders that need not be entered", () => {
  expect(["node_modules", "a/.git", "src", "a/venv/lib", "gitlab"].map(isMade)).toEqual([
    true,
    true,
    false,
    true,
    false,
  ]);
});
