import type { JobEvent } from "../contract.ts";

/** What one agent did in one step. */
export interface AgentWork {
  readonly agent: string;
  status: "starting" | "working" | "finished";
  readonly says: JobEvent[];
  readonly files: string[];
  readonly tools: string[];
  tokens?: number;
  seconds?: number;
}

/** One resource of a deployment and how far it is. */
export interface ResourceWork {
  readonly name: string;
  readonly type: string;
  readonly operation: string;
  readonly phase: string;
}

/** Consecutive events of one step; `step` is absent for what concerns the whole job. */
export interface Section {
  readonly key: number;
  readonly step?: string;
  status?: string;
  durationMs?: number;
  readonly agents: AgentWork[];
  readonly resources: ResourceWork[];
  readonly notes: JobEvent[];
}

export interface EstimateLine {
  readonly name: string;
  readonly type: string;
  /** Absent when the resource has no price of its own. */
  readonly monthlyUsd: number | null;
}

/** Groups a job's events by step in the order of their beginning, inside a step by agent and by resource. Pure. */
export function timeline(events: readonly JobEvent[]): readonly Section[] {
  const sections: Section[] = [];
  const said = new Set<string>();
  for (const event of events) {
    const saying = `${event.agent} ${event.message}`;
    // The first attempt is no news; the name of its worker is for operators.
    if (event.type === "attempt_started" && event.data?.attempt === 1) continue;
    // The workflow repeats each agent's last sentence when the step is over.
    if (event.type === "message" && event.agent && said.has(saying)) continue;
    said.add(saying);
    add(sectionOf(sections, event), event);
  }
  return sections;
}

/** The section that an event belongs to: that of its step while the step is not finished, else the last or a new one. */
function sectionOf(sections: Section[], event: JobEvent): Section {
  const last = sections.at(-1);
  if (last && last.step === event.step && event.type !== "step_started") return last;
  const running = sections.findLast((each) => each.step === event.step && each.status === "running");
  if (running && event.step !== undefined && event.type !== "step_started") return running;
  const section: Section = {
    key: event.seq,
    ...(event.step === undefined ? {} : { step: event.step }),
    agents: [],
    resources: [],
    notes: [],
  };
  sections.push(section);
  return section;
}

function add(section: Section, event: JobEvent): void {
  const { type, data = {} } = event;
  if (event.agent) addToAgent(agentOf(section, event.agent), event);
  else if (type === "step_started") section.status = "running";
  else if (type === "step_finished") {
    section.status = String(data.status ?? "finished");
    if (typeof data.durationMs === "number") section.durationMs = data.durationMs;
    if (event.level !== "info") section.notes.push(event);
  } else if (type === "succeeded" && typeof data.url === "string") {
    section.notes.push({ ...event, message: `Done: ${data.url}` });
  } else if (type === "resource" && typeof data.urn === "string") setResource(section, event);
  else section.notes.push(event);
}

function agentOf(section: Section, agent: string): AgentWork {
  const known = section.agents.find((each) => each.agent === agent);
  if (known) return known;
  const work: AgentWork = { agent, status: "starting", says: [], files: [], tools: [] };
  section.agents.push(work);
  return work;
}

function addToAgent(work: AgentWork, event: JobEvent): void {
  const { type, message, data = {} } = event;
  if (type === "agent_queued") return;
  if (type === "agent_started") work.status = "working";
  else if (type === "agent_finished") {
    work.status = "finished";
    if (typeof data.tokens === "number") work.tokens = data.tokens;
    if (typeof data.seconds === "number") work.seconds = data.seconds;
    if (event.level !== "info") work.says.push(event);
  } else if (type === "file") {
    if (!work.files.includes(message)) work.files.push(message);
  } else if (type === "tool" && event.level === "info") work.tools.push(message);
  else work.says.push(event);
}

function setResource(section: Section, { data = {} }: JobEvent): void {
  const urn = String(data.urn);
  const name = urn.split("::").at(-1) ?? urn;
  const type = String(data.resourceType ?? "");
  const work = { name, type, operation: String(data.operation ?? ""), phase: String(data.phase ?? "") };
  const index = section.resources.findIndex((each) => each.name === name && each.type === type);
  if (index < 0) section.resources.push(work);
  else section.resources[index] = work;
}

/** What each resource will cost, from the newest estimate among the events; the dearest first, what is free or unpriced left out. */
export function estimateLines(events: readonly JobEvent[]): readonly EstimateLine[] {
  const found = events.findLast((event) => event.type === "estimate")?.data?.resources;
  if (!Array.isArray(found)) return [];
  return (found as EstimateLine[])
    .filter((line) => (line.monthlyUsd ?? 0) > 0)
    .sort((a, b) => (b.monthlyUsd ?? 0) - (a.monthlyUsd ?? 0));
}

const TOLD = new Set(["step_started", "step_finished", "question", "succeeded", "failed", "cancelled", "deployed"]);

/** The newest event that a screen reader should speak of; the hundred files in between would drown it. */
export function spoken(events: readonly JobEvent[]): string {
  return events.findLast((event) => TOLD.has(event.type))?.message ?? "";
}
