import { expect, it } from "vitest";
import { fromPreview, Preview } from "./fromPreview.ts";
import { UNKNOWN } from "./resource.ts";

const STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:abc" };

function urn(type: string, name: string): string {
  return `urn:pulumi:dev::shop::${type}::${name}`;
}

function step(op: string, type: string, name: string, state: object | null = {}) {
  return { op, urn: urn(type, name), newState: state && { type, custom: true, ...state } };
}

function read(...steps: object[]) {
  return fromPreview(Preview.parse({ config: {}, steps, duration: 1 }));
}

it("keeps what will be there, with its place and its dependencies, and hides secrets", () => {
  const group = urn("azure-native:resources:ResourceGroup", "shop");
  const inputs = { accountName: "stshop", key: SECRET, list: [SECRET, 1], id: UNKNOWN };
  expect(
    read(
      step("create", "azure-native:storage:StorageAccount", "files", { inputs, parent: STACK, dependencies: [group] }),
    ),
  ).toEqual([
    {
      urn: urn("azure-native:storage:StorageAccount", "files"),
      type: "azure-native:storage:StorageAccount",
      name: "files",
      inputs: { accountName: "stshop", key: "[secret]", list: ["[secret]", 1], id: UNKNOWN },
      parent: STACK,
      dependencies: [group],
    },
  ]);
});

it.each(["same", "create", "update", "replace", "refresh", "read", "import"])(
  "a resource under %s is in the plan",
  (op) => {
    expect(read(step(op, "a:b:C", "c")).map(({ name }) => name)).toEqual(["c"]);
  },
);

it.each(["delete", "create-replacement", "delete-replaced", "discard", "read-discard"])("%s adds no resource", (op) => {
  expect(read(step(op, "a:b:C", "c"))).toEqual([]);
});

it("the stack, providers, components and steps without a new state are left out", () => {
  expect(
    read(
      step("create", "pulumi:pulumi:Stack", "shop-dev", { custom: false }),
      step("create", "pulumi:providers:azure-native", "default"),
      step("create", "devfactory:azure:Network", "net", { custom: false }),
      step("update", "a:b:C", "gone", null),
    ),
  ).toEqual([]);
});

it("of two steps for one resource the later one counts, at the place of the first", () => {
  const steps = [
    step("create", "a:b:C", "one", { inputs: { n: 1 } }),
    step("create", "a:b:C", "two"),
    step("update", "a:b:C", "one", { inputs: { n: 2 } }),
  ];
  expect(read(...steps).map(({ name, inputs }) => [name, inputs])).toEqual([
    ["one", { n: 2 }],
    ["two", {}],
  ]);
});

it("a name with colons is read whole", () => {
  expect(read(step("create", "a:b:C", "x::y"))[0]?.name).toBe("x::y");
});
