import type { Bucket } from "../backend/bucket.ts";
import { backUpStack, makeDeployment, type Deployment as StoredDeployment, writeStack } from "../backend/checkpoint.ts";
import { Journal } from "../backend/journal.ts";
import { journalKey } from "../backend/layout.ts";
import type { Sealer } from "../backend/sealing.ts";
import type { StackReference } from "../backend/stackReference.ts";
import type { StackSecrets } from "../backend/stackSecrets.ts";
import { StepExecutor } from "../deploy/executor.ts";
import type { Workbench } from "../deploy/operations.ts";
import { ProviderTable, versionOf } from "../deploy/providerTable.ts";
import { Snapshot } from "../deploy/snapshot.ts";
import type { PendingOperation, ResourceState } from "../deploy/state.ts";
import { isProviderType, packageOf } from "../deploy/urn.ts";
import type { EventStream } from "../events/stream.ts";
import { Callbacks } from "../monitor/callbacks.ts";
import { EngineService } from "../monitor/engineService.ts";
import { HookTable } from "../monitor/hookTable.ts";
import { EngineServer } from "../monitor/server.ts";
import type { StackReader } from "../plugins/builtin.ts";
import { PluginHost } from "../plugins/host.ts";
import { OPEN_GATE, type PolicyGate } from "../policy/gate.ts";
import { requiredPackages } from "../program/onDisk.ts";

export interface OperationOptions {
  readonly bucket: Bucket;
  readonly stack: StackReference;
  readonly stored: StoredDeployment | undefined;
  readonly secrets: StackSecrets;
  readonly sealer: Sealer;
  readonly events: EventStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly rootDirectory: string;
  readonly programDirectory: string;
  readonly preview: boolean;
  readonly parallel: number;
  readonly continueOnError: boolean;
  readonly pendingCreates: PendingCreates;
  readonly stacks: StackReader;
  /** Aborted: begin nothing new, let what runs finish. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** What becomes of `creating` entries that a killed process left. */
export interface PendingCreates {
  /** Forget them (`--clear-pending-creates`). */
  readonly clear: boolean;
  /** IDs by URN of those that do exist: they become state, and are read again (`--import-pending-creates`). */
  readonly ids: ReadonlyMap<string, string>;
}

/** The parts that one operation on a stack works with, and how its state gets back to disk. */
export class Operation {
  readonly options: OperationOptions;
  readonly engine: EngineService;
  readonly server: EngineServer;
  readonly host: PluginHost;
  readonly callbacks = new Callbacks();
  readonly hooks: HookTable;
  readonly executor: StepExecutor;
  readonly address: string;
  /** Set by work that runs policy packs, before they start. */
  policies: PolicyGate = OPEN_GATE;
  #olds: readonly ResourceState[];
  #pending: readonly PendingOperation[];
  /** Pending creates that have turned out to exist. */
  readonly #adopted: readonly ResourceState[];
  #bench: Workbench | undefined;
  #time: string;

  /** Opens the state, listens, and starts the providers that the state names. */
  static async begin(options: OperationOptions): Promise<Operation> {
    const engine = new EngineService(options.events);
    const server = new EngineServer(engine);
    const address = await server.listen();
    const host = new PluginHost({
      env: options.env,
      rootDirectory: options.rootDirectory,
      programDirectory: options.programDirectory,
      stacks: options.stacks,
      onOutput: (line, stream) => options.events.diagnose(stream === "stderr" ? "info#err" : "info", line),
    });
    host.engineAddress = address;
    for (const state of options.stored?.resources ?? []) {
      if (isProviderType(state.type)) host.prepare(packageOf(state.type), versionOf(state.inputs ?? {}));
    }
    if ((options.stored?.resources ?? []).length === 0)
      for (const { name, version } of requiredPackages(options.programDirectory)) host.prepare(name, version);
    try {
      const olds = await options.sealer.open([...(options.stored?.resources ?? [])]);
      const pending = await options.sealer.open([...(options.stored?.pending_operations ?? [])]);
      if (!options.preview) {
        await options.secrets.ensureSalt();
        await backUpStack(options.bucket, options.stack, options.env);
      }
      const operation = new Operation(options, engine, server, host, address, olds, pending);
      if (operation.#adopted.length > 0) await operation.adopt([...olds, ...operation.#adopted]);
      else await operation.#openBench();
      return operation;
    } catch (error) {
      server.close();
      await host.close();
      throw error;
    }
  }

  private constructor(
    options: OperationOptions,
    engine: EngineService,
    server: EngineServer,
    host: PluginHost,
    address: string,
    olds: readonly ResourceState[],
    pending: readonly PendingOperation[],
  ) {
    this.options = options;
    this.engine = engine;
    this.server = server;
    this.host = host;
    this.address = address;
    this.#olds = olds;
    const { clear, ids } = options.pendingCreates;
    const creating = pending.filter(({ type }) => type === "creating");
    this.#pending = clear ? [] : creating.filter(({ resource }) => !ids.has(resource.urn));
    this.#adopted = creating.flatMap(({ resource }) => {
      const id = ids.get(resource.urn);
      return id === undefined ? [] : [{ ...resource, id }];
    });
    this.#time = options.stored?.manifest.time ?? "";
    this.executor = new StepExecutor(options);
    this.hooks = new HookTable(this.callbacks, options.events, options.preview);
    options.signal.addEventListener("abort", this.#cancel, { once: true });
    if (options.signal.aborted) this.#cancel();
  }

  get bench(): Workbench {
    if (!this.#bench) throw new Error("the operation has not begun");
    return this.#bench;
  }

  /** Replaces the states by refreshed ones, so that what follows starts from them. */
  async adopt(resources: readonly ResourceState[]): Promise<void> {
    this.#olds = resources;
    await this.#store(resources);
    await this.#openBench();
  }

  /** Writes the final state; nothing in a preview. @returns what was written */
  async save(resources = this.bench.snapshot.resources()): Promise<StoredDeployment> {
    return this.#store(resources);
  }

  /** Ends providers and the server. */
  async close(): Promise<void> {
    this.options.signal.removeEventListener("abort", this.#cancel);
    await Promise.all([this.host.close(), this.policies.close()]);
    this.callbacks.close();
    this.server.close();
  }

  readonly #cancel = (): void => {
    this.executor.stop();
    this.policies.cancel();
    void this.host.cancel();
  };

  async #openBench(): Promise<void> {
    const { bucket, stack, secrets, sealer, events, preview, now } = this.options;
    const journal = preview ? undefined : await Journal.start(bucket, journalKey(stack), this.#time, secrets.provider);
    this.#bench = {
      preview,
      snapshot: new Snapshot(this.#olds, sealer, journal),
      providers: new ProviderTable(this.host, this.#olds),
      events,
      hooks: this.hooks,
      fail: () => this.executor.fail(),
      now,
    };
  }

  async #store(resources: readonly ResourceState[]): Promise<StoredDeployment> {
    const { bucket, stack, secrets, sealer, preview, now } = this.options;
    const deployment = makeDeployment(
      await sealer.seal(resources),
      await sealer.seal(this.#pending),
      secrets.provider,
      now(),
    );
    if (preview) return deployment;
    await writeStack(bucket, stack, deployment);
    this.#time = deployment.manifest.time;
    return deployment;
  }
}
