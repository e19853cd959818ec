import { rawResources } from "@devfactory/components/testing/index.ts";
import { expect, it } from "vitest";
import type { Deployment } from "./settings.ts";
import { appSettings, recordApp } from "./testing/recordApp.ts";

const OPERATORS = "44444444-4444-4444-8444-444444444444";
const chat = { name: "chat", kind: "function", uses: [{ resource: "inventory", access: "read" }] };
const gate = {
  name: "gate",
  kind: "gateway",
  publisher: { name: "Chat", email: "api@chat.example" },
  origins: ["https://chat.example"],
  apis: [
    {
      name: "chat",
      path: "chat",
      service: "chat",
      audience: "api://chat",
      webhooks: [{ path: "/stripe/webhook", header: "Stripe-Signature" }],
    },
  ],
};

function deploy(profile: string, more: Partial<Deployment> = {}) {
  const document = {
    profile,
    services: [{ name: "site", kind: "static" }, chat],
    resources: [gate, { name: "inventory", kind: "sql" }],
  };
  const operatorGroup = { objectId: OPERATORS, groupName: "operators" };
  return recordApp(appSettings(document, { images: [], deployment: { operatorGroup, ...more } }));
}

it("pages of the app's site and of named origins may call; the webhook has an operation of its own", async () => {
  const made = rawResources(await deploy("dev"));
  const policy = String(made["gate-policy-chat"]?.[1].value);
  const origins = [...policy.matchAll(/<origin>([^<]+)<\/origin>/g)].map(([, origin]) => origin);
  expect(origins).toEqual([expect.stringMatching(/^https:\/\/[^/]+\.azurestaticapps\.net$/), "https://chat.example"]);
  expect(policy).toContain('<check-header name="Stripe-Signature"');
  expect(made["gate-operation-chat-post-stripe-webhook"]?.[1]).toMatchObject({
    method: "POST",
    urlTemplate: "/stripe/webhook",
  });
});

it("the platform's operators administer SQL servers when nobody else is named", async () => {
  const administrators = rawResources(await deploy("dev"))["inventory-server"]?.[1].administrators;
  expect(administrators).toMatchObject({ login: "operators", sid: OPERATORS, principalType: "Group" });
  const named = { kind: "Group", name: "dba", objectId: "55555555-5555-4555-8555-555555555555" } as const;
  const own = rawResources(await deploy("dev", { sqlAdministrator: named }));
  expect(own["inventory-server"]?.[1].administrators).toMatchObject({ login: "dba", sid: named.objectId });
});

it.each([
  ["dev", {}, []],
  ["dev", { privateDatabases: true }, ["inventory-endpoint"]],
  ["standard", {}, ["inventory-endpoint"]],
  ["production", {}, ["chat-storage-endpoint", "inventory-endpoint"]],
] as const)(
  "%s with %j: the function speaks from a network where SQL has an address, or from none",
  async (profile, more, endpoints) => {
    const made = rawResources(await deploy(profile, more));
    const found = Object.entries(made).flatMap(([name, [type]]) => (type === "network:PrivateEndpoint" ? [name] : []));
    expect(found.sort()).toEqual(endpoints);
    const site = made["chat-site"]?.[1] ?? {};
    const subnet = endpoints.length > 0 ? expect.stringMatching(/\/subnets\/functions$/) : undefined;
    expect([site.virtualNetworkSubnetId, site.publicNetworkAccess]).toEqual([subnet, undefined]);
  },
);
