import { setTimeout as sleep } from "node:timers/promises";
import { AutomationError } from "@devfactory/automation/errors.ts";
import type { NewEvent } from "@devfactory/automation/jobs/change.ts";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { AGENT, type AgentCloud, startAgentCloud, taskOf } from "./agentCloud.ts";

let house: AgentCloud;
beforeAll(async () => {
  house = await startAgentCloud();
}, 60_000);
afterAll(() => house.cloud[Symbol.asyncDispose]());
/** Whatever a run ends as, nothing is left of it. */
afterEach(async () => {
  for (const end = Date.now() + 5_000; (await house.left()).length > 0 && Date.now() < end; ) await sleep(20);
  expect((await house.left()).map(({ name, tags }) => [name, tags])).toEqual([]);
});

let number = 0;
/** Runs a task on a host. @returns what came of it, the messages on the way, and the prefix */
async function run(host: "job" | "aci", prompt: string, options: { seconds?: number; signal?: AbortSignal } = {}) {
  number += 1;
  const jobId = `${host}${number}`;
  const prefix = `${jobId}/1-check-0-${AGENT}`;
  const events: NewEvent[] = [];
  const { signal = new AbortController().signal, seconds } = options;
  const report = (event: NewEvent) => void events.push(event);
  const ended = await house
    .runner(house.hosts[host]())
    .run(taskOf(prompt, jobId, seconds), prefix, { signal, report, tenantId: "t1" })
    .then(
      ({ result, files }) => ({ status: result.status, summary: result.summary, files: files.size }),
      (error: unknown) => (error instanceof AutomationError ? { code: error.code, details: error.details } : error),
    );
  return { ended, messages: events.map(({ message }) => message), prefix };
}

const beat = async (prefix: string): Promise<string> => {
  const blob = house.workspaces.getBlobClient(`${prefix}/beat`);
  return (await blob.exists()) ? String(await blob.downloadToBuffer()) : "";
};

const HOSTS = ["job", "aci"] as const;

it.each(HOSTS)("%s: an agent succeeds, and its events are told", async (host) => {
  const { ended, messages } = await run(host, "succeed");
  expect(ended).toEqual({ status: "succeeded", summary: "succeed", files: 0 });
  expect(messages).toEqual(["qa_agent is being started", "I am to succeed"]);
});

it.each(HOSTS)("%s: an agent says that it failed", async (host) => {
  const { ended } = await run(host, "fail");
  expect(ended).toEqual({
    code: "AGENT_FAILED",
    details: { agent: AGENT, reason: "it is too hard", agentCode: "TOO_HARD" },
  });
});

it.each([
  ["job", "crash", "Failed"],
  ["aci", "crash", "Failed (exit code 9)"],
  ["job", "leave", "Succeeded"],
  ["aci", "leave", "Succeeded"],
] as const)("%s: an agent that leaves no result (%s) has ended as %s", async (host, prompt, execution) => {
  const { ended, messages } = await run(host, prompt);
  expect(ended).toEqual({
    code: "AGENT_BROKEN",
    details: { agent: AGENT, execution, reason: "result.json is absent" },
  });
  expect(messages).toEqual(["qa_agent is being started", `I am to ${prompt}`]);
});

it.each(HOSTS)("%s: a run that is cancelled ends its agent", async (host) => {
  const cancel = new AbortController();
  const running = run(host, "hang", { signal: cancel.signal });
  const prefix = `${host}${number}/1-check-0-${AGENT}`;
  while ((await beat(prefix)) === "") await sleep(20);
  const reason = new Error("stop it");
  cancel.abort(reason);
  expect((await running).ended).toBe(reason);
  await sleep(200);
  const last = await beat(prefix);
  await sleep(200);
  expect(await beat(prefix)).toBe(last);
});

it.each(HOSTS)("%s: a run that takes too long is ended", async (host) => {
  // The runner gives 120 s beyond the budget: a budget of minus 119 s leaves one.
  const task = { ...taskOf("hang", `late-${host}`), budget: { ...taskOf("hang", "x").budget, seconds: -119 } };
  const prefix = `late-${host}/1-check-0-${AGENT}`;
  const context = { signal: new AbortController().signal, tenantId: "t1", report: () => {} };
  const running = house.runner(house.hosts[host]()).run(task, prefix, context);
  await expect(running).rejects.toMatchObject({
    code: "AGENT_BROKEN",
    details: { agent: AGENT, execution: "Running", reason: "it took too long" },
  });
  await sleep(200);
  const last = await beat(prefix);
  await sleep(200);
  expect(await beat(prefix)).toBe(last);
});

it.each(HOSTS)("%s: an agent that is not there is named before anything is written", async (host) => {
  const task = { ...taskOf("succeed", "missing"), agent: "planner_agent" as const };
  const context = { signal: new AbortController().signal, tenantId: "t1", report: () => {} };
  const running = house.runner(house.hosts[host]()).run(task, "missing/1-plan-0-planner_agent", context);
  await expect(running).rejects.toMatchObject({
    code: "AGENT_MISSING",
    message: "Nothing is there that runs planner_agent; there are: qa_agent.",
  });
  expect(await house.workspaces.getBlobClient("missing/1-plan-0-planner_agent/task.json").exists()).toBe(false);
});
