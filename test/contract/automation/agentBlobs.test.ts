import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventTail } from "@devfactory/automation/agents/eventTail.ts";
import { blobService } from "@devfactory/automation/azure/blobService.ts";
import { atRate, seeded } from "@devfactory/automation/jobs/testing/faults.ts";
import { testStorage } from "@devfactory/emulator/services/storage/testStorage.ts";
import { BlobTask } from "@devfactory/runtime/agents/blobTask.ts";
import type { AgentEvent } from "@devfactory/runtime/task.ts";
import { expect, it } from "vitest";
import { startFaultyProxy } from "./faultyProxy.ts";

const LINES = 60;
const SEED = Number(process.env.JOBS_SEED ?? 1);

it("while every fifth request or its answer is lost, each line of an agent is stored once and read once, and its files arrive", async () => {
  await using storage = await testStorage();
  await storage.put("blobServices/default/containers/workspaces");
  const { certificates } = storage.context;
  const reach = async (part: number) => {
    const plan = atRate(0.2, seeded(SEED + part));
    const way = await startFaultyProxy({ target: storage.endpoints.blob, certificates, plan });
    const container = blobService(way.url, storage.context.credential("owner")).getContainerClient("workspaces");
    return { way, container };
  };
  const [agent, worker] = [await reach(1), await reach(2)];
  const task = new BlobTask(agent.container, "job/1-qa");
  const tail = new EventTail(worker.container, "job/1-qa/events.ndjson");
  const read: AgentEvent[] = [];
  await task.startEvents();
  for (let index = 0; index < LINES; index++) {
    task.writeEvent({ at: new Date().toISOString(), type: "log", level: "info", message: `line ${index}`, data: {} });
    await task.finishEvents(); // each line is a request of its own
    if (index % 4 === 0) read.push(...(await tail.next()));
  }
  for (let look = 0; look < 20 && read.length < LINES; look++) read.push(...(await tail.next()));
  expect(read.map(({ message }) => message)).toEqual(Array.from({ length: LINES }, (_, index) => `line ${index}`));

  const folder = await mkdtemp(join(tmpdir(), "agent-blobs-"));
  await mkdir(join(folder, "in/backend"), { recursive: true });
  await mkdir(join(folder, "out"));
  await writeFile(join(folder, "in/backend/a.ts"), "text ".repeat(10_000));
  for (let round = 0; round < 8; round++) await task.uploadFiles(join(folder, "in"), ["backend/a.ts"]);
  await task.downloadWorkspace("job/1-qa/files.tar.gz", join(folder, "out"));
  expect(await readFile(join(folder, "out/backend/a.ts"), "utf8")).toBe("text ".repeat(10_000));
  await rm(folder, { recursive: true });
  for (const { way } of [agent, worker]) {
    expect(Math.min(way.lost.before, way.lost.after)).toBeGreaterThan(0);
    await way[Symbol.asyncDispose]();
  }
}, 60_000);
