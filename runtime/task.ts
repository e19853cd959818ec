import { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { z } from "zod";

/** The agents of the platform; each is an image of its own, which the platform runs for each task. */
export const AGENT_IDS = ["planner_agent", "frontend_agent", "backend_agent", "infra_agent", "qa_agent"] as const;
export type AgentId = (typeof AGENT_IDS)[number];

// Worker and agents may be of two releases: a field that one does not know is left out, never an error.

/** Limits of one run; the first one reached stops it with a reason that names it. */
export const Budget = z.strictObject({
  tokens: z.int().positive().default(200_000),
  steps: z.int().positive().default(60),
  seconds: z.int().positive().default(300),
  usd: z.number().positive().default(2),
});

/** What an agent is asked to do: `<prefix>/task.json` in the `workspaces` container. */
export const AgentTask = z.object({
  jobId: z.string(),
  appId: z.string(),
  agent: z.enum(AGENT_IDS),
  prompt: z.string(),
  /** Answers and wishes given after the first prompt, oldest first. */
  feedback: z.array(z.string()).default([]),
  /** Absent for the planner. */
  spec: AppSpec.optional(),
  /** Blob name in the same container of a tar.gz with the files so far. */
  workspace: z.string().optional(),
  /** What the qa agent found in the run before, for a repair. */
  findings: z
    .array(z.strictObject({ check: z.string(), message: z.string(), path: z.string().optional() }))
    .default([]),
  model: z
    .strictObject({ provider: z.string(), name: z.string() })
    .default({ provider: "template", name: "template-1" }),
  /** The model is paid by a key of the tenant: limits that protect the platform's purse do not count. */
  ownKey: z.boolean().default(false),
  budget: Budget.default({ tokens: 200_000, steps: 60, seconds: 300, usd: 2 }),
});

/** What it leaves: `<prefix>/result.json`; the files that it wrote are in `<prefix>/files.tar.gz`. */
export const AgentResult = z.object({
  /** `waiting`: it needs answers to `questions` before it can go on; `failed`: `error` says why. */
  status: z.enum(["succeeded", "failed", "waiting"]),
  summary: z.string(),
  /** What of the prompt was not understood, in words for the user. */
  notUnderstood: z.array(z.string()).default([]),
  questions: z.array(z.string()).default([]),
  /** From the planner and the infra agent. */
  spec: AppSpec.optional(),
  files: z.array(z.strictObject({ path: z.string(), sha256: z.string(), bytes: z.int() })).default([]),
  findings: AgentTask.shape.findings,
  usage: z.strictObject({ tokens: z.int(), steps: z.int(), seconds: z.number(), usd: z.number() }),
  error: z
    .strictObject({
      code: z.string(),
      message: z.string(),
      /** What the platform's gateway said, when it refused a call of the model. */
      details: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    })
    .optional(),
});

/** One line of `<prefix>/events.ndjson` (an append blob), written while the agent works. */
export const AgentEvent = z.object({
  at: z.iso.datetime(),
  type: z.enum(["agent_started", "agent_finished", "agent_failed", "message", "tool", "file", "log"]),
  level: z.enum(["info", "warning", "error"]).default("info"),
  message: z.string().max(16_384),
  data: z.record(z.string(), z.unknown()).default({}),
});

export type Budget = z.infer<typeof Budget>;
export type AgentTask = z.infer<typeof AgentTask>;
export type AgentResult = z.infer<typeof AgentResult>;
export type AgentEvent = z.infer<typeof AgentEvent>;
