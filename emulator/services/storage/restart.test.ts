import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { BlobServiceClient } from "@azure/storage-blob";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type TestContext, testContext } from "../../testing/context.ts";

let folder = "";
let context: TestContext;
let host: ChildProcess | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "devfactory-storage-"));
  context = await testContext(folder);
  setDefaultCACertificates([...getCACertificates(), context.certificates.ca]);
});

afterEach(async () => {
  await kill();
  await context[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<BlobServiceClient> {
  host = spawn(process.execPath, [join(import.meta.dirname, "storageProcess.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(host.stdout ?? host, "data");
  return new BlobServiceClient(String(line).trim(), context.credential("owner"), { retryOptions: { maxTries: 1 } });
}

async function kill(): Promise<void> {
  if (!host || host.signalCode) return;
  const ended = once(host, "exit");
  host.kill("SIGKILL");
  await ended;
}

it("all writes that were acknowledged before SIGKILL are there after it, and none by half", async () => {
  const container = (await start()).getContainerClient("files");
  const log = container.getAppendBlobClient("log");
  await log.create();
  const written: number[] = [];
  let appended = 0;
  let isKilled = false;
  const uploading = (async () => {
    for (let index = 0; !isKilled; index++) {
      await container.getBlockBlobClient(`blob-${index}`).upload(`content ${index}`, `content ${index}`.length);
      written.push(index);
    }
  })().catch(() => {});
  const appending = (async () => {
    for (; !isKilled; appended++) await log.appendBlock(`${appended}\n`, `${appended}\n`.length);
  })().catch(() => {});
  while (written.length < 30 || appended < 30) await new Promise((resolve) => setImmediate(resolve));
  await kill();
  isKilled = true;
  await Promise.all([uploading, appending]);
  const again = (await start()).getContainerClient("files");
  for (const index of written) {
    expect((await again.getBlockBlobClient(`blob-${index}`).downloadToBuffer()).toString()).toBe(`content ${index}`);
  }
  const lines = (await again.getAppendBlobClient("log").downloadToBuffer()).toString().split("\n").slice(0, -1);
  expect(lines.slice(0, appended)).toEqual(Array.from({ length: appended }, (_, index) => `${index}`));
  expect(lines.length).toBeLessThanOrEqual(appended + 1); // one may have been written and not acknowledged
  await again.getAppendBlobClient("log").appendBlock("end", 3);
  let blobs = 0;
  for await (const _ of again.listBlobsFlat()) blobs++;
  expect(readdirSync(join(folder, "storage", "shop"))).toHaveLength(blobs); // what was under way has been swept away
});
