import grpc from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import rpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as messages from "@pulumi/pulumi/proto/provider_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { equalValues, type PropertyMap, type Value } from "../deploy/values.ts";
import { CHANNEL_OPTIONS, fromStruct, toStruct } from "../plugins/wire.ts";

/** One call that the provider got. */
export interface ProviderCall {
  readonly method: string;
  /** Last part of the URN, or the token of an invoke. */
  readonly name: string;
  readonly inputs: PropertyMap;
  readonly olds: PropertyMap;
  readonly preview: boolean;
}

export interface TestProviderOptions {
  /** Whether it says that it understands secrets. */
  readonly acceptSecrets?: boolean;
}

interface Existing {
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
}

/**
 * A scripted resource provider: it keeps resources in memory, logs every call, and obeys a few inputs:
 * `checkError`, `createError`, `createUnknown`, `partial`, `deleteError`, `delayMs`, `forced` (a change replaces),
 * `deleteFirst` (replacements delete first), `hidden` (a secret output of that value).
 */
export class TestProvider {
  readonly calls: ProviderCall[] = [];
  /** What exists, by id. Tests change it to make drift. */
  readonly cloud = new Map<string, Existing>();
  readonly #options: TestProviderOptions;
  readonly #server = new grpc.Server(CHANNEL_OPTIONS);
  #count = 0;
  #port = 0;
  /** Called before a create answers; tests hold creates with it. */
  beforeCreate: (name: string) => Promise<void> = async () => undefined;

  constructor(options: TestProviderOptions = {}) {
    this.#options = options;
  }

  /** Listens. @returns the port */
  async start(): Promise<number> {
    this.#server.addService(rpc.ResourceProviderService, this.#handlers());
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const credentials = grpc.ServerCredentials.createInsecure();
    this.#server.bindAsync("127.0.0.1:0", credentials, (error, port) => (error ? reject(error) : resolve(port)));
    this.#port = await promise;
    return this.#port;
  }

  get port(): number {
    return this.#port;
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  /** Calls of some methods as `Method name`, in order. */
  log(...methods: readonly string[]): readonly string[] {
    const wanted = this.calls.filter((call) => methods.includes(call.method) && !call.preview);
    return wanted.map((call) => `${call.method} ${call.name}`);
  }

  clear(): void {
    this.calls.length = 0;
  }

  #note(
    method: string,
    request: { getUrn(): string },
    inputs: PropertyMap,
    olds: PropertyMap = {},
    preview = false,
  ): string {
    const name = request.getUrn().split("::").slice(3).join("::");
    this.calls.push({ method, name, inputs, olds, preview });
    return name;
  }

  #handlers(): grpc.UntypedServiceImplementation {
    return {
      handshake: handle(() =>
        new pb.ProviderHandshakeResponse()
          .setAcceptSecrets(this.#options.acceptSecrets ?? true)
          .setAcceptResources(true),
      ),
      attach: handle(() => new empty.Empty()),
      getPluginInfo: handle(() => new plugin.PluginInfo().setVersion("1.0.0")),
      checkConfig: handle((request: messages.CheckRequest) => this.#checkConfig(request)),
      diffConfig: handle((request: messages.DiffRequest) => this.#diff("DiffConfig", request)),
      configure: handle((request: messages.ConfigureRequest) => this.#configure(request)),
      check: handle((request: messages.CheckRequest) => this.#check(request)),
      diff: handle((request: messages.DiffRequest) => this.#diff("Diff", request)),
      create: handle((request: messages.CreateRequest) => this.#create(request)),
      update: handle((request: messages.UpdateRequest) => this.#update(request)),
      read: handle((request: messages.ReadRequest) => this.#read(request)),
      delete: handle((request: messages.DeleteRequest) => this.#delete(request)),
      invoke: handle((request: messages.InvokeRequest) => this.#invoke(request)),
      cancel: handle(() => {
        this.calls.push({ method: "Cancel", name: "", inputs: {}, olds: {}, preview: false });
        return new empty.Empty();
      }),
    };
  }

  #checkConfig(request: messages.CheckRequest): messages.CheckResponse {
    this.#note("CheckConfig", request, fromStruct(request.getNews()), fromStruct(request.getOlds()));
    return new pb.CheckResponse().setInputs(request.getNews());
  }

  #configure(request: messages.ConfigureRequest): messages.ConfigureResponse {
    this.calls.push({
      method: "Configure",
      name: request.getName() ?? "",
      inputs: fromStruct(request.getArgs()),
      olds: {},
      preview: false,
    });
    return new pb.ConfigureResponse()
      .setAcceptsecrets(this.#options.acceptSecrets ?? true)
      .setAcceptresources(true)
      .setSupportspreview(true);
  }

  #check(request: messages.CheckRequest): messages.CheckResponse {
    const news = fromStruct(request.getNews());
    const olds = fromStruct(request.getOlds());
    this.#note("Check", request, news, olds);
    if (typeof news.checkError === "string") {
      const failure = new pb.CheckFailure().setProperty("checkError").setReason(news.checkError);
      return new pb.CheckResponse().setFailuresList([failure]);
    }
    const seed = Buffer.from(request.getRandomseed_asU8()).toString("hex").slice(0, 8);
    const name = news.physicalName ?? olds.physicalName ?? `${request.getName()}-${seed}`;
    return new pb.CheckResponse().setInputs(toStruct({ ...news, physicalName: name }));
  }

  #diff(method: string, request: messages.DiffRequest): messages.DiffResponse {
    const news = fromStruct(request.getNews());
    const olds = fromStruct(request.getOldInputs());
    this.#note(method, request, news, olds);
    const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
    const changed = keys.filter((key) => !equalValues(olds[key], news[key]));
    const response = new pb.DiffResponse()
      .setChanges(changed.length > 0 ? 2 : 1)
      .setDiffsList(changed)
      .setReplacesList(changed.filter((key) => key === "forced"))
      .setDeletebeforereplace(news.deleteFirst === true);
    return response;
  }

  async #create(request: messages.CreateRequest): Promise<messages.CreateResponse> {
    const inputs = fromStruct(request.getProperties());
    const name = this.#note("Create", request, inputs, {}, request.getPreview());
    if (request.getPreview()) return new pb.CreateResponse().setProperties(toStruct(inputs));
    await this.beforeCreate(name);
    await delay(inputs.delayMs);
    if (typeof inputs.createError === "string") throw failure(grpc.status.INVALID_ARGUMENT, inputs.createError);
    if (typeof inputs.createUnknown === "string") throw failure(grpc.status.UNKNOWN, inputs.createUnknown);
    const id = `id-${++this.#count}`;
    const outputs = outputsOf(inputs);
    this.cloud.set(id, { inputs, outputs });
    if (typeof inputs.partial === "string") throw partial(id, outputs, inputs.partial);
    return new pb.CreateResponse().setId(id).setProperties(toStruct(outputs));
  }

  async #update(request: messages.UpdateRequest): Promise<messages.UpdateResponse> {
    const inputs = fromStruct(request.getNews());
    this.#note("Update", request, inputs, fromStruct(request.getOldInputs()), request.getPreview());
    const outputs = outputsOf(inputs);
    if (request.getPreview()) return new pb.UpdateResponse().setProperties(toStruct(outputs));
    await delay(inputs.delayMs);
    if (typeof inputs.updateError === "string") throw failure(grpc.status.INVALID_ARGUMENT, inputs.updateError);
    this.cloud.set(request.getId(), { inputs, outputs });
    return new pb.UpdateResponse().setProperties(toStruct(outputs));
  }

  #read(request: messages.ReadRequest): messages.ReadResponse {
    this.#note("Read", request, fromStruct(request.getInputs()));
    const found = this.cloud.get(request.getId());
    if (!found) return new pb.ReadResponse();
    return new pb.ReadResponse()
      .setId(request.getId())
      .setInputs(toStruct(found.inputs))
      .setProperties(toStruct(found.outputs));
  }

  async #delete(request: messages.DeleteRequest): Promise<empty.Empty> {
    const inputs = fromStruct(request.getOldInputs());
    this.#note("Delete", request, inputs);
    if (typeof inputs.deleteError === "string") throw failure(grpc.status.INVALID_ARGUMENT, inputs.deleteError);
    this.cloud.delete(request.getId());
    return new empty.Empty();
  }

  #invoke(request: messages.InvokeRequest): messages.InvokeResponse {
    const args = fromStruct(request.getArgs());
    this.calls.push({
      method: "Invoke",
      name: request.getTok(),
      inputs: args,
      olds: {},
      preview: request.getPreview(),
    });
    const value = args.value;
    return new pb.InvokeResponse().setReturn(toStruct({ doubled: typeof value === "number" ? value * 2 : null }));
  }
}

function outputsOf(inputs: PropertyMap): PropertyMap {
  return { ...inputs, ...(inputs.value === undefined ? {} : { echo: inputs.value }) };
}

function failure(code: grpc.status, details: string): Partial<grpc.ServiceError> {
  return { code, details };
}

function partial(id: string, outputs: PropertyMap, reason: string): Partial<grpc.ServiceError> {
  const detail = new pb.ErrorResourceInitFailed().setId(id).setProperties(toStruct(outputs)).setReasonsList([reason]);
  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const details = new status.Status().setCode(grpc.status.UNKNOWN).setMessage(reason).setDetailsList([packed]);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(details.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details: reason, metadata };
}

async function delay(ms: Value | undefined): Promise<void> {
  if (typeof ms === "number") await new Promise((resolve) => setTimeout(resolve, ms));
}

function handle<Q, R>(run: (request: Q) => R | Promise<R>): grpc.handleUnaryCall<Q, R> {
  return (call, callback) => {
    new Promise<R>((resolve) => resolve(run(call.request))).then(
      (response) => callback(null, response),
      (error: Partial<grpc.ServiceError>) => callback(error, null),
    );
  };
}
