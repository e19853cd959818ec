import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { ServiceBusClient } from "@azure/service-bus";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type TestContext, testContext } from "../../testing/context.ts";

let folder = "";
let context: TestContext;
let broker: ChildProcess | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "devfactory-bus-"));
  context = await testContext(folder);
  setDefaultCACertificates([...getCACertificates(), context.certificates.ca]);
});

afterEach(async () => {
  await kill();
  await context[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<number> {
  broker = spawn(process.execPath, [join(import.meta.dirname, "brokerProcess.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(broker.stdout ?? broker, "data");
  return Number(String(line));
}

async function kill(): Promise<void> {
  if (!broker || broker.signalCode) return;
  const ended = once(broker, "exit");
  broker.kill("SIGKILL");
  await ended;
}

it("after SIGKILL in the middle of sending and receiving, all that was acknowledged is there, in order, and nothing that was completed", async () => {
  const port = await start();
  const client = new ServiceBusClient(`localhost:${port}`, context.credential("worker"), {
    retryOptions: { maxRetries: 0, timeoutInMs: 2000 }, // a send that was under way must not be repeated later
  });
  const sender = client.createSender("jobs");
  const acknowledged: number[] = [];
  let isStopped = false;
  const sending = (async () => {
    for (let body = 0; body < 400 && !isStopped; body++) {
      await sender.sendMessages({ body, sessionId: "s" });
      acknowledged.push(body);
    }
  })().catch(() => {});
  const receiver = await client.acceptSession("jobs", "s");
  await receiver.setSessionState("step 1");
  const completed: number[] = [];
  for (const message of await receiver.receiveMessages(20, { maxWaitTimeInMs: 2000 })) {
    await receiver.completeMessage(message);
    completed.push(message.body);
  }
  await kill();
  isStopped = true;
  expect(await start()).toBe(port);
  const fresh = new ServiceBusClient(`localhost:${port}`, context.credential("worker"));
  const again = await fresh.acceptSession("jobs", "s");
  expect(await again.getSessionState()).toBe("step 1");
  const left: number[] = [];
  for (;;) {
    const messages = await again.receiveMessages(100, { maxWaitTimeInMs: 700 });
    if (messages.length === 0) break;
    for (const message of messages) {
      left.push(message.body);
      await again.completeMessage(message);
    }
  }
  await sending;
  const expected = acknowledged.filter((body) => !completed.includes(body));
  expect(completed.length).toBeGreaterThan(0);
  expect(left.slice(0, expected.length)).toEqual(expected);
  expect([...new Set(left)].sort((a, b) => a - b)).toEqual(left);
  await Promise.all([fresh.close(), client.close()]);
});

it("a client that was connected goes on after the broker is back", async () => {
  const port = await start();
  const client = new ServiceBusClient(`localhost:${port}`, context.credential("worker"), {
    retryOptions: { retryDelayInMs: 200, maxRetries: 10 },
  });
  const sender = client.createSender("plain");
  await sender.sendMessages({ body: 1 });
  await kill();
  await start();
  await sender.sendMessages({ body: 2 });
  const receiver = client.createReceiver("plain", { receiveMode: "receiveAndDelete" });
  const bodies: unknown[] = [];
  while (bodies.length < 2)
    bodies.push(...(await receiver.receiveMessages(2, { maxWaitTimeInMs: 1000 })).map(({ body }) => body));
  expect(bodies).toEqual([1, 2]);
  await client.close();
});
