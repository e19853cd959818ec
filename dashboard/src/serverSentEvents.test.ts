import { expect, it } from "vitest";
import { serverSentEvents } from "./serverSentEvents.ts";

function streamOf(...chunks: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
}

it("gives each event whatever the chunks, and skips heartbeats and what was cut off", async () => {
  const stream = streamOf(
    'retry: 2000\n\nid: 1\nevent: step\ndata: {"seq":1}\n',
    "\n: beat\n\nid: 2\r\nda",
    'ta: {"seq":2}\r',
    "\n\r\ndata: cut",
  );
  expect(await Array.fromAsync(serverSentEvents(stream))).toEqual([
    { event: "step", data: '{"seq":1}' },
    { event: "message", data: '{"seq":2}' },
  ]);
});

it("joins several data lines and keeps letters of more than one byte whole", async () => {
  const bytes = new TextEncoder().encode("data: größer\ndata:  zwei\n\n");
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  expect(await Array.fromAsync(serverSentEvents(stream))).toEqual([{ event: "message", data: "größer\n zwei" }]);
});
