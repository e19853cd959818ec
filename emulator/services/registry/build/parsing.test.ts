import { expect, it } from "vitest";
import { globToRegExp, ignoreRules } from "./context.ts";
import { parseDockerfile } from "./dockerfile.ts";
import { nginxBase, nodeBase } from "./imageConfig.ts";
import { expand, pairs, splitWords } from "./words.ts";

it.each([
  ["$A-$B", "1-"],
  [`\${A}\${C}`, "1c d"],
  [`\${B:-x\${A}}`, "x1"],
  [`\${A:-x}`, "1"],
  [`\${EMPTY:-x}|\${EMPTY-x}`, "x|"],
  [`\${A:+yes}\${B:+no}`, "yes"],
  ["\\$A", "$A"],
])("%s expands to %s", (text, expected) => {
  expect(expand(text, { A: "1", C: "c d", EMPTY: "" })).toBe(expected);
});

it("words are split at blanks outside quotes", () => {
  expect(splitWords(`a "b c"d 'e  f' g\\ h ""`)).toEqual(["a", "b cd", "e  f", "g h", ""]);
});

it("pairs take both forms, and quotes protect blanks but not variables", () => {
  expect(pairs(`A=1 B="x $Y" C='$Y'`, { Y: "y" }, 3)).toEqual([
    ["A", "1"],
    ["B", "x y"],
    ["C", "$Y"],
  ]);
  expect(pairs("A some words", {}, 3)).toEqual([["A", "some words"]]);
  expect(() => pairs("A=1 B", {}, 3)).toThrow("Dockerfile:3: B is not of the form name=value");
});

it("a Dockerfile is read into stages with flags, JSON forms, continuation lines and comments", () => {
  const text =
    '# syntax=docker/dockerfile:1\nARG V=24\nFROM node:$V AS Build\nRUN a \\\n  # why\n  && b\nCOPY --from=x --chmod=755 p q\nCMD ["n", "m"]\n';
  const { globals, stages } = parseDockerfile(text);
  expect(globals.map((each) => each.text)).toEqual(["V=24"]);
  expect(stages).toMatchObject([{ from: "node:$V", name: "build", line: 3 }]);
  expect(stages[0]?.instructions.map(({ keyword, line, flags, json }) => ({ keyword, line, flags, json }))).toEqual([
    { keyword: "RUN", line: 4, flags: {}, json: undefined },
    { keyword: "COPY", line: 7, flags: { from: "x", chmod: "755" }, json: undefined },
    { keyword: "CMD", line: 8, flags: {}, json: ["n", "m"] },
  ]);
  expect(() => parseDockerfile("FROM scratch\nRUN <<EOF\nx\nEOF\n")).toThrow(
    "Dockerfile:2: here-documents are not supported in RUN",
  );
});

it.each([
  ["*.txt", "a.txt", true],
  ["*.txt", "d/a.txt", false],
  ["**/*.txt", "d/e/a.txt", true],
  ["**/*.txt", "a.txt", true],
  ["a?[0-9]", "ab7", true],
  ["a?[!0-9]", "ab7", false],
])("the pattern %s and %s: %s", (pattern, path, expected) => {
  expect(globToRegExp(pattern).test(path)).toBe(expected);
});

it("the last rule of a .dockerignore wins", () => {
  const ignored = ignoreRules("# c\n/node_modules/\n*.md\n!README.md\n");
  expect(["node_modules/x/y", "a.md", "README.md", "src/a.md", "src"].map(ignored)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

it.each([
  ["node:24", true],
  ["node:24.1-slim", true],
  ["docker.io/library/node", true],
  ["node:lts-alpine", true],
  ["node:20-alpine", "this machine gives images node 24; node:20-alpine asks for another"],
  ["evil/node:24", false],
])("the base %s: %s", (reference, expected) => {
  expect(nodeBase(reference)).toBe(expected);
});

it("nginx images are known, with and without root", () => {
  expect([nginxBase("nginx"), nginxBase("nginxinc/nginx-unprivileged:alpine"), nginxBase("x/nginx")]).toEqual([
    { unprivileged: false },
    { unprivileged: true },
    undefined,
  ]);
});
