import type { ContainerClient } from "@azure/storage-blob";
import { AgentTask } from "@devfactory/runtime/task.ts";
import { expect, it } from "vitest";
import { MemoryKeyRows } from "../keys/testing/memoryKeys.ts";
import { ModelDoors } from "../models/modelDoors.ts";
import { RunTokens } from "../models/runTokens.ts";
import { MemoryContainer } from "../source/testing/memoryContainer.ts";
import type { AgentHost } from "./agentHost.ts";
import { AgentRunner } from "./agentRunner.ts";

const USAGE = { tokens: 1_100, steps: 1, seconds: 2, usd: 0.01 };
const MODEL = { provider: "openai", name: "gpt-5-mini" };
const PREFIX = "a-b/1-plan-0-planner_agent";
const { signal } = new AbortController();

/** A runner whose host does what `work` says, with the blobs that the run has. */
function open(result: object, { gateway }: { gateway?: string } = { gateway: "https://api.example" }) {
  const blobs = new MemoryContainer();
  const memory = blobs.client();
  const put = (name: string, text: string) => blobs.blobs.set(name, { content: Buffer.from(text), contentType: "" });
  const gone = () => Promise.reject(Object.assign(new Error("absent"), { statusCode: 404 }));
  const container = {
    getBlobClient: (name: string) => ({ ...memory.getBlobClient(name), download: gone }),
    getBlockBlobClient: (name: string) => ({
      ...memory.getBlockBlobClient(name),
      upload: async (body: string) => void put(name, body),
    }),
  } as unknown as ContainerClient;
  const rows = new MemoryKeyRows();
  const tokens = new RunTokens(rows);
  const seen: string[] = [];
  const host: AgentHost = {
    agents: ["planner_agent"],
    start: async ({ prefix }) => {
      seen.push(...[...blobs.blobs].map(([name, { content }]) => `${name} ${content}`));
      put(`${prefix}/result.json`, JSON.stringify({ summary: "", usage: USAGE, ...result }));
      return { status: async () => ({ over: true, text: "Succeeded" }), end: async () => {} };
    },
    clear: async () => [],
    sweep: async () => [],
  };
  const runner = new AgentRunner({ host, workspaces: container, doors: new ModelDoors({ tokens, gateway }) });
  const used: object[] = [];
  const run = (model: object = MODEL) =>
    runner.run(
      AgentTask.parse({ jobId: "a-b", appId: "a", agent: "planner_agent", prompt: "x", model, ownKey: true }),
      PREFIX,
      { signal, report: () => {}, tenantId: "t1", used: (usage) => used.push(usage) },
    );
  return { blobs, rows, tokens, seen, used, run, runner };
}

it("a run gets what opens its model in a blob of its own, and nothing of it is left", async () => {
  const { blobs, tokens, seen, run } = open({ status: "succeeded" });
  await run();
  const [task = "", door = ""] = seen;
  expect(seen.map((each) => each.split(" ")[0])).toEqual([`${PREFIX}/task.json`, `${PREFIX}/model.json`]);
  const { gateway, token } = JSON.parse(door.slice(door.indexOf(" "))) as { gateway: string; token: string };
  expect([gateway, token.startsWith("dfrun_"), task.includes(token)]).toEqual(["https://api.example", true, false]);
  expect([...blobs.blobs.keys()]).toEqual([`${PREFIX}/task.json`, `${PREFIX}/result.json`]);
  await expect(tokens.verify(token)).rejects.toMatchObject({ code: "MODEL_RUN_REFUSED" });
});

it("the template model needs no door, and a model by key needs an address of the gateway", async () => {
  const { seen, run, rows } = open({ status: "succeeded" }, {});
  await run({ provider: "template", name: "template-1" });
  expect([seen.length, rows.rows.size]).toEqual([1, 0]);
  await expect(run()).rejects.toMatchObject({ code: "SETTING_MISSING" });
});

it("what the gateway refused is told in its own words, with the usage; the door is closed all the same", async () => {
  const details = {
    provider: "openai",
    capUsd: 5,
    spentUsd: 4.9,
    reservedUsd: 0,
    resetsAt: "2026-12-01T00:00:00.000Z",
  };
  const error = { code: "MODEL_CAP_REACHED", message: "x", details };
  const { blobs, seen, used, tokens, run, runner, rows } = open({ status: "failed", error });
  await expect(run()).rejects.toMatchObject({
    code: "MODEL_CAP_REACHED",
    details,
    message: expect.stringContaining("The cap of 5 USD a month for your key of openai") as string,
  });
  expect([used, blobs.blobs.has(`${PREFIX}/model.json`)]).toEqual([[USAGE], false]);
  const { token } = JSON.parse((seen[1] ?? "").replace(/^\S+ /, "")) as { token: string };
  await expect(tokens.verify(token)).rejects.toMatchObject({ code: "MODEL_RUN_REFUSED" });
  await runner.closeDoors({ tenantId: "t1", jobId: "a-b" });
  expect(rows.rows.size).toBe(0);
});

it.each([
  ["AGENT_STUCK", "AGENT_FAILED"],
  ["INTERNAL", "AGENT_FAILED"],
  ["MODEL_BUSY", "MODEL_BUSY"],
  ["KEYS_UNAVAILABLE", "KEYS_UNAVAILABLE"],
])("an agent that says %s fails with %s", async (code, told) => {
  const { run } = open({ status: "failed", error: { code, message: "x" } });
  await expect(run()).rejects.toMatchObject({ code: told });
});
