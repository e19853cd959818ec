import fc from "fast-check";
import { expect, it } from "vitest";
import { estimate } from "./estimate.ts";
import { fromDecimal, sum, toDecimal } from "./money.ts";
import { COLUMNS, costRow, renderCostTable } from "./table.ts";
import { app, postgres, registry, resource, site } from "./testing/resources.ts";

const parts = [
  app("web", 0.5, 1, { active_share: 0.3, monthly_outbound_data_processed_gb: 107 }),
  postgres("Standard_B1ms"),
  registry("Basic"),
  site("Standard"),
  resource("keyvault:Vault", "keys", {}, { monthly_operations: 100_000 }),
];

it("the columns of a row add up to its total, whatever they name", () => {
  const patterns = fc.array(fc.constantFrom("web", "*", "db", "*/*egress", "azure-native:web:*", "k?ys"), {
    minLength: 1,
  });
  fc.assert(
    fc.property(fc.subarray(parts, { minLength: 1 }), fc.dictionary(fc.string(), patterns), (resources, columns) => {
      const row = costRow("x", estimate({ region: "eastus", resources }), columns);
      expect(toDecimal(sum(Object.values(row.columns).map(fromDecimal)))).toBe(row.totalMonthlyCost);
    }),
  );
});

it("a part belongs to the first column that names its resource, its component or its type, else to other", () => {
  const result = estimate({ region: "eastus", resources: parts });
  const { columns } = costRow("x", result, {
    egress: ["*/internet egress"],
    app: ["web"],
    site: ["azure-native:web:*"],
  });
  expect(columns).toEqual({ egress: "0.609", app: "14.7042", site: "9", other: "21.39" });
});

it("a table leaves out columns of nothing, and says what is not in its sums", () => {
  const open = [...parts, registry("Deluxe"), { ...registry("Basic"), type: "azure-native:compute:VirtualMachine" }];
  const rows = [
    costRow("small", estimate({ region: "eastus", resources: [postgres("Standard_B1ms")] }), COLUMNS),
    costRow("whole", estimate({ region: "eastus", resources: open }), COLUMNS),
  ];
  expect(renderCostTable(rows, ["A note."]).split("\n")).toEqual([
    "USD a month  compute   data  security  other    sum",
    "small           0.00  16.09      0.00   0.00  16.09",
    "whole          24.31  16.09      0.30   5.00  45.70",
    "",
    "whole: not in the sum: 1 lines without a price, 1 x azure-native:compute:VirtualMachine",
    "",
    "A note.",
  ]);
});
