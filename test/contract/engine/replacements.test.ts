import { expect, it } from "vitest";
import { startHarness, thingUrn } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

it("keeps the old resource when creating its replacement fails, and replaces it the next time", async () => {
  await using h = await startHarness();
  const program = (forced: number, createError?: string) => async () =>
    void new Thing("a", { forced, ...(createError ? { createError } : {}) });
  await h.up(program(1));
  const failed = await h.run(program(2, "no quota"));
  expect([failed.steps, failed.errors, failed.changes]).toEqual([
    ["create-replacement a failed"],
    ["no quota"],
    { same: 1 },
  ]);
  expect(await h.state()).toEqual(["a-1"]);
  expect([...h.provider.cloud.keys()]).toEqual(["a-1"]);
  const { steps } = await h.run(program(2));
  expect(steps).toEqual(["create-replacement a", "replace a", "delete-replaced a"]);
  expect([...h.provider.cloud.keys()]).toEqual(["a-2"]);
});

it("keeps a replaced resource that could not be deleted as pending delete, and deletes it on the next up", async () => {
  await using h = await startHarness();
  const program = (forced: number) => async () => void new Thing("a", { forced });
  await h.up(program(1));
  h.provider.mishap = (operation) => (operation === "Delete" ? { kind: "error", message: "still in use" } : undefined);
  const failed = await h.run(program(2));
  expect(failed.steps).toEqual(["create-replacement a", "replace a", "delete-replaced a failed"]);
  expect(failed.errors).toEqual(["still in use"]);
  expect(failed.changes).toEqual({ replace: 1, same: 1 });
  expect((await h.state()).toSorted()).toEqual(["a-1 [delete]", "a-2"]);
  h.provider.mishap = () => undefined;
  const { steps, changes } = await h.run();
  expect(steps).toEqual(["same a", "delete-replaced a"]);
  expect(changes).toEqual({ same: 2 });
  expect(await h.state()).toEqual(["a-2"]);
  expect([...h.provider.cloud.keys()]).toEqual(["a-2"]);
});

it("deletes what is pending even when the program no longer has the resource, and on destroy", async () => {
  await using h = await startHarness();
  const program = (forced: number) => async () => void new Thing("a", { forced });
  await h.up(program(1));
  h.provider.mishap = (operation) => (operation === "Delete" ? { kind: "error", message: "busy" } : undefined);
  await h.run(program(2));
  h.provider.mishap = () => undefined;
  const { steps } = await h.destroy();
  expect(steps.toSorted()).toEqual(["delete a", "delete-replaced a"]);
  expect(h.provider.cloud.size).toBe(0);
  expect(await h.state()).toEqual([]);
});

it("deletes dependents three deep before a delete-before-replace, in reverse, and makes each again", async () => {
  await using h = await startHarness();
  const program = (forced: number) => async () => {
    const base = new Thing("base", { forced, value: forced }, { deleteBeforeReplace: true });
    const one = new Thing("one", { forced: base.echo, value: base.echo });
    const two = new Thing("two", { forced: one.echo, value: one.echo });
    new Thing("three", { forced: two.echo });
    new Thing("loose", {}, { dependsOn: [base] });
  };
  await h.up(program(1));
  h.provider.clear();
  const { steps, changes } = await h.run(program(2));
  expect(steps.filter((step) => !step.endsWith("loose"))).toEqual([
    "delete-replaced three",
    "delete-replaced two",
    "delete-replaced one",
    "delete-replaced base",
    "replace base",
    "create-replacement base",
    "replace one",
    "create-replacement one",
    "replace two",
    "create-replacement two",
    "replace three",
    "create-replacement three",
  ]);
  expect(changes).toEqual({ replace: 4, same: 2 });
  expect(h.provider.log("Create", "Delete")).toEqual([
    "Delete three",
    "Delete two",
    "Delete one",
    "Delete base",
    "Create base",
    "Create one",
    "Create two",
    "Create three",
  ]);
  expect((await h.state()).toSorted()).toEqual(["base-2", "loose-1", "one-2", "three-2", "two-2"]);
});

it("lets the option false win over a provider that wants to delete first", async () => {
  await using h = await startHarness();
  const program = (forced: number) => async () =>
    void new Thing("a", { forced, deleteFirst: true }, { deleteBeforeReplace: false });
  await h.up(program(1));
  expect((await h.run(program(2))).steps).toEqual(["create-replacement a", "replace a", "delete-replaced a"]);
});

// Ours leaves out the advice at the end: deploy/problem.ts protectedReplacement.
it("refuses to delete first what a protected resource depends on", async () => {
  await using h = await startHarness();
  const program = (forced: number) => async () => {
    const base = new Thing("base", { forced, value: forced }, { deleteBeforeReplace: true });
    new Thing("safe", { forced: base.echo }, { protect: true });
  };
  await h.up(program(1));
  h.provider.clear();
  const { steps, errors } = await h.run(program(2));
  expect(steps).toEqual([]);
  expect(errors).toEqual([
    `unable to replace resource "${thingUrn("safe")}" as part of replacing "${thingUrn("base")}" as it is currently ` +
      "marked for protection. To unprotect the resource, remove the `protect` flag from the resource in your Pulumi program " +
      `and run \`pulumi up\`, or use the command:\n\`pulumi state unprotect "${thingUrn("safe")}"\``,
  ]);
  expect(h.provider.log("Create", "Update", "Delete")).toEqual([]);
  expect((await h.state()).toSorted()).toEqual(["base-1", "safe-1 [protect]"]);
});

it("resumes a delete-before-replace whose create failed: creates, deletes nothing twice", async () => {
  await using h = await startHarness();
  const program = (forced: number, createError?: string) => async () => {
    const base = new Thing(
      "base",
      { forced, value: forced, ...(createError ? { createError } : {}) },
      { deleteBeforeReplace: true },
    );
    new Thing("top", { forced: base.echo });
  };
  await h.up(program(1));
  await h.run(program(2, "no quota"));
  expect((await h.state()).toSorted()).toEqual(["base-1 [pendingReplacement]", "top-1 [pendingReplacement]"]);
  expect(h.provider.cloud.size).toBe(0);
  h.provider.clear();
  const { steps } = await h.run(program(2));
  expect(steps).toEqual(["replace base", "create-replacement base", "replace top", "create-replacement top"]);
  expect(h.provider.log("Create", "Delete")).toEqual(["Create base", "Create top"]);
  expect((await h.state()).toSorted()).toEqual(["base-2", "top-2"]);
});

it("only forgets what waits for its replacement when the program gives it up, also on destroy", async () => {
  await using h = await startHarness();
  const program = (forced: number, createError?: string) => async () =>
    void new Thing("a", { forced, ...(createError ? { createError } : {}) }, { deleteBeforeReplace: true });
  await h.up(program(1));
  await h.run(program(2, "no quota"));
  h.provider.clear();
  const gone = await h.run(async () => undefined);
  expect([gone.steps, gone.changes]).toEqual([["remove-pending-replace a"], { same: 1 }]);
  expect(h.provider.log("Delete")).toEqual([]);
  expect(await h.state()).toEqual([]);
  await h.up(program(1));
  await h.run(program(2, "no quota"));
  h.provider.clear();
  expect((await h.destroy()).steps).toEqual(["remove-pending-replace a"]);
  expect(h.provider.log("Delete")).toEqual([]);
});

it("replaces with a leader that is replaced, and with one whose deletedWith target is", async () => {
  await using h = await startHarness();
  const program = (forced: number) => async () => {
    const leader = new Thing("leader", { forced });
    new Thing("follower", { value: 1 }, { replaceWith: [leader] });
    new Thing("owned", { value: 1 }, { deletedWith: leader });
    new Thing("free", { value: 1 }, { dependsOn: [leader] });
  };
  await h.up(program(1));
  h.provider.clear();
  const { changes } = await h.run(program(2));
  expect(changes).toEqual({ replace: 3, same: 2 });
  expect(h.provider.log("Create").toSorted()).toEqual(["Create follower", "Create leader", "Create owned"]);
  expect((await h.state()).toSorted()).toEqual(["follower-2", "free-1", "leader-2", "owned-2"]);
});

it("gives a replacement a new name: its check sees no old inputs", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { forced: 1 }));
  h.provider.clear();
  await h.up(async () => void new Thing("a", { forced: 2 }));
  const checks = h.provider.callsOf("Check", "a").map(({ olds }) => Object.keys(olds).toSorted());
  expect(checks).toEqual([["forced", "physicalName"], []]);
});

it("makes a dependent again only when the old one is gone, also when the new one depends on another", async () => {
  await using h = await startHarness();
  const program = (forced: number) => async () => {
    const base = new Thing("base", { forced, value: forced }, { deleteBeforeReplace: true });
    const other = new Thing("other", { value: forced });
    new Thing("freed", { forced: forced === 1 ? base.echo : other.echo });
  };
  await h.up(program(1));
  const lines: string[] = [];
  const made = Promise.withResolvers<void>();
  h.provider.onOperation = async (operation, name) => {
    lines.push(`${operation} ${name}`);
    if (`${operation} ${name}` === "Create freed") made.resolve();
    // A moment for the create, should it not wait.
    if (`${operation} ${name}` === "Delete freed")
      await Promise.race([made.promise, new Promise((wake) => setTimeout(wake, 100))]);
  };
  h.provider.afterOperation = async (operation, name) => void lines.push(`${operation} ${name} done`);
  await h.up(program(2));
  const freed = lines.filter((line) => line.includes("freed"));
  expect(freed).toEqual(["Delete freed", "Delete freed done", "Create freed", "Create freed done"]);
  expect((await h.state()).toSorted()).toEqual(["base-2", "freed-2", "other-1"]);
});

it("does not delete again what was replaced under a new name before what it depended on", async () => {
  await using h = await startHarness();
  const opts = { deleteBeforeReplace: true };
  await h.up(async () => {
    const base = new Thing("base", { forced: 1 }, opts);
    new Thing("old", { forced: base.physicalName }, opts);
  });
  h.provider.clear();
  const result = await h.up(async () => {
    const freed = new Thing("new", { forced: 2 }, { ...opts, aliases: [{ name: "old" }] });
    new Thing("base", { forced: freed.echo.apply(() => 2) }, opts);
  });
  expect(result).toEqual({ replace: 2, same: 1 });
  expect(h.provider.log("Delete", "Create")).toEqual(["Delete old", "Create new", "Delete base", "Create base"]);
  expect((await h.state()).toSorted()).toEqual(["base-2", "new-1"]);
});

it("what could not be deleted may depend on what now depends on its replacement: it stands last and goes first", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const base = new Thing("base", { value: 1 });
    new Thing("turned", { forced: base.echo });
  });
  h.provider.mishap = (operation) => (operation === "Delete" ? { kind: "error", message: "busy" } : undefined);
  const failed = await h.run(async () => {
    const turned = new Thing("turned", { forced: 2 });
    new Thing("base", { value: turned.physicalName });
  });
  expect([failed.errors, failed.failure]).toEqual([["busy"], "update failed"]);
  expect(await h.state()).toEqual(["turned-2", "base-1", "turned-1 [delete]"]);
  h.provider.mishap = () => undefined;
  h.provider.clear();
  await h.stack.destroy();
  expect(h.provider.log("Delete").length).toBe(3);
  expect(h.provider.cloud.size).toBe(0);
});
