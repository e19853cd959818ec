import { rawResources, record, SUBSCRIPTION_ID, testContext } from "@devfactory/components/testing/index.ts";
import { expect, it } from "vitest";
import { parseAppSpec } from "../spec/index.ts";
import { makeBudget } from "./budget.ts";
import { Deployment } from "./settings.ts";

const people = { notify: ["ops@contoso.example"], month: "2027-01" };

async function make(budget: object, change: object) {
  const parsed = parseAppSpec({
    version: 1,
    name: "clinic",
    title: "A",
    services: [{ name: "web", kind: "web" }],
    ...budget,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { spec } = parsed;
  const place = { appId: "a", tenantId: "t", registryId: "/subscriptions/s", registryLoginServer: "r" };
  const deployment = Deployment.parse({ ...place, ...change });
  return rawResources(await record(() => makeBudget(testContext("dev"), spec, deployment)));
}

it("a budget of the spec tells the platform's people at 80 and at 100 percent", async () => {
  const notice = {
    enabled: true,
    operator: "GreaterThanOrEqualTo",
    thresholdType: "Actual",
    contactEmails: people.notify,
  };
  expect(await make({ budget: { monthlyUsd: 40 } }, people)).toEqual({
    "budget-budget": [
      "consumption:Budget",
      {
        scope: `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg`,
        budgetName: "budget",
        category: "Cost",
        timeGrain: "Monthly",
        amount: 40,
        timePeriod: { startDate: "2027-01-01T00:00:00Z" },
        notifications: { "spent-80": { ...notice, threshold: 80 }, "spent-100": { ...notice, threshold: 100 } },
      },
    ],
  });
});

it.each([
  ["the spec has none", {}, people],
  ["nobody would be told", { budget: { monthlyUsd: 40 } }, { ...people, notify: [] }],
  ["the month is not told", { budget: { monthlyUsd: 40 } }, { notify: people.notify }],
])("no budget is made when %s", async (_, budget, change) => {
  expect(await make(budget, change)).toEqual({});
});

it.each([
  [{ notify: ["ops"] }, "notify"],
  [{ month: "2027-13" }, "month"],
])("%j is refused", (change, path) => {
  expect(Deployment.safeParse(change).error?.issues.map((issue) => issue.path[0])).toContain(path);
});
