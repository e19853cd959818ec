import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { armClientOptions, createCredential } from "@devfactory/automation/index.ts";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { isLong } from "../long.ts";
import { Chaos, type JobEvent } from "./house.ts";

/** What the platform's stack gives a worker to end. */
const GRACE_MS = 120_000;
const WORKER = "automation/worker/main.ts";
const JOBS = isLong ? 4 : 3;

const platform = new Chaos();

beforeAll(async () => {
  await platform.start(/Ready/);
  await platform.token();
  const env = await platform.emulatorEnv();
  setDefaultCACertificates([...getCACertificates("default"), platform.ca()]);
  const options = armClientOptions(env);
  const azure = new ContainerAppsAPIClient(createCredential(env), env.AZURE_SUBSCRIPTION_ID ?? "", options);
  const apps = await Array.fromAsync(azure.containerApps.listBySubscription());
  const worker = apps.find((app) => JSON.stringify(app).includes(WORKER));
  if (!worker) throw new Error(`no worker among ${JSON.stringify(apps).slice(0, 3000)}`);
  const group = /resourceGroups\/([^/]+)/i.exec(worker.id ?? "")?.[1] ?? "";
  const scale = { ...worker.template?.scale, minReplicas: 2 };
  await azure.containerApps
    .createOrUpdate(group, worker.name ?? "", {
      ...worker,
      location: worker.location ?? "",
      template: { ...worker.template, scale },
    })
    .pollUntilDone();
  await vi.waitFor(() => expect(workers().length).toBe(2), { timeout: 120_000, interval: 500 });
}, 300_000);

afterAll(() => platform[Symbol.asyncDispose](), 60_000);

it("a worker that is told to end under load takes nothing more, hands its jobs over, and all of them end well", async () => {
  const prompts = Array.from({ length: JOBS }, (_, index) => `a list of things number ${index + 1}`);
  const ids = await Promise.all(prompts.map((prompt) => platform.create(prompt)));
  const holder = await busyHolder(ids);
  const leaving = workers().find((each) => each.replica === holder);
  process.kill(leaving?.pid ?? 0, "SIGTERM");
  const begin = performance.now();
  while (existsSync(`/proc/${leaving?.pid}`) && performance.now() - begin < GRACE_MS) await sleep(100);
  expect(performance.now() - begin).toBeLessThan(GRACE_MS);
  const handedOver: string[] = [];
  for (const id of ids) {
    const job = await platform.until(id, ({ status }) => status === "succeeded", 240_000);
    expect([job.error, job.attempts]).toEqual([undefined, 1]); // an attempt that was handed over does not count
    const events = await platform.events(id);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const done = events.filter(({ type, message }) => type === "step_finished" && / succeeded$/.test(message));
    const steps = done.map(({ step }) => step);
    expect(steps.length).toBe(new Set(steps).size); // nothing that was done is done again
    if (events.some(({ type }) => type === "handed_over")) handedOver.push(id);
    expect(events.filter(({ type }) => type === "recovered" || type === "attempt_failed")).toEqual([]);
  }
  expect(handedOver.length).toBeGreaterThan(0);
  expect(platform.locks()).toEqual([]);
}, 600_000);

/** The running workers, and the replica that each is. */
function workers(): readonly { readonly pid: number; readonly replica: string }[] {
  return platform
    .processes()
    .filter(({ command }) => command.includes(WORKER))
    .map(({ pid }) => ({ pid, replica: replicaOf(pid) }))
    .filter(({ replica }) => replica !== "");
}

function replicaOf(pid: number): string {
  const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  return environment.find((each) => each.startsWith("CONTAINER_APP_REPLICA_NAME="))?.split("=")[1] ?? "";
}

/** The replica that is in the middle of a step of one of these jobs. */
async function busyHolder(ids: readonly string[]): Promise<string> {
  for (;;) {
    for (const id of ids) {
      const events = await platform.events(id);
      const open = events.findLast(({ type }) => type === "step_started" || type === "step_finished");
      if (open?.type === "step_started" && open.step === "check") return startedBy(events);
    }
    await sleep(100);
  }
}

function startedBy(events: readonly JobEvent[]): string {
  const started = events.findLast(({ type }) => type === "attempt_started");
  return started?.message.replace(/^Attempt \d+ by /, "") ?? "";
}
