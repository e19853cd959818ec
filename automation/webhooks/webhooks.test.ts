import { createHmac } from "node:crypto";
import { Stripe } from "stripe";
import { expect, it } from "vitest";
import { readPlan, verifyStripe } from "./plans.ts";
import { pushesFromAzureDevOps, pushFromGitHub, withoutUser } from "./pushes.ts";
import { verifyAzureDevOps, verifyGitHub } from "./signature.ts";

const SECRETS = ["the newest", "the one before"] as const;
const BODY = '{"ref":"refs/heads/main"}';
const REFUSED = { code: "WEBHOOK_REFUSED" };
const hmac = (secret: string, body = BODY, hash = "sha256") => createHmac(hash, secret).update(body).digest("hex");

it.each(SECRETS)("GitHub: a body signed with a secret that is taken passes: %s", async (secret) => {
  await verifyGitHub(SECRETS, BODY, `sha256=${hmac(secret)}`);
});

it.each<[string, string, string | undefined]>([
  ["no signature", BODY, undefined],
  ["an empty signature", BODY, ""],
  ["another secret", BODY, `sha256=${hmac("other")}`],
  ["a changed body", `${BODY} `, `sha256=${hmac("the newest")}`],
  ["an empty body", "", `sha256=${hmac("the newest", "")}`],
  ["the older hash", BODY, `sha1=${hmac("the newest", BODY, "sha1")}`],
  ["the older hash under the new name", BODY, `sha256=${hmac("the newest", BODY, "sha1")}`],
  ["capital letters", BODY, `SHA256=${hmac("the newest").toUpperCase()}`],
  ["two signatures", BODY, `sha256=${hmac("other")},sha256=${hmac("the newest")}`],
  ["a signature that is too short", BODY, `sha256=${hmac("the newest").slice(0, 62)}`],
])("GitHub: %s is refused", async (_, body, signature) => {
  await expect(verifyGitHub(SECRETS, body, signature)).rejects.toMatchObject(REFUSED);
});

const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

it("Azure DevOps: the password of the hook passes, whatever the user, also with a colon in it", () => {
  verifyAzureDevOps(SECRETS, basic("hook:the newest"));
  verifyAzureDevOps(["a:b"], basic(":a:b"));
});

it.each([
  undefined,
  "",
  "Basic",
  "Basic !!",
  "Bearer the newest",
  basic("the newest"),
  basic("hook:"),
  basic("hook:other"),
  basic(""),
])("Azure DevOps: %j is refused", (authorization) => {
  expect(() => verifyAzureDevOps(SECRETS, authorization)).toThrow("This does not come from Azure DevOps");
});

const NOW = Date.parse("2026-11-28T10:00:00Z");
const EVENT = JSON.stringify({
  id: "evt_1",
  object: "event",
  type: "invoice.paid",
  data: { object: { object: "invoice", id: "in_1", parent: { subscription_details: { subscription: "sub_1" } } } },
});
const stripe = new Stripe("sk_test_of_no_account");
const signed = (secret: string, secondsAgo = 0, body = EVENT) =>
  stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: NOW / 1000 - secondsAgo });

it.each([
  ["the newest secret", signed("the newest")],
  ["the secret before", signed("the one before")],
  ["five minutes old", signed("the newest", 300)],
  ["one of several signatures", `${signed("the newest")},v1=${"0".repeat(64)}`],
])("Stripe: %s passes and names the subscription", async (_, header) => {
  expect(await verifyStripe(SECRETS, EVENT, header, NOW)).toEqual({ id: "evt_1", subscriptionId: "sub_1" });
});

it.each<[string, string, string | undefined]>([
  ["no header", EVENT, undefined],
  ["another secret", EVENT, signed("other")],
  ["a changed byte", EVENT.replace("evt_1", "evt_2"), signed("the newest")],
  ["parsed and written again", JSON.stringify(JSON.parse(EVENT), null, 1), signed("the newest")],
  ["more than five minutes old", EVENT, signed("the newest", 301)],
  ["more than five minutes ahead", EVENT, signed("the newest", -301)],
  ["another scheme", EVENT, signed("the newest").replace("v1=", "v0=")],
  ["no time", EVENT, signed("the newest").replace(/t=\d+,/, "")],
  ["another time", EVENT, signed("the newest").replace(/t=\d/, "t=2")],
])("Stripe: %s is refused", async (_, body, header) => {
  await expect(verifyStripe(SECRETS, body, header, NOW)).rejects.toMatchObject(REFUSED);
});

it.each([
  ["active", "active"],
  ["trialing", "active"],
  ["past_due", "exhausted"],
  ["canceled", "cancelled"],
])("a subscription that is %s is a plan that is %s", async (status, plan) => {
  const client = { subscriptions: { retrieve: async () => ({ status, metadata: { tenantId: "t1" } }) } };
  expect(await readPlan(client as never, "sub_1")).toEqual({ status: plan, tenantId: "t1" });
});

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const PUSH = {
  ref: "refs/heads/feature/a",
  after: COMMIT,
  repository: { clone_url: "https://github.com/Ada/Shop.git" },
};

it("a push names repository, branch and commit", () => {
  expect(pushFromGitHub(PUSH, "d1")).toEqual([
    {
      provider: "github",
      repository: "https://github.com/ada/shop",
      branch: "feature/a",
      commit: COMMIT,
      delivery: "d1",
    },
  ]);
  const resource = {
    refUpdates: [
      { name: "refs/heads/main", newObjectId: COMMIT },
      { name: "refs/tags/v1", newObjectId: COMMIT },
      { name: "refs/heads/gone", newObjectId: "0".repeat(40) },
    ],
    repository: { remoteUrl: "https://ada@dev.azure.com/ada/shop/_git/shop" },
  };
  expect(pushesFromAzureDevOps({ id: "d2", eventType: "git.push", resource })).toEqual([
    {
      provider: "azure-devops",
      repository: "https://dev.azure.com/ada/shop/_git/shop",
      branch: "main",
      commit: COMMIT,
      delivery: "d2",
    },
  ]);
});

it.each([
  ["a tag", { ...PUSH, ref: "refs/tags/v1" }],
  ["a deleted branch", { ...PUSH, after: "0".repeat(40) }],
])("%s is no push of ours", (_, payload) => {
  expect(pushFromGitHub(payload, "d")).toEqual([]);
});

it.each([
  ["an option in place of a commit", { ...PUSH, after: "--upload-pack=touch /tmp/x" }],
  ["an address of another kind", { ...PUSH, repository: { clone_url: "ext::sh -c id" } }],
  ["no repository", { ref: PUSH.ref, after: COMMIT }],
  ["null", null],
])("%s is refused", (_, payload) => {
  expect(() => pushFromGitHub(payload, "d")).toThrow();
});

it("an address is the same with and without user, ending and capitals", () => {
  expect(withoutUser("https://me:pw@GitHub.com/A/b.git/")).toBe("https://github.com/a/b");
});
