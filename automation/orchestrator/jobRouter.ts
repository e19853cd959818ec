import type { AgentId } from "@devfactory/runtime/task.ts";
import type { AppSpec } from "@devfactory/stacks/spec/index.ts";

export interface Finding {
  readonly check: string;
  readonly message: string;
  readonly path?: string | undefined;
}

/** How far a job is. */
export interface Progress {
  readonly spec?: AppSpec;
  readonly generated: boolean;
  /** Findings of each check so far, oldest first. */
  readonly checks: readonly (readonly Finding[])[];
  readonly maxRepairs: number;
}

/** Agents of one stage run side by side; the stages follow each other. */
export type Stages = readonly (readonly AgentId[])[];

export type Route =
  | { readonly kind: "run"; readonly step: string; readonly stages: Stages; readonly findings: readonly Finding[] }
  | { readonly kind: "deploy" }
  | { readonly kind: "giveUp"; readonly repairs: number; readonly findings: readonly Finding[] };

/** Which agents come next: planner, then frontend beside backend, then infra, then qa, then repairs up to a bound. Pure. */
export function route(progress: Progress): Route {
  if (!progress.spec) return { kind: "run", step: "plan", stages: [["planner_agent"]], findings: [] };
  if (!progress.generated) {
    return { kind: "run", step: "generate", stages: [builders(progress.spec), ["infra_agent"]], findings: [] };
  }
  const last = progress.checks.at(-1);
  if (last?.length === 0) return { kind: "deploy" };
  const repairs = progress.checks.length - 1;
  if (last === undefined) return { kind: "run", step: "check", stages: [["qa_agent"]], findings: [] };
  if (repairs >= progress.maxRepairs) return { kind: "giveUp", repairs, findings: last };
  const round = repairs + 1;
  const stages = [repairers(progress.spec, last), ["qa_agent"] as const];
  return { kind: "run", step: `repair-${round}`, stages, findings: last };
}

/** The agents that write code for this spec. */
export function builders(spec: AppSpec): readonly AgentId[] {
  const frontend = spec.services.some((service) => service.kind === "static" || service.kind === "web");
  const backend = spec.services.some((service) => service.kind !== "static");
  return [...(frontend ? (["frontend_agent"] as const) : []), ...(backend ? (["backend_agent"] as const) : [])];
}

/** Who can repair: the agent whose folder a finding names; all that write code when it names none. */
export function repairers(spec: AppSpec, findings: readonly Finding[]): readonly AgentId[] {
  const all = builders(spec);
  const named = new Set<AgentId>();
  for (const { path } of findings) {
    const folders = path?.split("/").slice(0, -1) ?? [];
    if (folders.includes("frontend")) named.add("frontend_agent");
    else if (folders.includes("backend")) named.add("backend_agent");
    else if (folders.includes("infra") || path === "devfactory.yaml") named.add("infra_agent");
    else return all;
  }
  return named.size > 0 ? [...named] : all;
}
