import { createHash } from "node:crypto";
import { appendFileSync, realpathSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { extract } from "tar";
import type { EmulatorContext } from "../../core/context.ts";
import { ArmError, type Json } from "../../core/resources.ts";
import type { Caller } from "../../core/tokens.ts";
import { sharedCache } from "../../hosts/sharedCache.ts";
import type { BlobStore } from "./blobs.ts";
import { BuildError } from "./build/buildError.ts";
import { Builder } from "./build/builder.ts";
import type { ImageConfig } from "./build/imageConfig.ts";
import { buildInPlace } from "./build/inPlace.ts";
import type { Layer, LayerStore } from "./build/layers.ts";
import type { Catalog } from "./catalog.ts";
import type { RegistryView } from "./distribution.ts";
import { type ImageStore, splitReference } from "./images.ts";
import { hasEnded, type Run, type RunStore } from "./runStore.ts";
import type { SourceStore } from "./sources.ts";

const DEFAULT_TIMEOUT_S = 3600;
/** Builds at the same time; the rest wait as Queued. */
const AGENTS = 2;
/** As the agent pools of the service have it (S2: 4 vCPU, 8 GB). */
const MIB_PER_CPU = 2048;
const DEFAULT_CPUS = 2;
const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";

/** A `DockerBuildRequest` (Azure Container Registry tasks, 2019-06-01-preview), checked. */
interface BuildOrder {
  readonly sourceLocation: string;
  readonly dockerFilePath: string;
  readonly imageNames: readonly string[];
  readonly args: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly noCache: boolean;
  readonly push: boolean;
  readonly cpu: number;
  readonly timeoutS: number;
}

export interface RunnerParts {
  readonly context: EmulatorContext;
  readonly folder: string;
  readonly blobs: BlobStore;
  readonly catalog: Catalog;
  readonly layers: LayerStore;
  readonly images: ImageStore;
  readonly sources: SourceStore;
  readonly runs: RunStore;
  /** The one folder that may be built in place. */
  readonly checkout?: string;
}

/** Takes build requests and carries them out, two at a time. */
export class BuildRunner {
  readonly #parts: RunnerParts;
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #active = new Map<string, AbortController>();
  readonly #ended = new Map<string, Promise<void>>();
  #running = 0;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Queues a run. @throws {ArmError} 400 for a request that cannot be carried out */
  schedule(registry: RegistryView, registryId: string, body: Json, caller: Caller): Run {
    const order = readOrder(body);
    const now = this.#now();
    const run = this.#parts.runs.create(registryId, {
      runType: "QuickBuild",
      createTime: now,
      lastUpdatedTime: now,
      platform: { os: "linux", architecture: "amd64" },
      provisioningState: "Succeeded",
      isArchiveEnabled: false,
    });
    writeFileSync(this.#parts.sources.logPath(run.runId), "");
    const abort = new AbortController();
    this.#active.set(run.runId, abort);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended.set(run.runId, promise);
    this.#waiting.push(() => this.#work(run, registry, order, caller, abort).finally(resolve));
    this.#next();
    return run;
  }

  /** Stops a run; one that has ended stays as it is. */
  cancel(runId: string): void {
    this.#active.get(runId)?.abort("Canceled");
  }

  /** Resolves when the run has ended. */
  async ended(runId: string): Promise<void> {
    await this.#ended.get(runId);
  }

  /** Stops all. */
  async stop(): Promise<void> {
    this.#waiting.length = 0;
    for (const each of this.#active.values()) each.abort("Canceled");
    await Promise.all(
      [...this.#active.keys()]
        .filter((id) => this.#parts.runs.get(id)?.status !== "Queued")
        .map((id) => this.ended(id)),
    );
  }

  #next(): void {
    if (this.#running >= AGENTS) return;
    const work = this.#waiting.shift();
    if (!work) return;
    this.#running += 1;
    void work().finally(() => {
      this.#running -= 1;
      this.#next();
    });
  }

  async #work(
    run: Run,
    registry: RegistryView,
    order: BuildOrder,
    caller: Caller,
    abort: AbortController,
  ): Promise<void> {
    const { runs, sources, context } = this.#parts;
    const { runId } = run;
    const log = (text: string) => appendFileSync(sources.logPath(runId), text);
    const timer = setTimeout(() => abort.abort("Timeout"), order.timeoutS * 1000);
    const end = (status: string, more: Json = {}) =>
      runs.update(runId, { status, finishTime: this.#now(), lastUpdatedTime: this.#now(), ...more });
    try {
      abort.signal.throwIfAborted();
      runs.update(runId, { status: "Running", startTime: this.#now(), lastUpdatedTime: this.#now() });
      const outputImages = await this.#build(registry, order, caller, abort.signal, log);
      log(`Run ID: ${runId} was successful\n`);
      end("Succeeded", { outputImages });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const status = abort.signal.aborted ? String(abort.signal.reason) : "Failed";
      log(`${status === "Failed" ? `Error: ${message}` : `The run ended as ${status}.`}\nRun ID: ${runId} failed\n`);
      end(status, { runErrorMessage: message });
      if (!abort.signal.aborted && !(error instanceof BuildError))
        context.log("registry", "build failed", { runId, message });
    } finally {
      clearTimeout(timer);
      this.#active.delete(runId);
      this.#ended.delete(runId);
    }
  }

  async #build(
    registry: RegistryView,
    order: BuildOrder,
    caller: Caller,
    signal: AbortSignal,
    log: (text: string) => void,
  ): Promise<Json[]> {
    if (order.sourceLocation.startsWith("file:")) return this.#inPlace(registry, order, log);
    const { sources, folder, layers, images } = this.#parts;
    const archive = sources.source(order.sourceLocation);
    if (!archive) throw new BuildError(`the source ${order.sourceLocation} was not uploaded`);
    await mkdir(join(folder, "contexts"), { recursive: true });
    const unpacked = await mkdtemp(join(folder, "contexts", "c-"));
    try {
      await extract({ file: archive, cwd: unpacked });
      const request = {
        folder: unpacked,
        dockerfile: order.dockerFilePath,
        args: order.args,
        ...(order.target ? { target: order.target } : {}),
        noCache: order.noCache,
        memoryMib: Math.round(order.cpu * MIB_PER_CPU),
        signal,
        log,
      };
      const npmCache = join(sharedCache(), "npm");
      const baseImage = (reference: string) => images.base(ofRegistry(registry, reference), caller);
      const image = await new Builder({ layers, npmCache, baseImage }, request).build();
      return await this.#store(registry, order, image.config, image.layers, log);
    } finally {
      await rm(unpacked, { recursive: true, force: true });
    }
  }

  async #inPlace(registry: RegistryView, order: BuildOrder, log: (text: string) => void): Promise<Json[]> {
    const { checkout, context, catalog } = this.#parts;
    const folder = fileURLToPath(order.sourceLocation).replace(/\/$/, "");
    if (!checkout || realpathSync(folder) !== realpathSync(checkout)) {
      throw new BuildError(
        `${order.sourceLocation} is not the checkout that this emulator serves: only that one is built in place`,
      );
    }
    const built = buildInPlace(folder, order.dockerFilePath, order.target, order.args, context.dataDir);
    const hash = createHash("sha256").update(built.contextHash).digest("hex");
    const config = { ...built.config, Labels: { ...built.config.Labels, "devfactory.context": hash } };
    log(`The image runs in place, in ${folder}: nothing is copied.\n`);
    const images = await this.#store(registry, order, config, [], log);
    for (const image of images) catalog.markInPlace(String(image.digest), folder);
    return images;
  }

  /** Writes configuration and manifest, and moves the tags. */
  async #store(
    registry: RegistryView,
    order: BuildOrder,
    config: ImageConfig,
    layers: readonly Layer[],
    log: (text: string) => void,
  ): Promise<Json[]> {
    const { blobs, catalog, context } = this.#parts;
    const diffIds = layers.map((each) => each.digest);
    const configBytes = JSON.stringify({
      architecture: "amd64",
      os: "linux",
      config,
      rootfs: { type: "layers", diff_ids: diffIds },
    });
    const configDigest = await blobs.put(configBytes);
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: CONFIG_TYPE, digest: configDigest, size: Buffer.byteLength(configBytes) },
      layers: layers.map((each) => ({ mediaType: LAYER_TYPE, digest: each.digest, size: each.size })),
    });
    const digest = await blobs.put(manifest);
    if (!order.push) return [];
    return order.imageNames.map((name) => {
      const { repository, version: tag } = splitReference(this.#qualify(registry, name));
      for (const each of [configDigest, ...diffIds]) catalog.linkBlob(registry.id, repository, each);
      const entry = { digest, mediaType: MANIFEST_TYPE, size: Buffer.byteLength(manifest) };
      catalog.putManifest(registry.id, repository, entry, tag, context.clock.now());
      this.#parts.images.prepare(digest, layers);
      log(`Pushed ${registry.loginServer}/${repository}:${tag} digest: ${digest}\n`);
      return { registry: registry.loginServer, repository, tag, digest };
    });
  }

  /** Names of images to push may leave out the registry, or say `$Registry`. */
  #qualify(registry: RegistryView, name: string): string {
    const named = ofRegistry(registry, name);
    const first = named.split("/")[0] ?? "";
    return named.includes("/") && /[.:]/.test(first) ? named : `${registry.loginServer}/${named}`;
  }

  /** Whether a log is whole, for `x-ms-meta-Complete`. */
  isComplete(logName: string): boolean {
    const run = this.#parts.runs.get(logName.replace(/^logs\//, "").replace(/\.log$/, ""));
    return run !== undefined && hasEnded(run.status);
  }

  #now(): string {
    return new Date(this.#parts.context.clock.now()).toISOString();
  }
}

/** Puts the login server in the place of `$Registry` and `{{.Run.Registry}}`. */
function ofRegistry(registry: RegistryView, name: string): string {
  return name.replace(/^(\$Registry|\{\{\.Run\.Registry\}\})\//i, `${registry.loginServer}/`);
}

function readOrder(body: Json): BuildOrder {
  if (body.type !== "DockerBuildRequest") {
    throw new ArmError(
      501,
      "NotImplemented",
      `scheduleRun of type ${String(body.type)} is not emulated: use DockerBuildRequest`,
    );
  }
  const { sourceLocation, dockerFilePath = "Dockerfile", imageNames = [], target, timeout = DEFAULT_TIMEOUT_S } = body;
  if (
    typeof sourceLocation !== "string" ||
    !(sourceLocation.startsWith("sources/") || sourceLocation.startsWith("file:"))
  ) {
    throw new ArmError(
      400,
      "InvalidSourceLocation",
      `sourceLocation must be a relativePath of listBuildSourceUploadUrl, not ${String(sourceLocation)}`,
    );
  }
  if (typeof timeout !== "number" || timeout < 300 || timeout > 28_800) {
    throw new ArmError(400, "InvalidParameter", "timeout must lie between 300 and 28800 seconds");
  }
  const list = (Array.isArray(body.arguments) ? body.arguments : []) as readonly { name: string; value: string }[];
  return {
    sourceLocation,
    dockerFilePath: String(dockerFilePath),
    imageNames: (imageNames as readonly unknown[]).map(String),
    args: Object.fromEntries(list.map((each) => [each.name, each.value])),
    ...(typeof target === "string" && target ? { target } : {}),
    noCache: body.noCache === true,
    push: body.isPushEnabled !== false,
    cpu: cpusOf(body),
    timeoutS: timeout,
  };
}

function cpusOf(body: Json): number {
  const { cpu } = (body.agentConfiguration ?? {}) as { readonly cpu?: unknown };
  return typeof cpu === "number" && cpu > 0 ? cpu : DEFAULT_CPUS;
}
