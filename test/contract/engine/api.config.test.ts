import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";

const plain = (value: string) => ({ value, secret: false });

it("round trips one value: plain, secret, by path, booleans, integers, lists, objects", async () => {
  await using h = await startHarness();
  const { stack } = h;
  await stack.setConfig("plain", { value: "1" });
  await stack.setConfig("ns:hidden", { value: "-s", secret: true });
  await stack.setConfig("empty", { value: "" });
  await stack.setConfig("lines", { value: "a\nb: c\n" });
  await stack.setConfig("tree.flag", { value: "true" }, true);
  await stack.setConfig("tree.list[0]", { value: "7" }, true);
  await stack.setConfig("tree.list[1]", { value: "007" }, true);
  await stack.setConfig("tree.hidden", { value: "h", secret: true }, true);
  await stack.setConfig('tree["a.b"]', { value: "dotted" }, true);
  expect(await stack.getConfig("plain")).toEqual(plain("1"));
  expect(await stack.getConfig("ns:hidden")).toEqual({ value: "-s", secret: true });
  expect(await stack.getConfig("empty")).toEqual(plain(""));
  expect(await stack.getConfig("lines")).toEqual(plain("a\nb: c\n"));
  expect(await stack.getConfig("tree.list[0]", true)).toEqual(plain("7"));
  expect(await stack.getConfig("tree.list[1]", true)).toEqual(plain("007"));
  expect(await stack.getConfig("tree.hidden", true)).toEqual({ value: "h", secret: true });
  expect(await stack.getConfig('tree["a.b"]', true)).toEqual(plain("dotted"));
  const tree = { "a.b": "dotted", flag: true, hidden: "h", list: [7, "007"] };
  expect(await stack.getAllConfig()).toEqual({
    "proj:plain": plain("1"),
    "proj:empty": plain(""),
    "proj:lines": plain("a\nb: c\n"),
    "ns:hidden": { value: "-s", secret: true },
    "proj:tree": { value: JSON.stringify(tree), objectValue: tree, secret: true },
  });
  await stack.removeConfig("tree.list[0]", true);
  expect(await stack.getConfig("tree.list", true)).toMatchObject({ value: '["007"]' });
  await stack.removeConfig("plain");
  await expect(stack.getConfig("plain")).rejects.toThrow("configuration key 'plain' not found for stack 'dev'");
  const { settings } = { settings: await stack.workspace.stackSettings("dev") };
  expect(JSON.stringify(settings.config)).not.toMatch(/"-s"|"h"/);
});

it("sets and removes many values at once, also from JSON", async () => {
  await using h = await startHarness();
  const { stack } = h;
  await stack.setAllConfig({ a: { value: "x=y" }, "ns:b": { value: "z", secret: true } });
  await stack.setAllConfig({ "deep.one": { value: "1" }, "deep.two[0]": { value: "two" } }, true);
  await stack.setAllConfigJson(
    JSON.stringify({
      "proj:c": { value: "w", secret: false },
      "proj:object": { objectValue: { k: [1, { m: true }] }, secret: false },
      "proj:sealed": { value: "s", secret: true },
    }),
  );
  expect(await stack.getAllConfig()).toEqual({
    "proj:a": plain("x=y"),
    "ns:b": { value: "z", secret: true },
    "proj:deep": { ...plain('{"one":1,"two":["two"]}'), objectValue: { one: 1, two: ["two"] } },
    "proj:c": plain("w"),
    "proj:object": { ...plain('{"k":[1,{"m":true}]}'), objectValue: { k: [1, { m: true }] } },
    "proj:sealed": { value: "s", secret: true },
  });
  await stack.removeAllConfig(["deep.two"], true);
  expect(await stack.getConfig("deep")).toMatchObject({ value: '{"one":1}' });
  await stack.removeAllConfig(["a", "ns:b", "c", "object", "sealed", "deep"]);
  expect(await stack.getAllConfig()).toEqual({});
});

it("takes the config of the last update back", async () => {
  await using h = await startHarness();
  await h.stack.setConfig("kept", { value: "1" });
  await h.stack.setConfig("hidden", { value: "s", secret: true });
  await h.up(async () => ({ kept: new pulumi.Config().require("kept") }));
  await h.stack.removeConfig("kept");
  await h.stack.setConfig("hidden", { value: "changed", secret: true });
  expect(await h.stack.refreshConfig()).toEqual({
    "proj:kept": plain("1"),
    "proj:hidden": { value: "s", secret: true },
  });
});

it("42 gives the program its config: text, numbers, objects, secrets as secrets", async () => {
  await using h = await startHarness();
  await h.stack.setConfig("text", { value: "t" });
  await h.stack.setConfig("number", { value: "4.5" });
  await h.stack.setConfig("tree.list[0]", { value: "7" }, true);
  await h.stack.setConfig("hidden", { value: "s", secret: true });
  await h.stack.setConfig("other:key", { value: "o" });
  const { outputs } = await h.run(async () => {
    const config = new pulumi.Config();
    return {
      text: config.require("text"),
      number: config.requireNumber("number"),
      tree: config.requireObject("tree"),
      hidden: config.requireSecret("hidden"),
      other: new pulumi.Config("other").require("key"),
      none: config.get("none") ?? "nothing",
      stack: `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`,
    };
  });
  expect(outputs).toEqual({
    text: { value: "t", secret: false },
    number: { value: 4.5, secret: false },
    tree: { value: { list: [7] }, secret: false },
    hidden: { value: "s", secret: true },
    other: { value: "o", secret: false },
    none: { value: "nothing", secret: false },
    stack: { value: "organization/proj/dev", secret: false },
  });
});
