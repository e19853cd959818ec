import * as pulumi from "@pulumi/pulumi";
import { type ArgumentCheck, argumentCheck } from "../core/argument.ts";
import { consumption } from "../core/azureOnDemand.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import { ComponentError } from "../core/errors.ts";
import { type Existing, isExisting } from "../core/existing.ts";
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

export interface BudgetArgs extends Omit<ComponentArgs, "tags" | "location"> {
  /** In the currency in which the subscription is billed. Updates. */
  readonly monthlyAmount: number;
  /** First month that counts, `YYYY-MM`; not before the current one when the budget is made. Changing this replaces the budget. */
  readonly firstMonth: string;
  /** At most five. @default 50, 80 and 100 percent spent, 100 percent forecast */
  readonly thresholds?: readonly BudgetThreshold[];
  /** Who gets a mail; at least one of these two lists names somebody. */
  readonly emails?: readonly string[];
  /** Resource ids of action groups. @default the context's, where it has one */
  readonly actionGroupResourceIds?: readonly pulumi.Input<string>[];
  readonly transform?: { readonly budget?: Transform<ArgsOf<typeof consumption.Budget>> };
}

/**
 * Says when the resource group costs more than was meant (Azure Cost Management budget). Creates `budget`.
 *
 * Grants: none. The same in all profiles. Cost class: free.
 *
 * Limits: it tells, it stops nothing. Costs arrive 8 to 24 hours late and are judged once a day. It watches one resource group: what
 * other groups share is not in it. Budgets have neither tags nor a region.
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
export class Budget extends AzureComponent<BudgetArgs | Existing> {
  /** ARM id. */
  readonly budgetId: pulumi.Output<string>;

  /** @throws {ComponentError} `ARGUMENT_INVALID`; `OPTION_UNSUPPORTED` for tags and a region */
  constructor(name: string, args: BudgetArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    if (!isExisting(args)) checkArgs(`Budget ${name}`, args);
    super("Budget", name, args, opts, ["budget"]);
    const budget = isExisting(args) ? this.adopt("budget", consumption.Budget, args.resourceId) : this.#make(args);
    this.budgetId = budget.id;
    this.registerOutputs({});
  }

  /** A budget that somebody else manages; nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): Budget {
    return new Budget(name, at, opts);
  }

  #make(args: BudgetArgs): InstanceType<typeof consumption.Budget> {
    const { subscriptionId, resourceGroupName } = args.context;
    const groups = groupsOf(args);
    const contacts = {
      contactEmails: [...(args.emails ?? [])],
      ...(groups.length > 0 && { contactGroups: [...groups] }),
    };
    return this.child("budget", consumption.Budget, {
      scope: pulumi.interpolate`/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}`,
      budgetName: args.name ?? this.key,
      category: "Cost",
      timeGrain: "Monthly",
      amount: args.monthlyAmount,
      timePeriod: { startDate: `${args.firstMonth}-01T00:00:00Z` },
      notifications: Object.fromEntries(
        thresholdsOf(args).map((threshold) => [
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
  }
}

const DEFAULT_THRESHOLDS: readonly BudgetThreshold[] = [
  { percent: 50 },
  { percent: 80 },
  { percent: 100 },
  { percent: 100, of: "forecast" },
];

function thresholdsOf(args: BudgetArgs): readonly BudgetThreshold[] {
  return args.thresholds ?? DEFAULT_THRESHOLDS;
}

function groupsOf({ actionGroupResourceIds, context }: BudgetArgs): readonly pulumi.Input<string>[] {
  return actionGroupResourceIds ?? (context.actionGroupId ? [context.actionGroupId] : []);
}

function keyOf({ percent, of = "spent" }: BudgetThreshold): string {
  return `${of}-${percent}`.replace(".", "_");
}

function checkArgs(component: string, args: BudgetArgs): void {
  for (const option of ["tags", "location"]) {
    if (!(option in args)) continue; // the types say so too; agents write without them
    const details = { needed: "another kind of resource", given: "a budget", why: "budgets have none" };
    throw new ComponentError("OPTION_UNSUPPORTED", { component, option, ...details });
  }
  const check = argumentCheck(component);
  checkThresholds(check, thresholdsOf(args));
  check("monthlyAmount", args.monthlyAmount, Number.isFinite(args.monthlyAmount) && args.monthlyAmount > 0, {
    allowed: "an amount above 0",
    why: "Azure takes no other.",
  });
  check("firstMonth", args.firstMonth, /^2\d{3}-(0[1-9]|1[0-2])$/.test(args.firstMonth), {
    allowed: "YYYY-MM",
    why: "A monthly budget starts on the first of a month.",
  });
  checkContacts(check, args);
  const name = args.name ?? "budget";
  check("name", name, /^[A-Za-z0-9_-]{1,63}$/.test(name), {
    allowed: "1 to 63 letters, digits, hyphens and underscores",
    why: "Azure takes no other names of budgets.",
  });
}

function checkThresholds(check: ArgumentCheck, thresholds: readonly BudgetThreshold[]): void {
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
}

function checkContacts(check: ArgumentCheck, args: BudgetArgs): void {
  const emails = args.emails ?? [];
  check("emails", emails.length, emails.length + groupsOf(args).length > 0, {
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
}
