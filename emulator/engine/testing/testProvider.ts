import grpc from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import rpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as messages from "@pulumi/pulumi/proto/provider_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { makeSecret, type PropertyMap, type Value } from "../deploy/values.ts";
import { CHANNEL_OPTIONS, fromStruct, toStruct } from "../plugins/wire.ts";
import { failure, type Mishap, notReady, refusal } from "./mishap.ts";
import { differences } from "./testDiff.ts";

/** One call that the provider got. */
export interface ProviderCall {
  readonly method: string;
  /** Last part of the URN, or the token of an invoke. */
  readonly name: string;
  readonly inputs: PropertyMap;
  readonly olds: PropertyMap;
  readonly preview: boolean;
  readonly id?: string;
  readonly ignoreChanges?: readonly string[];
  readonly timeoutSeconds?: number;
}

export interface TestProviderOptions {
  /** Whether it says that it understands secrets. */
  readonly acceptSecrets?: boolean;
}

/** The calls that change or read what exists. */
export type Operation = "Create" | "Update" | "Delete" | "Read";

interface Existing {
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
}

/**
 * A scripted resource provider: it keeps resources in memory, logs every call, and obeys a few inputs:
 * `checkError`, `createError`, `createUnknown`, `emptyId`, `partial`, `updateError`, `updatePartial`, `deleteError` (all with
 * a message), `delayMs`, `forced` (a change replaces), `deleteFirst` (replacements delete first), `detailed` (diffs name
 * paths), `diffUnknown` (diffs say that they do not know), `hidden` (the output `revealed` is a secret of that value).
 */
export class TestProvider {
  readonly calls: ProviderCall[] = [];
  /** What exists, by id. Tests change it to make drift. */
  readonly cloud = new Map<string, Existing>();
  /** Ids of what was made although its create ended as a failure with an open outcome: nobody was told of them. */
  readonly lost = new Set<string>();
  readonly #options: TestProviderOptions;
  readonly #server = new grpc.Server(CHANNEL_OPTIONS);
  readonly #made = new Map<string, number>();
  readonly #cancelled = Promise.withResolvers<void>();
  #port = 0;
  #running = 0;
  /** The most operations that ran at one time. */
  mostRunning = 0;
  /** Called before a create answers; tests hold creates with it. */
  beforeCreate: (name: string) => Promise<void> = async () => undefined;
  /** Called before a check answers. */
  beforeCheck: (name: string) => Promise<void> = async () => undefined;
  /** Called when an operation begins, before anything is done. */
  onOperation: (operation: Operation, name: string) => Promise<void> = async () => undefined;
  /** Called when an operation has done what it was asked for, before its answer is sent. */
  afterOperation: (operation: Operation, name: string) => Promise<void> = async () => undefined;
  /** Decides how an operation goes wrong, besides what the inputs demand. */
  mishap: (operation: Operation, name: string) => Mishap | undefined = () => undefined;

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

  /** Resolves at the first Cancel. */
  get cancelled(): Promise<void> {
    return this.#cancelled.promise;
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  /** Calls of some methods as `Method name`, in order, without those of previews. */
  log(...methods: readonly string[]): readonly string[] {
    const wanted = this.calls.filter((call) => methods.includes(call.method) && !call.preview);
    return wanted.map((call) => `${call.method} ${call.name}`);
  }

  /** The calls of one method for one resource. */
  callsOf(method: string, name: string): readonly ProviderCall[] {
    return this.calls.filter((call) => call.method === method && call.name === name);
  }

  clear(): void {
    this.calls.length = 0;
    this.mostRunning = 0;
  }

  #note(
    method: string,
    request: { getUrn(): string },
    inputs: PropertyMap,
    details: Omit<Partial<ProviderCall>, "method" | "name" | "inputs"> = {},
  ): string {
    const name = request.getUrn().split("::").slice(3).join("::");
    this.calls.push({ method, name, inputs, olds: {}, preview: false, ...details });
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
      check: handle(async (request: messages.CheckRequest) => {
        const answer = this.#check(request);
        await this.beforeCheck(request.getName());
        return answer;
      }),
      diff: handle((request: messages.DiffRequest) => this.#diff("Diff", request)),
      create: handle((request: messages.CreateRequest) => this.#create(request)),
      update: handle((request: messages.UpdateRequest) => this.#update(request)),
      read: handle((request: messages.ReadRequest) => this.#read(request)),
      delete: handle((request: messages.DeleteRequest) => this.#delete(request)),
      invoke: handle((request: messages.InvokeRequest) => this.#invoke(request)),
      cancel: handle(() => {
        this.#cancelled.resolve();
        this.calls.push({ method: "Cancel", name: "", inputs: {}, olds: {}, preview: false });
        return new empty.Empty();
      }),
    };
  }

  #checkConfig(request: messages.CheckRequest): messages.CheckResponse {
    const news = fromStruct(request.getNews());
    this.#note("CheckConfig", request, news, { olds: fromStruct(request.getOlds()) });
    return checked(news) ?? new pb.CheckResponse().setInputs(request.getNews());
  }

  #configure(request: messages.ConfigureRequest): messages.ConfigureResponse {
    const inputs = fromStruct(request.getArgs());
    this.calls.push({ method: "Configure", name: request.getName() ?? "", inputs, olds: {}, preview: false });
    return new pb.ConfigureResponse()
      .setAcceptsecrets(this.#options.acceptSecrets ?? true)
      .setAcceptresources(true)
      .setSupportspreview(true);
  }

  #check(request: messages.CheckRequest): messages.CheckResponse {
    const news = fromStruct(request.getNews());
    const olds = fromStruct(request.getOlds());
    this.#note("Check", request, news, { olds });
    const refused = checked(news);
    if (refused) return refused;
    const seed = Buffer.from(request.getRandomseed_asU8()).toString("hex").slice(0, 8);
    const name = news.physicalName ?? olds.physicalName ?? `${request.getName()}-${seed}`;
    return new pb.CheckResponse().setInputs(toStruct({ ...news, physicalName: name }));
  }

  #diff(method: string, request: messages.DiffRequest): messages.DiffResponse {
    const news = fromStruct(request.getNews());
    const olds = fromStruct(request.getOldInputs());
    const details = { olds, id: request.getId(), ignoreChanges: request.getIgnorechangesList() };
    this.#note(method, request, news, details);
    return differences(olds, news);
  }

  async #create(request: messages.CreateRequest): Promise<messages.CreateResponse> {
    const inputs = fromStruct(request.getProperties());
    const preview = request.getPreview();
    const name = this.#note("Create", request, inputs, { preview, timeoutSeconds: request.getTimeout() });
    if (preview) return new pb.CreateResponse().setProperties(toStruct(inputs));
    return this.#operate("Create", name, inputs, async (mishap) => {
      await this.beforeCreate(name);
      if (inputs.emptyId) return new pb.CreateResponse().setProperties(toStruct(inputs));
      const id = this.#nextId(name);
      const outputs = this.#outputsOf(inputs);
      this.cloud.set(id, { inputs, outputs });
      if (mishap?.kind === "done") this.lost.add(id);
      if (mishap) throw mishap.kind === "partial" ? notReady(id, outputs, mishap.message) : refusal(mishap);
      return new pb.CreateResponse().setId(id).setProperties(toStruct(outputs));
    });
  }

  async #update(request: messages.UpdateRequest): Promise<messages.UpdateResponse> {
    const inputs = fromStruct(request.getNews());
    const id = request.getId();
    const name = this.#note("Update", request, inputs, {
      olds: fromStruct(request.getOldInputs()),
      preview: request.getPreview(),
      id,
      ignoreChanges: request.getIgnorechangesList(),
      timeoutSeconds: request.getTimeout(),
    });
    const outputs = this.#outputsOf(inputs);
    if (request.getPreview()) return new pb.UpdateResponse().setProperties(toStruct(outputs));
    return this.#operate("Update", name, inputs, async (mishap) => {
      if (!this.cloud.has(id)) throw failure(grpc.status.NOT_FOUND, `nothing has the id '${id}'`);
      this.cloud.set(id, { inputs, outputs });
      if (mishap) throw mishap.kind === "partial" ? notReady(id, outputs, mishap.message) : refusal(mishap);
      return new pb.UpdateResponse().setProperties(toStruct(outputs));
    });
  }

  async #read(request: messages.ReadRequest): Promise<messages.ReadResponse> {
    const id = request.getId();
    const name = this.#note("Read", request, fromStruct(request.getInputs()), { id });
    return this.#operate("Read", name, {}, async (mishap) => {
      const found = this.cloud.get(id);
      if (!found) return new pb.ReadResponse();
      if (mishap) throw mishap.kind === "partial" ? notReady(id, found.outputs, mishap.message) : refusal(mishap);
      return new pb.ReadResponse().setId(id).setInputs(toStruct(found.inputs)).setProperties(toStruct(found.outputs));
    });
  }

  async #delete(request: messages.DeleteRequest): Promise<empty.Empty> {
    const inputs = fromStruct(request.getOldInputs());
    const id = request.getId();
    const name = this.#note("Delete", request, inputs, { id, timeoutSeconds: request.getTimeout() });
    return this.#operate("Delete", name, inputs, async (mishap) => {
      this.cloud.delete(id);
      if (mishap) throw refusal(mishap);
      return new empty.Empty();
    });
  }

  /** Runs an operation with what its inputs and the test demand. @param act gets the mishap that comes after the deed */
  async #operate<T>(
    operation: Operation,
    name: string,
    inputs: PropertyMap,
    act: (mishap: Mishap | undefined) => Promise<T>,
  ): Promise<T> {
    this.mostRunning = Math.max(this.mostRunning, ++this.#running);
    try {
      await this.onOperation(operation, name);
      if (typeof inputs.delayMs === "number") await new Promise((wake) => setTimeout(wake, Number(inputs.delayMs)));
      const mishap = demanded(operation, inputs) ?? this.mishap(operation, name);
      if (mishap && (mishap.kind === "error" || mishap.kind === "unknown")) throw refusal(mishap);
      const answer = await act(mishap);
      await this.afterOperation(operation, name);
      return answer;
    } finally {
      this.#running--;
    }
  }

  #invoke(request: messages.InvokeRequest): messages.InvokeResponse {
    const args = fromStruct(request.getArgs());
    const name = request.getTok();
    this.calls.push({ method: "Invoke", name, inputs: args, olds: {}, preview: request.getPreview() });
    if (name === "test:index:refuse") {
      const problem = new pb.CheckFailure().setProperty("value").setReason("out of range");
      return new pb.InvokeResponse().setFailuresList([problem]);
    }
    if (name === "test:index:throw") throw failure(grpc.status.INTERNAL, "the function broke");
    const value = args.value;
    return new pb.InvokeResponse().setReturn(toStruct({ doubled: typeof value === "number" ? value * 2 : null }));
  }

  /** `NAME-1` for the first of a name, then `NAME-2` … */
  #nextId(name: string): string {
    const count = (this.#made.get(name) ?? 0) + 1;
    this.#made.set(name, count);
    return `${name}-${count}`;
  }

  #outputsOf(inputs: PropertyMap): PropertyMap {
    const { hidden, value } = inputs;
    return {
      ...inputs,
      ...(value === undefined ? {} : { echo: value }),
      ...(hidden === undefined
        ? {}
        : { revealed: this.#options.acceptSecrets === false ? hidden : makeSecret(hidden) }),
    };
  }
}

const DEMANDS: readonly (readonly [input: string, operation: Operation, kind: Mishap["kind"]])[] = [
  ["createError", "Create", "error"],
  ["createUnknown", "Create", "unknown"],
  ["partial", "Create", "partial"],
  ["updateError", "Update", "error"],
  ["updatePartial", "Update", "partial"],
  ["deleteError", "Delete", "error"],
];

function demanded(operation: Operation, inputs: Readonly<Record<string, Value>>): Mishap | undefined {
  for (const [input, of, kind] of DEMANDS) {
    const message = inputs[input];
    if (of === operation && typeof message === "string") return { kind, message };
  }
  return undefined;
}

/** The refusal of inputs that demand one. */
function checked(news: PropertyMap): messages.CheckResponse | undefined {
  if (typeof news.checkError !== "string") return undefined;
  const problem = new pb.CheckFailure().setProperty("checkError").setReason(news.checkError);
  return new pb.CheckResponse().setFailuresList([problem]);
}

function handle<Q, R>(run: (request: Q) => R | Promise<R>): grpc.handleUnaryCall<Q, R> {
  return (call, callback) => {
    new Promise<R>((resolve) => resolve(run(call.request))).then(
      (response) => callback(null, response),
      (error: Partial<grpc.ServiceError>) => callback(error, null),
    );
  };
}
