import { expect, it } from "vitest";
import { colorMode, painter } from "./paint.ts";
import { cutLine, lineWidth, paintLine, wrapText } from "./spans.ts";

it.each([
  { flag: undefined, env: {}, terminal: true, mode: "always" },
  { flag: "auto", env: {}, terminal: false, mode: "never" },
  { flag: "auto", env: { NO_COLOR: "1" }, terminal: true, mode: "never" },
  { flag: "auto", env: { TERM: "dumb" }, terminal: true, mode: "never" },
  { flag: "always", env: { NO_COLOR: "1" }, terminal: false, mode: "always" },
  { flag: "raw", env: {}, terminal: false, mode: "raw" },
  { flag: "never", env: {}, terminal: true, mode: "never" },
  { flag: "pink", env: {}, terminal: true, mode: undefined },
])("--color $flag on terminal $terminal with $env is $mode", ({ flag, env, terminal, mode }) => {
  expect(colorMode(flag, env, terminal)).toBe(mode);
});

it("paints for terminals, for the real CLI's marks, or not at all", () => {
  expect(painter("always")("x", "create")).toBe("\u001b[32mx\u001b[39m");
  expect(painter("raw")("x", "headline")).toBe("<{%fg 13%}><{%bold%}>x<{%reset%}>");
  expect([painter("never")("x", "create"), painter("always")("x"), painter("always")("", "create")]).toEqual([
    "x",
    "x",
    "",
  ]);
});

it("cuts lines by columns, wide characters counting two, and leaves no spaces at the end", () => {
  const line = [{ text: "日本", style: "create" }, { text: "abc" }, { text: "  " }] as const;
  expect(lineWidth(line)).toBe(9);
  expect(cutLine(line, 7)).toEqual(line.slice(0, 2));
  expect(paintLine(cutLine(line, 6), painter("never"))).toBe("日本a…");
  expect(paintLine(cutLine(line, 4), painter("never"))).toBe("日…");
  expect(paintLine(line, painter("raw"))).toBe("<{%fg 2%}>日本<{%reset%}>abc");
});

it("breaks texts between words", () => {
  expect(wrapText("a bc def extraordinary g", 6)).toEqual(["a bc", "def", "extraordinary", "g"]);
});
