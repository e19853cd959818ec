import { expect, it } from "vitest";
import { testContext } from "../../testing/context.ts";
import { LogWorkspaces } from "./logWorkspaces.ts";

const GROUP = "/subscriptions/s/resourceGroups/g/providers";
const ENVIRONMENT = `${GROUP}/Microsoft.App/managedEnvironments/e`;
const WORKSPACE = `${GROUP}/Microsoft.OperationalInsights/workspaces/w`;

function environment(appLogsConfiguration: object) {
  return {
    id: ENVIRONMENT,
    name: "e",
    type: "Microsoft.App/managedEnvironments",
    properties: { appLogsConfiguration },
  };
}

it("the workspace that the environment names collects its lines", async () => {
  await using context = await testContext();
  context.putResource(environment({ logAnalyticsConfiguration: { customerId: "c1" } }));
  expect(new LogWorkspaces(context).of(ENVIRONMENT)).toBe("c1");
});

it("with azure-monitor the diagnostic setting decides", async () => {
  await using context = await testContext();
  context.putResource(environment({ destination: "azure-monitor" }));
  expect(new LogWorkspaces(context).of(ENVIRONMENT)).toBe("");
  const workspace = { name: "w", type: "Microsoft.OperationalInsights/workspaces", properties: { customerId: "c2" } };
  context.putResource({ id: WORKSPACE, ...workspace });
  context.putResource({
    id: `${ENVIRONMENT}/providers/Microsoft.Insights/diagnosticSettings/logs`,
    name: "logs",
    type: "Microsoft.Insights/diagnosticSettings",
    properties: { workspaceId: WORKSPACE },
  });
  expect(new LogWorkspaces(context).of(ENVIRONMENT)).toBe("c2");
});
