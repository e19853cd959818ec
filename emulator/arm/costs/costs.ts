import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../core/clock.ts";
import { ArmError, type ArmResource, type ResourceHooks, type ResourceReader } from "../../core/resources.ts";
import { isObject } from "../json.ts";

const TYPE = "Microsoft.Consumption/budgets";

/** A crossed threshold of a budget: made once for each threshold and month. */
export interface CostAlert {
  readonly name: string;
  readonly budgetId: string;
  /** Key of the budget's notification, `spent-80`. */
  readonly notification: string;
  /** `2027-01` */
  readonly month: string;
  readonly at: string;
  readonly spend: number;
}

/** What resource groups cost in each month, told by whoever operates the local Azure, and which budgets that crosses. */
export class Costs {
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #resources: ResourceReader;

  constructor(database: DatabaseSync, clock: Clock, resources: ResourceReader) {
    this.#database = database;
    this.#clock = clock;
    this.#resources = resources;
    database.exec(
      "CREATE TABLE IF NOT EXISTS arm_costs (scope TEXT, month TEXT, amount REAL, PRIMARY KEY (scope, month));" +
        "CREATE TABLE IF NOT EXISTS arm_cost_alerts (name TEXT PRIMARY KEY, budgetId TEXT, notification TEXT, month TEXT, at TEXT, spend REAL, UNIQUE (budgetId, notification, month))",
    );
  }

  /** Adds to what a resource group has cost this month, and judges the budgets that watch it. @param amount in the currency of the bill */
  charge(groupId: string, amount: number): void {
    this.#database
      .prepare("INSERT INTO arm_costs VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount")
      .run(groupId.toLowerCase(), this.#month(), amount);
    this.judge();
  }

  /** Makes the alerts of thresholds that are crossed and have none this month: Azure does so once a day. */
  judge(): void {
    const [month, at] = [this.#month(), new Date(this.#clock.now()).toISOString()];
    for (const budget of this.#resources.list(TYPE)) {
      const spend = this.spendOf(budget);
      for (const notification of crossed(budget, spend)) {
        this.#database
          .prepare("INSERT OR IGNORE INTO arm_cost_alerts VALUES (?, ?, ?, ?, ?, ?)")
          .run(randomUUID(), budget.id.toLowerCase(), notification, month, at, spend);
      }
    }
  }

  /** What a budget's scope, and everything below it, has cost this month. */
  spendOf({ id }: Pick<ArmResource, "id">): number {
    const scope = scopeOf(id);
    const row = this.#database
      .prepare("SELECT TOTAL(amount) AS spend FROM arm_costs WHERE month = ? AND (scope = ? OR scope LIKE ? || '/%')")
      .get(this.#month(), scope, scope);
    return Number(row?.spend ?? 0);
  }

  /** Alerts of the budgets at a scope and below, oldest first. */
  alerts(scope: string): readonly CostAlert[] {
    const rows = this.#database.prepare("SELECT * FROM arm_cost_alerts ORDER BY at, notification").all();
    return (rows as unknown as CostAlert[]).filter(({ budgetId }) =>
      `${scopeOf(budgetId)}/`.startsWith(`${scope.toLowerCase()}/`),
    );
  }

  #month(): string {
    return new Date(this.#clock.now()).toISOString().slice(0, 7);
  }
}

/** Budgets begin with a month that is not over, and tell what was spent. Source: Microsoft Learn, "Budgets - Create Or Update". */
export function budgetHooks(costs: Costs, clock: Clock): readonly ResourceHooks[] {
  return [
    {
      type: TYPE,
      validate({ desired, existing }) {
        const period = desired.properties.timePeriod;
        const start = isObject(period) ? String(period.startDate ?? "") : "";
        const month = new Date(clock.now()).toISOString().slice(0, 7);
        if (!/^\d{4}-\d{2}-01T00:00:00(\.0+)?Z?$/.test(start))
          throw new ArmError(400, "BudgetStartDateInvalid", "The start date must be the first day of the month.");
        if (!existing && start.slice(0, 7) < month)
          throw new ArmError(400, "BudgetStartDateInvalid", "The start date must not be before the current month.");
      },
      read: (budget) => ({ currentSpend: { amount: costs.spendOf(budget), unit: "USD" } }),
    },
  ];
}

function scopeOf(budgetId: string): string {
  return budgetId.toLowerCase().split("/providers/microsoft.consumption/")[0] ?? "";
}

/** Notifications whose threshold, a percentage of the amount, is crossed by what was spent; forecasts are not made here. */
function crossed({ properties }: ArmResource, spend: number): readonly string[] {
  const amount = Number(properties.amount);
  const notifications = isObject(properties.notifications) ? Object.entries(properties.notifications) : [];
  return notifications.flatMap(([key, notice]) => {
    if (!isObject(notice) || notice.enabled === false || notice.thresholdType === "Forecasted") return [];
    const limit = (amount * Number(notice.threshold)) / 100;
    const isOver = notice.operator === "GreaterThan" ? spend > limit : spend >= limit;
    return isOver ? [key] : [];
  });
}
