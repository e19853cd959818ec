import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Group, Thing } from "../../../emulator/engine/testing/thing.ts";

/** A hook that notes when it ran and what it was told. */
function noting(log: string[], name: string, opts?: pulumi.ResourceHookOptions): pulumi.ResourceHook {
  const told = (properties: Record<string, unknown> | undefined, key: string) => String(properties?.[key] ?? "-");
  return new pulumi.ResourceHook(
    name,
    ({ newInputs, oldInputs, newOutputs, oldOutputs, id }) => {
      const values = [told(oldInputs, "value"), told(newInputs, "value")];
      log.push(`${name} ${values.join(">")} ${told(oldOutputs, "echo")}>${told(newOutputs, "echo")} id ${id || "-"}`);
    },
    opts,
  );
}

function allHooks(log: string[], opts?: pulumi.ResourceHookOptions): pulumi.ResourceHookBinding {
  const hook = (name: string) => [noting(log, name, opts)];
  return {
    beforeCreate: hook("beforeCreate"),
    afterCreate: hook("afterCreate"),
    beforeUpdate: hook("beforeUpdate"),
    afterUpdate: hook("afterUpdate"),
    beforeDelete: hook("beforeDelete"),
    afterDelete: hook("afterDelete"),
  };
}

it("runs hooks around create, update and delete, and tells each the old and new values that there are", async () => {
  await using h = await startHarness();
  const log: string[] = [];
  const program = (value: number | undefined) => async () => {
    const hooks = allHooks(log);
    if (value !== undefined) new Thing("a", { value }, { hooks });
  };
  await h.up(program(1));
  await h.up(program(2));
  await h.up(program(2));
  expect((await h.resource("a")).resourceHooks).toEqual({
    BeforeCreate: ["beforeCreate"],
    AfterCreate: ["afterCreate"],
    BeforeUpdate: ["beforeUpdate"],
    AfterUpdate: ["afterUpdate"],
    BeforeDelete: ["beforeDelete"],
    AfterDelete: ["afterDelete"],
  });
  await h.up(program(undefined));
  expect(log).toEqual([
    "beforeCreate ->1 ->- id -",
    "afterCreate ->1 ->1 id a-1",
    "beforeUpdate 1>2 1>- id a-1",
    "afterUpdate 1>2 1>2 id a-1",
    "beforeDelete 2>- 2>- id a-1",
    "afterDelete 2>- 2>- id a-1",
  ]);
});

it("runs hooks in previews only when they ask for it", async () => {
  await using h = await startHarness();
  const log: string[] = [];
  await h.preview(async () => void new Thing("a", { value: 1 }, { hooks: allHooks(log) }));
  expect(log).toEqual([]);
  await h.preview(async () => void new Thing("a", { value: 1 }, { hooks: allHooks(log, { onDryRun: true }) }));
  expect(log).toEqual(["beforeCreate ->1 ->- id -", "afterCreate ->1 ->- id -"]);
});

it("fails the step when a hook before it fails: the provider is not called", async () => {
  await using h = await startHarness();
  const refuse = () => {
    throw new Error("not today");
  };
  const run = await h.run(async () => void new Thing("a", { value: 1 }, { hooks: { beforeCreate: [refuse] } }));
  expect(run.failure).toBe("update failed");
  expect(run.errors).toEqual(['hook "test:index:Thing_a_beforeCreate_0" failed: not today']);
  expect(h.provider.log("Create")).toEqual([]);
  expect(await h.state()).toEqual([]);
});

it("keeps what was done when a hook after it fails, and fails the operation", async () => {
  await using h = await startHarness();
  const refuse = () => {
    throw new Error("too late");
  };
  const run = await h.run(async () => {
    const first = new Thing("first", { value: 1 }, { hooks: { afterCreate: [refuse] } });
    new Thing("second", { value: first.echo });
  });
  expect(run.failure).toBe("update failed");
  expect(run.errors).toEqual(['hook "test:index:Thing_first_afterCreate_0" failed: too late']);
  expect(h.provider.log("Create")).toEqual(["Create first"]);
  expect((await h.resources()).map(({ id }) => id)).toEqual(["first-1"]);
});

it("makes a failing hook a warning when it ignores errors", async () => {
  await using h = await startHarness();
  const run = await h.run(async () => {
    const fail = () => Promise.reject(new Error("never mind"));
    const hook = new pulumi.ResourceHook("soft", fail, { ignoreErrors: true });
    new Thing("a", { value: 1 }, { hooks: { beforeCreate: [hook] } });
  });
  expect([run.failure, run.warnings]).toEqual(["", ['hook "soft" failed: never mind']]);
  expect(h.provider.log("Create")).toEqual(["Create a"]);
});

it("runs a component's hooks after it when the component has said its outputs", async () => {
  await using h = await startHarness();
  const log: string[] = [];
  await h.up(async () => {
    const hooks: pulumi.ResourceHookBinding = {
      beforeCreate: [() => void log.push("before")],
      afterCreate: [({ newOutputs }) => void log.push(`after ${newOutputs?.grouped}`)],
    };
    new Group("g", { hooks });
  });
  expect(log).toEqual(["before", "after g"]);
});

it("46 runProgram destroy: delete hooks run in the program; without it the destroy fails", async () => {
  await using h = await startHarness();
  const log: string[] = [];
  const program = async () => {
    const hooks = { beforeDelete: [noting(log, "farewell")] };
    new Thing("a", { value: 1 }, { hooks });
    if (log.length === 0 && h.provider.log("Create").length > 0) new Thing("new", { value: 2 });
  };
  await h.up(program);
  const refused = await h.destroy();
  expect([refused.failure, refused.errors]).toEqual(["destroy failed", ['hook "farewell" was not registered']]);
  expect(h.provider.log("Delete")).toEqual([]);
  const run = await h.destroy({ runProgram: true });
  expect([run.failure, run.changes]).toEqual(["", { delete: 2 }]);
  expect(log).toEqual(["farewell 1>- 1>- id a-1"]);
  expect(h.provider.log("Create", "Delete")).toEqual(["Create a", "Delete a"]);
  expect(await h.state()).toEqual([]);
});

it("tries again as long as an error hook says so, and tells it all errors, newest first", async () => {
  await using h = await startHarness();
  const told: string[] = [];
  h.provider.beforeCreate = async () => {
    if (h.provider.log("Create").length < 3) throw Object.assign(new Error("busy"), { code: 8, details: "busy" });
  };
  const run = await h.run(async () => {
    const again = new pulumi.ErrorHook("again", ({ failedOperation, errors }) => {
      told.push(`${failedOperation}: ${errors.join(", ")}`);
      return true;
    });
    new Thing("a", { value: 1 }, { hooks: { onError: [again] } });
  });
  expect([run.failure, run.changes]).toEqual(["", { create: 2 }]);
  expect(told).toEqual(["create: busy", "create: busy, busy"]);
});

it("gives up when the error hook says no, and after a hundred tries", async () => {
  await using h = await startHarness();
  const program = (retry: boolean) => async () => {
    const hook = new pulumi.ErrorHook("answer", () => retry);
    new Thing("a", { createError: "quota" }, { hooks: { onError: [hook] } });
  };
  expect((await h.run(program(false))).errors).toEqual(["quota"]);
  h.provider.clear();
  expect((await h.run(program(true))).errors).toEqual(["maximum number of error hook retries reached"]);
  expect(h.provider.log("Create")).toHaveLength(100);
});

it("reconfigures providers from the program in a refresh with runProgram", async () => {
  await using h = await startHarness();
  await h.stack.setConfig("test:token", { value: "old" });
  await h.up(async () => void new Thing("a", { value: 1 }));
  await h.stack.setConfig("test:token", { value: "new" });
  h.provider.clear();
  await h.refresh();
  const tokens = () =>
    h.provider.calls.filter(({ method }) => method === "Configure").map(({ inputs }) => inputs.token);
  expect(tokens()).toEqual(["old"]);
  h.provider.clear();
  const run = await h.refresh({ runProgram: true });
  expect([run.failure, run.changes, tokens()]).toEqual(["", { same: 2 }, ["new"]]);
});
