import { afterAll, beforeAll, expect, it } from "vitest";
import { httpsJson } from "../../hosts/testing/cloud.ts";
import { type TestContext, testContext } from "../../testing/context.ts";
import { createMonitor } from "./index.ts";
import { LogStore } from "./logs.ts";

const GROUP = "/subscriptions/s/resourceGroups/rg/providers";
const WORKSPACE = `${GROUP}/Microsoft.OperationalInsights/workspaces/logs`;
const COMPONENT = `${GROUP}/Microsoft.Insights/components/insights`;
const caller = {
  objectId: "o",
  tenantId: "t",
  clientId: "c",
  kind: "app",
  audience: "",
  groups: [],
  claims: {},
} as const;
let context: TestContext;
let monitor: ReturnType<typeof createMonitor>;
let customerId = "";
let connection = new Map<string, string>();

beforeAll(async () => {
  context = await testContext();
  context.clock.shift(START + 3_600_000 - Date.now()); // the rows below are fresh
  monitor = createMonitor(context);
  const put = async (id: string, type: string, properties: object) => {
    const desired = { id, name: id.split("/").at(-1) ?? "", type, properties: { ...properties } };
    const set = await monitor.hooks.find((each) => each.type === type)?.put?.({ desired, caller });
    context.putResource({ ...desired, properties: { ...desired.properties, ...set } });
    return set ?? {};
  };
  customerId = String(
    (await put(WORKSPACE, "Microsoft.OperationalInsights/workspaces", { retentionInDays: 7 })).customerId,
  );
  const set = await put(COMPONENT, "Microsoft.Insights/components", { WorkspaceResourceId: WORKSPACE });
  connection = new Map(
    String(set.ConnectionString)
      .split(";")
      .map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)] as const),
  );
  context.grant("reader", "Microsoft.OperationalInsights/workspaces/query/read", WORKSPACE);
  await monitor.start();
});
afterAll(async () => {
  await monitor.stop();
  await context[Symbol.asyncDispose]();
});

const base = () => connection.get("IngestionEndpoint")?.replace(/\/$/, "") ?? "";

async function query(text: string, objectId = "reader", more: object = {}) {
  const token = (await context.credential(objectId).getToken("https://api.loganalytics.io/.default"))?.token;
  const headers = { authorization: `Bearer ${token}` };
  return httpsJson(context.certificates.ca, "POST", `${base()}/v1/workspaces/${customerId}/query`, headers, {
    query: text,
    ...more,
  });
}

/** Rows of the answer as objects. */
async function rows(text: string, more: object = {}): Promise<Record<string, unknown>[]> {
  const { body } = await query(text, "reader", more);
  const [table] = body.tables as { columns: { name: string }[]; rows: unknown[][] }[];
  return (table?.rows ?? []).map((row) =>
    Object.fromEntries(row.map((value, index) => [table?.columns[index]?.name, value])),
  );
}

const START = Date.parse("2026-11-20T10:00:00Z");

function write(table: string, minutes: number, columns: Record<string, unknown>, workspace = customerId): void {
  monitor.logs.append({ timeMs: START + minutes * 60_000, table, workspace, resource: "/app", columns });
}

it("lines are found by table, filtered, ordered and shaped", async () => {
  write("ContainerAppConsoleLogs_CL", 1, { RevisionName_s: "web--a", Log_s: "one", Stream_s: "stdout" });
  write("ContainerAppConsoleLogs_CL", 2, { RevisionName_s: "web--b", Log_s: "two Error", Stream_s: "stderr" });
  write("ContainerAppConsoleLogs_CL", 7, { RevisionName_s: "web--b", Log_s: "three", Stream_s: "stdout" });
  const table = "ContainerAppConsoleLogs_CL | where RevisionName_s == 'web--b'";
  expect(await rows(`${table} | order by TimeGenerated asc | project TimeGenerated, Log_s`)).toEqual([
    { TimeGenerated: "2026-11-20T10:02:00.000Z", Log_s: "two Error" },
    { TimeGenerated: "2026-11-20T10:07:00.000Z", Log_s: "three" },
  ]);
  expect(
    await rows(`${table} and Stream_s =~ "STDERR" | extend Long = strlen(Log_s) > 5 | project Log_s, Long`),
  ).toEqual([{ Log_s: "two Error", Long: true }]);
  expect(await rows(`${table} | where Log_s has 'error' or Log_s in ('three') | count`)).toEqual([{ Count: 2 }]);
});

it("rows are summarized by bins and groups", async () => {
  const text = `ContainerAppConsoleLogs_CL // by five minutes
    | summarize Lines = count(), dcount(RevisionName_s), countif(Stream_s == "stderr") by bin(TimeGenerated, 5m)
    | sort by TimeGenerated asc`;
  expect(await rows(text)).toEqual([
    { TimeGenerated: "2026-11-20T10:00:00.000Z", Lines: 2, dcount_RevisionName_s: 2, countif_: 1 },
    { TimeGenerated: "2026-11-20T10:05:00.000Z", Lines: 1, dcount_RevisionName_s: 1, countif_: 0 },
  ]);
  expect(await rows("ContainerAppConsoleLogs_CL | summarize max(strlen(Log_s))")).toEqual([{ max_strlen: 9 }]);
});

it("tables are joined by union, and an empty table has no rows", async () => {
  write("ContainerAppSystemLogs_CL", 3, { Log_s: "started", Reason_s: "RevisionReady" });
  const text =
    "union ContainerAppConsoleLogs_CL, ContainerAppSystemLogs_CL, Nothing_CL | top 2 by TimeGenerated desc | project Log_s, Type";
  expect(await rows(text)).toEqual([
    { Log_s: "three", Type: "ContainerAppConsoleLogs_CL" },
    { Log_s: "started", Type: "ContainerAppSystemLogs_CL" },
  ]);
});

it.each([
  ["T | where x ==", "a value is expected at 14, not ''"],
  ["T | join (U) on x", "the operator 'join' is not emulated"],
  ["T | extend y = bag_pack(1)", "the function 'bag_pack' is not known"],
  ["T | where x == 1 !", "'!' at 17 is not understood"],
])("%s is refused", async (text, message) => {
  const { status, body } = await query(text);
  const error = {
    code: "BadArgumentError",
    message: "The request had some invalid properties",
    innererror: { code: "SyntaxError", message },
  };
  expect([status, body]).toEqual([400, { error }]);
});

it("who has no right reads nothing, and another workspace's lines are not seen", async () => {
  expect((await query("ContainerAppConsoleLogs_CL", "stranger")).status).toBe(403);
  const { ca } = context.certificates;
  expect((await httpsJson(ca, "POST", `${base()}/v1/workspaces/${customerId}/query`, {}, { query: "T" })).status).toBe(
    401,
  );
  write("Other_CL", 1, { Log_s: "foreign" }, "99999999-9999-4999-8999-999999999999");
  expect(await rows("Other_CL")).toEqual([]);
});

it("telemetry of Application Insights lands in the workspace, joined by its trace", async () => {
  const iKey = connection.get("InstrumentationKey");
  const time = new Date(context.clock.now()).toISOString();
  const tags = { "ai.operation.id": "trace1", "ai.cloud.role": "api" };
  const items = [
    {
      iKey,
      time,
      tags,
      data: {
        baseType: "RequestData",
        baseData: { id: "r", name: "GET /", duration: "00:00:01.500", responseCode: "200", success: true, url: "/" },
      },
    },
    {
      iKey,
      time,
      tags,
      data: { baseType: "ExceptionData", baseData: { exceptions: [{ typeName: "TypeError", message: "no" }] } },
    },
    { iKey: "wrong", time, tags, data: { baseType: "MessageData", baseData: { message: "lost" } } },
  ];
  const answer = await httpsJson(
    context.certificates.ca,
    "POST",
    `${base()}/v2.1/track`,
    {},
    items.map((each) => JSON.stringify(each)).join("\n"),
  );
  expect([answer.status, answer.body.itemsReceived, answer.body.itemsAccepted]).toEqual([206, 3, 2]);
  expect(
    await rows("AppRequests | where OperationId == 'trace1' | project Name, DurationMs, ResultCode, AppRoleName"),
  ).toEqual([{ Name: "GET /", DurationMs: 1500, ResultCode: "200", AppRoleName: "api" }]);
  expect(await rows("AppExceptions | project OperationId, ExceptionType, OuterMessage")).toEqual([
    { OperationId: "trace1", ExceptionType: "TypeError", OuterMessage: "no" },
  ]);
  expect(await rows("AppTraces")).toEqual([]);
});

it("a time span and the retention bound what is found", async () => {
  monitor.logs.append({
    timeMs: context.clock.now() - 3 * 3_600_000,
    table: "Old_CL",
    workspace: customerId,
    resource: "/app",
    columns: { n: 1 },
  });
  monitor.logs.append({
    timeMs: context.clock.now() - 8 * 24 * 3_600_000,
    table: "Old_CL",
    workspace: customerId,
    resource: "/app",
    columns: { n: 2 },
  });
  expect(await rows("Old_CL | project n")).toEqual([{ n: 1 }]);
  expect(await rows("Old_CL | where TimeGenerated > ago(1h)")).toEqual([]);
  expect(await rows("Old_CL", { timespan: "PT1H" })).toEqual([]);
});

it("a table keeps its newest rows only", () => {
  const store = new LogStore(":memory:", { rowsPerTable: 100 });
  for (let n = 0; n < 2500; n += 1)
    store.append({ timeMs: n, table: "T", workspace: "w", resource: "/r", columns: { n } });
  store.flush();
  const kept = store.rows("w", "T").map((row) => row.columns.n);
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([100, 2400, 2499]);
  expect(store.tail("/r", 2).map((row) => row.columns.n)).toEqual([2498, 2499]);
  store.close();
});
