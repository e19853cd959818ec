import { expect, it } from "vitest";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

it("6 replaces on a forced-new property: the new one first, under a new name", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { forced: 1 }));
  const before = (await h.resources())[0];
  h.provider.clear();
  expect(await h.up(async () => void new Thing("a", { forced: 2 }))).toEqual({ replace: 1, same: 1 });
  expect(h.provider.log("Create", "Delete")).toEqual(["Create a", "Delete a"]);
  const [after, ...others] = await h.resources();
  expect(others).toEqual([]);
  expect(after?.id).toBe("a-2");
  expect(after?.inputs?.physicalName).not.toBe(before?.inputs?.physicalName);
});

it("7 deletes first when the option says so, and when the provider says so", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { forced: 1 }));
  h.provider.clear();
  await h.up(async () => void new Thing("a", { forced: 2 }, { deleteBeforeReplace: true }));
  expect(h.provider.log("Create", "Delete")).toEqual(["Delete a", "Create a"]);
  h.provider.clear();
  expect(await h.up(async () => void new Thing("a", { forced: 3, deleteFirst: true }))).toEqual({
    replace: 1,
    same: 1,
  });
  expect(h.provider.log("Create", "Delete")).toEqual(["Delete a", "Create a"]);
  expect(await h.resources()).toHaveLength(1);
});

it("8 deletes a dependent that would be replaced too before what it depends on, and makes it again", async () => {
  await using h = await startHarness();
  const program = (forced: number) => async () => {
    const base = new Thing("base", { forced, value: forced }, { deleteBeforeReplace: true });
    new Thing("top", { forced: base.echo });
    new Thing("loose", { value: base.echo });
  };
  await h.up(program(1));
  h.provider.clear();
  expect(await h.up(program(2))).toEqual({ replace: 2, same: 1, update: 1 });
  expect(h.provider.log("Create", "Update", "Delete")).toEqual([
    "Delete top",
    "Delete base",
    "Create base",
    ...["Create top", "Update loose"].toSorted((left, right) => order(h.provider.log("Create", "Update"), left, right)),
  ]);
  expect((await h.resources()).map((state) => state.pendingReplacement ?? false)).toEqual([false, false, false]);
});

/** Siblings run at once: their order is the one that happened. */
function order(log: readonly string[], left: string, right: string): number {
  return log.indexOf(left) - log.indexOf(right);
}

it("13 keeps a protected resource: neither deleting nor replacing calls the provider", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { forced: 1 }, { protect: true }));
  h.provider.clear();
  await expect(h.up(async () => undefined)).rejects.toThrow("cannot be deleted\n    because it is protected");
  await expect(h.up(async () => void new Thing("a", { forced: 2 }, { protect: true }))).rejects.toThrow(
    "as it is currently marked for protection",
  );
  expect(h.provider.log("Delete", "Create")).toEqual([]);
  expect(await h.resources()).toHaveLength(1);
  expect(await h.up(async () => void new Thing("a", { forced: 2 }))).toEqual({ replace: 1, same: 1 });
});

it("14 forgets a retained resource without deleting it", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: 1 }, { retainOnDelete: true }));
  h.provider.clear();
  expect(await h.up(async () => undefined)).toEqual({ delete: 1, same: 1 });
  expect(h.provider.log("Delete")).toEqual([]);
  expect(h.provider.cloud.size).toBe(1);
});

it("15 deletes only the owner when others vanish with it", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const owner = new Thing("owner", { value: 1 });
    new Thing("owned", { value: 2 }, { deletedWith: owner });
  });
  h.provider.clear();
  const { summary } = await h.stack.destroy();
  expect(summary.resourceChanges).toEqual({ delete: 3 });
  expect(h.provider.log("Delete")).toEqual(["Delete owner"]);
});

it("36 destroys all but the protected with excludeProtected, and says so", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    new Thing("safe", { value: 1 }, { protect: true });
    new Thing("gone", { value: 2 });
  });
  const { stdout, summary } = await h.stack.destroy({ excludeProtected: true });
  expect(stdout).toContain("All unprotected resources were destroyed. There are still 1 protected resources");
  expect(summary.resourceChanges).toEqual({ delete: 1 });
  expect((await h.resources()).map((state) => state.id)).toEqual(["safe-1"]);
});

it("never replaces a default provider, nor for it what it serves", async () => {
  await using h = await startHarness();
  await h.stack.setConfig("test:forced", { value: "1" });
  await h.up(async () => void new Thing("a", { value: 1 }));
  await h.stack.setConfig("test:forced", { value: "2" });
  // A default provider is never replaced itself, so neither is what uses it: it is configured anew.
  expect(await h.up()).toEqual({ same: 2 });
});
