import { expect, it } from "vitest";
import { replacingOptions } from "./replacingOptions.ts";

const urn = (types: string) => `urn:pulumi:plan::shop::${types}::bus-queue-orders`;

it("the options that replace are those of the component that made the resource", () => {
  expect(replacingOptions(urn("devfactory:azure:ServiceBus$azure-native:servicebus:Queue"))).toEqual({
    component: "ServiceBus",
    options: ["sku", "queues.*.sessions", "queues.*.duplicateDetection", "topics.*.duplicateDetection"],
  });
});

it("of components inside one another the inner one made it", () => {
  const nested = "devfactory:azure:FunctionApp$devfactory:azure:StorageAccount$azure-native:storage:StorageAccount";
  expect(replacingOptions(urn(nested))?.component).toBe("StorageAccount");
});

it("a raw resource has none", () => {
  expect(replacingOptions(urn("azure-native:servicebus:Queue"))).toBeUndefined();
  expect(replacingOptions("")).toBeUndefined();
});
