import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Stripe } from "stripe";
import { expect, it } from "vitest";
import { writeZip } from "../archive/zip.ts";
import { testApi } from "./testApi.ts";

const SECRETS = {
  "github-webhook-secret": "of github",
  "azure-devops-webhook-secret": "of azure devops",
  "stripe-webhook-secret": "whsec_of_stripe",
  "stripe-api-key": "rk_test_of_no_account",
};
const PUSH = JSON.stringify({
  ref: "refs/heads/main",
  after: "0123456789abcdef0123456789abcdef01234567",
  repository: { clone_url: "https://github.com/ada/shop.git" },
});
const signed = (body: string) =>
  `sha256=${createHmac("sha256", SECRETS["github-webhook-secret"]).update(body).digest("hex")}`;
const fromGitHub = (body: string, more: Record<string, string> = {}) => ({
  "x-github-event": "push",
  "x-github-delivery": "d-1",
  "x-hub-signature-256": signed(body),
  ...more,
});

it("GitHub: a signed push is taken once, other events are let go, what is not signed is refused", async () => {
  const { call } = testApi({ secrets: SECRETS });
  const post = async (headers: Record<string, string>, body = PUSH) => {
    const { status, json } = await call("POST", "/webhooks/github", body, "", headers);
    return [status, json.taken ?? json.code];
  };
  expect(await post(fromGitHub(PUSH))).toEqual([202, "new"]);
  expect(await post(fromGitHub(PUSH))).toEqual([202, "repeated"]);
  expect(await post(fromGitHub(PUSH, { "x-github-event": "ping" }))).toEqual([202, "ignored"]);
  expect(await post(fromGitHub(PUSH, { "x-hub-signature-256": signed(`${PUSH} `) }))).toEqual([401, "WEBHOOK_REFUSED"]);
  expect(await post({ "x-github-event": "push" })).toEqual([401, "WEBHOOK_REFUSED"]);
  expect(await post(fromGitHub("{}"), "{}")).toEqual([400, "MALFORMED_BODY"]);
  expect(await post({ ...fromGitHub(PUSH), "x-github-delivery": "" })).toEqual([400, "MALFORMED_BODY"]);
  expect(await post({ ...fromGitHub(PUSH), "content-type": "text/plain" })).toEqual([415, "UNSUPPORTED_TYPE"]);
});

it("a source without a secret in the vault is told as such", async () => {
  for (const source of ["github", "azure-devops", "stripe"]) {
    const { status, json } = await testApi().call("POST", `/webhooks/${source}`, {}, "");
    expect([status, json.code, json.detail]).toEqual([
      503,
      "WEBHOOK_NOT_CONFIGURED",
      `There is no secret for deliveries of ${source}.`,
    ]);
  }
});

it("Azure DevOps: the hook's password lets a push in", async () => {
  const { call } = testApi({ secrets: SECRETS });
  const resource = {
    refUpdates: [{ name: "refs/heads/main", newObjectId: "0123456789abcdef0123456789abcdef01234567" }],
    repository: { remoteUrl: "https://ada@dev.azure.com/ada/shop/_git/shop" },
  };
  const post = async (password: string, eventType = "git.push") => {
    const authorization = `Basic ${Buffer.from(`hook:${password}`).toString("base64")}`;
    const body = { id: "e-1", eventType, resource };
    const { status, json } = await call("POST", "/webhooks/azure-devops", body, "", { authorization });
    return [status, json.taken ?? json.code];
  };
  expect(await post("of azure devops")).toEqual([202, "new"]);
  expect(await post("of azure devops")).toEqual([202, "repeated"]);
  expect(await post("of azure devops", "workitem.created")).toEqual([202, "ignored"]);
  expect(await post("guessed")).toEqual([401, "WEBHOOK_REFUSED"]);
});

/** Answers `GET /v1/subscriptions/{id}` as Stripe does. */
async function stripePeer(status: () => string) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    const body = { id: "sub_1", object: "subscription", status: status(), metadata: { tenantId: "t1" } };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, asked, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

it("Stripe: the plan is what the subscription says now; without one that is paid nothing new begins, and reading goes on", async () => {
  const now = { status: "past_due" };
  const peer = await stripePeer(() => now.status);
  try {
    const { call, deliveries, plans } = testApi({ secrets: SECRETS, stripeBase: peer.base });
    const stripe = new Stripe("sk_test_of_no_account");
    const event = async (id: string, secret = SECRETS["stripe-webhook-secret"]) => {
      const object = { object: "subscription", id: "sub_1", status: "active" }; // what the event says is not believed
      const payload = JSON.stringify({ id, object: "event", type: "customer.subscription.updated", data: { object } });
      const header = stripe.webhooks.generateTestHeaderString({ payload, secret });
      const { status, json } = await call("POST", "/webhooks/stripe", payload, "", { "stripe-signature": header });
      await deliveries.stop();
      return [status, json.taken ?? json.code];
    };
    const make = async () => (await call("POST", "/jobs", { prompt: "a clinic" })).json.code ?? "taken";
    expect([await make(), await event("evt_1", "whsec_other")]).toEqual(["taken", [401, "WEBHOOK_REFUSED"]]);
    expect([await event("evt_1"), await plans.of("t1"), await make()]).toEqual([
      [202, "new"],
      "exhausted",
      "PLAN_INACTIVE",
    ]);
    expect((await call("GET", "/jobs")).status).toBe(200);
    // Whatever way a job is asked for, the ledger asks for the plan; what is there can still be taken away.
    const { appId } = (await call("POST", "/apps", {})).json;
    const zip = writeZip(new Map([["index.html", { content: Buffer.from("<p>hello"), executable: false }]]));
    const zipped = { "content-type": "application/zip" };
    expect((await call("POST", `/apps/${appId}/source`, zip, "t1.u1.write", zipped)).status).toBe(201);
    const older = await call("POST", "/api/deploy", { projectId: appId, orgId: "o", userId: "u" });
    expect([older.status, older.json.error]).toEqual([403, "FORBIDDEN"]);
    expect((await call("POST", "/deploy", { appId })).json.code).toBe("PLAN_INACTIVE");
    expect((await call("DELETE", `/apps/${appId}`)).status).toBe(202);
    expect((await call("POST", "/jobs", { prompt: "a shop" }, "t2.u.write")).status).toBe(202);
    now.status = "active";
    expect([await event("evt_1"), await make()]).toEqual([[202, "repeated"], "PLAN_INACTIVE"]);
    expect([await event("evt_2"), await make()]).toEqual([[202, "new"], "taken"]);
    expect(peer.asked).toEqual(Array(2).fill("GET /v1/subscriptions/sub_1 Bearer rk_test_of_no_account"));
  } finally {
    peer.server.closeAllConnections();
    await new Promise((resolve) => peer.server.close(resolve));
  }
});
