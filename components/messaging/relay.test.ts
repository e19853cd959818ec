import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { rawResources, record, resolved, SUBSCRIPTION_ID, TEST_TAGS, testContext } from "../testing/index.ts";
import { Relay } from "./relay.ts";

it.each([
  { profile: "dev", namespaceName: "rln-clinic-dev-t3p3sx" },
  { profile: "production", namespaceName: "rln-clinic-prod-dglanr" },
] as const)("$profile: one namespace, and connections that ask every caller for a token", async (row) => {
  const context = testContext(row.profile);
  const made = await record(() => new Relay("onprem", { context, hybridConnections: ["berlin", "paris.lab"] }));
  const { namespaceName } = row;
  const below = { resourceGroupName: "rg", namespaceName, requiresClientAuthorization: true };
  expect(rawResources(made)).toEqual({
    "onprem-namespace": [
      "relay:Namespace",
      {
        resourceGroupName: "rg",
        location: "eastus",
        namespaceName,
        sku: { name: "Standard", tier: "Standard" },
        publicNetworkAccess: "Enabled", // filled in by azure-native's SDK
        tags: { ...TEST_TAGS, "devfactory-component": "onprem" },
      },
    ],
    "onprem-connection-berlin": ["relay:HybridConnection", { ...below, hybridConnectionName: "berlin" }],
    "onprem-connection-paris.lab": ["relay:HybridConnection", { ...below, hybridConnectionName: "paris.lab" }],
  });
});

it("everything on: a chosen name, tags, and the last word on the namespace and one connection", async () => {
  const made = await record(
    () =>
      new Relay("onprem", {
        context: testContext("dev"),
        name: "rln-clinic",
        tags: { owner: "me" },
        hybridConnections: ["berlin", "paris"],
        transform: {
          namespace: { publicNetworkAccess: "Disabled" },
          "connection-paris": (args) => ({ ...args, userMetadata: "second site" }),
        },
      }),
  );
  const raw = rawResources(made);
  expect(raw["onprem-namespace"]?.[1]).toEqual({
    resourceGroupName: "rg",
    location: "eastus",
    namespaceName: "rln-clinic",
    sku: { name: "Standard", tier: "Standard" },
    publicNetworkAccess: "Disabled",
    tags: { owner: "me", "devfactory-component": "onprem" },
  });
  expect(raw["onprem-connection-berlin"]?.[1]).not.toHaveProperty("userMetadata");
  expect(raw["onprem-connection-paris"]?.[1]).toEqual(EVERYTHING_ON_ONPREM_CONNECTION_PARIS);
  expect(Object.keys(raw)).toHaveLength(3);
});

it.each([
  ["send", "relaySender"],
  ["listen", "relayListener"],
] as const)("link %s is a role on the one connection", async (access, role) => {
  const made = await record(async () => {
    const context = testContext("dev");
    const connection = new Relay("onprem", { context, name: "rln-clinic", hybridConnections: ["berlin"] });
    const { address, link } = connection.connection("berlin");
    const { key, source, env, roles } = link(access);
    return await resolved(pulumi.output({ key, source, env, roles: [...roles], address }));
  });
  const scope = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers/Microsoft.Relay/namespaces/rln-clinic/hybridConnections/berlin`;
  expect(made.result).toEqual({
    key: "onprem-berlin",
    source: "onprem",
    env: { AZURE_RELAY_HOST: "rln-clinic.servicebus.windows.net" },
    roles: [{ role, scope }],
    address: "sb://rln-clinic.servicebus.windows.net/berlin",
  });
});

it.each([
  [["ends-"], "ends-"],
  [["a", "A"], "A twice"],
])("refuses the names %j before anything is made", async (hybridConnections, value) => {
  const made = record(() => new Relay("onprem", { context: testContext("dev"), hybridConnections }));
  await expect(made).rejects.toMatchObject({
    code: "ARGUMENT_INVALID",
    details: { component: "Relay onprem", argument: "hybridConnections", value },
  });
});

it("a connection that was not declared cannot be linked", async () => {
  const made = record(() =>
    new Relay("onprem", { context: testContext("dev"), hybridConnections: [] }).connection("berlin"),
  );
  await expect(made).rejects.toMatchObject({ code: "NOT_MADE" });
});

// All that is told to Azure, whole; names and ids follow from the context of tests.
const EVERYTHING_ON_ONPREM_CONNECTION_PARIS = {
  hybridConnectionName: "paris",
  namespaceName: "rln-clinic",
  requiresClientAuthorization: true,
  resourceGroupName: "rg",
  userMetadata: "second site",
};
