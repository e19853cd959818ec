import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FileSet } from "../automation/archive/fileSet.ts";
import { upload } from "../automation/cli/deploy/upload.ts";
import type { ApiClient, DeploymentView } from "../automation/client/apiClient.ts";
import { CHECKOUT } from "../test/e2e/platform.ts";

const PROJECT = join(CHECKOUT, "test", "fixtures", "projects", "node-plain");
const POLL_MS = 200;

/** One app and what came of its deployments. */
export interface Deployed {
  readonly appId: string;
  /** Milliseconds from the request to the end, for each deployment in order. */
  readonly tookMs: readonly number[];
  /** Deployments that did not end as `succeeded`, with their error. */
  readonly failed: readonly string[];
  /** Requested, but not in the app's history. */
  readonly lost: number;
  /** In the history without a request, or a version that two have. */
  readonly doubled: number;
  /** Whether the app answers with what was deployed last. */
  readonly isCurrent: boolean;
}

/**
 * Deploys one app again and again, each time with a changed program, and asks the app and its history at the end.
 *
 * @param tell hears of the end of each
 */
export async function deployAgainAndAgain(
  api: ApiClient,
  name: string,
  region: string,
  times: number,
  tell: () => void,
): Promise<Deployed> {
  const { appId } = await api.createApp({ title: name });
  const tookMs: number[] = [];
  const failed: string[] = [];
  const asked: string[] = [];
  let last: DeploymentView | undefined;
  for (let turn = 1; turn <= times; turn += 1) {
    await upload(api, appId, project(greeting(name, turn)), () => undefined);
    const began = performance.now();
    const { deploymentId } = await api.deploy(appId, { region });
    asked.push(deploymentId);
    last = await ended(api, deploymentId);
    tookMs.push(performance.now() - began);
    tell();
    if (last.status !== "succeeded") failed.push(`${deploymentId}: ${last.status} ${last.error?.code ?? ""}`);
  }
  const kept = await history(api, appId);
  const versions = kept.flatMap(({ version }) => version ?? []); // a failed one has none
  const text = await fetch(last?.services[0]?.url ?? "").then((answer) => answer.text());
  return {
    appId,
    tookMs,
    failed,
    lost: asked.filter((id) => !kept.some(({ deploymentId }) => deploymentId === id)).length,
    doubled:
      kept.filter(({ deploymentId }) => !asked.includes(deploymentId)).length +
      (versions.length - new Set(versions).size),
    isCurrent: text === greeting(name, times),
  };
}

const greeting = (name: string, turn: number) => `${name}, version ${turn}\n`;

/** The example project, with another text. */
function project(text: string): FileSet {
  const files = readdirSync(PROJECT).map((name) => {
    const content = readFileSync(join(PROJECT, name), "utf8").replace('"hello\\n"', JSON.stringify(text));
    return [name, { content: Buffer.from(content), executable: false }] as const;
  });
  return new Map(files);
}

async function ended(api: ApiClient, id: string): Promise<DeploymentView> {
  for (;;) {
    const view = await api.deployment(id);
    if (view.status === "succeeded" || view.status === "failed" || view.status === "cancelled") return view;
    await sleep(POLL_MS);
  }
}

async function history(api: ApiClient, appId: string): Promise<readonly DeploymentView[]> {
  const all: DeploymentView[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.deployments(appId, { limit: 100, ...(cursor !== undefined && { cursor }) });
    all.push(...page.deployments);
    cursor = page.next;
  } while (cursor !== undefined);
  return all;
}
