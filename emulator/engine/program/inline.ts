import grpc from "@grpc/grpc-js";
import rpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import type { RunResponse } from "@pulumi/pulumi/proto/language_pb.js";
import pb from "@pulumi/pulumi/proto/language_pb.js";
import { ORGANIZATION } from "../backend/stackReference.ts";
import { CHANNEL_OPTIONS, describeError, unary } from "../plugins/wire.ts";
import { programPlace } from "./onDisk.ts";
import type { ProgramOptions, ProgramOutcome, RunningProgram } from "./run.ts";

/** Runs a program that lives in the caller's process, behind a LanguageRuntime server (`--client`). */
export function startInline(client: string, options: ProgramOptions): RunningProgram {
  const { project, stack, preview, parallel, address } = options;
  const { folder, entry } = programPlace(project);
  const language = new rpc.LanguageRuntimeClient(client, grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
  const info = new pb.ProgramInfo().setRootDirectory(project.root).setProgramDirectory(folder).setEntryPoint(entry);
  const request = new pb.RunRequest()
    .setProject(project.name)
    .setStack(stack)
    .setOrganization(ORGANIZATION)
    .setPwd(folder)
    .setProgram(entry)
    .setArgsList([address])
    .setDryrun(preview)
    .setParallel(parallel)
    .setMonitorAddress(address)
    .setConfigsecretkeysList([...options.secretKeys])
    .setInfo(info);
  const config = request.getConfigMap();
  for (const [key, value] of options.config) config.set(key, value);
  const ended = unary<RunResponse>((done) => language.run(request, done)).then(
    (answer): ProgramOutcome =>
      answer.getError() === "" ? { status: "ok" } : { status: "failed", message: answer.getError() },
    (error: unknown): ProgramOutcome => ({ status: "failed", message: describeError(error) }),
  );
  return { ended: ended.finally(() => language.close()), stop: async () => language.close() };
}
