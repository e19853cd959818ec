import type { ContainerApp, ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { parseResourceId } from "../azure/arm.ts";

/** The tag by which the resources of an app are known (`stacks/app`). */
const TAG = "devfactory-app";
const LINES = 40;
const TIMEOUT_MS = 10_000;
const MAX_REPLICAS = 2;

export interface AppRevisionsOptions {
  readonly client: Pick<ContainerAppsAPIClient, "containerApps" | "containerAppsRevisionReplicas">;
  /** @default the global one */
  readonly fetch?: typeof fetch;
}

/** What Azure says about the newest revisions of an app's containers. A revision that is not ready serves nobody: the one before does. */
export class AppRevisions {
  readonly #client: AppRevisionsOptions["client"];
  readonly #fetch: typeof fetch;

  constructor({ client, fetch: get = fetch }: AppRevisionsOptions) {
    this.#client = client;
    this.#fetch = get;
  }

  /** Names of the newest revisions of a resource group that are not ready. */
  async notReady(resourceGroupName: string, signal: AbortSignal): Promise<readonly string[]> {
    const waiting: string[] = [];
    for await (const app of this.#client.containerApps.listByResourceGroup(resourceGroupName, {
      abortSignal: signal,
    })) {
      if (!isReady(app)) waiting.push(app.latestRevisionName ?? app.name ?? "");
    }
    return waiting;
  }

  /**
   * The last lines that an app's newest revisions wrote, where they are not ready. By the service's own log stream, without the minutes
   * that a workspace takes to have them: of containers, else what the service says about them.
   *
   * @see Microsoft Learn, "View log streams in Azure Container Apps"
   */
  async lastLines(appId: string, signal: AbortSignal): Promise<readonly string[]> {
    const lines: string[] = [];
    for await (const app of this.#client.containerApps.listBySubscription({ abortSignal: signal })) {
      if (app.tags?.[TAG] === appId && !isReady(app)) lines.push(...(await this.#linesOf(app, signal)));
    }
    return lines.slice(-LINES);
  }

  async #linesOf(app: ContainerApp, signal: AbortSignal): Promise<readonly string[]> {
    const { id = "", eventStreamEndpoint: events, latestRevisionName: revision } = app;
    if (!events || !revision) return [];
    const { resourceGroupName, name } = parseResourceId(id);
    const { token } = await this.#client.containerApps.getAuthToken(resourceGroupName, name, { abortSignal: signal });
    const base = `${events.replace(/\/eventstream$/i, "")}/revisions/${revision}`;
    const { value: replicas = [] } = await this.#client.containerAppsRevisionReplicas.listReplicas(
      resourceGroupName,
      name,
      revision,
      { abortSignal: signal },
    );
    const streams = replicas
      .slice(0, MAX_REPLICAS)
      .flatMap((replica) =>
        (replica.containers ?? []).map((each) => `${base}/replicas/${replica.name}/containers/${each.name}/logstream`),
      );
    const read = (address: string) => this.#read(address, token ?? "", signal);
    // The stream of a whole revision has the lines of replicas that are gone; where there is none it answers 404.
    const written = new Set((await Promise.all([...streams, `${base}/logstream`].map(read))).flat());
    return written.size > 0 ? [...written] : read(events);
  }

  async #read(address: string, token: string, signal: AbortSignal): Promise<readonly string[]> {
    const url = new URL(address);
    url.search = new URLSearchParams({ tailLines: String(LINES), follow: "false", output: "text" }).toString();
    const headers = { authorization: `Bearer ${token}` };
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await this.#fetch(url, { headers, signal: limit });
    return response.ok ? (await response.text()).split("\n").filter(Boolean) : [];
  }
}

function isReady({ latestRevisionName: newest, latestReadyRevisionName: ready }: ContainerApp): boolean {
  return newest === undefined || newest === ready;
}
