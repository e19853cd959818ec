import type { ServiceError } from "@grpc/grpc-js";
import grpc from "@grpc/grpc-js";
import rpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as messages from "@pulumi/pulumi/proto/provider_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import type { Properties, ProviderLogic } from "../rpc/logic.ts";
import { serveProvider } from "../rpc/serve.ts";

/** A provider behind its wire, as the engine sees it; for tests. */
export class TestProvider implements AsyncDisposable {
  readonly #client: rpc.ResourceProviderClient;
  readonly #stop: () => void;

  constructor(port: number, stop: () => void) {
    this.#client = new rpc.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    this.#stop = stop;
  }

  static async start(logic: ProviderLogic, config: Readonly<Record<string, string>> = {}): Promise<TestProvider> {
    const { port, stop } = await serveProvider(logic);
    const provider = new TestProvider(port, stop);
    const request = new pb.ConfigureRequest();
    for (const [key, value] of Object.entries(config))
      request.getVariablesMap().set(`${logic.name}:config:${key}`, value);
    await answer((done) => provider.#client.configure(request, done));
    return provider;
  }

  async check(type: string, news: Properties, olds: Properties = {}) {
    const request = new pb.CheckRequest().setUrn(urn(type)).setNews(struct(news)).setOlds(struct(olds));
    const reply = await answer<messages.CheckResponse>((done) =>
      this.#client.check(request.setRandomseed(new Uint8Array([1, 2, 3])), done),
    );
    return { inputs: plain(reply.getInputs()), failures: reply.getFailuresList().map((each) => each.getReason()) };
  }

  async diff(type: string, id: string, oldInputs: Properties, news: Properties, oldOutputs: Properties = oldInputs) {
    const request = new pb.DiffRequest().setUrn(urn(type)).setId(id).setOldInputs(struct(oldInputs));
    request.setOlds(struct(oldOutputs)).setNews(struct(news));
    const reply = await answer<messages.DiffResponse>((done) => this.#client.diff(request, done));
    return {
      diffs: reply.getDiffsList(),
      replaces: reply.getReplacesList(),
      deleteBeforeReplace: reply.getDeletebeforereplace(),
      detailed: [...reply.getDetaileddiffMap().entries()].map(([path, each]) => `${path}:${each.getKind()}`),
    };
  }

  async create(type: string, inputs: Properties, preview = false) {
    const request = new pb.CreateRequest().setUrn(urn(type)).setProperties(struct(inputs)).setPreview(preview);
    const reply = await answer<messages.CreateResponse>((done) => this.#client.create(request, done));
    return { id: reply.getId(), outputs: plain(reply.getProperties()) };
  }

  async read(type: string, id: string, inputs: Properties = {}) {
    const request = new pb.ReadRequest()
      .setUrn(urn(type))
      .setId(id)
      .setInputs(struct(inputs))
      .setProperties(struct(inputs));
    const reply = await answer<messages.ReadResponse>((done) => this.#client.read(request, done));
    return { id: reply.getId(), outputs: plain(reply.getProperties()), inputs: plain(reply.getInputs()) };
  }

  async update(type: string, id: string, oldInputs: Properties, news: Properties, oldOutputs: Properties = oldInputs) {
    const request = new pb.UpdateRequest().setUrn(urn(type)).setId(id).setOldInputs(struct(oldInputs));
    request.setOlds(struct(oldOutputs)).setNews(struct(news));
    return plain((await answer<messages.UpdateResponse>((done) => this.#client.update(request, done))).getProperties());
  }

  async delete(type: string, id: string, outputs: Properties = {}) {
    const request = new pb.DeleteRequest().setUrn(urn(type)).setId(id).setProperties(struct(outputs));
    await answer<unknown>((done) => this.#client.delete(request, done));
  }

  async invoke(token: string, args: Properties) {
    const request = new pb.InvokeRequest().setTok(token).setArgs(struct(args));
    return plain((await answer<messages.InvokeResponse>((done) => this.#client.invoke(request, done))).getReturn());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    this.#stop();
  }
}

function urn(type: string): string {
  return `urn:pulumi:dev::test::${type}::thing`;
}

function answer<R>(start: (done: (error: ServiceError | null, reply: R) => void) => unknown): Promise<R> {
  const { promise, resolve, reject } = Promise.withResolvers<R>();
  start((error, reply) => (error ? reject(error) : resolve(reply)));
  return promise;
}

function struct(value: Properties): Struct {
  return structPb.Struct.fromJavaScript(value as Parameters<typeof structPb.Struct.fromJavaScript>[0]);
}

function plain(value: Struct | undefined): Properties {
  return value?.toJavaScript() ?? {};
}
