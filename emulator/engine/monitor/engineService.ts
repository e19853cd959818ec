import type * as messages from "@pulumi/pulumi/proto/engine_pb.js";
import pb from "@pulumi/pulumi/proto/engine_pb.js";
import semver from "semver";
import type { EventStream } from "../events/stream.ts";
import type { Severity } from "../events/types.ts";
import { VERSION } from "../version.ts";

const SEVERITIES: readonly Severity[] = ["debug", "info", "warning", "error"];

/** The Engine service: logging and the root resource, for programs and providers. */
export class EngineService {
  readonly #events: EventStream;
  #root = "";
  #errors = 0;

  /** How many errors the program (or a provider) has logged: one makes the program fail. */
  get errors(): number {
    return this.#errors;
  }

  constructor(events: EventStream) {
    this.#events = events;
  }

  log(request: messages.LogRequest): void {
    const severity = SEVERITIES[request.getSeverity()] ?? "info";
    // The SDK logs every call at this level; the Automation API's event type has no such severity.
    if (severity === "debug") return;
    if (severity === "error") this.#errors++;
    const streamID = request.getStreamid();
    this.#events.diagnose(severity, request.getMessage(), request.getUrn(), {
      ...(streamID === 0 ? {} : { streamID }),
      ...(request.getEphemeral() ? { ephemeral: true } : {}),
    });
  }

  getRootResource(): messages.GetRootResourceResponse {
    return new pb.GetRootResourceResponse().setUrn(this.#root);
  }

  setRootResource(request: messages.SetRootResourceRequest): messages.SetRootResourceResponse {
    this.#root = request.getUrn();
    return new pb.SetRootResourceResponse();
  }

  /** @throws Error when this engine's version does not fit the range */
  requirePulumiVersion(request: messages.RequirePulumiVersionRequest): messages.RequirePulumiVersionResponse {
    const range = request.getPulumiVersionRange();
    if (!semver.satisfies(VERSION, range)) {
      throw new Error(`Pulumi CLI version ${VERSION.slice(1)} does not satisfy the version range "${range}"`);
    }
    return new pb.RequirePulumiVersionResponse();
  }
}
