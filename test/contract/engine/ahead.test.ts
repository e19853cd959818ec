import { expect, it } from "vitest";
import { type Harness, startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

/**
 * Lets the check of one resource answer only when another's has been asked: providers must be asked ahead.
 *
 * @returns resolves when the held one has been asked: the other may register
 */
function holdUntilAsked(h: Harness, held: string, asked: string): Promise<void> {
  const first = Promise.withResolvers<void>();
  const other = Promise.withResolvers<void>();
  h.provider.beforeCheck = async (name) => {
    if (name === asked) other.resolve();
    if (name !== held) return;
    first.resolve();
    await other.promise;
  };
  return first.promise;
}

it("asks about resources that do not depend on each other at the same time, and decides in the order of registration", async () => {
  await using h = await startHarness();
  const held = holdUntilAsked(h, "first", "second");
  const { steps } = await h.run(async () => {
    new Thing("first", { value: 1 });
    await held;
    new Thing("second", { value: 1 });
  });
  expect(steps.filter((step) => step.startsWith("create"))).toEqual(["create first", "create second"]);
});

it("makes anew what a decision before its own has deleted, under a new name", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const base = new Thing("base", { forced: 1, value: "a" }, { deleteBeforeReplace: true });
    new Thing("top", { forced: base.echo });
  });
  const before = (await h.resource("top")).inputs?.physicalName;
  h.provider.clear();
  const held = holdUntilAsked(h, "base", "top");
  // `top` does not depend on `base` any more, but what is there does: it has to go first.
  const { changes } = await h.run(async () => {
    new Thing("base", { forced: 2, value: "a" }, { deleteBeforeReplace: true });
    await held;
    new Thing("top", { forced: "a" });
  });
  expect(changes).toEqual({ replace: 2, same: 1 });
  expect(h.provider.log("Delete")).toEqual(["Delete top", "Delete base"]);
  expect(h.provider.log("Create").toSorted()).toEqual(["Create base", "Create top"]);
  expect((await h.resource("top")).inputs?.physicalName).not.toBe(before);
});

it("begins nothing new after a failure, also of what has nothing to do with it", async () => {
  await using h = await startHarness();
  const failed = Promise.withResolvers<void>();
  h.provider.beforeCreate = async (name) => {
    if (name === "slow") await failed.promise;
  };
  const run = await h.run(
    async () => {
      new Thing("bad", { createError: "no" });
      const slow = new Thing("slow", { value: 1 });
      new Thing("after", { value: slow.echo });
    },
    { onOutput: (text) => void (text.includes("failed") && failed.resolve()) },
  );
  expect(run.failure).toBe("update failed");
  expect(h.provider.log("Create").toSorted()).toEqual(["Create bad", "Create slow"]);
  expect(await h.state()).toEqual(["slow-1"]);
});
