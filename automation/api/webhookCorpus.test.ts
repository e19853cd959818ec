import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Stripe } from "stripe";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startServer } from "./server.ts";
import { testApi } from "./testApi.ts";
import { sendRaw } from "./testing/rawClient.ts";

const SECRETS = {
  "github-webhook-secret": "of github",
  "azure-devops-webhook-secret": "of azure devops",
  "stripe-webhook-secret": "whsec_of_stripe",
  "stripe-webhook-secret-previous": "whsec_before",
  "stripe-api-key": "rk_test_of_no_account",
};
const stripe = new Stripe("sk_test_of_no_account");
/** What the subscription is now, whatever events say. */
const subscription = { status: "active" };
const peer = createServer((_request, response) => {
  const body = { id: "sub_1", object: "subscription", status: subscription.status, metadata: { tenantId: "t1" } };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
});
let api: ReturnType<typeof testApi>;
let server: Server;
let port = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => peer.listen(0, "127.0.0.1", resolve));
  const stripeBase = `http://127.0.0.1:${(peer.address() as AddressInfo).port}`;
  api = testApi({ secrets: SECRETS, stripeBase });
  ({ server, port } = await startServer(api.app.fetch, { port: 0 }));
});

afterAll(async () => {
  await api.deliveries.stop();
  for (const each of [server, peer]) {
    each.closeAllConnections();
    await new Promise((resolve) => each.close(resolve));
  }
});

/** A delivery over a real connection. @returns its status, and what was done or why not */
async function deliver(source: string, body: string, headers: readonly string[]) {
  const lines = [
    `POST /webhooks/${source} HTTP/1.1`,
    "Host: a",
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
  ];
  const answer = await sendRaw(port, Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`));
  const json = JSON.parse(answer.body.slice(answer.body.indexOf("{"), answer.body.lastIndexOf("}") + 1));
  return [answer.status, json.taken ?? json.code];
}

const NEW = [202, "new"];
const IGNORED = [202, "ignored"];
const REFUSED = [401, "WEBHOOK_REFUSED"];
const TWICE = [400, "MALFORMED_REQUEST"];

const event = (id: string, type: string, object: object) =>
  JSON.stringify({ id, object: "event", type, data: { object } });
const PAID = { object: "invoice", id: "in_1", parent: { subscription_details: { subscription: "sub_1" } } };
const signature = (payload: string, secret: string, secondsAgo = 0) =>
  stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: Math.floor(Date.now() / 1000) - secondsAgo });

it.each<
  [
    string,
    (payload: string) => { readonly body?: string; readonly headers: readonly string[] },
    readonly (number | string)[],
  ]
>([
  ["signed", (p) => ({ headers: [`Stripe-Signature: ${signature(p, "whsec_of_stripe")}`] }), NEW],
  ["signed with the secret before", (p) => ({ headers: [`Stripe-Signature: ${signature(p, "whsec_before")}`] }), NEW],
  [
    "one of several signatures",
    (p) => ({
      headers: [`Stripe-Signature: ${signature(p, "whsec_of_stripe").replace("v1=", `v1=${"0".repeat(64)},v1=`)}`],
    }),
    NEW,
  ],
  [
    "one changed byte",
    (p) => ({ body: p.replace("in_1", "in_2"), headers: [`Stripe-Signature: ${signature(p, "whsec_of_stripe")}`] }),
    REFUSED,
  ],
  [
    "blanks added",
    (p) => ({ body: `${p} `, headers: [`Stripe-Signature: ${signature(p, "whsec_of_stripe")}`] }),
    REFUSED,
  ],
  ["six minutes old", (p) => ({ headers: [`Stripe-Signature: ${signature(p, "whsec_of_stripe", 360)}`] }), REFUSED],
  ["six minutes ahead", (p) => ({ headers: [`Stripe-Signature: ${signature(p, "whsec_of_stripe", -360)}`] }), REFUSED],
  [
    "an older scheme",
    (p) => ({ headers: [`Stripe-Signature: ${signature(p, "whsec_of_stripe").replace("v1=", "v0=")}`] }),
    REFUSED,
  ],
  ["no signature", () => ({ headers: [] }), REFUSED],
  ["an empty one", () => ({ headers: ["Stripe-Signature: "] }), REFUSED],
  ["another sender's secret", (p) => ({ headers: [`Stripe-Signature: ${signature(p, "of github")}`] }), REFUSED],
  [
    "the header twice",
    (p) => ({ headers: [`Stripe-Signature: ${signature(p, "whsec_of_stripe")}`, "Stripe-Signature: t=1,v1=0"] }),
    TWICE,
  ],
])("Stripe: %s", async (name, make, expected) => {
  const payload = event(`evt_${name}`, "invoice.paid", PAID);
  const { body = payload, headers } = make(payload);
  expect(await deliver("stripe", body, headers)).toEqual(expected);
});

it("Stripe: a doubled event is worked on once, whatever comes first the plan is the same, and what nothing follows from is let go", async () => {
  const send = (id: string, type: string, object: object) => {
    const payload = event(id, type, object);
    return deliver("stripe", payload, [`Stripe-Signature: ${signature(payload, "whsec_of_stripe")}`]);
  };
  const created = { object: "subscription", id: "sub_1", status: "incomplete" };
  subscription.status = "past_due";
  expect([
    await send("evt_p", "invoice.paid", PAID),
    await send("evt_c", "customer.subscription.created", created),
  ]).toEqual([NEW, NEW]);
  expect([await send("evt_p", "invoice.paid", PAID), await send("evt_p", "invoice.paid", PAID)]).toEqual([
    [202, "repeated"],
    [202, "repeated"],
  ]);
  await api.deliveries.stop();
  expect(await api.plans.of("t1")).toBe("exhausted");
  subscription.status = "active";
  await send("evt_late", "customer.subscription.created", created);
  await api.deliveries.stop();
  expect(await api.plans.of("t1")).toBe("active");
  for (const type of ["customer.created", "something.never.seen"])
    expect(await send(`evt_${type}`, type, { object: "customer", id: "cus_1" })).toEqual(IGNORED);
});

const PUSH = JSON.stringify({
  ref: "refs/heads/main",
  after: "0123456789abcdef0123456789abcdef01234567",
  repository: { clone_url: "https://github.com/ada/shop.git" },
});
const hub = (body: string, secret = "of github", hash = "sha256") =>
  `${hash}=${createHmac(hash, secret).update(body).digest("hex")}`;
const fromHub = (id: string, more: readonly string[], type = "push") => [
  `X-GitHub-Event: ${type}`,
  `X-GitHub-Delivery: ${id}`,
  ...more,
];

it.each<[string, string, readonly string[], readonly (number | string)[]]>([
  ["signed", PUSH, fromHub("a", [`X-Hub-Signature-256: ${hub(PUSH)}`]), NEW],
  ["repeated", PUSH, fromHub("a", [`X-Hub-Signature-256: ${hub(PUSH)}`]), [202, "repeated"]],
  ["an event of another kind", PUSH, fromHub("b", [`X-Hub-Signature-256: ${hub(PUSH)}`], "installation"), IGNORED],
  ["a changed byte", PUSH.replace("main", "mein"), fromHub("c", [`X-Hub-Signature-256: ${hub(PUSH)}`]), REFUSED],
  ["SHA-1 alone", PUSH, fromHub("d", [`X-Hub-Signature: ${hub(PUSH, "of github", "sha1")}`]), REFUSED],
  [
    "a good SHA-1 beside a bad signature",
    PUSH,
    fromHub("e", [`X-Hub-Signature: ${hub(PUSH, "of github", "sha1")}`, `X-Hub-Signature-256: ${hub(PUSH, "x")}`]),
    REFUSED,
  ],
  [
    "two signatures",
    PUSH,
    fromHub("f", [`X-Hub-Signature-256: ${hub(PUSH)}`, `X-Hub-Signature-256: ${hub(PUSH, "x")}`]),
    TWICE,
  ],
  ["two ids", PUSH, fromHub("g", ["X-GitHub-Delivery: h", `X-Hub-Signature-256: ${hub(PUSH)}`]), TWICE],
  ["no id", PUSH, ["X-GitHub-Event: push", `X-Hub-Signature-256: ${hub(PUSH)}`], [400, "MALFORMED_BODY"]],
])("GitHub: %s", async (_, body, headers, expected) => {
  expect(await deliver("github", body, headers)).toEqual(expected);
});

const HOOK = (id: string) =>
  JSON.stringify({
    id,
    eventType: "git.push",
    resource: {
      refUpdates: [{ name: "refs/heads/main", newObjectId: "0123456789abcdef0123456789abcdef01234567" }],
      repository: { remoteUrl: "https://ada@dev.azure.com/ada/shop/_git/shop" },
    },
  });
const basic = (text: string) => `Authorization: Basic ${Buffer.from(text).toString("base64")}`;

it.each<[string, string, readonly string[], readonly (number | string)[]]>([
  ["the hook's password", HOOK("1"), [basic("hook:of azure devops")], NEW],
  ["again", HOOK("1"), [basic("hook:of azure devops")], [202, "repeated"]],
  ["another password", HOOK("2"), [basic("hook:of github")], REFUSED],
  ["the password as a token", HOOK("3"), ["Authorization: Bearer of azure devops"], REFUSED],
  ["the password as a user", HOOK("4"), [basic("of azure devops:")], REFUSED],
  ["no password", HOOK("5"), [], REFUSED],
  ["two authorizations", HOOK("6"), [basic("hook:of azure devops"), basic("hook:x")], TWICE],
  ["another event", HOOK("7").replace("git.push", "build.complete"), [basic("hook:of azure devops")], IGNORED],
  [
    "no commit",
    HOOK("8").replace(/[0-9a-f]{40}/, "--upload-pack=x"),
    [basic("hook:of azure devops")],
    [400, "MALFORMED_BODY"],
  ],
])("Azure DevOps: %s", async (_, body, headers, expected) => {
  expect(await deliver("azure-devops", body, headers)).toEqual(expected);
});
