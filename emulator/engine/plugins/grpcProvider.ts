import grpc from "@grpc/grpc-js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import rpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as messages from "@pulumi/pulumi/proto/provider_pb.js";
import type { CheckResponse, DiffResponse } from "@pulumi/pulumi/proto/provider_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import {
  annotateSecrets,
  containsUnknown,
  dissolveReferences,
  type PropertyMap,
  stripSecretProperties,
} from "../deploy/values.ts";
import { EngineError } from "../engineError.ts";
import type { PluginProcess } from "./launch.ts";
import {
  type CheckArguments,
  type CheckResult,
  type ConfigureArguments,
  type CreateArguments,
  type DeleteArguments,
  type DiffArguments,
  type DiffResult,
  type InvokeResult,
  type OperationResult,
  OutcomeUnknownError,
  type Provider,
  type ReadArguments,
  UNKNOWN_DIFF,
  type UpdateArguments,
} from "./provider.ts";
import { isUnimplemented, lostOrNonsense, outcomeOf, partialFailure } from "./providerErrors.ts";
import { checkFailures, diffResult } from "./providerMessages.ts";
import { CHANNEL_OPTIONS, describeError, fromStruct, isServiceError, toStruct, unary } from "./wire.ts";

/** What a plugin is told at the start. */
export interface HandshakeSettings {
  readonly engineAddress: string;
  readonly rootDirectory: string;
  readonly programDirectory: string;
  /** True for providers that run already (`PULUMI_DEBUG_PROVIDERS`): they learn the engine's address by Attach. */
  readonly attach: boolean;
}

/** How long a plugin that has told its port may take to answer there. */
const CONNECT_MS = 10_000;

/** One provider resource's connection to a plugin. */
export class GrpcProvider implements Provider {
  readonly #client: rpc.ResourceProviderClient;
  readonly #packageName: string;
  /** The process behind the connection, when it is ours. */
  readonly #process: PluginProcess | undefined;
  #acceptSecrets = false;
  #acceptResources = false;
  #supportsPreview = false;
  /** False as long as a config value is unknown in a preview. */
  #configured = false;
  #version = "";

  constructor(packageName: string, address: string, process: PluginProcess | undefined) {
    this.#packageName = packageName;
    this.#client = new rpc.ResourceProviderClient(address, grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
    this.#process = process;
  }

  get version(): string {
    return this.#version;
  }

  /**
   * Handshake, Attach, GetPluginInfo.
   *
   * @throws EngineError when nobody answers
   */
  async greet(settings: HandshakeSettings): Promise<void> {
    await this.#connect();
    await this.#introduce(settings);
  }

  /** Waits until the connection stands, so that nobody at the port is one clear error. */
  async #connect(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#client.waitForReady(Date.now() + CONNECT_MS, (error) => (error ? reject(error) : resolve()));
    await promise.catch(() => {
      const where = this.#client.getChannel().getTarget().replace(/^dns:/, "");
      throw new EngineError(
        `could not reach the provider plugin '${this.#packageName}' at ${where} within ${CONNECT_MS / 1000} s${this.#fate()}`,
      );
    });
  }

  #fate(): string {
    const fate = this.#process?.fate();
    return fate === undefined ? "" : `: ${fate}`;
  }

  async #introduce(settings: HandshakeSettings): Promise<void> {
    const request = new pb.ProviderHandshakeRequest()
      .setEngineAddress(settings.engineAddress)
      .setRootDirectory(settings.rootDirectory)
      .setProgramDirectory(settings.programDirectory)
      .setConfigureWithUrn(true)
      .setInvokeWithPreview(true);
    try {
      const answer = await this.#call<messages.ProviderHandshakeResponse>((done) =>
        this.#client.handshake(request, done),
      );
      this.#acceptSecrets = answer.getAcceptSecrets();
      this.#acceptResources = answer.getAcceptResources();
    } catch (error) {
      if (!isUnimplemented(error)) throw error; // older plugins have no Handshake
    }
    if (settings.attach) {
      const address = new plugin.PluginAttach().setAddress(settings.engineAddress);
      await this.#call<unknown>((done) => this.#client.attach(address, done));
    }
    try {
      const info = await this.#call<PluginInfo>((done) => this.#client.getPluginInfo(new empty.Empty(), done));
      this.#version = info.getVersion();
    } catch (error) {
      if (!isUnimplemented(error)) throw error;
    }
  }

  async checkConfig(args: CheckArguments): Promise<CheckResult> {
    if (containsUnknown(args.news)) return { inputs: args.news, failures: [] };
    try {
      const request = this.#checkRequest(args);
      return this.#checkResult(
        args,
        await this.#call<CheckResponse>((done) => this.#client.checkConfig(request, done)),
      );
    } catch (error) {
      if (isUnimplemented(error)) return { inputs: args.news, failures: [] };
      throw error;
    }
  }

  async diffConfig(args: DiffArguments): Promise<DiffResult> {
    if (containsUnknown(args.news)) return UNKNOWN_DIFF;
    try {
      const request = this.#diffRequest(args);
      return diffResult(await this.#call<DiffResponse>((done) => this.#client.diffConfig(request, done)));
    } catch (error) {
      if (isUnimplemented(error)) return UNKNOWN_DIFF;
      throw error;
    }
  }

  async configure(args: ConfigureArguments): Promise<void> {
    if (containsUnknown(args.inputs)) return;
    const request = new pb.ConfigureRequest()
      .setArgs(toStruct(args.inputs))
      .setAcceptsecrets(true)
      .setAcceptresources(true)
      .setSendsOldInputs(true)
      .setSendsOldInputsToDelete(true)
      .setId(args.id)
      .setUrn(args.urn)
      .setName(args.name)
      .setType(args.type);
    const variables = request.getVariablesMap();
    for (const [key, value] of Object.entries(stripSecretProperties(args.inputs))) {
      if (key === "version") continue;
      variables.set(`${this.#packageName}:config:${key}`, typeof value === "string" ? value : JSON.stringify(value));
    }
    const answer = await this.#call<messages.ConfigureResponse>((done) => this.#client.configure(request, done));
    this.#acceptSecrets = answer.getAcceptsecrets();
    this.#acceptResources = answer.getAcceptresources();
    this.#supportsPreview = answer.getSupportspreview();
    this.#configured = true;
  }

  async check(args: CheckArguments): Promise<CheckResult> {
    if (!this.#configured) return { inputs: args.news, failures: [] };
    const request = this.#checkRequest(args);
    return this.#checkResult(args, await this.#call<CheckResponse>((done) => this.#client.check(request, done)));
  }

  async diff(args: DiffArguments): Promise<DiffResult> {
    if (!this.#configured) return UNKNOWN_DIFF;
    const request = this.#diffRequest(args);
    return diffResult(await this.#call<DiffResponse>((done) => this.#client.diff(request, done)));
  }

  async create(args: CreateArguments): Promise<OperationResult> {
    if (args.preview && !(this.#configured && this.#supportsPreview)) return { id: "", outputs: args.inputs };
    const request = new pb.CreateRequest()
      .setUrn(args.urn)
      .setName(args.name)
      .setType(args.type)
      .setProperties(this.#send(args.inputs))
      .setTimeout(args.timeoutSeconds)
      .setPreview(args.preview);
    return this.#operation(args.inputs, async () => {
      const answer = await this.#call<messages.CreateResponse>((done) => this.#client.create(request, done));
      if (answer.getId() === "" && !args.preview)
        throw new OutcomeUnknownError(
          `plugin for package '${this.#packageName}' returned empty resource.ID from create '${args.urn}'`,
        );
      return { id: answer.getId(), outputs: this.#receive(answer.getProperties(), args.inputs) };
    });
  }

  async update(args: UpdateArguments): Promise<OperationResult> {
    if (args.preview && !(this.#configured && this.#supportsPreview)) return { id: args.id, outputs: args.news };
    const request = new pb.UpdateRequest()
      .setId(args.id)
      .setUrn(args.urn)
      .setName(args.name)
      .setType(args.type)
      .setOlds(this.#send(args.oldOutputs))
      .setOldInputs(this.#send(args.oldInputs))
      .setNews(this.#send(args.news))
      .setIgnorechangesList([...args.ignoreChanges])
      .setTimeout(args.timeoutSeconds)
      .setPreview(args.preview);
    return this.#operation(args.news, async () => {
      const answer = await this.#call<messages.UpdateResponse>((done) => this.#client.update(request, done));
      return { id: args.id, outputs: this.#receive(answer.getProperties(), args.news) };
    });
  }

  async read(args: ReadArguments): Promise<OperationResult | undefined> {
    if (!this.#configured) return { id: args.id, outputs: {} };
    const request = new pb.ReadRequest()
      .setId(args.id)
      .setUrn(args.urn)
      .setName(args.name)
      .setType(args.type)
      .setInputs(this.#send(args.inputs))
      .setProperties(this.#send(args.outputs));
    const result = await this.#operation(args.inputs, async () => {
      const answer = await this.#call<messages.ReadResponse>((done) => this.#client.read(request, done));
      const outputs = this.#receive(answer.getProperties(), args.inputs);
      const inputs = answer.hasInputs() ? this.#receive(answer.getInputs(), args.inputs) : undefined;
      return { id: answer.getId(), outputs, ...(inputs ? { inputs } : {}) };
    });
    return result.id === "" ? undefined : result;
  }

  async delete(args: DeleteArguments): Promise<void> {
    const request = new pb.DeleteRequest()
      .setId(args.id)
      .setUrn(args.urn)
      .setName(args.name)
      .setType(args.type)
      .setProperties(this.#send(args.outputs))
      .setOldInputs(this.#send(args.inputs))
      .setTimeout(args.timeoutSeconds);
    await this.#operation({}, async () => {
      await this.#call<unknown>((done) => this.#client.delete(request, done));
      return { id: args.id, outputs: {} };
    });
  }

  async invoke(token: string, args: PropertyMap, preview: boolean): Promise<InvokeResult> {
    const request = new pb.InvokeRequest().setTok(token).setArgs(this.#send(args)).setPreview(preview);
    const answer = await this.#call<messages.InvokeResponse>((done) => this.#client.invoke(request, done));
    return { value: fromStruct(answer.getReturn()), failures: checkFailures(answer.getFailuresList()) };
  }

  async cancel(): Promise<void> {
    try {
      await this.#call<unknown>((done) =>
        this.#client.cancel(new empty.Empty(), new grpc.Metadata(), { deadline: Date.now() + 2000 }, done),
      );
    } catch (error) {
      if (!isServiceError(error)) throw error; // a plugin without Cancel, or one that is gone, needs no goodbye
    }
  }

  async close(): Promise<void> {
    this.#client.close();
    await this.#process?.stop();
  }

  /**
   * One call to the plugin.
   *
   * @throws OutcomeUnknownError when the plugin went away, or its answer makes no sense: nobody knows what it did
   */
  async #call<R>(start: (done: (error: grpc.ServiceError | null, response: R) => void) => unknown): Promise<R> {
    try {
      return await unary<R>(start);
    } catch (error) {
      const problem = lostOrNonsense(error);
      if (!problem) throw error;
      const name = `the provider plugin '${this.#packageName}'`;
      const message =
        problem === "lost"
          ? `the connection to ${name} broke${this.#fate()}`
          : `${name} gave an answer that cannot be read (${describeError(error)})`;
      throw new OutcomeUnknownError(`${message}; what it was doing may or may not have happened`, { cause: error });
    }
  }

  /** Values as this plugin understands them. */
  #send(properties: PropertyMap): Struct {
    const known = this.#acceptSecrets ? properties : stripSecretProperties(properties);
    return toStruct(this.#acceptResources ? known : (dissolveReferences(known) as PropertyMap));
  }

  /** Outputs; a plugin that cannot carry secrets lost the marks of its inputs. */
  #receive(properties: Struct | undefined, inputs: PropertyMap): PropertyMap {
    const outputs = fromStruct(properties);
    return this.#acceptSecrets ? outputs : annotateSecrets(outputs, inputs);
  }

  #checkRequest(args: CheckArguments): messages.CheckRequest {
    const request = new pb.CheckRequest()
      .setUrn(args.urn)
      .setName(args.name)
      .setType(args.type)
      .setNews(this.#send(args.news))
      .setRandomseed(args.randomSeed);
    return args.olds ? request.setOlds(this.#send(args.olds)) : request.setOlds(toStruct({}));
  }

  #checkResult(args: CheckArguments, answer: CheckResponse): CheckResult {
    return {
      inputs: this.#receive(answer.getInputs(), args.news),
      failures: checkFailures(answer.getFailuresList()),
    };
  }

  #diffRequest(args: DiffArguments): messages.DiffRequest {
    return new pb.DiffRequest()
      .setId(args.id)
      .setUrn(args.urn)
      .setName(args.name)
      .setType(args.type)
      .setOlds(this.#send(args.oldOutputs))
      .setOldInputs(this.#send(args.oldInputs))
      .setNews(this.#send(args.news))
      .setIgnorechangesList([...args.ignoreChanges]);
  }

  /** Runs an operation; a partial failure becomes a result, an unknown outcome its own error. */
  async #operation(inputs: PropertyMap, run: () => Promise<OperationResult>): Promise<OperationResult> {
    try {
      return await run();
    } catch (error) {
      const partial = partialFailure(error);
      if (!partial) throw outcomeOf(error);
      return {
        id: partial.getId(),
        outputs: this.#receive(partial.getProperties(), inputs),
        ...(partial.hasInputs() ? { inputs: this.#receive(partial.getInputs(), inputs) } : {}),
        initErrors: partial.getReasonsList(),
      };
    }
  }
}
