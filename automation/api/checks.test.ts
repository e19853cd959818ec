import { expect, it } from "vitest";
import { testApi } from "./testApi.ts";

const URN = "urn:pulumi:dev::app::azure-native:storage:StorageAccount::files";
const STORAGE = { urn: URN, name: "files", type: "azure-native:storage:StorageAccount" };
const VAULT = {
  urn: URN.replace("storage:StorageAccount::files", "keyvault:Vault::keys"),
  name: "keys",
  type: "azure-native:keyvault:Vault",
  inputs: { properties: { sku: { name: "standard" } } },
  usage: { monthly_operations: 10_000 },
};

it("POST /policy/evaluate answers one finding for each rule of the type", async () => {
  const body = { profile: "dev", resources: [{ ...STORAGE, inputs: { minimumTlsVersion: "TLS1_0" } }] };
  const { status, json } = await testApi().call("POST", "/policy/evaluate", body, "t1.u1.read");
  expect(status).toBe(200);
  const tls = json.findings.filter((each: { rule: string }) => each.rule === "ST01");
  expect(tls).toEqual([
    {
      rule: "ST01",
      urn: URN,
      verdict: "fail",
      path: "minimumTlsVersion",
      message: expect.stringContaining("TLS1_0") as string,
      fix: expect.stringContaining("TLS1_2") as string,
    },
  ]);
});

it("POST /estimates prices a plan as the command does", async () => {
  const { status, json } = await testApi().call("POST", "/estimates", { region: "eastus", resources: [VAULT] });
  expect([status, json.totalMonthlyCost, json.resources.length]).toEqual([200, "0.03", 1]);
});

it.each([
  ["/estimates", { resources: [] }, "region"],
  ["/estimates", { region: "eastus", resources: [], more: 1 }, ""],
  ["/estimates", { region: "eastus", resources: [{ ...STORAGE }] }, "resources.0.inputs"],
  ["/policy/evaluate", { profile: "huge", resources: [] }, "profile"],
  ["/policy/evaluate", { profile: "dev", resources: {} }, "resources"],
])("%s refuses %j and names the field", async (path, body, field) => {
  const { status, json } = await testApi().call("POST", path, body);
  expect([status, json.code, json.errors[0].path]).toEqual([422, "INVALID_REQUEST", field]);
});

it("an operator pages through the audit trail of the tenant by time", async () => {
  const api = testApi();
  const rows = ["00", "10", "10", "20"].map((minute, index) => ({
    id: `row-${index}`,
    jobId: `job-${index}`,
    tenantId: "t1",
    event: "job_created",
    message: `the ${index}`,
    timestamp: `2026-11-28T10:${minute}:00.000Z`,
    version: 1,
  }));
  for (const row of rows) await api.store.project("auditLogs", row.jobId, row);
  await api.store.project("auditLogs", "job-0", { ...rows[0], id: "row-x", tenantId: "t2", version: 1 } as never);
  const page = async (more: string) =>
    (await api.call("GET", `/audit?limit=2&from=2026-11-28T10:00:00Z${more}`, undefined, "t1.u1.operator")).json;
  const first = await page("");
  const second = await page(`&cursor=${first.next}`);
  const ids = (entries: readonly { id: string }[]) => entries.map(({ id }) => id);
  expect([ids(first.entries), ids(second.entries), second.next]).toEqual([
    ["row-0", "row-1"],
    ["row-2", "row-3"],
    undefined,
  ]);
  expect(ids((await page("&to=2026-11-28T10:10:00%2B00:00")).entries)).toEqual(["row-0"]);
  const foreign = await api.call(
    "GET",
    `/audit?from=2020-01-01T00:00:00Z&cursor=${first.next}`,
    undefined,
    "t2.u1.operator",
  );
  expect([foreign.status, foreign.json.detail]).toEqual([422, "cursor: must be `next` of the page before"]);
});

it.each([
  "?",
  "?from=yesterday",
  "?from=2026-11-28T10:00:00Z&to=2026-11-28T10:00:00Z",
  "?from=2026-11-28T10:00:00Z&limit=501",
])("GET /audit%s is refused with the field", async (query) => {
  const { status, json } = await testApi().call("GET", `/audit${query}`, undefined, "t1.u1.operator");
  expect([status, json.code, json.errors.length]).toEqual([422, "INVALID_REQUEST", 1]);
});

const deep = (levels: number) => `{"region":"eastus","resources":[${"[".repeat(levels)}${"]".repeat(levels)}]}`;

it.each([
  ["nested a hundred thousand times", deep(100_000), "nested less than 100 levels"],
  ["with a key __proto__", '{"region":"eastus","resources":[],"__proto__":{"a":1}}', "free of the key __proto__"],
  ["with that key in escapes", '{"region":"eastus","resources":[{"\\u005f_proto__":1}]}', "free of the key __proto__"],
  ["that ends early", '{"region":', "valid JSON in UTF-8"],
])("a body %s is refused at once", async (_, body, expected) => {
  const started = performance.now();
  const { status, json } = await testApi().call("POST", "/estimates", body);
  expect([status, json.code, json.detail]).toEqual([400, "MALFORMED_BODY", `The body is not ${expected}.`]);
  expect(performance.now() - started).toBeLessThan(1_000);
});

it("a body that is not UTF-8 is refused", async () => {
  const { app } = testApi();
  const headers = { authorization: "Bearer t1.u1.write", "content-type": "application/json" };
  const body = Buffer.from([...Buffer.from('{"prompt":"caf'), 0xe9, ...Buffer.from('"}')]);
  const response = await app.request("/jobs", { method: "POST", headers, body });
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, "MALFORMED_BODY"]);
});
