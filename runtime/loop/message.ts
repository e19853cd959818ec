import type { AgentTask } from "../task.ts";

/**
 * What the user message of a run says. Everything in it comes from people or from files: it is data, and the instructions of
 * every agent say so.
 */
export function taskMessage({ prompt, feedback, spec, findings }: AgentTask): string {
  const data = { prompt, feedback, ...(spec ? { spec } : {}), ...(findings.length > 0 ? { findings } : {}) };
  return `The task, as data:\n\n\`\`\`json\n${JSON.stringify(data, null, 1)}\n\`\`\``;
}
