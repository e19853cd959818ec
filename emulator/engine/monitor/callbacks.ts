import grpc from "@grpc/grpc-js";
import rpc from "@pulumi/pulumi/proto/callback_grpc_pb.js";
import type { Callback, CallbackInvokeResponse } from "@pulumi/pulumi/proto/callback_pb.js";
import pb from "@pulumi/pulumi/proto/callback_pb.js";
import { CHANNEL_OPTIONS, unary } from "../plugins/wire.ts";

/** Calls functions of the program: transforms and hooks live there, the engine knows only where and under which token. */
export class Callbacks {
  readonly #clients = new Map<string, rpc.CallbacksClient>();

  /** Sends a serialized request and returns the serialized answer. */
  async invoke(callback: Callback, request: Uint8Array): Promise<Uint8Array> {
    const message = new pb.CallbackInvokeRequest().setToken(callback.getToken()).setRequest(request);
    const client = this.#client(callback.getTarget());
    const answer = await unary<CallbackInvokeResponse>((done) => client.invoke(message, done));
    return answer.getResponse_asU8();
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
  }

  #client(target: string): rpc.CallbacksClient {
    const known = this.#clients.get(target);
    if (known) return known;
    const client = new rpc.CallbacksClient(target, grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
    this.#clients.set(target, client);
    return client;
  }
}
