import type { ResourceDiff } from "./diff.ts";
import type { CostComponent, Estimate, ResourceCost } from "./estimate.ts";
import { toUsd } from "./money.ts";
import { isStale } from "./priceBook.ts";

/** An estimate for people: verdict and money first, then each resource with its parts. @param now to tell old prices */
export function renderEstimate(result: Estimate, diff: readonly ResourceDiff[], now: Date): string {
  const parts = [
    headline(result),
    ...result.resources.map(resourceBlock),
    totals(result),
    grantBlock(result),
    diffBlock(result, diff),
    guardrailBlock(result),
    countBlock(result, now),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function headline({ totalMonthlyCost, diffTotalMonthlyCost, resources, summary, guardrails }: Estimate): string {
  const unpriced = resources.flatMap(({ name, costComponents }) =>
    costComponents.filter((each) => each.priceNotFound).map((each) => `${name}: ${each.name}`),
  );
  const unsupported = Object.entries(summary.unsupported).map(([type, count]) => `${count} x ${type}`);
  const blocked = guardrails.filter(({ result }) => result === "block").map(({ rule }) => rule);
  return [
    ...(blocked.length > 0 ? [`BLOCKED by ${blocked.join(", ")}`] : []),
    `${toUsd(totalMonthlyCost)} USD a month${diffTotalMonthlyCost === undefined ? "" : ` (${signed(diffTotalMonthlyCost)})`}`,
    ...(unpriced.length > 0 ? [`without a price: ${unpriced.join(", ")}`] : []),
    ...(unsupported.length > 0 ? [`not supported: ${unsupported.join(", ")}`] : []),
  ].join("; ");
}

function resourceBlock({ name, type, monthlyCost, costComponents }: ResourceCost): string {
  const head = row(`${name} (${type})`, "", monthlyCost === null ? "-" : toUsd(monthlyCost));
  const lines = costComponents.flatMap((each) => [
    row(`  ${each.name}`, quantity(each), amount(each)),
    ...(each.assumptions ?? []).filter(isOfLine).map((assumption) => `      ${assumption}`),
  ]);
  return [head, ...lines].join("\n");
}

/** The age of prices is told once, in the last line. */
function isOfLine(assumption: string): boolean {
  return !/^price of .* old$/.test(assumption);
}

function quantity({ monthlyQuantity, unit, grantUsed }: CostComponent): string {
  if (monthlyQuantity === null) return "";
  const times = /^\d/.test(unit) ? " x" : ""; // 3 x 1M
  return `${round(monthlyQuantity)}${times} ${unit}${grantUsed === undefined ? "" : `, ${round(grantUsed)} free`}`;
}

function amount({ monthlyCost, priceNotFound, price, unit }: CostComponent): string {
  if (priceNotFound) return "no price";
  if (monthlyCost === null) return `depends on usage: ${price} per ${unit}`;
  return monthlyCost === "0" ? "free" : toUsd(monthlyCost);
}

function row(left: string, middle: string, right: string): string {
  return `${left.padEnd(52)} ${middle.padStart(34)} ${right.padStart(12)}`.trimEnd();
}

function round(decimal: string): string {
  return String(Number(Number(decimal).toFixed(3)));
}

function signed(decimal: string): string {
  return decimal.startsWith("-") ? toUsd(decimal) : `+${toUsd(decimal)}`;
}

function totals(result: Estimate): string {
  return [
    row("Total", "", toUsd(result.totalMonthlyCost)),
    row("  of it by usage", result.usageProfile ?? "", toUsd(result.totalMonthlyUsageCost)),
    row("  on top of what runs already", "", toUsd(result.marginalMonthlyCost)),
  ].join("\n");
}

function grantBlock({ grants }: Estimate): string {
  if (grants.length === 0) return "";
  const lines = grants.map(({ meterId, scope, amount: all, usedByOthers, usedHere }) =>
    row(
      `  ${meterId}`,
      `${round(usedHere)} of ${round(all)}`,
      usedByOthers === "0" ? scope : `others use ${round(usedByOthers)}`,
    ),
  );
  return ["Free amounts used", ...lines].join("\n");
}

function diffBlock({ pastTotalMonthlyCost, diffTotalMonthlyCost }: Estimate, diff: readonly ResourceDiff[]): string {
  if (pastTotalMonthlyCost === undefined || diffTotalMonthlyCost === undefined) return "";
  const text = (value: string | null) => (value === null ? "-" : toUsd(value));
  const line = (indent: string, { name, before, after, delta }: Omit<ResourceDiff, "urn" | "components">) =>
    row(`${indent}${name}`, `${text(before)} -> ${text(after)}`, signed(delta));
  const lines = diff.flatMap((each) => [line("  ", each), ...each.components.map((part) => line("    ", part))]);
  return [row("Change", `from ${toUsd(pastTotalMonthlyCost)}`, signed(diffTotalMonthlyCost)), ...lines].join("\n");
}

function guardrailBlock({ guardrails }: Estimate): string {
  return guardrails.map(({ rule, result, message }) => `${result.padEnd(6)} ${rule}: ${message}`).join("\n");
}

function countBlock({ summary, pricesAsOf, region }: Estimate, now: Date): string {
  const { priced, usage, free, unpriced } = summary;
  const counted = `${priced} priced, ${usage} depend on usage, ${unpriced} without a price, ${free} resources free`;
  const old = isStale(pricesAsOf, now) ? " (more than 90 days old: run `npx devfactory cost refresh`)" : "";
  return `${counted}. List prices of ${region}, the oldest of ${pricesAsOf}${old}.`;
}
