import type { ServerUnaryCall, sendUnaryData, UntypedServiceImplementation } from "@grpc/grpc-js";
import grpc from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import rpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as messages from "@pulumi/pulumi/proto/provider_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import anyPb from "google-protobuf/google/protobuf/any_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import { type Change, InitFailed, type Properties, ProviderError, type ProviderLogic, type Target } from "./logic.ts";

const OPTIONS = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
} as const;

/** Serves a provider on a free loopback port. */
export async function serveProvider(logic: ProviderLogic): Promise<{ readonly port: number; stop(): void }> {
  const server = new grpc.Server(OPTIONS);
  server.addService(rpc.ResourceProviderService as unknown as grpc.ServiceDefinition, handlers(logic));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
    error ? reject(error) : resolve(port),
  );
  return { port: await promise, stop: () => server.forceShutdown() };
}

/** Runs a provider as a plugin process: the port is the first line of standard output. */
export async function runPlugin(logic: ProviderLogic): Promise<void> {
  process.on("SIGTERM", () => process.exit(0));
  process.on("SIGINT", () => undefined); // the engine decides when its plugins end, also when a terminal signals all
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0); // the engine was killed and could not say goodbye
  }, PARENT_CHECK_MS).unref();
  const { port } = await serveProvider(logic);
  process.stdout.write(`${port}\n`);
}

const PARENT_CHECK_MS = 2000;

function handlers(logic: ProviderLogic): UntypedServiceImplementation {
  return {
    handshake: unary(async () => new pb.ProviderHandshakeResponse()),
    attach: unary(async () => new emptyPb.Empty()),
    getPluginInfo: unary(async () => new pluginPb.PluginInfo().setVersion(logic.version)),
    checkConfig: unary(async (request: messages.CheckRequest) => new pb.CheckResponse().setInputs(request.getNews())),
    diffConfig: unary(async () => new pb.DiffResponse().setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE)),
    configure: unary(async (request: messages.ConfigureRequest) => configure(logic, request)),
    cancel: unary(async () => new emptyPb.Empty()),
    ...resourceHandlers(logic),
    invoke: unary(async (request: messages.InvokeRequest) => {
      const value = await logic.invoke(request.getTok(), fromStruct(request.getArgs()));
      return new pb.InvokeResponse().setReturn(toStruct(value));
    }),
  };
}

function resourceHandlers(logic: ProviderLogic): UntypedServiceImplementation {
  return {
    check: unary(async (request: messages.CheckRequest) => {
      const { inputs, failures } = await logic.check({
        ...targetOf(request.getUrn()),
        olds: fromStruct(request.getOlds()),
        news: fromStruct(request.getNews()),
        randomSeed: request.getRandomseed_asU8(),
      });
      const list = failures.map(({ property, reason }) =>
        new pb.CheckFailure().setProperty(property).setReason(reason),
      );
      return new pb.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(list);
    }),
    diff: unary(async (request: messages.DiffRequest) => {
      const args = { ...targetOf(request.getUrn()), ...diffArgs(request) };
      const { changes, deleteBeforeReplace } = await logic.diff(args);
      return diffResponse(changes, deleteBeforeReplace);
    }),
    create: unary(async (request: messages.CreateRequest) => {
      const inputs = fromStruct(request.getProperties());
      const made = await logic.create({ ...targetOf(request.getUrn()), inputs, preview: request.getPreview() });
      return new pb.CreateResponse().setId(made.id).setProperties(toStruct(made.outputs));
    }),
    read: unary(async (request: messages.ReadRequest) => {
      const inputs = fromStruct(request.getInputs());
      const outputs = fromStruct(request.getProperties());
      const found = await logic.read({ ...targetOf(request.getUrn()), id: request.getId(), inputs, outputs });
      if (!found) return new pb.ReadResponse();
      const answer = new pb.ReadResponse().setId(found.id).setProperties(toStruct(found.outputs));
      return answer.setInputs(toStruct(found.inputs ?? inputs));
    }),
    update: unary(async (request: messages.UpdateRequest) => {
      const args = { ...targetOf(request.getUrn()), ...diffArgs(request), preview: request.getPreview() };
      return new pb.UpdateResponse().setProperties(toStruct(await logic.update(args)));
    }),
    delete: unary(async (request: messages.DeleteRequest) => {
      const inputs = fromStruct(request.getOldInputs());
      const outputs = fromStruct(request.getProperties());
      await logic.delete({ ...targetOf(request.getUrn()), id: request.getId(), inputs, outputs });
      return new emptyPb.Empty();
    }),
  };
}

async function configure(
  logic: ProviderLogic,
  request: messages.ConfigureRequest,
): Promise<messages.ConfigureResponse> {
  const prefix = `${logic.name}:config:`;
  const config: Record<string, string> = {};
  for (const [key, value] of request.getVariablesMap().entries()) {
    if (key.startsWith(prefix)) config[key.slice(prefix.length)] = value;
  }
  await logic.configure(config);
  // secrets come as plain values and the engine marks outputs of the same names again
  return new pb.ConfigureResponse().setAcceptsecrets(false).setSupportspreview(true).setAcceptoutputs(false);
}

function diffArgs(request: messages.DiffRequest | messages.UpdateRequest) {
  return {
    id: request.getId(),
    oldInputs: fromStruct(request.getOldInputs()),
    oldOutputs: fromStruct(request.getOlds()),
    news: fromStruct(request.getNews()),
  };
}

function diffResponse(changes: readonly Change[], deleteBeforeReplace: boolean): messages.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
  const answer = new pb.DiffResponse().setChanges(changes.length > 0 ? DIFF_SOME : DIFF_NONE);
  const replaces = changes.filter((each) => each.replace);
  answer.setDiffsList([...new Set(changes.map((each) => rootOf(each.path)))]);
  answer.setReplacesList([...new Set(replaces.map((each) => rootOf(each.path)))]);
  answer.setDeletebeforereplace(deleteBeforeReplace && replaces.length > 0).setHasdetaileddiff(true);
  const detailed = answer.getDetaileddiffMap();
  const kinds = pb.PropertyDiff.Kind;
  for (const { path, kind, replace } of changes) {
    const number = {
      add: replace ? kinds.ADD_REPLACE : kinds.ADD,
      delete: replace ? kinds.DELETE_REPLACE : kinds.DELETE,
      update: replace ? kinds.UPDATE_REPLACE : kinds.UPDATE,
    }[kind];
    detailed.set(path, new pb.PropertyDiff().setKind(number).setInputdiff(true));
  }
  return answer;
}

function rootOf(path: string): string {
  return path.split(/[.[]/)[0] ?? path;
}

function targetOf(urn: string): Target {
  const parts = urn.split("::");
  const name = parts.slice(3).join("::");
  return { urn, name, type: parts[2]?.split("$").at(-1) ?? "" };
}

function unary<Q, A>(work: (request: Q) => Promise<A>) {
  return (call: ServerUnaryCall<Q, A>, done: sendUnaryData<A>): void => {
    work(call.request).then(
      (answer) => done(null, answer),
      (error: unknown) => done(serviceError(error)),
    );
  };
}

function serviceError(error: unknown): Partial<grpc.StatusObject> & Error {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof InitFailed)
    return Object.assign(new Error(message), {
      code: grpc.status.UNKNOWN,
      details: message,
      metadata: initDetails(error),
    });
  const code = error instanceof ProviderError ? error.code : grpc.status.UNKNOWN;
  return Object.assign(new Error(message), { code, details: message });
}

/** The details by which the engine learns that a resource exists although its creation failed. */
function initDetails(error: InitFailed): grpc.Metadata {
  const detail = new pb.ErrorResourceInitFailed()
    .setId(error.made.id)
    .setProperties(toStruct(error.made.outputs))
    .setInputs(toStruct(error.inputs))
    .setReasonsList([error.message]);
  const packed = new anyPb.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statusPb.Status().setCode(grpc.status.UNKNOWN).setMessage(error.message).setDetailsList([packed]);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return metadata;
}

function fromStruct(value: Struct | undefined): Properties {
  return value?.toJavaScript() ?? {};
}

function toStruct(value: Properties): Struct {
  return structPb.Struct.fromJavaScript(
    JSON.parse(JSON.stringify(value)) as Parameters<typeof structPb.Struct.fromJavaScript>[0],
  );
}
