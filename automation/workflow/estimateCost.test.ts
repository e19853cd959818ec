import { expect, it } from "vitest";
import { estimateCost } from "./estimateCost.ts";

it("a job's record names each resource with its cost, what depends on usage without, and what is not supported", () => {
  const urn = (type: string, name: string) => `urn:pulumi:dev::app::${type}::${name}`;
  const plan = [
    { type: "azure-native:dbforpostgresql:Server", name: "db", inputs: { sku: { name: "Standard_B1ms" } } },
    { type: "azure-native:operationalinsights:Workspace", name: "logs", inputs: {} },
    { type: "azure-native:compute:VirtualMachine", name: "vm", inputs: {} },
  ].map((each) => ({ ...each, urn: urn(each.type, each.name), dependencies: [], operation: "create" as const }));
  expect(estimateCost(plan, "East US")).toEqual({
    monthlyUsd: 16.09,
    pricesAsOf: "2026-08-09",
    unsupported: ["azure-native:compute:VirtualMachine"],
    resources: [
      { name: "db", type: "azure-native:dbforpostgresql:Server", monthlyUsd: 16.09 },
      { name: "logs", type: "azure-native:operationalinsights:Workspace", monthlyUsd: null },
    ],
  });
});
