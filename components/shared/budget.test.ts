import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { rawResources, record, SUBSCRIPTION_ID, testContext } from "../testing/index.ts";
import { Budget, type BudgetArgs } from "./budget.ts";

const args = { monthlyAmount: 50, firstMonth: "2027-01", emails: ["owner@contoso.example"] } as const;
const notice = { enabled: true, operator: "GreaterThanOrEqualTo", contactEmails: ["owner@contoso.example"] };
const budget = {
  scope: `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg`,
  budgetName: "money",
  category: "Cost",
  timeGrain: "Monthly",
  amount: 50,
  timePeriod: { startDate: "2027-01-01T00:00:00Z" },
};

it.each(["dev", "production"] as const)("%s: three steps of what was spent, one of the forecast", async (profile) => {
  const made = await record(() => new Budget("money", { context: testContext(profile), ...args }));
  expect(rawResources(made)).toEqual({
    "money-budget": [
      "consumption:Budget",
      {
        ...budget,
        notifications: {
          "spent-50": { ...notice, threshold: 50, thresholdType: "Actual" },
          "spent-80": { ...notice, threshold: 80, thresholdType: "Actual" },
          "spent-100": { ...notice, threshold: 100, thresholdType: "Actual" },
          "forecast-100": { ...notice, threshold: 100, thresholdType: "Forecasted" },
        },
      },
    ],
  });
});

it("everything on: own thresholds, action groups, the last word by transform", async () => {
  const made = await record(
    () =>
      new Budget("money", {
        context: testContext("dev"),
        ...args,
        name: "team_budget",
        emails: [],
        actionGroupResourceIds: ["/ag"],
        thresholds: [{ percent: 110.5, of: "forecast" }],
        transform: { budget: { amount: 60 } },
      }),
  );
  expect(rawResources(made)["money-budget"]?.[1]).toEqual({
    ...budget,
    budgetName: "team_budget",
    amount: 60,
    notifications: {
      "forecast-110_5": {
        enabled: true,
        operator: "GreaterThanOrEqualTo",
        threshold: 110.5,
        thresholdType: "Forecasted",
        contactEmails: [],
        contactGroups: ["/ag"],
      },
    },
  });
});

it("without addresses it tells the context's action group, and an explicit list replaces that", async () => {
  const groupsOf = async (more: Partial<BudgetArgs>) => {
    const context = testContext("dev", { actionGroupId: pulumi.output("/ag-of-context") });
    const { emails: _, ...rest } = args;
    const made = await record(() => new Budget("money", { context, ...rest, thresholds: [{ percent: 50 }], ...more }));
    return rawResources(made)["money-budget"]?.[1].notifications;
  };
  const told = (contactEmails: readonly string[], contactGroups: readonly string[]) => ({
    "spent-50": { ...notice, threshold: 50, thresholdType: "Actual", contactEmails, contactGroups },
  });
  expect(await groupsOf({})).toEqual(told([], ["/ag-of-context"]));
  expect(await groupsOf({ actionGroupResourceIds: ["/ag"] })).toEqual(told([], ["/ag"]));
});

it.each(["tags", "location"])("%s is refused: budgets have none", async (option) => {
  const more = { [option]: option === "tags" ? {} : "westus" };
  const made = record(() => new Budget("money", { context: testContext("dev"), ...args, ...more }));
  await expect(made).rejects.toMatchObject({
    code: "OPTION_UNSUPPORTED",
    details: { component: "Budget money", option },
  });
});

it.each<[Partial<BudgetArgs>, string, string]>([
  [{ monthlyAmount: 0 }, "monthlyAmount", "0"],
  [{ firstMonth: "2027-13" }, "firstMonth", "2027-13"],
  [{ thresholds: [] }, "thresholds", "0"],
  [{ thresholds: [1, 2, 3, 4, 5, 6].map((percent) => ({ percent })) }, "thresholds", "6"],
  [{ thresholds: [{ percent: 50 }, { percent: 50, of: "spent" }] }, "thresholds", "one twice"],
  [{ thresholds: [{ percent: 1001 }] }, "thresholds", "1001"],
  [{ emails: [] }, "emails", "0"],
  [{ emails: ["nobody"] }, "emails", "nobody"],
  [{ name: "a b" }, "name", "a b"],
])("%j is refused before anything is made", async (more, argument, value) => {
  const made = record(() => new Budget("money", { context: testContext("dev"), ...args, ...more }));
  await expect(made).rejects.toMatchObject({ code: "ARGUMENT_INVALID", details: { argument, value } });
});
