import { gunzipSync } from "node:zlib";
import type { EmulatorContext } from "../../core/context.ts";
import type { ArmResource } from "../../core/resources.ts";
import { KqlError, runQuery, type Table } from "./kql/run.ts";
import type { LogStore } from "./logs.ts";
import { telemetryRows } from "./telemetry.ts";

const AUDIENCES = ["https://api.loganalytics.io", "https://api.loganalytics.azure.com"];
const READ = "Microsoft.OperationalInsights/workspaces/query/read";
const SENDING = ["https://monitor.azure.com", "https://monitor.azure.com/"];
const WRITE = "Microsoft.Insights/Telemetry/Write";
const DAY_MS = 24 * 3_600_000;

/** `POST /v1/workspaces/{customerId}/query` (Log Analytics), `POST /v2.1/track` and `/v2/track` (Application Insights). */
export async function serveMonitor(context: EmulatorContext, logs: LogStore, request: Request): Promise<Response> {
  const url = new URL(request.url);
  if (/^\/v2(\.1)?\/track\/?$/.test(url.pathname) && request.method === "POST") return track(context, logs, request);
  const match = /^\/v1\/workspaces\/([0-9a-f-]{36})\/query$/i.exec(url.pathname);
  if (!match) return fail(404, "PathNotFoundError", `The path ${url.pathname} does not exist.`);
  const workspace = context.resources
    .list("Microsoft.OperationalInsights/workspaces")
    .find((each) => String(each.properties.customerId).toLowerCase() === match[1]?.toLowerCase());
  const token = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  const audiences = [...AUDIENCES, url.origin];
  const caller = await context.tokens.verify(token, audiences).catch(() => undefined);
  if (!caller) return fail(401, "InvalidTokenError", "The access token is missing or not valid.");
  if (!workspace) return fail(404, "WorkspaceNotFoundError", `There is no workspace ${match[1]}.`);
  if (!context.access.allows(caller, READ, workspace.id)) {
    return fail(
      403,
      "InsufficientAccessError",
      "The provided credentials have insufficient access to perform the requested operation",
    );
  }
  const body =
    request.method === "GET"
      ? Object.fromEntries(url.searchParams)
      : ((await request.json()) as Record<string, unknown>);
  return query(context, logs, workspace, String(body.query ?? ""), body.timespan);
}

function query(
  context: EmulatorContext,
  logs: LogStore,
  workspace: ArmResource,
  text: string,
  timespan: unknown,
): Response {
  const customerId = String(workspace.properties.customerId);
  const nowMs = context.clock.now();
  const retentionMs = Number(workspace.properties.retentionInDays ?? 30) * DAY_MS;
  const fromMs = Math.max(nowMs - retentionMs, startOf(timespan, nowMs));
  const source = (name: string): Table => ({
    name,
    rows: logs
      .rows(customerId, name, fromMs)
      .map((row) => ({ TimeGenerated: new Date(row.timeMs), TenantId: customerId, Type: row.table, ...row.columns })),
  });
  try {
    const { columns, rows } = runQuery(text, source, nowMs);
    return Response.json({ tables: [{ name: "PrimaryResult", columns, rows }] });
  } catch (error) {
    if (!(error instanceof KqlError)) throw error;
    const innererror = { code: "SyntaxError", message: error.message };
    return Response.json(
      { error: { code: "BadArgumentError", message: "The request had some invalid properties", innererror } },
      { status: 400 },
    );
  }
}

/** Begin of an ISO 8601 time span: a duration (`PT1H`, `P1D`) before now, or `<start>/<end>`. */
function startOf(timespan: unknown, nowMs: number): number {
  if (typeof timespan !== "string" || timespan === "") return 0;
  const [start = ""] = timespan.split("/");
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(start);
  if (!match) return Date.parse(start) || 0;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((each) => Number(each ?? 0));
  return nowMs - (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

async function track(context: EmulatorContext, logs: LogStore, request: Request): Promise<Response> {
  const bytes = Buffer.from(await request.arrayBuffer());
  const text = (request.headers.get("content-encoding") === "gzip" ? gunzipSync(bytes) : bytes).toString();
  const items = parseItems(text);
  if (!items) return fail(400, "InvalidJson", "The body is neither a JSON list nor lines of JSON.");
  if (!(await maySend(context, items, request))) {
    return fail(401, "Unauthorized", "The component takes telemetry of signed-in senders alone (DisableLocalAuth).");
  }
  const accepted = items.flatMap((item) => telemetryRows(context, item));
  for (const row of accepted) logs.append(row);
  const errors =
    items.length === accepted.length
      ? []
      : [{ index: 0, statusCode: 400, message: "Invalid instrumentation key or unknown telemetry" }];
  return Response.json(
    { itemsReceived: items.length, itemsAccepted: accepted.length, errors },
    { status: errors.length > 0 ? 206 : 200 },
  );
}

/** A component without local authentication takes a token of whoever may write its telemetry (Azure Monitor, "Microsoft Entra authentication"). */
async function maySend(
  context: EmulatorContext,
  items: readonly Readonly<Record<string, unknown>>[],
  request: Request,
): Promise<boolean> {
  const keys = new Set(items.map(({ iKey }) => iKey));
  const closed = context.resources
    .list("Microsoft.Insights/components")
    .filter(({ properties }) => properties.DisableLocalAuth === true && keys.has(properties.InstrumentationKey));
  if (closed.length === 0) return true;
  const token = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  const caller = await context.tokens.verify(token, SENDING).catch(() => undefined);
  return caller !== undefined && closed.every(({ id }) => context.access.allows(caller, WRITE, id));
}

function parseItems(text: string): readonly Readonly<Record<string, unknown>>[] | undefined {
  try {
    const parsed: unknown = text.trimStart().startsWith("[")
      ? JSON.parse(text)
      : text
          .split("\n")
          .filter(Boolean)
          .map((line) => JSON.parse(line));
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function fail(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status });
}
