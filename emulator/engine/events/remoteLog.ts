import grpc from "@grpc/grpc-js";
import rpc from "@pulumi/pulumi/proto/events_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/events_pb.js";
import { CHANNEL_OPTIONS } from "../plugins/wire.ts";
import type { EventLog } from "./sinks.ts";

/** Sends events to the Events server of the Automation API. A server that goes away does not disturb the operation. */
export function streamEvents(address: string): EventLog {
  const client = new rpc.EventsClient(address, grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
  const { promise, resolve } = Promise.withResolvers<void>();
  const stream = client.streamEvents(() => resolve());
  stream.on("error", () => resolve());
  return {
    listener: (event) => void stream.write(new pb.EventRequest().setEvent(JSON.stringify(event))),
    close: async () => {
      stream.end();
      await promise;
      client.close();
    },
  };
}
