import * as automation from "@pulumi/pulumi/automation/index.js";
import { expect, it } from "vitest";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

const ten = async () => {
  for (let index = 0; index < 10; index++) new Thing(`t${index}`, { value: index });
};

it("1 creates a stack, and selects it the second time", async () => {
  await using h = await startHarness();
  const again = await h.another("proj", "dev", async () => ({}));
  expect(again.name).toBe("dev");
  const workspace = h.stack.workspace;
  await expect(workspace.createStack("dev")).rejects.toThrow(automation.StackAlreadyExistsError);
  await expect(workspace.selectStack("nope")).rejects.toThrow(automation.StackNotFoundError);
  expect(await workspace.listStacks()).toEqual([{ name: "dev", current: true, updateInProgress: false }]);
});

it("2 refuses to remove a stack that has resources, unless forced", async () => {
  await using h = await startHarness();
  await h.up(ten);
  await expect(h.stack.workspace.removeStack("dev")).rejects.toThrow("'dev' still has resources; removal rejected");
  await h.stack.workspace.removeStack("dev", { force: true });
  expect(await h.stack.workspace.listStacks()).toEqual([]);
});

it("3 creates the stack's own resource for an empty program", async () => {
  await using h = await startHarness();
  expect(await h.up()).toEqual({ create: 1 });
});

it("4 and 5 creates ten resources once, and then calls neither Create nor Update", async () => {
  await using h = await startHarness();
  expect(await h.up(ten)).toEqual({ create: 11 });
  h.provider.clear();
  expect(await h.up()).toEqual({ same: 11 });
  expect(h.provider.log("Create", "Update", "Delete")).toEqual([]);
  expect(h.provider.log("Diff")).toHaveLength(10);
});

it("9 deletes what is no longer in the program, and everything on destroy, dependents first", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const first = new Thing("first", { value: 1 });
    const second = new Thing("second", { value: first.echo });
    new Thing("third", { value: second.echo });
  });
  h.provider.clear();
  const two = async () => {
    const first = new Thing("first", { value: 1 });
    new Thing("second", { value: first.echo });
  };
  expect(await h.up(two)).toEqual({ delete: 1, same: 3 });
  expect(h.provider.log("Delete")).toEqual(["Delete third"]);
  const { summary } = await h.stack.destroy();
  expect(summary.resourceChanges).toEqual({ delete: 3 });
  expect(h.provider.log("Delete")).toEqual(["Delete third", "Delete second", "Delete first"]);
  expect(await h.resources()).toEqual([]);
});

it("previews creates without making anything", async () => {
  await using h = await startHarness();
  h.program = ten;
  const { changeSummary } = await h.stack.preview();
  expect(changeSummary).toEqual({ create: 11 });
  expect(h.provider.cloud.size).toBe(0);
  expect((await h.stack.exportStack()).deployment.resources).toBeUndefined();
});

it("39 fails when no changes were expected", async () => {
  await using h = await startHarness();
  await expect(h.up(ten, { expectNoChanges: true })).rejects.toThrow(
    "error: no changes were expected but changes occurred",
  );
  expect(await h.up(ten, { expectNoChanges: true })).toEqual({ same: 11 });
});

it("41 renames a stack: URNs, history and selection follow, and nothing changes on the next up", async () => {
  await using h = await startHarness();
  await h.up(ten);
  await h.stack.rename({ stackName: "prod" });
  expect((await h.resources()).every((state) => state.urn.startsWith("urn:pulumi:prod::proj::"))).toBe(true);
  expect(await h.up()).toEqual({ same: 11 });
  expect((await h.stack.history()).map((entry) => entry.result)).toEqual(["succeeded", "succeeded"]);
  expect((await h.stack.workspace.stack())?.name).toBe("prod");
});

it("43 runs thirty stacks at once in one process", async () => {
  await using h = await startHarness();
  const outputs = await Promise.all(
    Array.from({ length: 30 }, async (_, index) => {
      const stack = await h.another("proj", `s${index}`, async () => ({
        echo: new Thing("only", { value: index }).echo,
      }));
      return (await stack.up()).outputs.echo?.value as number;
    }),
  );
  expect(outputs).toEqual(Array.from({ length: 30 }, (_, index) => index));
});
