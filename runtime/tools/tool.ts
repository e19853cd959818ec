import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import type { z } from "zod";
import type { AgentEvent, AgentTask } from "../task.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** What a tool does to the world; decides which agents may hold it. */
export type Effect = "read" | "write" | "run" | "ask";

/** What the tools of one run leave behind, besides files. */
export interface Outcome {
  spec?: AppSpec;
  questions: string[];
  notUnderstood: string[];
  findings: AgentTask["findings"];
  /** Tools whose last call failed, with the reason. */
  readonly failures: Map<string, string>;
}

export interface ToolContext {
  readonly task: AgentTask;
  readonly workspace: Workspace;
  /** Paths, and folders that end in `/`, that this agent may write. */
  readonly writes: readonly string[];
  readonly outcome: Outcome;
  readonly emit: (event: Omit<AgentEvent, "at">) => void;
  readonly signal: AbortSignal;
}

/** A typed function that a model may call. */
export interface Tool<Input = unknown> {
  readonly name: string;
  readonly description: string;
  readonly effect: Effect;
  readonly input: z.ZodType<Input>;
  /** The answer goes to the model as JSON; an error as its message. */
  readonly run: (input: Input, context: ToolContext) => Promise<unknown>;
}

/** Checks a tool's types where it is defined, and forgets the type of its input, so that tools fit into one list. */
export function defineTool<Schema extends z.ZodType>(tool: {
  name: string;
  description: string;
  effect: Effect;
  input: Schema;
  run: (input: z.infer<Schema>, context: ToolContext) => Promise<unknown>;
}): Tool {
  const { input, run, ...rest } = tool;
  return { ...rest, input, run: (value, context) => run(input.parse(value), context) };
}
