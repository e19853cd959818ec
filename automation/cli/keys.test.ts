import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { Command } from "commander";
import { expect, it } from "vitest";
import type { ApiClient } from "../client/apiClient.ts";
import { addKeyCommands, keyLine } from "./keys.ts";
import { type Common, verb } from "./verb.ts";

const KEY = {
  provider: "openai" as const,
  last4: "cdef",
  version: 1,
  updatedAt: "2026-12-01T10:00:00.000Z",
  updatedBy: "ada",
};
const SPENDING = { spentUsd: 1.236, reservedUsd: 0, calls: 3, inputTokens: 10, outputTokens: 20, month: "2026-12" };

it("a line says whose key it is, what was spent and what the cap is", () => {
  const spending = { ...SPENDING, resetsAt: "2027-01-01T00:00:00.000Z" };
  expect([
    keyLine(KEY),
    keyLine({ ...KEY, provider: "azure-openai", resource: "contoso", spending }),
    keyLine({ ...KEY, monthlyUsd: 50, spending }),
  ]).toEqual([
    "openai        …cdef, stored 2026-12-01",
    "azure-openai  …cdef of contoso, stored 2026-12-01, 1.24 USD spent in 2026-12",
    "openai        …cdef, stored 2026-12-01, 1.24 USD spent in 2026-12, at most 50.00 USD a month",
  ]);
});

it.each([
  [["set", "openai", "--monthly-usd", "much"], "much is no amount."],
  [["set", "openai", "--monthly-usd", "0"], "0 is no amount."],
  [["set", "acme"], "Allowed choices are openai, azure-openai, anthropic, google, github, azure-repos."],
  [["set", "openai", "sk-on-the-command-line"], "too many arguments"],
])("keys %j is refused before a key is asked for", async (args, problem) => {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  const own = (parent: Command, usage: string, description: string) => verb(parent, usage, description).exitOverride();
  const nobody = () => ({ putKey: () => Promise.reject(new Error("was called")) }) as unknown as ApiClient;
  addKeyCommands<Common>(program, own, nobody);
  await expect(program.parseAsync(["keys", ...args], { from: "user" })).rejects.toThrow(problem);
});

it.each([
  ["  sk-0123\n", "read: sk-0123"],
  ["\n", "failed: Nothing was given, so nothing is stored."],
])("%j on the standard input: %s", async (input, told) => {
  const code = `import(${JSON.stringify(new URL("readSecret.ts", import.meta.url).href)}).then(({ readSecret }) =>
    readSecret("Key:")).then((key) => console.log("read: " + key), (error) => console.log("failed: " + error.message));`;
  const child = spawn(process.execPath, ["-e", code], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(input);
  const [output] = await Promise.all([text(child.stdout), once(child, "close")]);
  expect(output).toBe(`${told}\n`);
});
