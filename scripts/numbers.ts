import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { sourceFiles } from "./arrows.ts";

/** No file may be longer; rows of a table are not counted. */
const LONGEST_FILE = 400;

export interface Numbers {
  readonly lines: readonly string[];
  readonly problems: readonly string[];
}

/** Measures the hand-written code: length of files, share of comments and tests, weak assertions. @param root the checkout */
export function measure(root: string): Numbers {
  const files = sourceFiles(root).map((path) => ({ path: relative(root, path), text: readFileSync(path, "utf8") }));
  const isTest = (path: string) => /\.test\.tsx?$/.test(path) || path.startsWith("test/");
  const code = files.filter((file) => !isTest(file.path));
  const tests = files.filter((file) => isTest(file.path));
  const lengths = code.map((file) => countedLines(file.text)).sort((a, b) => a - b);
  const at = (share: number) => lengths[Math.min(lengths.length - 1, Math.floor(lengths.length * share))] ?? 0;
  const codeLines = sum(lengths);
  const testLines = sum(tests.map((file) => countedLines(file.text)));
  const comments = sum(
    code.map((file) => file.text.split("\n").filter((line) => /^\s*(\/\/|\/?\*)/.test(line)).length),
  );
  const assertions = sum(tests.map((file) => matches(file.text, /expect[.(]/g)));
  const weak = sum(tests.map((file) => matches(file.text, /\.toBeDefined\(|\.toBeTruthy\(|\.toThrow\(\)/g)));
  const percent = (part: number, whole: number) => (whole === 0 ? 0 : Math.round((100 * part) / whole));
  return {
    lines: [
      `files ${code.length}, lines ${codeLines}: median ${at(0.5)}, p90 ${at(0.9)}, longest ${lengths.at(-1) ?? 0}`,
      `comments per 100 lines: ${percent(comments, codeLines)}; test lines per 100 code lines: ${percent(testLines, codeLines)}`,
      `weak assertions: ${weak} of ${assertions}`,
    ],
    problems: code
      .filter((file) => countedLines(file.text) > LONGEST_FILE)
      .map((file) => `${file.path}: ${countedLines(file.text)} lines, the limit is ${LONGEST_FILE}`),
  };
}

/** Lines that are not one row of a table (`{ … },`, `[ … ],`, `key: { … },` on a line of its own). */
function countedLines(text: string): number {
  return text.split("\n").filter((line) => !/^\s*("?[\w.$/*-]+"?: )?[[{].*[\]}],$/.test(line)).length;
}

function matches(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
