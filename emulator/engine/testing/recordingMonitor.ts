import grpc from "@grpc/grpc-js";
import engineRpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";
import resourceRpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import pb from "@pulumi/pulumi/proto/resource_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { CHANNEL_OPTIONS } from "../plugins/wire.ts";

/**
 * A monitor that answers every registration at once with its own inputs and remembers nothing but the count: what a
 * program costs without an engine. Benchmarks compare the engine with it.
 */
export class RecordingMonitor {
  readonly #server = new grpc.Server(CHANNEL_OPTIONS);
  #registered = 0;

  /** How many resources were registered. */
  get registered(): number {
    return this.#registered;
  }

  /** Listens. @returns `127.0.0.1:PORT`, for `--monitor` and `--engine` */
  async start(): Promise<string> {
    const ok: grpc.handleUnaryCall<unknown, unknown> = (_, done) => done(null, new empty.Empty());
    this.#server.addService(resourceRpc.ResourceMonitorService, {
      getDeploymentInfo: ((_, done) =>
        done(
          null,
          new pb.DeploymentInfo().setSupportedfeaturesList([0, 1, 2, 3, 5, 6, 7, 8]),
        )) satisfies grpc.handleUnaryCall<unknown, unknown>,
      registerResource: ((call, done) => done(null, this.#answer(call.request))) satisfies grpc.handleUnaryCall<
        RegisterResourceRequest,
        unknown
      >,
      registerResourceOutputs: ok,
      signalAndWaitForShutdown: ok,
    });
    this.#server.addService(engineRpc.EngineService, {
      log: ok,
      getRootResource: ((_, done) => done(null, new engine.GetRootResourceResponse())) satisfies grpc.handleUnaryCall<
        unknown,
        unknown
      >,
      setRootResource: ((_, done) => done(null, new engine.SetRootResourceResponse())) satisfies grpc.handleUnaryCall<
        unknown,
        unknown
      >,
    });
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    );
    return promise;
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #answer(request: RegisterResourceRequest) {
    this.#registered++;
    const urn = `urn:pulumi:dev::bench::${request.getType()}::${request.getName()}`;
    return new pb.RegisterResourceResponse().setUrn(urn).setId(`id-${this.#registered}`).setObject(request.getObject());
  }
}
