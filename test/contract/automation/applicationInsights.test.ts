import { randomUUID } from "node:crypto";
import { setDefaultCACertificates } from "node:tls";
import { Redactor } from "@devfactory/automation/redact.ts";
import { instruments } from "@devfactory/automation/telemetry/metrics.ts";
import { inSpan } from "@devfactory/automation/telemetry/spans.ts";
import { startTelemetry } from "@devfactory/automation/telemetry/telemetry.ts";
import { createMonitor } from "@devfactory/emulator/services/monitor/index.ts";
import { testContext } from "@devfactory/emulator/testing/context.ts";
import { SpanKind } from "@opentelemetry/api";
import { expect, it } from "vitest";

const GROUP = "/subscriptions/s/resourceGroups/rg/providers";
const WORKSPACE = `${GROUP}/Microsoft.OperationalInsights/workspaces/logs`;
const INSIGHTS = `${GROUP}/Microsoft.Insights/components/insights`;
const SECRET = "correct-horse-battery";
const caller = {
  objectId: "o",
  tenantId: "t",
  clientId: "c",
  kind: "app",
  audience: "",
  groups: [],
  claims: {},
} as const;

it("requests, dependencies, failures and metrics reach Application Insights under an identity, without secrets", async () => {
  await using cloud = await testContext();
  const monitor = createMonitor(cloud);
  const put = async (id: string, type: string, properties: object) => {
    const desired = { id, name: id.split("/").at(-1) ?? "", type, properties: { ...properties } };
    const set = await monitor.hooks.find((each) => each.type === type)?.put?.({ desired, caller });
    cloud.putResource({ ...desired, properties: { ...desired.properties, ...set } });
    return set ?? {};
  };
  const workspace = await put(WORKSPACE, "Microsoft.OperationalInsights/workspaces", {});
  const closed = { WorkspaceResourceId: WORKSPACE, DisableLocalAuth: true };
  const component = await put(INSIGHTS, "Microsoft.Insights/components", closed);
  await monitor.start();
  setDefaultCACertificates([cloud.certificates.ca]);
  cloud.grant("api", "Microsoft.Insights/Telemetry/Write", INSIGHTS);
  const redactor = new Redactor();
  redactor.add(SECRET);
  const telemetry = await startTelemetry({
    service: "api",
    environment: { APPLICATIONINSIGHTS_CONNECTION_STRING: String(component.ConnectionString) },
    redactor,
    credential: () => cloud.credential("api"),
  });
  const request = { kind: SpanKind.SERVER, attributes: { "http.request.method": "POST", "http.route": "/deploy" } };
  await inSpan("POST /deploy", request, async () => {
    await inSpan("deployment up", { kind: SpanKind.CLIENT }, async (span) => {
      span.addEvent("deployment_failed", { "error.code": "DEPLOY_FAILED", reason: `with ${SECRET}` });
      throw new Error(`refused with ${SECRET}`);
    }).catch(() => undefined);
  });
  instruments().leasesLost.add(2);
  await telemetry.stop();

  const rows = (table: string) => monitor.logs.rows(String(workspace.customerId), table).map(({ columns }) => columns);
  const [sent] = rows("AppRequests");
  expect(rows("AppRequests")).toMatchObject([{ Name: "POST /deploy", AppRoleName: "devfactory-api", Success: true }]);
  const [dependency] = rows("AppDependencies");
  expect(dependency).toMatchObject({ Name: "deployment up", Success: false, ParentId: sent?.Id });
  expect([dependency?.OperationId, rows("AppExceptions")[0]?.OuterMessage]).toEqual([
    sent?.OperationId,
    "refused with [secret:value]",
  ]);
  expect(rows("AppTraces")).toMatchObject([
    {
      Message: "deployment_failed",
      OperationId: sent?.OperationId,
      Properties: { "error.code": "DEPLOY_FAILED", reason: "with [secret:value]" },
    },
  ]);
  const metrics = rows("AppMetrics").flatMap(({ Metrics }) => Metrics as { name: string; value: number }[]);
  const own = metrics.filter(({ name }) => name.startsWith("devfactory."));
  expect(own.map(({ name, value }) => [name, value])).toEqual([["devfactory.leases.lost", 2]]);

  // Who may not write its telemetry is refused, and so is the key alone.
  const base = String(/IngestionEndpoint=([^;]+)/.exec(String(component.ConnectionString))?.[1]);
  const item = { iKey: component.InstrumentationKey, data: { baseType: "MessageData", baseData: { message: "no" } } };
  const track = async (authorization?: string) => {
    const headers = { "content-type": "application/json", ...(authorization && { authorization }) };
    const response = await fetch(`${base}v2.1/track`, { method: "POST", headers, body: JSON.stringify([item]) });
    return response.status;
  };
  const token = async (who: string) =>
    `Bearer ${(await cloud.credential(who).getToken("https://monitor.azure.com/.default"))?.token}`;
  expect([await track(), await track(await token(randomUUID())), await track(await token("api"))]).toEqual([
    401, 401, 200,
  ]);
  await monitor.stop();
});
