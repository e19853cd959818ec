import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Deployer } from "@devfactory/automation/deploy/deployer.ts";
import type { FromChild, PlannedResource } from "@devfactory/automation/deploy/messages.ts";
import { AutomationError } from "@devfactory/automation/errors.ts";
import { afterAll, expect, it, vi } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "devfactory-deployer-"));
mkdirSync(join(folder, "state"));
const workDir = fileURLToPath(new URL("./program", import.meta.url));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  // The settings file of the stack, beside the program.
  rmSync(join(workDir, "Pulumi.astackname2.yaml"), { force: true });
});

const deployer = new Deployer({
  workDir,
  pulumiRoot: fileURLToPath(new URL("../../../emulator/engine", import.meta.url)),
  escalationMs: [2_000, 1_000, 1_000],
  environment: {
    PATH: process.env.PATH ?? "",
    HOME: process.env.HOME ?? "",
    PULUMI_HOME: join(folder, "pulumi"),
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "correct horse",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  },
});

function run(
  kind: "up" | "destroy",
  spec: object,
  hooks: { onPlan?: (plan: readonly PlannedResource[]) => Promise<void>; signal?: AbortSignal } = {},
) {
  const events: FromChild[] = [];
  const done = deployer.run(
    {
      kind,
      stack: "astackname2",
      config: { "devfactory:spec": JSON.stringify(spec) },
      recover: false,
      formerHosts: [],
    },
    {
      onEvent: (event) => void events.push(event),
      onPlan: hooks.onPlan ?? (async () => {}),
      signal: hooks.signal ?? new AbortController().signal,
    },
  );
  return { done, events };
}

it("shows the resolved plan, deploys it, reports each resource and returns the outputs", async () => {
  const plans: (readonly PlannedResource[])[] = [];
  const { done, events } = run("up", { size: 3 }, { onPlan: async (plan) => void plans.push(plan) });
  expect((await done).outputs).toEqual({
    url: "https://localhost:5000",
    services: [{ name: "web", kind: "web", url: "https://localhost:5000" }],
  });
  expect(
    plans.map((plan) => plan.map(({ type, name, operation, inputs }) => ({ type, name, operation, inputs }))),
  ).toEqual([[{ type: "test:index:Site", name: "web", operation: "create", inputs: { size: 3 } }]]);
  expect(events.filter((event) => event.type === "resource").map((event) => event.phase)).toEqual(["started", "done"]);
  expect(readdirSync(workDir).sort()).toEqual(["Pulumi.astackname2.yaml", "Pulumi.yaml", "index.ts"]);
});

it("a process that was prepared does the next deployment", async () => {
  deployer.prepare();
  deployer.prepare(); // at most one waits
  await vi.waitFor(() => expect(children()).toHaveLength(1), { timeout: 5_000, interval: 50 });
  const [spare] = children();
  const { done } = run("up", { size: 3 }, { onPlan: async () => expect(children()).toEqual([spare]) });
  expect((await done).changes).toEqual({ same: 2 });
  expect(children()).toEqual([]);
});

it("a prepared process that died is replaced by a new one", async () => {
  deployer.prepare();
  await vi.waitFor(() => expect(children()).toHaveLength(1), { timeout: 5_000, interval: 50 });
  process.kill(children()[0] ?? 0, "SIGKILL");
  await vi.waitFor(() => expect(children()).toEqual([]), { timeout: 5_000, interval: 50 });
  await expect(run("up", { size: 3 }).done).resolves.toMatchObject({ changes: { same: 2 } });
});

it("a refused plan stops before anything changes, with the refusal as the error", async () => {
  const refusal = new AutomationError("OVER_BUDGET", { monthlyUsd: "900.00", budgetUsd: 20 });
  const { done, events } = run("up", { size: 4 }, { onPlan: () => Promise.reject(refusal) });
  await expect(done).rejects.toBe(refusal);
  expect(events.filter((event) => event.type === "resource")).toEqual([]);
});

it("a program with a bug is a failed deployment with its reason", async () => {
  const { done, events } = run("up", { size: 1, bug: true });
  await expect(done).rejects.toMatchObject({ code: "DEPLOY_FAILED" });
  const logged = events.flatMap((event) => (event.type === "log" ? [event.message] : [])).join("\n");
  const failure = await done.catch((error: Error) => error.message);
  expect(`${logged}\n${failure}`).toContain("the program has a bug");
});

it("a cancel ends the process within its budget, with the reason of the abort", async () => {
  const controller = new AbortController();
  const { done } = run("up", { size: 1, wait: true }, { signal: controller.signal });
  setTimeout(() => controller.abort(new AutomationError("CANCELLED")), 2_500);
  const started = performance.now();
  await expect(done).rejects.toMatchObject({ code: "CANCELLED" });
  expect(performance.now() - started).toBeLessThan(20_000);
});

it("a cancel before the engine has begun changes nothing", async () => {
  const controller = new AbortController();
  const { done, events } = run("destroy", {}, { signal: controller.signal });
  setTimeout(() => controller.abort(new AutomationError("CANCELLED")), 50);
  await expect(done).rejects.toMatchObject({ code: "CANCELLED" });
  expect(events.filter((event) => event.type === "resource")).toEqual([]);
  expect((await run("up", { size: 3 }).done).changes).toEqual({ same: 2 });
});

it("a killed process takes its engine and program along, and says what ended it", async () => {
  const { done } = run("up", { size: 1, wait: true });
  const failed = expect(done).rejects.toMatchObject({ code: "DEPLOYER_DIED", details: { exit: "SIGKILL" } });
  await vi.waitFor(() => expect(ours().length).toBeGreaterThan(2), { timeout: 15_000, interval: 50 });
  const child = ours().find(({ command }) => command.includes("deploy/child.ts"));
  process.kill(child?.pid ?? 0, "SIGKILL");
  await failed;
  expect(ours()).toEqual([]);
});

it("names the stacks of the program", async () => {
  expect(await deployer.stacks()).toEqual(["astackname2"]);
});

it("destroys the stack, and a stack that is gone is destroyed too", async () => {
  await run("destroy", {}).done;
  expect((await run("destroy", {}).done).outputs).toEqual({ services: [] });
});

/** The running processes of these deployments. */
function ours(): { readonly pid: number; readonly command: string }[] {
  const read = (pid: string, file: string) => {
    try {
      return readFileSync(join("/proc", pid, file), "utf8");
    } catch {
      return ""; // it has ended
    }
  };
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && read(name, "environ").includes(folder))
    .map((name) => ({ pid: Number(name), command: read(name, "cmdline").replaceAll("\0", " ") }));
}

function children(): readonly number[] {
  return ours().flatMap(({ pid, command }) => (command.includes("deploy/child.ts") ? [pid] : []));
}
