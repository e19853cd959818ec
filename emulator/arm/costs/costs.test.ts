import { afterEach, beforeEach, expect, it } from "vitest";
import { type Cloud, startCloud } from "../testing/cloud.ts";

let cloud: Cloud;
let group: string;
beforeEach(async () => {
  cloud = await startCloud();
  group = `${cloud.subscription}/resourceGroups/rg-shop`;
  await cloud.call("PUT", group, { location: "eastus" });
});
afterEach(() => cloud[Symbol.asyncDispose]());

/** A request with a token of this moment: the clock is moved here, and the client keeps its token. */
async function call(method: string, path: string, body?: unknown) {
  const { tenantId, clientId, objectId } = cloud.house.seeds.developer;
  const subject = { objectId, clientId, kind: "app" } as const;
  const audience = "https://management.azure.com";
  const token = await cloud.house.context.tokens.issue({ tenantId, audience, version: "v1", subject });
  return cloud.call(method, path, body, { Authorization: `Bearer ${token}` });
}

const month = (ahead = 0) => {
  const now = new Date(cloud.house.clock.now());
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1)).toISOString();
};
const notice = (threshold: number, more = {}) => ({
  enabled: true,
  operator: "GreaterThanOrEqualTo",
  threshold,
  contactEmails: ["ops@contoso.example"],
  ...more,
});

function put(change: object = {}, scope = group) {
  const properties = {
    amount: 50,
    category: "Cost",
    timeGrain: "Monthly",
    timePeriod: { startDate: month() },
    notifications: { "spent-80": notice(80), "spent-100": notice(100) },
    ...change,
  };
  return call("PUT", `${scope}/providers/Microsoft.Consumption/budgets/budget`, { properties });
}

async function alerts(scope = group): Promise<readonly [threshold: number, spend: number][]> {
  const { status, body } = await call("GET", `${scope}/providers/Microsoft.CostManagement/alerts`);
  expect(status).toBe(200);
  return body.value.map(
    ({ properties: { details } }: { properties: { details: { threshold: number; currentSpend: number } } }) => [
      details.threshold,
      details.currentSpend,
    ],
  );
}

it("each crossed threshold alerts once a month, to those whom the budget names", async () => {
  expect((await put()).status).toBe(201);
  const { costs } = cloud.house.arm;
  costs.charge(group, 39.99);
  expect(await alerts()).toEqual([]);
  costs.charge(group.toUpperCase(), 0.01);
  expect(await alerts()).toEqual([[0.8, 40]]);
  costs.charge(group, 9);
  costs.charge(group, 0.5);
  expect(await alerts()).toEqual([[0.8, 40]]);
  costs.charge(group, 20);
  costs.charge(group, 100);
  expect(await alerts()).toEqual([
    [0.8, 40],
    [1, 69.5],
  ]);
  const { body } = await cloud.call("GET", `${group}/providers/Microsoft.CostManagement/alerts`);
  expect(body.value[0]).toMatchObject({
    type: "Microsoft.CostManagement/alerts",
    properties: {
      definition: { type: "Budget", category: "Cost", criteria: "CostThresholdExceeded" },
      details: { amount: 50, periodStartDate: month().replace(".000", ""), contactEmails: ["ops@contoso.example"] },
      costEntityId: "budget",
      status: "Active",
    },
  });
  const budget = await cloud.call("GET", `${group}/providers/Microsoft.Consumption/budgets/budget`);
  expect(budget.body.properties.currentSpend).toEqual({ amount: 169.5, unit: "USD" });
});

it("a new month begins at zero and alerts again", async () => {
  await put();
  cloud.house.arm.costs.charge(group, 45);
  cloud.house.clock.shift(32 * 86_400_000);
  expect(await alerts()).toHaveLength(1);
  cloud.house.arm.costs.charge(group, 41);
  expect(await alerts()).toEqual([
    [0.8, 45],
    [0.8, 41],
  ]);
});

it("a budget of the subscription counts all groups; other groups and what is switched off do not count", async () => {
  await put();
  await put(
    {
      notifications: {
        one: notice(100),
        off: notice(1, { enabled: false }),
        later: notice(1, { thresholdType: "Forecasted" }),
      },
    },
    cloud.subscription,
  );
  await cloud.call("PUT", `${group}-two`, { location: "eastus" });
  cloud.house.arm.costs.charge(`${group}-two`, 30);
  cloud.house.arm.costs.charge(group, 20);
  expect([await alerts(), await alerts(`${group}-two`), await alerts(cloud.subscription)]).toEqual([[], [], [[1, 50]]]);
});

it.each([
  ["the middle of a month", () => month().replace("-01T", "-15T")],
  ["a month that is over", () => month(-1)],
])("a budget that begins in %s is refused; one that exists keeps its month", async (_, startDate) => {
  const refused = await put({ timePeriod: { startDate: startDate() } });
  expect([refused.status, refused.body.error.code]).toEqual([400, "BudgetStartDateInvalid"]);
});

it("a raised amount of a budget that began in an earlier month is taken", async () => {
  const begun = { timePeriod: { startDate: month() } };
  await put(begun);
  cloud.house.clock.shift(40 * 86_400_000);
  expect((await put({ ...begun, amount: 80 })).status).toBe(200);
});
