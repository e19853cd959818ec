import { spawn } from "node:child_process";
import module from "node:module";
import type { handleUnaryCall, ServiceError } from "@grpc/grpc-js";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";

/*
 * The least that an engine in Node.js can be: it starts a program, passes each registration on to the provider as one Check
 * and one Diff, and answers. No state, no decisions, no events, no output. Benchmarks tell how much of the engine's time is
 * the calls' own. Started as `relay.ts PROVIDER_PORT RUNNER ARGS…`; the program finds the relay by `--monitor` and `--engine`.
 */
module.enableCompileCache();
const { default: grpc } = await import("@grpc/grpc-js");
const { default: engineRpc } = await import("@pulumi/pulumi/proto/engine_grpc_pb.js");
const { default: engine } = await import("@pulumi/pulumi/proto/engine_pb.js");
const { default: resourceRpc } = await import("@pulumi/pulumi/proto/resource_grpc_pb.js");
const { default: resource } = await import("@pulumi/pulumi/proto/resource_pb.js");
const { default: providerRpc } = await import("@pulumi/pulumi/proto/provider_grpc_pb.js");
const { default: provider } = await import("@pulumi/pulumi/proto/provider_pb.js");
const { default: empty } = await import("google-protobuf/google/protobuf/empty_pb.js");

const [port, ...command] = process.argv.slice(2);
const client = new providerRpc.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
const say =
  (answer: unknown): handleUnaryCall<unknown, unknown> =>
  (_, done) =>
    done(null, answer);
const ok = say(new empty.Empty());
let registered = 0;

const registerResource: handleUnaryCall<RegisterResourceRequest, unknown> = ({ request }, done) => {
  const urn = `urn:pulumi:dev::bench::${request.getType()}::${request.getName()}`;
  const inputs = request.getObject();
  const answer = (error: ServiceError | null) => {
    if (error) return done(error);
    registered++;
    done(null, new resource.RegisterResourceResponse().setUrn(urn).setId(`id-${registered}`).setObject(inputs));
  };
  if (!request.getCustom()) return answer(null);
  client.check(new provider.CheckRequest().setUrn(urn).setOlds(inputs).setNews(inputs), (error, checked) => {
    if (error) return done(error);
    const news = checked.getInputs();
    client.diff(
      new provider.DiffRequest().setUrn(urn).setId("id").setOldInputs(news).setOlds(news).setNews(news),
      answer,
    );
  });
};

const server = new grpc.Server();
server.addService(engineRpc.EngineService, {
  log: ok,
  getRootResource: say(new engine.GetRootResourceResponse()),
  setRootResource: say(new engine.SetRootResourceResponse()),
});
server.addService(resourceRpc.ResourceMonitorService, {
  getDeploymentInfo: say(new resource.DeploymentInfo().setSupportedfeaturesList([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11])),
  registerResource,
  registerResourceOutputs: ok,
  signalAndWaitForShutdown: ok,
});
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, own) => {
  if (error) throw error;
  const [runner = "", ...args] = command;
  const address = `127.0.0.1:${own}`;
  const child = spawn(process.execPath, [runner, "--monitor", address, "--engine", address, ...args], {
    stdio: "inherit",
  });
  child.once("close", (code) => process.exit(code ?? 1));
});
