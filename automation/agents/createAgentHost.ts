import type { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { ContainerInstanceManagementClient } from "@azure/arm-containerinstance";
import type { TokenCredential } from "@azure/identity";
import type { armClientOptions } from "../azure/arm.ts";
import { AutomationError } from "../errors.ts";
import type { WorkerSettings } from "../settings.ts";
import type { AgentHost } from "./agentHost.ts";
import { ContainerAppsJobs } from "./containerAppsJobs.ts";
import { ContainerGroups } from "./containerGroups.ts";

type Settings = Pick<
  WorkerSettings,
  | "AZURE_SUBSCRIPTION_ID"
  | "DEVFACTORY_AGENT_GROUPS"
  | "DEVFACTORY_AGENT_HOST"
  | "DEVFACTORY_AGENT_JOBS"
  | "DEVFACTORY_RESOURCE_GROUP"
>;

interface HostParts {
  readonly credential: TokenCredential;
  readonly options: ReturnType<typeof armClientOptions>;
  readonly containerApps: ContainerAppsAPIClient;
  /** Login server of the platform's registry. */
  readonly server: string;
}

const HOSTS: Readonly<
  Record<WorkerSettings["DEVFACTORY_AGENT_HOST"], (settings: Settings, parts: HostParts) => AgentHost>
> = {
  job: ({ DEVFACTORY_RESOURCE_GROUP: resourceGroupName, DEVFACTORY_AGENT_JOBS: jobs }, { containerApps: client }) =>
    new ContainerAppsJobs({ client, resourceGroupName, jobs }),
  aci(settings, { credential, options, server }) {
    const { DEVFACTORY_AGENT_GROUPS: groups, DEVFACTORY_RESOURCE_GROUP: resourceGroupName } = settings;
    if (!groups) throw new AutomationError("SETTING_MISSING", { problems: "DEVFACTORY_AGENT_GROUPS: is missing" });
    const client = new ContainerInstanceManagementClient(credential, settings.AZURE_SUBSCRIPTION_ID, {
      endpoint: options.endpoint,
      credentialScopes: options.credentialScopes,
    });
    return new ContainerGroups({ client, resourceGroupName, groups, server });
  },
};

/** The place that the settings name for agents. */
export function createAgentHost(settings: Settings, parts: HostParts): AgentHost {
  return HOSTS[settings.DEVFACTORY_AGENT_HOST](settings, parts);
}
