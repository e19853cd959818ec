import { isObject } from "../json.ts";
import type { Answer, ControlPlane } from "../plane.ts";

/** As Azure writes a time that has not come. */
const NEVER = "0001-01-01T00:00:00";

/** GET `{scope}/providers/Microsoft.CostManagement/alerts` ("Alerts - List", azure-rest-api-specs, example ResourceGroupAlerts). */
export function alertsAnswer(plane: ControlPlane, scope: string): Answer {
  plane.costs.judge();
  const value = plane.costs.alerts(scope).map(({ name, budgetId, notification, month, at, spend }) => {
    const { name: costEntityId = budgetId.split("/").at(-1), properties = {} } = plane.store.get(budgetId) ?? {};
    const notices = isObject(properties.notifications) ? properties.notifications : {};
    const notice = isObject(notices[notification]) ? notices[notification] : {};
    const scopeId = budgetId.split("/providers/microsoft.consumption/")[0];
    return {
      id: `${scopeId}/providers/Microsoft.CostManagement/alerts/${name}`,
      name,
      type: "Microsoft.CostManagement/alerts",
      properties: {
        definition: { type: "Budget", category: "Cost", criteria: "CostThresholdExceeded" },
        source: "Preset",
        details: {
          timeGrainType: properties.timeGrain,
          periodStartDate: `${month}-01T00:00:00Z`,
          threshold: Number(notice.threshold) / 100,
          operator: notice.operator,
          amount: properties.amount,
          unit: "USD",
          currentSpend: spend,
          contactEmails: notice.contactEmails ?? [],
          contactGroups: notice.contactGroups ?? [],
          contactRoles: notice.contactRoles ?? [],
        },
        costEntityId,
        status: "Active",
        creationTime: at,
        closeTime: NEVER,
        modificationTime: at,
      },
    };
  });
  return { status: 200, body: { value } };
}
