import type { Metadata, ServiceError } from "@grpc/grpc-js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { PropertyMap } from "../deploy/values.ts";

/** Options for every client and server: messages to 400 MB, one connection per client, half an hour in a busy queue. */
export const CHANNEL_OPTIONS = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
  "grpc.use_local_subchannel_pool": 1,
  "grpc.server_max_unrequested_time_in_server": 30 * 60,
  "grpc.enable_http_proxy": 0,
} as const;

/** A call that answers once, as a promise. */
export function unary<R>(start: (done: (error: ServiceError | null, response: R) => void) => unknown): Promise<R> {
  const { promise, resolve, reject } = Promise.withResolvers<R>();
  start((error, response) => (error ? reject(error) : resolve(response)));
  return promise;
}

/** Struct to plain JSON. An absent struct is an empty bag. */
export function fromStruct(value: Struct | undefined): PropertyMap {
  return (value?.toJavaScript() ?? {}) as PropertyMap;
}

/** Plain JSON to a Struct. */
export function toStruct(properties: PropertyMap): Struct {
  return struct.Struct.fromJavaScript(properties as Record<string, never>);
}

/** True for an error that came over gRPC. */
export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && typeof error.code === "number" && "details" in error;
}

/** The text of an error without gRPC's code in front. */
export function describeError(error: unknown): string {
  if (isServiceError(error)) return error.details || error.message;
  return error instanceof Error ? error.message : String(error);
}

/** The bytes of a binary metadata entry. */
export function binaryMetadata(metadata: Metadata | undefined, key: string): Buffer | undefined {
  const value = metadata?.get(key)[0];
  return value instanceof Buffer ? value : undefined;
}
