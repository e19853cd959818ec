import { toUsd } from "@devfactory/checks/index.ts";
import type { Finding } from "@devfactory/checks/policy/finding.ts";
import { nameOf } from "../deploy/planRecorder.ts";
import type { ResourceChange } from "./changes.ts";
import { code, type Folded, fit, prose, shown } from "./markdown.ts";
import { replacingOptions } from "./replacingOptions.ts";
import { isFailure, type Report } from "./report.ts";

export interface RenderOptions {
  /** Tells the comments of several apps of one repository apart. */
  readonly app: string;
  /** Characters that the host takes. */
  readonly limit: number;
}

const VERDICT = { pass: "✅ Passes", unsure: "⚠️ Not decided", fail: "❌ Fails" } as const;

/** The hidden line by which the comment is found again. */
export function markerOf(app: string): string {
  return `<!-- devfactory:pull-request ${app.replace(/[^\w.-]/g, "-")} -->`;
}

/** The comment: verdict and money, what loses data, what fails, what it costs, and the rest folded. Pure. */
export function render(report: Report, { app, limit }: RenderOptions): string {
  const open = [
    headline(report),
    "",
    ...dataLosses(report.changes),
    ...failures(report),
    ...costTable(report),
    ...nextCommands(report),
  ];
  const folded = [changeList(report.changes), notDecided(report), waived(report)].filter(
    (part) => part.lines.length > 0,
  );
  return fit(open, folded, markerOf(app), limit);
}

function headline({ verdict, estimate, changes }: Report): string {
  const { totalMonthlyCost, diffTotalMonthlyCost = "0", summary } = estimate;
  const delta = toUsd(diffTotalMonthlyCost);
  const change = delta === "0.00" ? "no change" : `${delta.startsWith("-") ? delta.replace("-", "−") : `+${delta}`}`;
  const unsupported = Object.values(summary.unsupported).reduce((sum, count) => sum + count, 0);
  return [
    `**${VERDICT[verdict]}**`,
    `${toUsd(totalMonthlyCost)} USD a month (${change})`,
    ...(summary.unpriced > 0 ? [`${summary.unpriced} unpriced`] : []),
    ...(unsupported > 0 ? [`${unsupported} without a price list`] : []),
    counts(changes),
  ].join(" · ");
}

function counts(changes: readonly ResourceChange[]): string {
  const words = { create: "created", update: "changed", replace: "replaced", delete: "deleted" } as const;
  const parts = (["create", "update", "replace", "delete"] as const).flatMap((operation) => {
    const count = changes.filter((change) => change.operation === operation).length;
    return count > 0 ? [`${count} ${words[operation]}`] : [];
  });
  return parts.join(", ") || "no changes";
}

function dataLosses(changes: readonly ResourceChange[]): string[] {
  const lost = changes.filter(
    ({ stateful, operation }) => stateful && (operation === "replace" || operation === "delete"),
  );
  const lines = lost.map(({ urn, name, type, operation, replaceKeys }) => {
    const why = replaceKeys?.length ? ` (${replaceKeys.map(code).join(", ")})` : "";
    const behind = operation === "replace" ? optionsBehind(urn) : "";
    return `- **${operation === "replace" ? "Replaces" : "Deletes"} ${code(name)} with its data**${why}, ${code(type)}${behind}`;
  });
  return lines.length > 0 ? [...lines, ""] : [];
}

/** The component's options that replace, as its reference says; nothing for a resource that no component made. */
function optionsBehind(urn: string): string {
  const found = replacingOptions(urn);
  if (!found) return "";
  const options = [...found.options, "name", "location"].map(code).join(", ");
  return `; of ${code(found.component)} these replace: ${options}`;
}

function failures({ findings = [], estimate, preflight = [] }: Report): string[] {
  const lines = [
    ...findings.filter(isFailure).map(findingLine),
    ...estimate.guardrails
      .filter(({ result }) => result === "block")
      .map(
        ({ rule, message }) =>
          `- **${prose(rule)}** ${prose(message)}. Fix: make it smaller, or raise the budget on purpose.`,
      ),
    ...preflight
      .filter(({ severity }) => severity === "error")
      .map(
        ({ id, resource, message, advice }) =>
          `- **${prose(id)}** ${named(resource)}${prose(message)} Fix: ${prose(advice)}`,
      ),
  ];
  return lines.length > 0 ? ["### Must be fixed", "", ...lines, ""] : [];
}

function findingLine({ rule, urn, path, message, fix }: Finding): string {
  const at = path ? ` ${code(path)}` : "";
  return `- **${prose(rule)}** ${named(urn)}${prose(message)}${at}${fix ? ` Fix: ${prose(fix)}` : ""}`;
}

function named(urn: string): string {
  return urn === "" ? "" : `${code(nameOf(urn) || urn)}: `;
}

function costTable({ costs, estimate }: Report): string[] {
  if (costs.length === 0) return [];
  const usd = (amount: string | null) => (amount === null ? "–" : toUsd(amount));
  const sorted = [...costs].sort(
    (a, b) => Math.abs(Number(b.delta)) - Math.abs(Number(a.delta)) || a.name.localeCompare(b.name),
  );
  const { totalMonthlyCost, pastTotalMonthlyCost = "0", diffTotalMonthlyCost = "0" } = estimate;
  return [
    "| USD a month | before | after | difference |",
    "| --- | ---: | ---: | ---: |",
    ...sorted.map(
      ({ name, before, after, delta }) => `| ${code(name)} | ${usd(before)} | ${usd(after)} | ${usd(delta)} |`,
    ),
    `| **all** | ${usd(pastTotalMonthlyCost)} | ${usd(totalMonthlyCost)} | ${usd(diffTotalMonthlyCost)} |`,
    "",
    `Without use that nobody told; prices of ${prose(estimate.pricesAsOf || "an unknown day")}.`,
    "",
  ];
}

function nextCommands({ verdict }: Report): string[] {
  const what = verdict === "pass" ? "See it on your machine" : "The same on your machine";
  return [`${what}: \`npx devfactory pr --print\`, \`npx devfactory plan\`.`, ""];
}

function changeList(changes: readonly ResourceChange[]): Folded {
  const lines = changes.flatMap(({ operation, name, type, properties }) => [
    `- ${operation} ${code(name)}, ${code(type)}`,
    ...properties.map(({ path, before, after }) => `  - ${code(path)}: ${shown(before)} → ${shown(after)}`),
  ]);
  return { title: `Changes: ${counts(changes)}`, lines };
}

function notDecided({ findings, estimate, preflight = [] }: Report): Folded {
  const lines = [
    ...findings.filter(({ verdict }) => verdict === "unknown").map(findingLine),
    ...estimate.resources.flatMap(({ name, costComponents }) =>
      costComponents
        .filter((each) => each.priceNotFound)
        .map((each) => `- No price: ${code(name)} ${prose(each.name)}`),
    ),
    ...Object.entries(estimate.summary.unsupported).map(([type, count]) => `- No price list: ${count} × ${code(type)}`),
    ...preflight
      .filter(({ severity }) => severity === "warning")
      .map(
        ({ id, resource, message, advice }) => `- ${prose(id)} ${named(resource)}${prose(message)} ${prose(advice)}`,
      ),
  ];
  return { title: `Not decided: ${lines.length}`, lines };
}

function waived({ findings }: Report): Folded {
  const lines = findings.flatMap(({ rule, urn, verdict, waiver }) => {
    if (!waiver || verdict === "fail") return [];
    const approver = waiver.approver ? `, approved by ${prose(waiver.approver)}` : "";
    return [
      `- **${prose(rule)}** ${named(urn)}${prose(waiver.reason)} (${prose(waiver.owner)}${approver}, until ${prose(waiver.expires)})`,
    ];
  });
  return { title: `Waived: ${lines.length}`, lines };
}
