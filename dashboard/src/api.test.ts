import { expect, it } from "vitest";
import { serverSentData } from "./api.ts";

function streamOf(...chunks: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
}

it("gives the data of each event, whatever the chunks, and skips heartbeats", async () => {
  const stream = streamOf('id: 1\ndata: {"seq":1}\n', "\n: beat\n\nid: 2\r\nda", 'ta: {"seq":2}\r\n\r\ndata: cut');
  expect(await Array.fromAsync(serverSentData(stream))).toEqual(['{"seq":1}', '{"seq":2}']);
});
