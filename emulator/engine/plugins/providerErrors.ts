import grpc from "@grpc/grpc-js";
import type { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import { OutcomeUnknownError } from "./provider.ts";
import { binaryMetadata, describeError, isServiceError } from "./wire.ts";

const DETAILS_KEY = "grpc-status-details-bin";
const INIT_FAILED = "pulumirpc.ErrorResourceInitFailed";

/** Codes after which nobody knows what the provider did (sdk/go/common/resource/plugin/provider_plugin.go). */
const UNKNOWN_OUTCOME: ReadonlySet<number> = new Set([
  grpc.status.UNKNOWN,
  grpc.status.INTERNAL,
  grpc.status.DATA_LOSS,
  grpc.status.UNAVAILABLE,
]);

/** The details of a resource that was made but did not become ready; `undefined` for other errors. */
export function partialFailure(error: unknown): ErrorResourceInitFailed | undefined {
  if (!isServiceError(error)) return undefined;
  const bytes = binaryMetadata(error.metadata, DETAILS_KEY);
  if (!bytes) return undefined;
  for (const detail of status.Status.deserializeBinary(bytes).getDetailsList()) {
    if (detail.getTypeName() === INIT_FAILED)
      return pb.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
  }
  return undefined;
}

/** The error to show; one with an unknown outcome says so by its class. */
export function outcomeOf(error: unknown): Error {
  if (error instanceof OutcomeUnknownError) return error;
  const message = describeError(error);
  const unknown = isServiceError(error) && UNKNOWN_OUTCOME.has(error.code);
  return unknown ? new OutcomeUnknownError(message, { cause: error }) : new Error(message, { cause: error });
}

/** Tells trouble between engine and plugin from what a plugin has to say. */
export function lostOrNonsense(error: unknown): "lost" | "nonsense" | undefined {
  if (!isServiceError(error)) return undefined;
  if (error.code === grpc.status.UNAVAILABLE)
    return /connection dropped|no connection established|ECONN|EPIPE/i.test(error.details) ? "lost" : undefined;
  return error.code === grpc.status.INTERNAL && /parsing error|RST_STREAM/i.test(error.details)
    ? "nonsense"
    : undefined;
}

/** True when a plugin does not have the call. */
export function isUnimplemented(error: unknown): boolean {
  return isServiceError(error) && error.code === grpc.status.UNIMPLEMENTED;
}
