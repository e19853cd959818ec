import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { RuntimeError } from "./errors.ts";
import { AGENT_IDS, type AgentId, Budget } from "./task.ts";
import { TOOLS } from "./tools/index.ts";
import type { Tool } from "./tools/tool.ts";

/** One row of `agents.json`. */
export const AgentRow = z.strictObject({
  id: z.enum(AGENT_IDS),
  role: z.string().min(1),
  /** Markdown file with the instructions, relative to `runtime/`. */
  instructions: z.string(),
  /** Repository of the agent's image in the registry. */
  image: z.string(),
  tools: z.array(z.string()).min(1),
  /** Paths, and folders that end in `/`, that it may write. */
  writes: z.array(z.string()),
  model: z.strictObject({ provider: z.string(), name: z.string() }),
  limits: Budget,
});

export const AgentsFile = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1),
  agents: z.array(AgentRow),
});

export interface AgentDefinition extends Omit<z.infer<typeof AgentRow>, "tools"> {
  readonly tools: readonly Tool[];
}

/** Only these agents may hold a tool with such an effect. */
const HOLDERS: Readonly<Partial<Record<Tool["effect"], readonly AgentId[]>>> = {
  run: ["qa_agent"],
  ask: ["planner_agent"],
};

/**
 * Checks the content of `agents.json` and reads the instructions.
 *
 * @throws {RuntimeError} `AGENTS_INVALID` for a wrong shape, an unknown tool, or a tool in the wrong hands
 */
export function parseAgents(content: unknown, folder: string): Map<AgentId, AgentDefinition> {
  const result = AgentsFile.safeParse(content);
  if (!result.success) throw new RuntimeError("AGENTS_INVALID", { problem: z.prettifyError(result.error) });
  const agents = new Map<AgentId, AgentDefinition>();
  for (const row of result.data.agents) {
    const tools = row.tools.map((name) => {
      const tool = TOOLS.find((each) => each.name === name);
      if (!tool) throw new RuntimeError("AGENTS_INVALID", { problem: `${row.id}: there is no tool ${name}` });
      const holders = HOLDERS[tool.effect];
      if (!holders || holders.includes(row.id)) return tool;
      throw new RuntimeError("AGENTS_INVALID", { problem: `${row.id} may not hold ${name} (${tool.effect})` });
    });
    const instructions = readFileSync(join(folder, row.instructions), "utf8");
    agents.set(row.id, { ...row, tools, instructions });
  }
  const missing = AGENT_IDS.filter((id) => !agents.has(id));
  if (missing.length > 0) throw new RuntimeError("AGENTS_INVALID", { problem: `no ${missing.join(", ")}` });
  return agents;
}

/** The agents of this checkout. */
export function loadAgents(folder: string = import.meta.dirname): Map<AgentId, AgentDefinition> {
  return parseAgents(JSON.parse(readFileSync(join(folder, "agents.json"), "utf8")), folder);
}
