import grpc from "@grpc/grpc-js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import type { PropertyMap } from "../deploy/values.ts";
import { toStruct } from "../plugins/wire.ts";

/**
 * How a provider's call ends badly. `error`: nothing happened. `unknown`: nothing happened, but the provider cannot tell.
 * `done`: it happened, and the provider cannot tell. `partial`: it happened, and the resource did not become ready.
 */
export interface Mishap {
  readonly kind: "error" | "unknown" | "done" | "partial";
  readonly message: string;
}

/** A gRPC failure with a status of its own. */
export function failure(code: grpc.status, details: string): Partial<grpc.ServiceError> {
  return { code, details };
}

/** What is thrown before anything happened. */
export function refusal({ kind, message }: Mishap): Partial<grpc.ServiceError> {
  return failure(kind === "error" ? grpc.status.INVALID_ARGUMENT : grpc.status.UNKNOWN, message);
}

/** `ErrorResourceInitFailed`: it exists under this id, but is not ready. */
export function notReady(id: string, outputs: PropertyMap, reason: string): Partial<grpc.ServiceError> {
  const detail = new pb.ErrorResourceInitFailed().setId(id).setProperties(toStruct(outputs)).setReasonsList([reason]);
  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const details = new status.Status().setCode(grpc.status.UNKNOWN).setMessage(reason).setDetailsList([packed]);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(details.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details: reason, metadata };
}
