import type { EmulatorContext } from "../../core/context.ts";
import type { Json } from "../../core/resources.ts";
import type { LogRow } from "./logs.ts";

/** Tables of a workspace-based component by the telemetry's base type. Source: Azure Monitor, "Workspace-based resource changes". */
const TABLES: Readonly<Record<string, string>> = {
  RequestData: "AppRequests",
  MessageData: "AppTraces",
  ExceptionData: "AppExceptions",
  RemoteDependencyData: "AppDependencies",
  EventData: "AppEvents",
  MetricData: "AppMetrics",
};

/** Turns one envelope of the ingestion protocol (2.1) into a row; nothing for an unknown key or type. */
export function telemetryRows(context: EmulatorContext, envelope: Json): readonly LogRow[] {
  const component = context.resources
    .list("Microsoft.Insights/components")
    .find((each) => each.properties.InstrumentationKey === envelope.iKey);
  const data = (envelope.data ?? {}) as { baseType?: string; baseData?: Json };
  const table = TABLES[data.baseType ?? ""];
  if (!component || !table) return [];
  const workspaceId = String(component.properties.WorkspaceResourceId ?? "");
  const workspace = String(context.resources.get(workspaceId)?.properties.customerId ?? "");
  const tags = (envelope.tags ?? {}) as Readonly<Record<string, unknown>>;
  const timeMs = Date.parse(String(envelope.time)) || context.clock.now();
  const columns = {
    OperationId: tags["ai.operation.id"] ?? "",
    ParentId: tags["ai.operation.parentId"] ?? "",
    OperationName: tags["ai.operation.name"] ?? "",
    AppRoleName: tags["ai.cloud.role"] ?? "",
    AppRoleInstance: tags["ai.cloud.roleInstance"] ?? "",
    ...columnsOf(data.baseType ?? "", data.baseData ?? {}),
  };
  return [{ timeMs, table, workspace, resource: component.id, columns }];
}

function columnsOf(type: string, data: Json): Json {
  const { properties: Properties = {}, measurements: Measurements = {} } = data;
  const common = { Properties, Measurements };
  const call = {
    ...common,
    Id: data.id,
    Name: data.name,
    Success: data.success,
    ResultCode: data.responseCode ?? data.resultCode,
    DurationMs: milliseconds(data.duration),
  };
  if (type === "RequestData") return { ...call, Url: data.url };
  if (type === "RemoteDependencyData")
    return { ...call, Target: data.target, DependencyType: data.type, Data: data.data };
  if (type === "MessageData") return { ...common, Message: data.message, SeverityLevel: severity(data.severityLevel) };
  if (type === "ExceptionData") {
    const [first = {}] = (data.exceptions ?? []) as readonly Json[];
    return {
      ...common,
      ExceptionType: first.typeName,
      OuterMessage: first.message,
      Details: data.exceptions,
      SeverityLevel: severity(data.severityLevel),
    };
  }
  return { ...common, Name: data.name, ...(type === "MetricData" ? { Metrics: data.metrics } : {}) };
}

const LEVELS = ["Verbose", "Information", "Warning", "Error", "Critical"];

function severity(value: unknown): number {
  return typeof value === "number" ? value : Math.max(LEVELS.indexOf(String(value)), 0);
}

/** `[d.]hh:mm:ss[.fffffff]`. */
function milliseconds(value: unknown): number {
  const match = /^(?:(\d+)\.)?(\d+):(\d+):([\d.]+)$/.exec(String(value ?? ""));
  if (!match) return 0;
  const [, days = 0, hours, minutes, seconds] = match;
  return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}
