import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { findRunAs, spawnOptions } from "./runAs.ts";

it("a plain user runs Postgres directly", async () => {
  expect(await findRunAs(false)).toEqual({ kind: "direct", prefix: [] });
});

it.runIf(process.geteuid?.() === 0)("root finds a way not to look like root", async () => {
  const way = await findRunAs();
  const [program = "", ...rest] = [...way.prefix, "id", "-u"];
  expect(execFileSync(program, rest, { encoding: "utf8", ...spawnOptions(way) }).trim()).not.toBe("0");
});
