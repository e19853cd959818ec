import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as automation from "@pulumi/pulumi/automation/index.js";
import { expect, it } from "vitest";
import { type Harness, startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

/** Lock files of the stack. */
const locks = (h: Harness) => {
  const folder = join(h.folder, ".pulumi", "locks", "organization", "proj", "dev");
  return existsSync(folder) ? readdirSync(folder) : [];
};

/** Holds the first operation on a resource until told to go on. */
function hold(h: Harness, name: string) {
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  h.provider.onOperation = async (_, of) => {
    if (of !== name) return;
    begun.resolve();
    await go.promise;
  };
  return { begun: begun.promise, go: () => go.resolve() };
}

it("29 two ups at once: ConcurrentUpdateError with who holds the lock; the first goes on", async () => {
  await using h = await startHarness();
  const { begun, go } = hold(h, "slow");
  const first = h.up(async () => void new Thing("slow", { value: 1 }));
  await begun;
  expect(locks(h)).toHaveLength(1);
  const second = await h.another("proj", "dev", async () => ({}));
  for (const attempt of [() => second.up(), () => second.destroy(), () => second.refresh()]) {
    const error: unknown = await attempt().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(automation.ConcurrentUpdateError);
    expect(String(error)).toContain("the stack is currently locked by 1 lock(s)");
  }
  expect((await second.preview()).changeSummary).toEqual({ same: 1 }); // previews take no lock, and see what is done
  go();
  expect(await first).toEqual({ create: 2 });
  expect(locks(h)).toEqual([]);
});

it("cancel removes the lock and stops nothing", async () => {
  await using h = await startHarness();
  const { begun, go } = hold(h, "slow");
  const first = h.up(async () => void new Thing("slow", { value: 1 }));
  await begun;
  await h.stack.cancel();
  expect(locks(h)).toEqual([]);
  go();
  expect(await first).toEqual({ create: 2 });
  expect(await h.state()).toEqual(["slow-1"]);
});

it("30 abort signal: canceled, running steps finish, nothing new begins, the state is saved, the lock is gone", async () => {
  await using h = await startHarness();
  const stop = new AbortController();
  const { begun, go } = hold(h, "first");
  const output: string[] = [];
  const update = h.up(
    async () => {
      const first = new Thing("first", { value: 1 });
      new Thing("second", { value: first.echo });
    },
    { signal: stop.signal, onOutput: (text) => void output.push(text) },
  );
  await begun;
  stop.abort();
  go();
  await expect(update).rejects.toThrow("error: update canceled");
  expect(output.join("")).toContain("^C received; cancelling.");
  expect(h.provider.log("Create")).toEqual(["Create first"]);
  expect(h.provider.calls.some((call) => call.method === "Cancel")).toBe(true);
  expect([await h.state(), locks(h)]).toEqual([["first-1"], []]);
  const [last] = await h.stack.history();
  expect([last?.result, last?.resourceChanges]).toEqual(["failed", { create: 2 }]);
  h.provider.onOperation = async () => undefined;
  expect((await h.run()).steps).toEqual(["same first", "create second"]);
});

it("cancels a preview, a destroy and a refresh in their own words", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const first = new Thing("first", { value: 1 });
    new Thing("second", { value: first.echo });
  });
  const stopped = AbortSignal.abort();
  await expect(h.stack.destroy({ signal: stopped })).rejects.toThrow("error: destroy canceled");
  await expect(h.stack.refresh({ signal: stopped })).rejects.toThrow("error: refresh canceled");
  await expect(h.stack.preview({ signal: stopped })).rejects.toThrow("error: preview canceled");
  expect(h.provider.log("Delete", "Read")).toEqual([]);
  expect((await h.state()).toSorted()).toEqual(["first-1", "second-1"]);
});

it("a summary event says canceled", async () => {
  await using h = await startHarness();
  const { begun, go } = hold(h, "a");
  const stop = new AbortController();
  const update = h.run(async () => void new Thing("a", { value: 1 }), { signal: stop.signal });
  await begun;
  stop.abort();
  go();
  const { events, failure } = await update;
  expect(events.find((event) => event.summaryEvent)?.summaryEvent).toMatchObject({
    result: "canceled",
    maybeCorrupt: false,
  });
  expect(failure).toBe("update canceled");
});

it("pending operations: an up warns and keeps only `creating`; a refresh with clearPendingCreates drops those", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    new Thing("a", { value: 1 });
    new Thing("b", { value: 1 });
  });
  const file = join(h.folder, ".pulumi", "stacks", "proj", "dev.json");
  const stored = JSON.parse(readFileSync(file, "utf8")); // an import would drop them
  const [a, b] = await h.resources();
  const fresh = { ...a, urn: a?.urn.replace("::a", "::fresh"), id: undefined };
  const pending = [
    { resource: a, type: "updating" },
    { resource: b, type: "deleting" },
    { resource: fresh, type: "creating" },
  ];
  stored.checkpoint.latest.pending_operations = pending;
  writeFileSync(file, JSON.stringify(stored));
  const { warnings, changes } = await h.run();
  expect(warnings.join("\n")).toContain(
    "Attempting to deploy or update resources with 3 pending operations from previous deployment.",
  );
  expect(warnings.join("\n")).toContain(`* ${fresh.urn}, interrupted while creating`);
  expect(changes).toEqual({ same: 3 });
  const left = async () =>
    ((await h.stack.exportStack()).deployment.pending_operations ?? []).map(
      ({ type, resource }: { type: string; resource: { urn: string } }) => `${type} ${resource.urn.split("::")[3]}`,
    );
  expect(await left()).toEqual(["creating fresh"]);
  expect((await h.refresh()).warnings).toEqual([]);
  expect(await left()).toEqual(["creating fresh"]);
  await h.refresh({ clearPendingCreates: true });
  expect(await left()).toEqual([]);
});
