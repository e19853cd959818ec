import { join } from "node:path";
import { type AppContext, ContainerImage, ContainerJob } from "@devfactory/components/index.ts";
import type { Foundation } from "./foundation.ts";

/** vCPUs by agent; the one that builds and runs apps needs more. The ids are those of `runtime`. */
const AGENTS = {
  planner_agent: 0.5,
  frontend_agent: 0.5,
  backend_agent: 0.5,
  infra_agent: 0.5,
  qa_agent: 1,
} as const satisfies Readonly<Record<string, number>>;
const TIMEOUT_SECONDS = 1800;

export type AgentId = keyof typeof AGENTS;

/** Agent id, and the job that runs it. */
export interface AgentJob {
  readonly id: string;
  readonly job: ContainerJob;
}

/** One image and one job for each agent. An agent may reach its workspace in Blob and nothing else. */
export function makeAgents(
  context: AppContext,
  foundation: Foundation,
  checkout: string,
  environment: Readonly<Record<string, string>>,
): readonly AgentJob[] {
  const { registry, storage } = foundation;
  return Object.entries(AGENTS).map(([id, cpu]) => {
    const name = id.replaceAll("_", "-");
    const image = new ContainerImage(name, {
      context,
      registry,
      repository: `devfactory/${name}`,
      buildContext: checkout,
      dockerfile: join(checkout, "runtime", "agents", id, "Dockerfile"),
    });
    const job = new ContainerJob(name, {
      context,
      environment: foundation.environment,
      registry,
      image: image.reference,
      cpu,
      timeoutSeconds: TIMEOUT_SECONDS,
      env: agentEnvironment(environment),
      link: [storage.container("workspaces").link("readwrite")],
    });
    return { id, job };
  });
}

/** Agents get the addresses that their sign-in needs, and nothing about the control plane or Pulumi. */
function agentEnvironment(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { NODE_EXTRA_CA_CERTS, AZURE_AUTHORITY_HOST } = environment;
  return { ...(NODE_EXTRA_CA_CERTS && { NODE_EXTRA_CA_CERTS }), ...(AZURE_AUTHORITY_HOST && { AZURE_AUTHORITY_HOST }) };
}
