import { setTimeout as sleep } from "node:timers/promises";
import { BlockBlobClient } from "@azure/storage-blob";
import type { ContainerRegistryManagementClient, Run } from "arm-registry-tasks";
import { parseResourceId } from "../azure/arm.ts";
import { AutomationError } from "../errors.ts";
import type { SizeOf } from "./imageSize.ts";

export interface BuildRequest {
  readonly service: string;
  readonly repository: string;
  /** The image gets all of them; it is deployed by its digest. */
  readonly tags: readonly string[];
  /** tar.gz with the Dockerfile at `dockerfile`. */
  readonly context: Uint8Array;
  readonly dockerfile: string;
}

export interface BuildResult {
  readonly runId: string;
  readonly digest: string;
  /** `<login server>/<repository>@sha256:…` */
  readonly reference: string;
  readonly log: string;
  readonly durationMs: number;
  /** What the registry keeps of the image; `undefined` when it could not be read. */
  readonly bytes?: number;
  /** Most memory that the build's commands held at a time, where the task's log tells it (the local one does). */
  readonly peakMemoryMib?: number;
}

/** What builds get. */
export interface BuildSize {
  readonly cpu: number;
  readonly memoryGib: number;
}

/** A task agent has so much memory for each vCPU. Source: Azure Container Registry, agent pool tiers (S2: 4 vCPU, 8 GB). */
const GIB_PER_CPU = 2;

export interface BuilderOptions {
  /** vCPUs of the task agent. @default 2 */
  readonly cpu?: number;
  /** @default sizes of images stay unknown */
  readonly sizeOf?: SizeOf;
}

const TIMEOUT_SECONDS = 900;
const OVER = new Set(["Succeeded", "Failed", "Canceled", "Error", "Timeout"]);
/** A line of the local task's log. */
const PEAK_MEMORY = /^Memory: at most (\d+) MiB of \d+ MiB$/m;
const FIRST_POLL_MS = 50;
const LAST_POLL_MS = 5_000;

/** Builds images with tasks of the registry: nothing of a generated app runs where the worker runs. */
export class RegistryBuilder {
  readonly size: BuildSize;
  readonly #sizeOf: SizeOf | undefined;
  readonly #client: ContainerRegistryManagementClient;
  readonly #group: string;
  readonly #registry: string;
  readonly #loginServer: string;

  /** @param registryId resource id of the registry */
  constructor(
    client: ContainerRegistryManagementClient,
    registryId: string,
    loginServer: string,
    options: BuilderOptions = {},
  ) {
    const { cpu = 2 } = options;
    this.size = { cpu, memoryGib: cpu * GIB_PER_CPU };
    this.#sizeOf = options.sizeOf;
    const { resourceGroupName, name } = parseResourceId(registryId);
    this.#client = client;
    this.#group = resourceGroupName;
    this.#registry = name;
    this.#loginServer = loginServer;
  }

  /** Asks for a place for source; fails when the registry cannot be used. */
  async probe(signal: AbortSignal): Promise<void> {
    await this.#uploadPlace(signal);
  }

  /** Whether an image is still there. Where nobody reads manifests that is not known, and it counts as gone. */
  async has(reference: string, signal: AbortSignal): Promise<boolean> {
    const prefix = `${this.#loginServer}/`;
    const [repository = "", digest = ""] = reference.slice(prefix.length).split("@");
    if (!reference.startsWith(prefix)) return false;
    return (await this.#sizeOf?.(repository, digest, signal)) !== undefined;
  }

  /**
   * Uploads the context, runs the build and reads its log. The run's status decides, never words in the log.
   *
   * @throws {AutomationError} `BUILD_FAILED`; its `log` detail holds the log
   */
  async build(request: BuildRequest, signal: AbortSignal): Promise<BuildResult> {
    const started = performance.now();
    const { uploadUrl, relativePath } = await this.#uploadPlace(signal);
    await new BlockBlobClient(uploadUrl).uploadData(request.context, { abortSignal: signal });
    const run = await this.#schedule(request, relativePath, signal);
    const runId = run.runId ?? run.name ?? "";
    const over = await this.#wait(runId, run, signal);
    const log = await this.#log(runId, signal);
    const status = over.status ?? "Error";
    const digest = over.outputImages?.find((each) => each.repository === request.repository)?.digest;
    if (status !== "Succeeded" || !digest) {
      const reason = status === "Succeeded" ? "no image came out of it" : (over.runErrorMessage ?? lastLine(log));
      throw new AutomationError("BUILD_FAILED", { service: request.service, status, reason, log });
    }
    const reference = `${this.#loginServer}/${request.repository}@${digest}`;
    const durationMs = Math.round(performance.now() - started);
    // A size that cannot be read does not make a good build a bad one.
    const bytes = await this.#sizeOf?.(request.repository, digest, signal).catch(() => undefined);
    const peak = Number(PEAK_MEMORY.exec(log)?.[1]);
    return {
      ...{ runId, digest, reference, log, durationMs },
      ...(bytes === undefined ? {} : { bytes }),
      ...(peak > 0 ? { peakMemoryMib: peak } : {}),
    };
  }

  async #uploadPlace(signal: AbortSignal): Promise<{ uploadUrl: string; relativePath: string }> {
    const place = await this.#client.registries.getBuildSourceUploadUrl(this.#group, this.#registry, {
      abortSignal: signal,
    });
    const { uploadUrl, relativePath } = place;
    if (!uploadUrl || !relativePath) throw new TypeError("the registry named no place for source");
    return { uploadUrl, relativePath };
  }

  async #schedule(request: BuildRequest, source: string, signal: AbortSignal): Promise<Run> {
    return this.#client.registries.beginScheduleRunAndWait(
      this.#group,
      this.#registry,
      {
        type: "DockerBuildRequest",
        sourceLocation: source,
        dockerFilePath: request.dockerfile,
        imageNames: request.tags.map((tag) => `${request.repository}:${tag}`),
        isPushEnabled: true,
        platform: { os: "Linux", architecture: "amd64" },
        agentConfiguration: { cpu: this.size.cpu },
        timeout: TIMEOUT_SECONDS,
      },
      { updateIntervalInMs: FIRST_POLL_MS, abortSignal: signal },
    );
  }

  async #wait(runId: string, first: Run, signal: AbortSignal): Promise<Run> {
    let run = first;
    let pause = FIRST_POLL_MS;
    try {
      while (!OVER.has(run.status ?? "")) {
        await sleep(pause, undefined, { signal });
        pause = Math.min(LAST_POLL_MS, pause * 1.3);
        run = await this.#client.runs.get(this.#group, this.#registry, runId, { abortSignal: signal });
      }
      return run;
    } catch (error) {
      if (signal.aborted)
        await this.#client.runs.beginCancel(this.#group, this.#registry, runId).catch(() => undefined);
      throw error;
    }
  }

  async #log(runId: string, signal: AbortSignal): Promise<string> {
    const { logLink } = await this.#client.runs.getLogSasUrl(this.#group, this.#registry, runId, {
      abortSignal: signal,
    });
    if (!logLink) return "";
    const response = await fetch(logLink, { signal });
    // A log that cannot be read does not change how the build ended.
    return response.ok ? response.text() : "";
  }
}

function lastLine(log: string): string {
  return log.trimEnd().split("\n").at(-1)?.slice(0, 500) || "the log is empty";
}
