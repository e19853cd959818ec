import { expect, it } from "vitest";
import { createLogger } from "../logger.ts";
import { Redactor } from "../redact.ts";
import { AgentSweeper } from "./agentSweeper.ts";

const log = createLogger("test", "silent", new Redactor());
const turn = { doc: { id: "turn-agents" }, etag: "1" };

function sweeper(taken: unknown, sweep: () => Promise<readonly string[]>) {
  const asked: string[] = [];
  const take = async (name: string) => {
    asked.push(name);
    return taken as undefined;
  };
  return { asked, sweeper: new AgentSweeper({ host: { sweep }, chores: { take }, log }) };
}

it("one process at a time looks, and tells what went", async () => {
  const mine = sweeper(turn, async () => ["ci-qa-agent-1"]);
  expect([await mine.sweeper.round(), mine.asked]).toEqual([["ci-qa-agent-1"], ["agents"]]);
  const others = sweeper(undefined, async () => ["never"]);
  expect(await others.sweeper.round()).toEqual([]);
});

it("a look that fails is repeated by the next round", async () => {
  const failing = sweeper(turn, () => Promise.reject(new Error("ARM is away")));
  expect(await failing.sweeper.round()).toEqual([]);
});
