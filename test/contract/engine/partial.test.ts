import type * as automation from "@pulumi/pulumi/automation/index.js";
import { expect, it } from "vitest";
import { startHarness, thingUrn } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

it("24 create fails midway: what was made is kept, nothing is deleted, the next up resumes", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("old", { value: 0 }));
  const program = (createError?: string) => async () => {
    const good = new Thing("good", { value: 1 });
    const bad = new Thing("bad", { value: good.echo, ...(createError ? { createError } : {}) });
    new Thing("after", { value: bad.echo });
  };
  const failed = await h.run(program("no quota"));
  expect(failed.steps).toEqual(["create good", "create bad failed"]);
  expect([failed.errors, failed.failure, failed.changes]).toEqual([
    ["no quota"],
    "update failed",
    { create: 1, same: 1 },
  ]);
  expect((await h.state()).toSorted()).toEqual(["good-1", "old-1"]);
  const resumed = await h.run(program());
  expect(resumed.steps).toEqual(["same good", "create bad", "create after", "delete old"]);
  expect((await h.state()).toSorted()).toEqual(["after-1", "bad-1", "good-1"]);
});

it("lets running steps finish after the first failure, and begins nothing new", async () => {
  await using h = await startHarness();
  const failed = Promise.withResolvers<void>();
  h.provider.onOperation = async (_, name) => {
    if (name === "slow") await failed.promise;
  };
  h.program = async () => {
    const slow = new Thing("slow", { value: 1 });
    new Thing("bad", { createError: "no" });
    new Thing("waiting", { value: slow.echo });
  };
  const onEvent = (event: automation.EngineEvent) => void (event.resOpFailedEvent && failed.resolve());
  await expect(h.stack.up({ onEvent })).rejects.toThrow("error: update failed");
  expect(h.provider.log("Create").toSorted()).toEqual(["Create bad", "Create slow"]);
  expect(await h.state()).toEqual(["slow-1"]);
});

it("25 continueOnError: siblings are done, dependents skipped, and what failed things need is spared", async () => {
  await using h = await startHarness();
  const program = (fails: boolean) => async () => {
    const base = new Thing("base", { value: 1 });
    const bad = new Thing("bad", { value: base.echo, ...(fails ? { updateError: "broken", extra: 1 } : {}) });
    const dependent = new Thing("dependent", { value: bad.echo, ...(fails ? { more: 1 } : {}) });
    new Thing("further", { value: dependent.echo, ...(fails ? { more: 1 } : {}) });
    new Thing("sibling", fails ? { value: 2 } : { value: 1 });
  };
  await h.up(program(false));
  h.provider.clear();
  const { steps, errors, changes, failure } = await h.run(program(true), { continueOnError: true });
  expect(steps.toSorted()).toEqual(["same base", "update bad failed", "update sibling"]);
  expect([errors[0], failure]).toEqual(["broken", "update failed"]);
  // The SDK's own words: outputs of a failed resource reject.
  expect(errors.slice(1).every((text) => text.includes("resource bad [test:index:Thing] failed to register"))).toBe(
    true,
  );
  expect(changes).toEqual({ same: 2, update: 1 });
  expect(h.provider.log("Update", "Delete").toSorted()).toEqual(["Update bad", "Update sibling"]);
  expect((await h.state()).toSorted()).toEqual(["bad-1", "base-1", "dependent-1", "further-1", "sibling-1"]);
});

it("continueOnError deletes nothing when the SDK takes the failed resource for the program's failure", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const needed = new Thing("needed", { value: 1 });
    new Thing("bad", { value: needed.echo });
    new Thing("unwanted", { value: 3 });
  });
  const { steps } = await h.run(async () => void new Thing("bad", { value: 2, updateError: "broken" }), {
    continueOnError: true,
  });
  expect(steps).toEqual(["update bad failed"]);
  expect((await h.state()).toSorted()).toEqual(["bad-1", "needed-1", "unwanted-1"]);
});

it("continueOnError goes on with the other deletes of an up, and spares what the failed one needs", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const needed = new Thing("needed", { value: 1 });
    new Thing("stuck", { value: needed.echo, deleteError: "in use" });
    new Thing("free", { value: 3 });
  });
  const { steps, errors, failure } = await h.run(async () => undefined, { continueOnError: true });
  expect(steps.toSorted()).toEqual(["delete free", "delete stuck failed"]);
  expect([errors, failure]).toEqual([["in use"], "update failed"]);
  expect((await h.state()).toSorted()).toEqual(["needed-1", "stuck-1"]);
});

it("26 partial failure: id and initErrors are kept, the next up updates even without a change", async () => {
  await using h = await startHarness();
  const program = async () => void new Thing("a", { value: 1, partial: "never got ready" });
  const failed = await h.run(program);
  expect([failed.steps, failed.failure]).toEqual([["create a failed"], "update failed"]);
  expect(await h.resource("a")).toMatchObject({ id: "a-1", initErrors: ["never got ready"], outputs: { echo: 1 } });
  const { steps, changes } = await h.run();
  expect([steps, changes]).toEqual([["update a"], { same: 1, update: 1 }]);
  expect(await h.state()).toEqual(["a-1"]);
  expect(await h.up()).toEqual({ same: 2 });
});

it("partial failure of an update: old inputs, new outputs, and an update next time", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: 1 }));
  await h.run(async () => void new Thing("a", { value: 2, updatePartial: "half done" }));
  const state = await h.resource("a");
  expect([state.inputs?.value, state.outputs?.value, state.initErrors]).toEqual([1, 2, ["half done"]]);
  const { steps } = await h.run(async () => void new Thing("a", { value: 2 }));
  expect(steps).toEqual(["update a"]);
  expect(await h.state()).toEqual(["a-1"]);
  expect((await h.resource("a")).inputs?.value).toBe(2);
});

it("partial failure with several reasons names each", async () => {
  await using h = await startHarness();
  const { errors } = await h.run(async () => void new Thing("a", { partial: "pods are pending" }));
  expect(errors).toEqual(["1 error occurred:\n\t* pods are pending"]);
});

// Ours: "provider unexpectedly returned empty ID", outcome known: plugins/grpcProvider.ts create.
it("refuses an empty id from a create, whose outcome is unknown then", async () => {
  await using h = await startHarness();
  const { steps, errors, events } = await h.run(async () => void new Thing("a", { emptyId: true }));
  expect(steps).toEqual(["create a failed"]);
  expect(errors).toEqual([`plugin for package 'test' returned empty resource.ID from create '${thingUrn("a")}'`]);
  expect(events.find((event) => event.summaryEvent)?.summaryEvent?.maybeCorrupt).toBe(true);
  expect(await h.state()).toEqual([]);
});

it("32 check failure names the property, and nothing is made", async () => {
  await using h = await startHarness();
  const { steps, errors, failure } = await h.run(async () => void new Thing("bad", { checkError: "must not be so" }));
  expect([steps, failure]).toEqual([[], "update failed"]);
  expect(errors.join("\n")).toContain("test:index:Thing resource 'bad");
  expect(errors.join("\n")).toContain("checkError");
  expect(errors.join("\n")).toContain("has a problem: must not be so");
  expect(h.provider.log("Create")).toEqual([]);
});

// Ours has the Terraform bridge's words: deploy/problem.ts checkMessage.
it("check failure reads as in the real engine", async () => {
  await using h = await startHarness();
  const { errors } = await h.run(async () => void new Thing("bad", { checkError: "must not be so" }));
  expect(errors).toEqual([
    "test:index:Thing resource 'bad': property checkError value {must not be so} has a problem: must not be so",
  ]);
});

it("stack outputs after a failure: new keys overlay the old ones, none is removed", async () => {
  await using h = await startHarness();
  await h.up(async () => ({ kept: 1, changed: 1 }));
  const failing = async () => {
    new Thing("bad", { createError: "no" });
    return { changed: 2, fresh: 3 };
  };
  expect((await h.run(failing)).failure).toBe("update failed");
  const values = Object.entries(await h.stack.outputs()).map(([key, { value }]) => [key, value]);
  expect(values.toSorted()).toEqual([
    ["changed", 2],
    ["fresh", 3],
    ["kept", 1],
  ]);
  await h.up(async () => ({ only: 4 }));
  expect(Object.keys(await h.stack.outputs())).toEqual(["only"]);
});

it("44 stray rejection: the up fails and the state is kept", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("kept", { value: 1 }));
  const { errors, failure, steps } = await h.run(async () => {
    void Promise.reject(new Error("stray"));
    await new Promise(setImmediate);
  });
  expect([failure, steps]).toEqual(["update failed", []]);
  expect(errors.join("\n")).toContain("stray");
  expect(await h.state()).toEqual(["kept-1"]);
});

it("says once what went wrong, and does not repeat a failure that a resource already told", async () => {
  await using h = await startHarness();
  const { errors } = await h.run(async () => {
    new Thing("bad", { createError: "the only message" });
  });
  expect(errors).toEqual(["the only message"]);
});
