import * as pulumi from "@pulumi/pulumi";
import { type ArgumentCheck, argumentCheck } from "../core/argument.ts";
import { consumption } from "../core/azureOnDemand.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

/** Notifications of one budget. Source: Microsoft Learn, "Create and manage budgets". */
const MOST_NOTIFICATIONS = 5;
const MOST_EMAILS = 50;

export interface BudgetThreshold {
  /** Percent of the amount, above 0 up to 1,000. */
  readonly percent: number;
  /** What was spent, or what the month will have cost by its end at this rate. @default spent */
  readonly of?: "spent" | "forecast";
}

export interface BudgetArgs extends ComponentArgs {
  /** In the currency in which the subscription is billed. Updates. */
  readonly monthlyAmount: number;
  /** First month that counts, `YYYY-MM`; not before the current one when the budget is made. Changing this replaces the budget. */
  readonly firstMonth: string;
  /** At most five. @default 50, 80 and 100 percent spent, 100 percent forecast */
  readonly thresholds?: readonly BudgetThreshold[];
  /** Who gets a mail; at least one of these two lists names somebody. */
  readonly emails?: readonly string[];
  /** Resource ids of action groups. */
  readonly actionGroupResourceIds?: readonly pulumi.Input<string>[];
  readonly transform?: { readonly budget?: Transform<ArgsOf<typeof consumption.Budget>> };
}

/**
 * Says when the resource group costs more than was meant (Azure Cost Management budget). Creates `budget`.
 *
 * Grants: none. The same in all profiles. Cost class: free.
 *
 * Limits: it tells, it stops nothing. Costs arrive 8 to 24 hours late and are judged once a day. It watches one resource group: what
 * other groups share is not in it.
 *
 * @example Mails at 50, 80 and 100 percent
 * ```ts
 * new Budget("budget", { context, monthlyAmount: 50, firstMonth: "2027-01", emails: ["owner@contoso.example"] });
 * ```
 *
 * @example Tells the action group when the month will cost too much
 * ```ts
 * const thresholds = [{ percent: 100, of: "forecast" }] as const;
 * const actionGroupResourceIds = [actionGroupId];
 * new Budget("budget", { context, monthlyAmount: 200, firstMonth: "2027-01", thresholds, actionGroupResourceIds });
 * ```
 */
export class Budget extends AzureComponent<BudgetArgs> {
  /** ARM id. */
  readonly budgetId: pulumi.Output<string>;

  /** @throws {ComponentError} `ARGUMENT_INVALID` */
  constructor(name: string, args: BudgetArgs, opts?: pulumi.ComponentResourceOptions) {
    const thresholds = args.thresholds ?? DEFAULT_THRESHOLDS;
    checkArgs(argumentCheck(`Budget ${name}`), args, thresholds);
    super("Budget", name, args, opts, ["budget"]);
    const { subscriptionId, resourceGroupName } = args.context;
    const contacts = {
      contactEmails: [...(args.emails ?? [])],
      ...(args.actionGroupResourceIds && { contactGroups: [...args.actionGroupResourceIds] }),
    };
    const budget = this.child("budget", consumption.Budget, {
      scope: pulumi.interpolate`/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}`,
      budgetName: args.name ?? name,
      category: "Cost",
      timeGrain: "Monthly",
      amount: args.monthlyAmount,
      timePeriod: { startDate: `${args.firstMonth}-01T00:00:00Z` },
      notifications: Object.fromEntries(
        thresholds.map((threshold) => [
          keyOf(threshold),
          {
            enabled: true,
            operator: "GreaterThanOrEqualTo",
            threshold: threshold.percent,
            thresholdType: threshold.of === "forecast" ? "Forecasted" : "Actual",
            ...contacts,
          },
        ]),
      ),
    });
    this.budgetId = budget.id;
    this.registerOutputs({});
  }
}

const DEFAULT_THRESHOLDS: readonly BudgetThreshold[] = [
  { percent: 50 },
  { percent: 80 },
  { percent: 100 },
  { percent: 100, of: "forecast" },
];

function keyOf({ percent, of = "spent" }: BudgetThreshold): string {
  return `${of}-${percent}`.replace(".", "_");
}

function checkArgs(check: ArgumentCheck, args: BudgetArgs, thresholds: readonly BudgetThreshold[]): void {
  check("monthlyAmount", args.monthlyAmount, Number.isFinite(args.monthlyAmount) && args.monthlyAmount > 0, {
    allowed: "an amount above 0",
    why: "Azure takes no other.",
  });
  check("firstMonth", args.firstMonth, /^2\d{3}-(0[1-9]|1[0-2])$/.test(args.firstMonth), {
    allowed: "YYYY-MM",
    why: "A monthly budget starts on the first of a month.",
  });
  check("thresholds", thresholds.length, thresholds.length >= 1 && thresholds.length <= MOST_NOTIFICATIONS, {
    allowed: `1 to ${MOST_NOTIFICATIONS}`,
    why: "A budget has no more notifications, and without one it tells nobody.",
  });
  check("thresholds", "one twice", new Set(thresholds.map(keyOf)).size === thresholds.length, {
    allowed: "each once",
    why: "The second would tell nothing new.",
  });
  for (const { percent } of thresholds) {
    check("thresholds", percent, percent > 0 && percent <= 1000, {
      allowed: "a percentage above 0 up to 1000",
      why: "Azure takes no other.",
    });
  }
  const emails = args.emails ?? [];
  check("emails", emails.length, emails.length + (args.actionGroupResourceIds ?? []).length > 0, {
    allowed: "at least one address or action group",
    why: "A budget that tells nobody does nothing.",
  });
  check("emails", emails.length, emails.length <= MOST_EMAILS, {
    allowed: `at most ${MOST_EMAILS}`,
    why: "Azure sends no more.",
  });
  for (const email of emails) {
    check("emails", email, /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email), { allowed: "addresses", why: "It gets mail." });
  }
  const name = args.name ?? "budget";
  check("name", name, /^[A-Za-z0-9_-]{1,63}$/.test(name), {
    allowed: "1 to 63 letters, digits, hyphens and underscores",
    why: "Azure takes no other names of budgets.",
  });
}
