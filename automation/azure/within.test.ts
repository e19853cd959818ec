import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { within } from "./within.ts";

/** Somebody on another thread, who answers at once. */
const ECHO =
  "const { parentPort } = require('node:worker_threads'); parentPort.on('message', (m) => parentPort.postMessage(m));";

/** Keeps this thread from everything else. */
function work(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

it("passes an answer on, and an error", async () => {
  expect(await within(1_000, "it", async () => "answer")).toBe("answer");
  await expect(within(1_000, "it", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
});

it("ends a call that takes too long, and tells the client", async () => {
  let aborted = false;
  const call = within(50, "Cosmos DB", async ({ abortSignal }) => {
    abortSignal.addEventListener("abort", () => {
      aborted = true;
    });
    await sleep(60_000, undefined, { signal: abortSignal });
  });
  await expect(call).rejects.toMatchObject({ code: "ETIMEDOUT", message: "Cosmos DB did not answer within 50 ms" });
  expect(aborted).toBe(true);
});

it("takes no load of its own for the silence of the other side", async () => {
  const echo = new Worker(ECHO, { eval: true });
  const ask = () =>
    new Promise((resolve) => {
      echo.once("message", resolve);
      echo.postMessage("hello");
      setImmediate(() => work(500)); // the answer is there long before anybody looks
    });
  await ask();
  expect(await within(100, "it", ask)).toBe("hello");
  await echo.terminate();
});
