import { expect, it } from "vitest";
import { AutomationError, toErrorRecord } from "../errors.ts";
import { buildAdvice, lastLines } from "./buildAdvice.ts";

it.each([
  [
    "npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.",
    "package.json and the lock file do not agree",
  ],
  ["ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with frozen-lockfile", "The lock file is out of date"],
  [
    "npm error code E404\nnpm error 404 Not Found - GET https://registry.npmjs.org/nope",
    "A package is not in the registry",
  ],
  ["src/a.ts(1,7): error TS2322: Type 'string' is not assignable", "The TypeScript compiler found errors"],
  [
    "Dockerfile:1: python:3.13-slim: this machine has no Python 3 that makes virtual environments: install python3 and python3-venv",
    "apt-get install python3 python3-venv",
  ],
  ["ERROR: No matching distribution found for nothing==1.0", "A Python package is not in the index"],
  ["ModuleNotFoundError: No module named 'shop.urls'", "A Python module is imported that is not there"],
  ["Error: Cannot find module 'left-pad'", "A package or file is imported that is not there"],
])("%j has a way out", (log, advice) => {
  expect(buildAdvice(log)).toContain(advice);
});

it("an unknown log has no advice, and its end is kept without escapes, controls and empty lines", () => {
  expect(buildAdvice("strange")).toBeUndefined();
  expect(lastLines("a\r\n\n\u001b[31mred\u001b[0m\u0007\n")).toEqual(["a", "red"]);
  expect(lastLines(Array.from({ length: 100 }, (_, index) => `line ${index}`).join("\n")).slice(0, 1)).toEqual([
    "line 70",
  ]);
});

it("a failed build is recorded with its step, its last lines and the advice", () => {
  const log = "Step 4/6 : RUN npm run build\n> tsc\nsrc/a.ts(1,7): error TS2322: no\n";
  expect(
    toErrorRecord(
      new AutomationError("BUILD_FAILED", { service: "api", status: "Failed", reason: "code 2", log }),
      "build",
    ),
  ).toEqual({
    code: "BUILD_FAILED",
    class: "user",
    title: "An image could not be built",
    detail: "The build of api ended as Failed: code 2",
    fix: "The TypeScript compiler found errors: `npx tsc --noEmit` shows them on your machine.",
    step: "build",
    log: ["Step 4/6 : RUN npm run build", "> tsc", "src/a.ts(1,7): error TS2322: no"],
  });
});
