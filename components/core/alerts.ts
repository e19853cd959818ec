import type * as pulumi from "@pulumi/pulumi";
import { monitor } from "./azure.ts";
import type { MakeChild } from "./child.ts";
import type { AppContext } from "./context.ts";
import { ComponentError } from "./errors.ts";

/** When somebody should look: one metric of the main resource against a fixed number. */
export interface AlertRule {
  /** Metric as Azure Monitor names it. Source: Microsoft Learn, "Supported metrics with Azure Monitor", by resource type, compared with published alert rules 2026-11-28. */
  readonly metric: string;
  readonly is: "GreaterThan" | "GreaterThanOrEqual" | "LessThan";
  readonly threshold: number;
  readonly by: "Average" | "Count" | "Maximum" | "Minimum" | "Total";
  /** 0 critical, 1 error, 2 warning, 3 information. */
  readonly severity: 0 | 1 | 2 | 3;
  /** What happened, for whoever is called. */
  readonly says: string;
  /** Only values of this dimension count. */
  readonly where?: { readonly dimension: string; readonly values: readonly string[] };
  /** Minutes that are looked at together, every five minutes. @default 5 */
  readonly minutes?: 5 | 15 | 30;
}

/** By name. `on`: what the rule watches where it is not the main resource. */
export type AlertRules = Readonly<Record<string, AlertRule & { readonly on?: pulumi.CustomResource }>>;

/**
 * The tier's default alerts, sent to the context's action group. About 0.10 USD a month for each.
 * @default in production when the context has an action group. `true`: in every profile; by name: another threshold, or `false`
 */
export type Alerts = boolean | Readonly<Record<string, false | Partial<Pick<AlertRule, "threshold" | "severity">>>>;

/**
 * Makes `alert-<name>` for each rule.
 *
 * @throws {ComponentError} `OPTION_UNKNOWN` for a name that the tier does not have, `CONTEXT_MISSING` without an action group
 */
export function makeAlerts(
  make: MakeChild,
  owner: { readonly label: string; readonly context: AppContext },
  option: Alerts | undefined,
  main: pulumi.CustomResource,
  rules: AlertRules,
): void {
  const { context, label } = owner;
  if (option === false) return;
  const changes = typeof option === "object" ? option : {};
  const unknown = Object.keys(changes).find((name) => !(name in rules));
  if (unknown !== undefined) {
    const known = Object.keys(rules).join(", ") || "none";
    throw new ComponentError("OPTION_UNKNOWN", { component: label, option: "alerts", key: unknown, known });
  }
  const { actionGroupId } = context;
  if (option === undefined && (context.profile !== "production" || actionGroupId === undefined)) return;
  if (actionGroupId === undefined) {
    const details = { component: label, option: "alerts", missing: "action group" };
    throw new ComponentError("CONTEXT_MISSING", details);
  }
  for (const [name, rule] of Object.entries(rules)) {
    const change = changes[name];
    if (change === false) continue;
    const { id } = rule.on ?? main;
    const args = alertArgs(context.resourceGroupName, id, actionGroupId, name, { ...rule, ...change });
    make(`alert-${name}`, monitor.MetricAlert, args);
  }
}

function alertArgs(
  resourceGroupName: pulumi.Output<string>,
  scope: pulumi.Output<string>,
  actionGroupId: pulumi.Output<string>,
  name: string,
  rule: AlertRule,
) {
  const { where } = rule;
  return {
    resourceGroupName,
    location: "global",
    scopes: [scope],
    description: rule.says,
    severity: rule.severity,
    enabled: true,
    autoMitigate: true,
    evaluationFrequency: "PT5M",
    windowSize: `PT${rule.minutes ?? 5}M`,
    criteria: {
      odataType: "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria" as const,
      allOf: [
        {
          criterionType: "StaticThresholdCriterion" as const,
          name,
          metricName: rule.metric,
          operator: rule.is,
          threshold: rule.threshold,
          timeAggregation: rule.by,
          ...(where && { dimensions: [{ name: where.dimension, operator: "Include", values: [...where.values] }] }),
        },
      ],
    },
    actions: [{ actionGroupId }],
  };
}
