import { expect, it } from "vitest";
import { startHarness, thingUrn } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

const pair = (value: number) => async () => {
  const base = new Thing("base", { value });
  new Thing("top", { value: base.echo });
  new Thing("alone", { value });
};

it("changes all but the excluded", async () => {
  await using h = await startHarness();
  await h.up(pair(1));
  h.provider.clear();
  expect(await h.up(pair(2), { exclude: [thingUrn("alone")] })).toEqual({ same: 2, update: 2 });
  expect(h.provider.log("Update", "Check")).not.toContain("Check alone");
  expect((await h.resource("alone")).outputs?.echo).toBe(1);
  expect((await h.resource("top")).outputs?.echo).toBe(2);
});

it("leaves dependents of the excluded alone too when told so", async () => {
  await using h = await startHarness();
  await h.up(pair(1));
  expect(await h.up(pair(2), { exclude: ["**::base"], excludeDependents: true })).toEqual({ same: 3, update: 1 });
  expect((await h.resource("top")).outputs?.echo).toBe(1);
  expect((await h.resource("alone")).outputs?.echo).toBe(2);
});

it("does not make what is new and excluded; what needs it is an error", async () => {
  await using h = await startHarness();
  expect(await h.up(pair(1), { exclude: [thingUrn("alone")] })).toEqual({ create: 3, same: 1 });
  expect(await h.state()).toEqual(["base-1", "top-1"]);
  await h.destroy();
  const run = await h.run(pair(1), { exclude: [thingUrn("base")] });
  expect([run.failure, run.errors]).toEqual([
    "update failed",
    [`Resource '${thingUrn("top")}' depends on '${thingUrn("base")}' which was was not specified in --target list.`],
  ]);
});

it("keeps the excluded, and what they need, from being deleted", async () => {
  await using h = await startHarness();
  await h.up(pair(1));
  expect(await h.up(async () => undefined, { exclude: [thingUrn("top")] })).toEqual({ delete: 1, same: 1 });
  expect(await h.state()).toEqual(["base-1", "top-1"]);
  const run = await h.destroy({ exclude: [thingUrn("base")] });
  expect([run.failure, run.changes]).toEqual(["", { delete: 1 }]);
  expect(await h.state()).toEqual(["base-1"]);
});

it("does not read the excluded again in a refresh", async () => {
  await using h = await startHarness();
  await h.up(pair(1));
  h.provider.clear();
  await h.refresh({ exclude: [thingUrn("base"), thingUrn("top")] });
  expect(h.provider.log("Read")).toEqual(["Read alone"]);
});

it("refuses targets and excludes together, and an excluded URN that nobody knows", async () => {
  await using h = await startHarness();
  await expect(h.up(pair(1), { target: ["**::a"], exclude: ["**::b"] })).rejects.toThrow(
    "--target and --exclude cannot be used together",
  );
  const run = await h.run(pair(1), { exclude: ["urn:pulumi:dev::proj::test:index:Thing::none"] });
  expect(run.failure).toBe("update failed");
});
