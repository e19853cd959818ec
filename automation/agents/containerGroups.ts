import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerGroup, ContainerInstanceManagementClient } from "@azure/arm-containerinstance";
import { httpStatus } from "../clientErrors.ts";
import type { AgentGroups } from "./agentGroups.ts";
import type { AgentExecution, AgentHost, AgentStart } from "./agentHost.ts";
import { groupName, groupRequest, JOB_TAG, UNTIL_TAG } from "./groupRequest.ts";
import { groupError, groupStatus } from "./groupStatus.ts";

export interface ContainerGroupsOptions {
  readonly client: ContainerInstanceManagementClient;
  readonly resourceGroupName: string;
  readonly groups: AgentGroups;
  /** Login server of the registry that the images lie in. */
  readonly server: string;
  readonly now?: () => number;
}

/** Between two looks at whether a group was made; where Azure names a time, that counts. */
const MAKING_MS = 1_000;

/** A group that is just being made refuses everything (409 `ContainerGroupTransitioning`): pauses before it is asked again. */
const TRANSITION_MS = [500, 1_000, 2_000, 4_000];

/**
 * Runs agents in Azure Container Instances: a group for each run, made for it and deleted after it, whatever its end. What a dead worker
 * left is found by the tags: by its job ({@link clear}) or because its time is over ({@link sweep}).
 */
export class ContainerGroups implements AgentHost {
  readonly #options: ContainerGroupsOptions;
  readonly #now: () => number;

  constructor(options: ContainerGroupsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  get agents(): readonly string[] {
    return Object.keys(this.#options.groups.agents);
  }

  async start(run: AgentStart, signal: AbortSignal): Promise<AgentExecution> {
    const { client, resourceGroupName, groups, server } = this.#options;
    const request = groupRequest(run, groups, { server, nowMs: this.#now() });
    const name = groupName(run.agent);
    const options = { updateIntervalInMs: MAKING_MS, abortSignal: signal };
    try {
      const making = await client.containerGroups.beginCreateOrUpdate(resourceGroupName, name, request, options);
      return this.#execution(run.agent, name, (abortSignal) => making.pollUntilDone({ abortSignal }));
    } catch (error) {
      await this.#remove(name); // an answer that was lost, or came too late, may have made it
      signal.throwIfAborted();
      throw groupError(run.agent, error);
    }
  }

  async clear(jobId: string, signal: AbortSignal): Promise<readonly string[]> {
    return this.#removeAll(({ tags }) => tags?.[JOB_TAG] === jobId, signal);
  }

  async sweep(): Promise<readonly string[]> {
    // Without the tag it is not ours: not a number, never smaller.
    return this.#removeAll(({ tags }) => Date.parse(tags?.[UNTIL_TAG] ?? "") < this.#now());
  }

  #execution(agent: string, name: string, made: (signal: AbortSignal) => Promise<unknown>): AgentExecution {
    const { client, resourceGroupName } = this.#options;
    // Azure may accept a group and say only later that there is no place for it.
    let refused: unknown;
    const ended = new AbortController();
    made(ended.signal).catch((error: unknown) => {
      refused = groupError(agent, error);
    });
    return {
      status: async (signal) => {
        if (refused !== undefined) throw refused;
        try {
          return groupStatus(agent, await client.containerGroups.get(resourceGroupName, name, { abortSignal: signal }));
        } catch (error) {
          if (httpStatus(error) === 404) return { over: true, text: "Deleted" }; // by somebody else
          throw error;
        }
      },
      end: () => {
        ended.abort();
        return this.#remove(name);
      },
    };
  }

  async #removeAll(isMeant: (group: ContainerGroup) => boolean, signal?: AbortSignal): Promise<readonly string[]> {
    const { client, resourceGroupName } = this.#options;
    const options = signal ? { abortSignal: signal } : {};
    const names: string[] = [];
    for await (const group of client.containerGroups.listByResourceGroup(resourceGroupName, options))
      if (group.name !== undefined && isMeant(group)) names.push(group.name);
    await Promise.all(names.map((name) => this.#remove(name)));
    return names;
  }

  /** Asks for the deletion and does not wait for its end. What fails is found again by {@link clear} and {@link sweep}. */
  async #remove(name: string): Promise<void> {
    const { client, resourceGroupName } = this.#options;
    for (const pause of [...TRANSITION_MS, 0]) {
      try {
        await client.containerGroups.beginDelete(resourceGroupName, name);
        return;
      } catch (error) {
        if (httpStatus(error) !== 409) return;
        await sleep(pause);
      }
    }
  }
}
