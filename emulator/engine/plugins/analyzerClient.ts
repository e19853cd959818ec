import grpc from "@grpc/grpc-js";
import rpc from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import type * as messages from "@pulumi/pulumi/proto/analyzer_pb.js";
import pb from "@pulumi/pulumi/proto/analyzer_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import {
  type AnalyzedResource,
  type AnalyzedStack,
  ENFORCEMENT_LEVELS,
  type Judgement,
  type PackInfo,
  type PolicyConfig,
  type Remediations,
} from "./analyzer.ts";
import { analyzeRequest, judgement, packInfo, remediations, stackResource } from "./analyzerMessages.ts";
import { CHANNEL_OPTIONS, isServiceError, toStruct, unary } from "./wire.ts";

type Done<R> = (error: grpc.ServiceError | null, response: R) => void;
type Start<R> = (metadata: grpc.Metadata, options: Partial<grpc.CallOptions>, done: Done<R>) => grpc.ClientUnaryCall;

/** The connection to one running policy pack. Every call ends: with an answer, at its time limit, or by `cancel`. */
export class AnalyzerClient {
  readonly #client: rpc.AnalyzerClient;
  readonly #callMs: number;
  readonly #running = new Set<grpc.ClientUnaryCall>();

  /** @param callMs how long a call may take */
  constructor(address: string, callMs: number) {
    this.#client = new rpc.AnalyzerClient(address, grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
    this.#callMs = callMs;
  }

  /** Handshake, GetPluginInfo and GetAnalyzerInfo. @param folder the pack's own */
  async greet(engineAddress: string, folder: string): Promise<PackInfo> {
    const request = new pb.AnalyzerHandshakeRequest()
      .setEngineAddress(engineAddress)
      .setRootDirectory(folder)
      .setProgramDirectory(folder);
    await this.#askIfKnown((...call) => this.#client.handshake(request, ...call));
    await this.#ask((...call) => this.#client.getPluginInfo(new empty.Empty(), ...call));
    return packInfo(
      await this.#ask<messages.AnalyzerInfo>((...call) => this.#client.getAnalyzerInfo(NOTHING, ...call)),
    );
  }

  /** Tells the pack which stack it is about. */
  async configureStack(stack: AnalyzedStack): Promise<void> {
    const request = new pb.AnalyzerStackConfigureRequest()
      .setOrganization(stack.organization)
      .setProject(stack.project)
      .setStack(stack.stack)
      .setDryRun(stack.preview)
      .setConfigSecretKeysList([...stack.secretKeys]);
    for (const [key, value] of stack.config) request.getConfigMap().set(key, value);
    for (const [key, value] of Object.entries(stack.tags)) request.getTagsMap().set(key, value);
    await this.#askIfKnown((...call) => this.#client.configureStack(request, ...call));
  }

  /** Gives each policy its config. */
  async configure(config: Readonly<Record<string, PolicyConfig>>): Promise<void> {
    const request = new pb.ConfigureAnalyzerRequest();
    for (const [policy, { enforcementLevel, properties }] of Object.entries(config)) {
      const level = ENFORCEMENT_LEVELS.indexOf(enforcementLevel) as 0 | 1 | 2 | 3;
      // The properties must be there even when there are none: the policy SDK reads them without looking.
      const message = new pb.PolicyConfig().setEnforcementlevel(level).setProperties(toStruct(properties));
      request.getPolicyconfigMap().set(policy, message);
    }
    await this.#ask((...call) => this.#client.configure(request, ...call));
  }

  async remediate(resource: AnalyzedResource): Promise<Remediations> {
    // Internal properties stay: what comes back replaces the inputs.
    const request = analyzeRequest(resource, { internal: true });
    const answer = await this.#askIfKnown<messages.RemediateResponse>((...call) =>
      this.#client.remediate(request, ...call),
    );
    return answer ? remediations(answer) : { remediations: [], notApplicable: [] };
  }

  async analyze(resource: AnalyzedResource): Promise<Judgement> {
    const request = analyzeRequest(resource, { internal: false });
    return judgement(await this.#ask<messages.AnalyzeResponse>((...call) => this.#client.analyze(request, ...call)));
  }

  async analyzeStack(resources: readonly AnalyzedResource[]): Promise<Judgement> {
    const request = new pb.AnalyzeStackRequest().setResourcesList(resources.map(stackResource));
    const answer = await this.#askIfKnown<messages.AnalyzeResponse>((...call) =>
      this.#client.analyzeStack(request, ...call),
    );
    return answer ? judgement(answer) : { violations: [], notApplicable: [] };
  }

  /** Ends the calls that run; they fail. */
  cancel(): void {
    for (const call of this.#running) call.cancel();
  }

  close(): void {
    this.cancel();
    this.#client.close();
  }

  async #ask<R>(start: Start<R>): Promise<R> {
    const options = { deadline: Date.now() + this.#callMs };
    let running: grpc.ClientUnaryCall | undefined;
    try {
      return await unary<R>((done) => {
        running = start(new grpc.Metadata(), options, done);
        this.#running.add(running);
      });
    } finally {
      if (running) this.#running.delete(running);
    }
  }

  /** For calls that older policy SDKs do not have. */
  async #askIfKnown<R>(start: Start<R>): Promise<R | undefined> {
    try {
      return await this.#ask(start);
    } catch (error) {
      if (isServiceError(error) && error.code === grpc.status.UNIMPLEMENTED) return undefined;
      throw error;
    }
  }
}

const NOTHING = new empty.Empty();
