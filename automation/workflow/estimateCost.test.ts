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
    unpricedParts: 1,
    pricesAsOf: "2026-08-09",
    unsupported: ["azure-native:compute:VirtualMachine"],
    resources: [
      { name: "db", type: "azure-native:dbforpostgresql:Server", monthlyUsd: 16.09 },
      { name: "logs", type: "azure-native:operationalinsights:Workspace", monthlyUsd: null },
    ],
  });
});

it("counts what the sum leaves out: types and sizes without a price, and what is known only later; nothing when it is whole", () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const server = (name: string) => ({ type: "azure-native:dbforpostgresql:Server", inputs: { sku: { name } } });
  const partsOf = (...resources: readonly { type: string; inputs: Record<string, unknown> }[]) => {
    const plan = resources.map((each, index) => ({ ...each, name: `${index}`, urn: `${index}`, operation: "create" }));
    const { monthlyUsd, unpricedParts } = estimateCost(plan, "eastus");
    return [monthlyUsd, unpricedParts];
  };
  const machine = { type: "azure-native:compute:VirtualMachine", inputs: {} };
  expect(partsOf(server("Standard_B1ms"))).toEqual([16.09, undefined]);
  expect(partsOf(server("Standard_B1ms"), server(unknown), machine, machine)).toEqual([16.09, 3]);
});
