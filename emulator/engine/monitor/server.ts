import grpc from "@grpc/grpc-js";
import engineRpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import resourceRpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { CHANNEL_OPTIONS } from "../plugins/wire.ts";
import type { Door } from "../program/door.ts";
import type { EngineService } from "./engineService.ts";
import type { HookTable } from "./hookTable.ts";
import { type ResourceMonitor, statusOf } from "./resourceMonitor.ts";
import type { TransformTable } from "./transforms.ts";

/** The port on which programs and providers reach the engine. */
export class EngineServer {
  readonly #server = new grpc.Server(CHANNEL_OPTIONS);

  /** Serves logging at once; the monitor is added when a program runs. */
  constructor(engine: EngineService) {
    this.#server.addService(engineRpc.EngineService, {
      log: answer((request: Parameters<EngineService["log"]>[0]) => nothing(engine.log(request))),
      getRootResource: answer(() => engine.getRootResource()),
      setRootResource: answer((request: Parameters<EngineService["setRootResource"]>[0]) =>
        engine.setRootResource(request),
      ),
      requirePulumiVersion: answer((request: Parameters<EngineService["requirePulumiVersion"]>[0]) =>
        engine.requirePulumiVersion(request),
      ),
      startDebugging: answer(() => nothing(undefined)),
    });
  }

  addMonitor(monitor: ResourceMonitor, transforms: TransformTable, hooks: HookTable): void {
    type First<K extends keyof ResourceMonitor> = ResourceMonitor[K] extends (request: infer R) => unknown ? R : never;
    this.#server.addService(resourceRpc.ResourceMonitorService, {
      getDeploymentInfo: answer(() => monitor.info()),
      supportsFeature: answer((request: First<"supportsFeature">) => monitor.supportsFeature(request)),
      invoke: answer((request: First<"invoke">) => monitor.invoke(request)),
      call: answer((request: First<"call">) => monitor.call(request)),
      readResource: answer((request: First<"readResource">) => monitor.readResource(request)),
      existsResource: answer((request: First<"existsResource">) => monitor.existsResource(request)),
      registerResource: answer((request: First<"registerResource">) => monitor.registerResource(request)),
      registerResourceOutputs: answer(async (request: First<"registerOutputs">) =>
        nothing(await monitor.registerOutputs(request)),
      ),
      registerStackTransform: answer((callback: Parameters<TransformTable["addStackTransform"]>[0]) =>
        nothing(transforms.addStackTransform(callback)),
      ),
      registerStackInvokeTransform: answer((callback: Parameters<TransformTable["addInvokeTransform"]>[0]) =>
        nothing(transforms.addInvokeTransform(callback)),
      ),
      registerResourceHook: answer((request: Parameters<HookTable["register"]>[0]) => nothing(hooks.register(request))),
      registerErrorHook: answer((request: Parameters<HookTable["registerErrorHook"]>[0]) =>
        nothing(hooks.registerErrorHook(request)),
      ),
      registerPackage: answer((request: First<"registerPackage">) => monitor.registerPackage(request)),
      signalAndWaitForShutdown: answer(async () => nothing(await monitor.signalAndWait())),
    });
  }

  /** Listens on a free loopback port. @returns `127.0.0.1:PORT` */
  listen(): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    );
    return promise;
  }

  /** Serves those who wait at a door too. */
  openDoor(door: Door): void {
    const injector = this.#server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
    door.serve((socket) => injector.injectConnection(socket));
  }

  close(): void {
    this.#server.forceShutdown();
  }
}

function nothing(_done: unknown) {
  return new empty.Empty();
}

/** A handler from a plain or asynchronous function; what it throws becomes a gRPC status. */
function answer<Q, R>(handle: (request: Q) => R | Promise<R>): grpc.handleUnaryCall<Q, R> {
  return (call, callback) => {
    new Promise<R>((resolve) => resolve(handle(call.request))).then(
      (response) => callback(null, response),
      (error: unknown) => callback(statusOf(error), null),
    );
  };
}
