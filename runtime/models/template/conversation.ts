import type { LanguageModelV4Prompt, LanguageModelV4ToolResultPart } from "@ai-sdk/provider";
import { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { z } from "zod";
import { AGENT_IDS, type AgentId, AgentTask } from "../../task.ts";

const TaskData = z.object({
  prompt: z.string(),
  feedback: z.array(z.string()).default([]),
  spec: AppSpec.optional(),
  findings: AgentTask.shape.findings,
});

/** An answer that a tool gave. */
export interface ToolAnswer {
  readonly tool: string;
  readonly failed: boolean;
  readonly value: unknown;
}

/** What the model sees: who it is, what is asked, and what happened so far. */
export interface Conversation {
  readonly agent: AgentId | undefined;
  readonly task: z.infer<typeof TaskData>;
  readonly results: readonly ToolAnswer[];
  /** Names of the tools that it may call. */
  readonly offered: readonly string[];
}

export function readConversation(prompt: LanguageModelV4Prompt, offered: readonly string[] = []): Conversation {
  const system = prompt.flatMap((message) => (message.role === "system" ? [message.content] : [])).join("\n");
  const agent = AGENT_IDS.find((id) => system.includes(`You are the ${id}`));
  const user = prompt.flatMap((message) => (message.role === "user" ? message.content : []));
  const text = user.map((part) => (part.type === "text" ? part.text : "")).join("\n");
  const results = prompt.flatMap((message) => {
    if (message.role !== "tool") return [];
    return message.content.flatMap((part) => (part.type === "tool-result" ? [toAnswer(part)] : []));
  });
  return { agent, task: readTask(text), results, offered };
}

/** The JSON block of the user message; any other message is a prompt as it stands. */
function readTask(text: string): z.infer<typeof TaskData> {
  const json = /```json\n([\s\S]*)\n```\s*$/.exec(text)?.[1];
  return TaskData.parse(json === undefined ? { prompt: text } : JSON.parse(json));
}

function toAnswer({ toolName, output }: LanguageModelV4ToolResultPart): ToolAnswer {
  const failed = output.type === "error-text" || output.type === "error-json" || output.type === "execution-denied";
  return { tool: toolName, failed, value: "value" in output ? output.value : output.reason };
}
