import { NO_FACTS } from "@devfactory/checks/index.ts";
import { afterEach, expect, it, vi } from "vitest";
import type { PlannedResource } from "../deploy/messages.ts";
import { toErrorRecord } from "../errors.ts";
import type { NewEvent } from "../jobs/change.ts";
import { type AskAzure, holdPreflight } from "./askAzure.ts";
import type { WorkflowServices } from "./services.ts";

afterEach(() => vi.useRealTimers());

function resource(
  type: string,
  name: string,
  operation: string,
  inputs: Record<string, unknown> = {},
): PlannedResource {
  const pulumiType = `azure-native:${type}`;
  return { urn: `urn:pulumi:a::p::${pulumiType}::${name}`, type: pulumiType, name, operation, inputs };
}
const storage = (operation: string) =>
  resource("storage:StorageAccount", "files", operation, { accountName: "stshop" });
const component: PlannedResource = {
  ...resource("x:Files", "files", "create"),
  type: "devfactory:azure:Files",
  component: true,
};
const TAKEN = [{ type: "Microsoft.Storage/storageAccounts", name: "stshop", message: "In use." }];

async function hold(
  plan: readonly PlannedResource[],
  ask: AskAzure,
  signal = new AbortController().signal,
  recover: readonly string[] = [],
) {
  const events: NewEvent[] = [];
  const context = {
    services: { askAzure: ask } as WorkflowServices,
    report: (event: NewEvent) => void events.push(event),
    signal,
  };
  const error = await holdPreflight(plan, "eastus", context, recover).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, told: events.map(({ type, level, message }) => [type, level, message]) };
}

it("Azure is asked about what is added, and about nothing when nothing is", async () => {
  const asked: string[][] = [];
  const ask: AskAzure = async ({ resources }) => {
    asked.push(resources.map(({ name }) => name));
    return { ...NO_FACTS, taken: TAKEN };
  };
  const environment = resource("app:ManagedEnvironment", "environment", "create");
  for (const operation of ["same", "update", "read"]) {
    expect(await hold([storage(operation)], ask)).toEqual({
      error: undefined,
      told: [["preflight", "info", "Preflight: nothing new, so Azure is not asked"]],
    });
  }
  expect(asked).toEqual([]);
  const added = await hold([component, environment, storage("same")], ask);
  // The account stands already: that its name is taken is no news.
  expect(added).toEqual({
    error: undefined,
    told: [["preflight", "info", "Preflight: nothing stands in the way of 1 new resources"]],
  });
  expect(asked).toEqual([["environment"]]);
});

it.each(["create", "replace", "import"])(
  "what Azure would refuse ends the job, %s, with each way out once",
  async (operation) => {
    const twice = [storage(operation), { ...storage(operation), urn: "urn:pulumi:a::p::t::more" }];
    const { error, told } = await hold(twice, async () => ({ ...NO_FACTS, taken: TAKEN }));
    expect(told).toEqual([["preflight", "error", "Preflight: 2 stand in the way, 0 to know"]]);
    expect(toErrorRecord(error, "deploy")).toEqual({
      code: "PREFLIGHT_FAILED",
      class: "azure",
      title: "The deployment would not come through",
      detail:
        "Azure would refuse it: files: The name stshop cannot be had: In use. more: The name stshop cannot be had: In use.",
      fix: "Leave the name to the component, which adds a hash, or raise the name epoch for another one (nameEpoch in devfactory:deployment). Then retry the job.",
      step: "deploy",
    });
  },
);

const vault = (operation: string) => resource("keyvault:Vault", "keys", operation, { vaultName: "kv-shop" });
const HELD = [{ type: "Microsoft.KeyVault/vaults", name: "kv-shop", purgeProtected: true }];

it.each([
  ["a first deployment may take fresh names", [vault("create"), component], HELD, [], "NAMES_HELD"],
  ["an app that exists keeps its names", [vault("create"), storage("same")], HELD, [], "PREFLIGHT_FAILED"],
  ["a replacement is no first deployment", [vault("create"), storage("replace")], HELD, [], "PREFLIGHT_FAILED"],
  ["fresh names help with nothing else", [vault("create"), storage("create")], HELD, TAKEN, "PREFLIGHT_FAILED"],
] as const)("names held by deleted resources: %s", async (_, plan, deleted, taken, code) => {
  const { error } = await hold(plan, async () => ({ ...NO_FACTS, deleted: [...deleted], taken: [...taken] }));
  expect(error).toMatchObject({ code });
});

it("an app that exists is told which names are held, when nothing else stands in the way; what is recovered may be held", async () => {
  const plan = [vault("create"), storage("replace")];
  const ask = (taken: typeof TAKEN) => async () => ({ ...NO_FACTS, deleted: HELD, taken });
  const held = [{ type: "Microsoft.KeyVault/vaults", name: "kv-shop" }];
  expect((await hold(plan, ask([]))).error).toMatchObject({ details: { held } });
  expect((await hold(plan, ask(TAKEN))).error).toMatchObject({ code: "PREFLIGHT_FAILED" });
  expect((await hold(plan, ask(TAKEN))).error).not.toHaveProperty("details.held");
  expect(await hold(plan, ask([]), undefined, ["kv-shop"])).toEqual({
    error: undefined,
    told: [["preflight", "info", "Preflight: nothing stands in the way of 2 new resources"]],
  });
  expect((await hold(plan, ask([]), undefined, ["kv-other"])).error).toMatchObject({ code: "PREFLIGHT_FAILED" });
});

it("a reader that breaks is no pass and stops nobody", async () => {
  const { error, told } = await hold([storage("create")], () => Promise.reject(new Error("no route")));
  expect([error, told]).toEqual([undefined, [["preflight", "warning", "Preflight: 0 stand in the way, 1 to know"]]]);
});

it("a size that no replica takes is found in what stands too, without asking", async () => {
  const template = { containers: [{ resources: { cpu: 1, memory: "1Gi" } }] };
  const { told } = await hold([resource("app:ContainerApp", "web", "update", { template })], () => {
    throw new Error("asked");
  });
  expect(told).toEqual([["preflight", "error", "Preflight: 1 stand in the way, 0 to know"]]);
});

it("an Azure that does not answer is waited for 5 s; a cancel ends the wait with its own reason", async () => {
  vi.useFakeTimers();
  const never: AskAzure = (_, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
  const waiting = hold([storage("create")], never);
  await vi.advanceTimersByTimeAsync(5_000);
  expect((await waiting).told).toEqual([["preflight", "warning", "Preflight: 0 stand in the way, 1 to know"]]);
  const cancel = new AbortController();
  const cancelled = hold([storage("create")], never, cancel.signal);
  cancel.abort(new Error("cancelled"));
  expect(await cancelled).toEqual({ error: new Error("cancelled"), told: [] });
});
