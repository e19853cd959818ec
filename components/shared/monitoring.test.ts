import { expect, it } from "vitest";
import { ContainerEnvironment } from "../compute/containerEnvironment.ts";
import { rawResources, record, TEST_TAGS, testContext } from "../testing/index.ts";
import { Monitoring } from "./monitoring.ts";

it.each([
  { profile: "dev", days: 30, dailyQuotaGb: 1, workspaceName: "log-clinic-dev-tomehi" },
  { profile: "production", days: 90, dailyQuotaGb: 10, workspaceName: "log-clinic-prod-m7b7qg" },
] as const)("$profile: a workspace that takes at most $dailyQuotaGb GB a day", async (row) => {
  const made = rawResources(await record(() => new Monitoring("mon", { context: testContext(row.profile) })));
  expect(made["mon-workspace"]).toEqual([
    "operationalinsights:Workspace",
    {
      resourceGroupName: "rg",
      location: "eastus",
      workspaceName: row.workspaceName,
      sku: { name: "PerGB2018" },
      retentionInDays: row.days,
      workspaceCapping: { dailyQuotaGb: row.dailyQuotaGb },
      features: { disableLocalAuth: true },
      tags: { ...TEST_TAGS, "devfactory-component": "mon" },
    },
  ]);
  expect("mon-insights" in made).toBe(row.profile === "production");
});

it("traces can be switched on in dev, without keys", async () => {
  const made = rawResources(
    await record(() => new Monitoring("mon", { context: testContext("dev"), insights: true, dailyCapGb: 3 })),
  );
  expect(made["mon-insights"]?.[1]).toMatchObject({ disableLocalAuth: true, kind: "web" });
  expect(made["mon-workspace"]?.[1]).toMatchObject({ workspaceCapping: { dailyQuotaGb: 3 } });
});

it("an environment logs to the context's workspace without its shared key", async () => {
  const made = await record(() => {
    const base = testContext("dev");
    return new ContainerEnvironment("env", { context: new Monitoring("mon", { context: base }).within(base) });
  });
  const raw = rawResources(made);
  expect(raw["env-environment"]).toEqual([
    "app:ManagedEnvironment",
    {
      resourceGroupName: "rg",
      location: "eastus",
      environmentName: "cae-clinic-dev-zzqqis",
      workloadProfiles: [{ name: "Consumption", workloadProfileType: "Consumption" }],
      peerTrafficConfiguration: { encryption: { enabled: true } },
      appLogsConfiguration: { destination: "azure-monitor" },
      tags: { ...TEST_TAGS, "devfactory-component": "env" },
    },
  ]);
  expect(raw["env-diagnostics"]?.[1]).toMatchObject({
    logs: [{ categoryGroup: "allLogs", enabled: true }],
    resourceUri: expect.stringMatching(/\/managedEnvironments\/cae-clinic-dev-zzqqis$/),
    workspaceId: expect.stringMatching(/\/workspaces\/log-clinic-dev-tomehi$/),
  });
});
