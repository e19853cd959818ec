import { describe, expect, it } from "vitest";
import type { JobEvent } from "../contract.ts";
import { estimateLines, spoken, timeline } from "./timeline.ts";

/** Events as the job service sends them, numbered in order. */
function events(...given: (Partial<JobEvent> & Pick<JobEvent, "type" | "message">)[]): JobEvent[] {
  return given.map((event, index) => ({ seq: index + 1, at: "2026-11-21T10:00:00.000Z", level: "info", ...event }));
}

const started = (step: string) => ({ type: "step_started", step, message: `${step} started` });
const finished = (step: string, status = "succeeded") => ({
  type: "step_finished",
  step,
  message: `${step} ${status}`,
  data: { status, durationMs: 2_000 },
});
const resource = (name: string, phase: string) => ({
  type: "resource",
  step: "deploy",
  message: `create ${name} ${phase}`,
  data: {
    urn: `urn:pulumi:a::b::t::${name}`,
    resourceType: "azure-native:app:ContainerApp",
    operation: "create",
    phase,
  },
});

describe("timeline", () => {
  it("gathers what each agent of a step says, writes and uses, though they work side by side", () => {
    const frontend = { step: "generate", agent: "frontend_agent" };
    const backend = { step: "generate", agent: "backend_agent" };
    const [section, ...rest] = timeline(
      events(
        started("generate"),
        { ...frontend, type: "agent_queued", message: "frontend_agent is being started" },
        { ...backend, type: "agent_started", message: "backend_agent started" },
        { ...frontend, type: "agent_started", message: "frontend_agent started" },
        { ...backend, type: "file", message: "backend/main.ts" },
        { ...frontend, type: "file", message: "frontend/app.js" },
        { ...frontend, type: "file", message: "frontend/app.js" },
        { ...frontend, type: "tool", message: "generate_frontend" },
        { ...frontend, type: "message", message: "Two pages." },
        { ...frontend, type: "agent_finished", message: "done", data: { tokens: 12, seconds: 0.5 } },
        finished("generate"),
      ),
    );
    expect(rest).toEqual([]);
    expect(section).toMatchObject({ key: 1, step: "generate", status: "succeeded", durationMs: 2_000, notes: [] });
    expect(section?.agents.map(({ says, ...work }) => ({ ...work, says: says.map((each) => each.message) }))).toEqual([
      {
        agent: "frontend_agent",
        status: "finished",
        files: ["frontend/app.js"],
        tools: ["generate_frontend"],
        tokens: 12,
        seconds: 0.5,
        says: ["Two pages."],
      },
      { agent: "backend_agent", status: "working", files: ["backend/main.ts"], tools: [], says: [] },
    ]);
  });

  it("shows each resource once, as far as it is now", () => {
    const [section] = timeline(
      events(started("deploy"), resource("db", "started"), resource("web", "started"), resource("db", "done")),
    );
    expect(section?.resources.map(({ name, phase }) => [name, phase])).toEqual([
      ["db", "done"],
      ["web", "started"],
    ]);
  });

  it("leaves out the repetition of an agent's words and the first attempt, and tells of a second one", () => {
    const words = { type: "message", agent: "planner_agent", message: "The plan has Pet." };
    const sections = timeline(
      events(
        { type: "attempt_started", message: "Attempt 1 by w", data: { attempt: 1 } },
        { ...words, step: "plan" },
        words,
        { type: "attempt_started", message: "Attempt 2 by w", data: { attempt: 2 } },
      ),
    );
    expect(sections.map(({ step, agents, notes }) => [step, agents.length, notes.map((each) => each.message)])).toEqual(
      [
        ["plan", 1, []],
        [undefined, 0, ["Attempt 2 by w"]],
      ],
    );
  });

  it("a step goes on after a word about the whole job; a second run of it is a section of its own", () => {
    const sections = timeline(
      events(
        started("plan"),
        { type: "cancel_requested", message: "Somebody asked to stop the job" },
        { ...finished("plan", "cancelled"), level: "warning" },
        started("plan"),
      ),
    );
    expect(sections.map(({ step, status, notes }) => [step, status, notes.map((each) => each.message)])).toEqual([
      ["plan", "cancelled", ["plan cancelled"]],
      [undefined, undefined, ["Somebody asked to stop the job"]],
      ["plan", "running", []],
    ]);
  });

  it("ends with the address of the app", () => {
    const [section] = timeline(events({ type: "succeeded", message: "x", data: { url: "http://localhost:1" } }));
    expect(section?.notes.map((each) => each.message)).toEqual(["Done: http://localhost:1"]);
  });
});

it("prices the dearest resource first, from the newest estimate, without what is free", () => {
  const line = (name: string, monthlyUsd: number | null) => ({ name, type: "t", monthlyUsd });
  const estimate = (...resources: object[]) => ({ type: "estimate", message: "", data: { resources } });
  const told = events(
    estimate(line("old", 1)),
    estimate(line("logs", null), line("app", 2), line("db", 16), line("id", 0)),
  );
  expect(estimateLines(told)).toEqual([line("db", 16), line("app", 2)]);
  expect(estimateLines([])).toEqual([]);
});

it("speaks of steps and of the end, not of files", () => {
  expect(spoken(events(started("plan"), { type: "file", message: "a.ts" }))).toBe("plan started");
  expect(spoken([])).toBe("");
});
