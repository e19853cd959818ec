import { join } from "node:path";
import {
  type Access,
  type AppContext,
  ContainerImage,
  ContainerJob,
  type ContainerRegistry,
  type LinkGrant,
  type Network,
} from "@devfactory/components/index.ts";
import * as pulumi from "@pulumi/pulumi";
import { AgentGroup } from "./agentGroup.ts";
import type { Foundation } from "./foundation.ts";
import type { PlatformSettings } from "./settings.ts";

/** vCPUs by agent; the one that builds and runs apps needs more. The ids are those of `runtime`. */
const AGENTS = {
  planner_agent: 0.5,
  frontend_agent: 0.5,
  backend_agent: 0.5,
  infra_agent: 0.5,
  qa_agent: 1,
} as const satisfies Readonly<Record<string, number>>;
const TIMEOUT_SECONDS = 1800;

type Variables = Readonly<Record<string, pulumi.Input<string>>>;

/** The agents, as the worker and the grant report see them. */
export interface Agents {
  readonly consumers: readonly { readonly access: readonly Access[] }[];
  /** What the worker needs to start them. */
  readonly links: readonly LinkGrant[];
  /** What it reads about them. */
  readonly env: Variables;
}

/** What an agent is made of, wherever it runs. An agent may reach its workspace in Blob and nothing else. */
interface AgentParts {
  readonly id: string;
  readonly name: string;
  readonly common: {
    readonly context: AppContext;
    readonly registry: ContainerRegistry;
    readonly image: pulumi.Output<string>;
    readonly cpu: number;
    readonly env: Readonly<Record<string, string>>;
    readonly link: readonly LinkGrant[];
  };
}

interface Place {
  readonly context: AppContext;
  readonly foundation: Foundation;
  readonly network: Network | undefined;
}

const HOSTS = { job: inJobs, aci: inGroups } satisfies Record<
  PlatformSettings["agentHost"],
  (agents: readonly AgentParts[], place: Place) => Agents
>;

/** One image for each agent, and what it needs to run where the settings say. */
export function makeAgents(
  context: AppContext,
  foundation: Foundation,
  network: Network | undefined,
  { agentHost, checkout, environment }: Pick<PlatformSettings, "agentHost" | "checkout" | "environment">,
): Agents {
  const { registry, storage } = foundation;
  const parts = Object.entries(AGENTS).map(([id, cpu]): AgentParts => {
    const name = id.replaceAll("_", "-");
    const image = new ContainerImage(name, {
      context,
      registry,
      repository: `devfactory/${name}`,
      buildContext: checkout,
      dockerfile: join(checkout, "runtime", "agents", id, "Dockerfile"),
    });
    const env = agentEnvironment(environment);
    const link = [storage.container("workspaces").link("readwrite")];
    return { id, name, common: { context, registry, image: image.reference, cpu, env, link } };
  });
  return HOSTS[agentHost](parts, { context, foundation, network });
}

/** A Container Apps Job for each agent. */
function inJobs(agents: readonly AgentParts[], { foundation: { environment } }: Place): Agents {
  const jobs = agents.map(({ id, name, common }) => {
    return { id, job: new ContainerJob(name, { ...common, environment, timeoutSeconds: TIMEOUT_SECONDS }) };
  });
  const names = pulumi.all(Object.fromEntries(jobs.map(({ id, job }) => [id, job.jobName])));
  return {
    consumers: jobs.map(({ job }) => job),
    links: jobs.map(({ job }) => job.link("start")),
    env: { DEVFACTORY_AGENT_JOBS: names.apply((each) => JSON.stringify(each)) },
  };
}

/**
 * An identity for each agent; the worker makes the groups. Names differ from those of jobs: a stack that changes its host makes the new
 * identities before the old ones go, and two with one name would be one.
 */
function inGroups(agents: readonly AgentParts[], { context, network }: Place): Agents {
  const { location, tags, subscriptionId, resourceGroupName } = context;
  const groups = agents.map(({ id, name, common }) => ({ id, group: new AgentGroup(`${name}-group`, common) }));
  const subnetId = network?.delegatedSubnetId("groups");
  const templates = pulumi.all(Object.fromEntries(groups.map(({ id, group }) => [id, group.template])));
  const text = pulumi
    .all([templates, subnetId])
    .apply(([each, subnet]) => JSON.stringify({ location, ...(subnet && { subnetId: subnet }), tags, agents: each }));
  const scope = pulumi.interpolate`/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}`;
  const roles: LinkGrant["roles"] = [
    { role: "groupsContributor", scope },
    ...(subnetId ? [{ role: "networkContributor" as const, scope: subnetId }] : []), // a group joins it
  ];
  return {
    consumers: groups.map(({ group }) => group),
    links: [
      { key: "agent-groups", source: "agent-groups", env: {}, roles },
      ...groups.map(({ group }) => group.link("run")),
    ],
    env: { DEVFACTORY_AGENT_HOST: "aci", DEVFACTORY_AGENT_JOBS: "{}", DEVFACTORY_AGENT_GROUPS: text },
  };
}

/** Agents get the addresses that their sign-in needs, and nothing about the control plane or Pulumi. */
function agentEnvironment(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { NODE_EXTRA_CA_CERTS, AZURE_AUTHORITY_HOST } = environment;
  return { ...(NODE_EXTRA_CA_CERTS && { NODE_EXTRA_CA_CERTS }), ...(AZURE_AUTHORITY_HOST && { AZURE_AUTHORITY_HOST }) };
}
