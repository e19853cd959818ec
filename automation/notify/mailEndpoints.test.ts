import { expect, it } from "vitest";
import { testApi } from "../api/testApi.ts";
import { MailSettings } from "./mailSettings.ts";

const OPERATOR = "t1.ada.operator";
const EVE = "t2.eve.operator";
const MAIL = MailSettings.parse({
  smtp: "smtp://127.0.0.1:9",
  from: "devfactory@contoso.example",
  domains: { t1: ["Example.com", "contoso.example"], t3: ["fabrikam.example"] },
});

function house(settings: { readonly mail?: MailSettings } = { mail: MAIL }) {
  const api = testApi(settings);
  const call = (method: string, path: string, body?: unknown, token = OPERATOR) =>
    api.call(method, `/webhooks/endpoints${path}`, body, token);
  const put = (body: object, token = OPERATOR) => call("PUT", "/ops", body, token);
  return { api, call, put };
}

it("an endpoint of mail shows domains and number of its recipients; addresses are sealed, the audit trail tells of it", async () => {
  const { api, call, put } = house();
  const to = ["Canary.One@EXAMPLE.com", "canary.two@contoso.example", "Canary.One@example.com"];
  const made = await put({ kind: "mail", to });
  const at = { createdAt: expect.any(String), updatedAt: expect.any(String), updatedBy: "ada" };
  const events = ["job.succeeded", "job.failed", "job.cancelled", "app.expiring", "app.drifted"];
  const host = "example.com, contoso.example";
  const shown = { id: "ops", kind: "mail", events, host, last4: "mple", recipients: 2, status: "active", ...at };
  expect([made.status, made.json]).toEqual([201, shown]);
  expect((await call("GET", "")).json).toEqual({ endpoints: [shown] });
  const audit = await api.call("GET", "/audit?from=2020-01-01T00:00:00Z", undefined, OPERATOR);
  expect(audit.json.entries.map((each: { event: string; message: string }) => [each.event, each.message])).toEqual([
    ["endpoint_stored", `Endpoint ops at ${host}`],
  ]);
  const kept = JSON.stringify([...api.store.all(), ...api.keyRows.rows.values()]) + made.text + audit.text;
  expect(/canary/i.test(kept)).toBe(false);
  const doc = await api.endpoints.get({ tenantId: "t1" }, "ops");
  expect(await api.endpoints.secrets(doc)).toEqual({ to: ["Canary.One@example.com", "canary.two@contoso.example"] });
  expect((await call("POST", "/ops/rotate")).json.code).toBe("NOT_SIGNED");
});

it("an endpoint that becomes another kind keeps nothing of the one before", async () => {
  const { api, call, put } = house();
  await put({ url: "http://127.0.0.1:9/hook" });
  await put({ kind: "mail", to: ["ops@example.com"] });
  const secrets = async () => api.endpoints.secrets(await api.endpoints.get({ tenantId: "t1" }, "ops"));
  expect(await secrets()).toEqual({ to: ["ops@example.com"] });
  const { json } = await put({ url: "http://127.0.0.1:9/hook" });
  expect(await secrets()).toEqual({ url: "http://127.0.0.1:9/hook", secret: json.secret });
  expect((await call("GET", "/ops")).json.recipients).toBe(undefined);
});

const INVALID = ["INVALID_REQUEST", "Correct the fields listed in `errors` and send the request again."];
const ONE = { kind: "mail", to: ["ops@example.com"] };

it.each([
  [{ ...ONE, url: "https://hooks.example.com/" }, "url", "does not belong to the kind mail: leave it out"],
  [{ url: "http://127.0.0.1:9/", to: ONE.to }, "to", "does not belong to the kind webhook: leave it out"],
  [{ kind: "mail" }, "to", "is needed by the kind mail"],
  [{ kind: "slack" }, "url", "is needed by the kind slack"],
  [{ kind: "mail", to: [] }, "to", "Too small: expected array to have >=1 items"],
  [
    { kind: "mail", to: Array.from({ length: 11 }, (_, index) => `a${index}@example.com`) },
    "to",
    "Too big: expected array to have <=10 items",
  ],
  ...[
    "ops",
    "ops@example",
    "ops@localhost",
    "ops@example.com\r\nBcc: eve@evil.example",
    "ops@example.com\n",
    "ops@example.com, eve@evil.example",
    "Ops <ops@example.com>",
    '"ops eve"@example.com',
    "ops@[127.0.0.1]",
    "ops@eve@example.com",
    "öps@example.com",
    "group:ops@example.com;",
  ].map((address) => [{ kind: "mail", to: [address] }, "to.0", "Invalid email address"] as const),
] as const)("%j is refused at %s", async (body, path, problem) => {
  const { put, call } = house();
  const { status, json } = await put(body);
  expect([status, json.code, json.fix, json.errors]).toEqual([422, ...INVALID, [{ path, problem }]]);
  expect((await call("GET", "")).json).toEqual({ endpoints: [] });
});

it.each([
  [OPERATOR, "evil.example", "example.com, contoso.example"],
  [OPERATOR, "sub.example.com", "example.com, contoso.example"],
  [OPERATOR, "fabrikam.example", "example.com, contoso.example"],
  [EVE, "example.com", "none yet"],
  ["constructor.eve.operator", "example.com", "none yet"],
])("%s may not have mail sent to %s", async (token, domain, allowed) => {
  const { put, call } = house();
  const { status, json } = await put({ kind: "mail", to: [`ops@${domain}`] }, token);
  expect([status, json]).toEqual([
    422,
    {
      code: "RECIPIENT_REFUSED",
      title: "Mail to this domain is not allowed",
      status: 422,
      detail: `${domain} is not among the domains that your tenant may send mail to (${allowed}).`,
      fix: "Name addresses of these domains, or ask whoever runs the platform to add the domain to DEVFACTORY_MAIL.",
    },
  ]);
  expect((await call("GET", "", undefined, token)).json).toEqual({ endpoints: [] });
});

it("a platform without a mail server says so", async () => {
  const { status, json } = await house({}).put(ONE);
  expect([status, json.code, json.fix]).toEqual([
    409,
    "MAIL_NOT_CONFIGURED",
    "Whoever runs the platform sets DEVFACTORY_MAIL (docs/notifications.md); until then name a webhook, Slack or Teams.",
  ]);
});
