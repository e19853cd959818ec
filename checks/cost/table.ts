import { z } from "zod";
import type { Estimate } from "./estimate.ts";
import { fromDecimal, sum, toDecimal, toUsd } from "./money.ts";
import { USAGE_PROFILES, USER_COUNTS } from "./profiles.ts";
import { UsageFileSchema } from "./usageFile.ts";

/** `name`, `name/component` or a Pulumi type, with `*` for any text. */
const Pattern = z.string().min(1);
const Inputs = z.record(z.string(), z.unknown());

/** A table of costs beside a plan: which parts make a column, and what each row changes of the plan. */
export const CostTableFile = z.strictObject({
  version: UsageFileSchema.shape.version,
  /** How the users of a row use it. */
  profile: z.enum(USAGE_PROFILES).default("app"),
  /** Columns in their order; a part belongs to the first that names it, and to none to `other`. */
  columns: z.record(z.string(), z.array(Pattern).min(1)),
  rows: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        users: z.literal([...USER_COUNTS]).optional(),
        /** Preset of the app spec. */
        preset: z.string().optional(),
        /** Sizes on top of it, in the form of a preset. */
        sizes: z.record(z.string(), z.unknown()).optional(),
        /** What is otherwise than planned, laid over the inputs of a resource by its name. */
        inputs: z.record(z.string(), Inputs).optional(),
        /** On top of the usage file. */
        usage: UsageFileSchema.shape.resource_usage,
      }),
    )
    .min(1),
  /** What is not in the sums, in words. */
  notes: z.array(z.string()).default([]),
});
export type CostTableFile = z.output<typeof CostTableFile>;

/** Columns when no file names others: where the money of an app goes. */
export const COLUMNS: CostTableFile["columns"] = {
  compute: [
    "azure-native:app:*",
    "azure-native:web:*",
    "azure-native:containerinstance:*",
    "azure-native:containerservice:*",
  ],
  data: ["azure-native:dbforpostgresql:*", "azure-native:sql:*", "azure-native:cosmosdb:*", "azure-native:storage:*"],
  security: ["azure-native:keyvault:*", "azure-native:network:*", "azure-native:azureactivedirectory:*"],
};
const OTHER = "other";

/** One row: decimals in US dollars a month; the columns' sum is the total. */
export interface CostRow {
  readonly name: string;
  readonly totalMonthlyCost: string;
  readonly columns: Readonly<Record<string, string>>;
  /** Lines without a price, and types that nobody knows. */
  readonly unpriced: number;
  readonly unsupported: Estimate["summary"]["unsupported"];
}

/** An estimate as a row of a table. */
export function costRow(name: string, estimate: Estimate, columns: CostTableFile["columns"]): CostRow {
  const parts = estimate.resources.flatMap(({ name: resource, type, costComponents }) =>
    costComponents.flatMap(({ name: component, monthlyCost }) => {
      if (monthlyCost === null) return [];
      const names = [resource, `${resource}/${component}`, type];
      const column = Object.entries(columns).find(([, patterns]) => patterns.some((each) => matches(each, names)));
      return [[column?.[0] ?? OTHER, fromDecimal(monthlyCost)] as const];
    }),
  );
  const amounts = [...Object.keys(columns), OTHER].map((column) => {
    const own = parts.filter(([each]) => each === column).map(([, amount]) => amount);
    return [column, toDecimal(sum(own))] as const;
  });
  const { totalMonthlyCost, summary } = estimate;
  const { unpriced, unsupported } = summary;
  return { name, totalMonthlyCost, columns: Object.fromEntries(amounts), unpriced, unsupported };
}

/** A table for people; columns in which nothing costs anything in any row are left out. */
export function renderCostTable(rows: readonly CostRow[], notes: readonly string[]): string {
  const names = Object.keys(rows[0]?.columns ?? {}).filter((column) =>
    rows.some(({ columns }) => toUsd(columns[column] ?? "0") !== "0.00"),
  );
  const head = ["USD a month", ...names, "sum"];
  const cells = rows.map((row) => [
    row.name,
    ...names.map((column) => toUsd(row.columns[column] ?? "0")),
    toUsd(row.totalMonthlyCost),
  ]);
  const widths = head.map((_, index) => Math.max(...[head, ...cells].map((line) => line[index]?.length ?? 0)));
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) => (index === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[index] ?? 0)))
      .join("  ");
  const open = rows.flatMap(({ name, unpriced, unsupported }) => {
    const types = Object.entries(unsupported).map(([type, count]) => `${count} x ${type}`);
    const parts = [...(unpriced > 0 ? [`${unpriced} lines without a price`] : []), ...types];
    return parts.length > 0 ? [`${name}: not in the sum: ${parts.join(", ")}`] : [];
  });
  return [line(head), ...cells.map(line), ...[...open, ...notes].map((text) => `\n${text}`)].join("\n");
}

function matches(pattern: string, names: readonly string[]): boolean {
  const escaped = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const expression = new RegExp(`^${escaped.join(".*")}$`);
  return names.some((name) => expression.test(name));
}
