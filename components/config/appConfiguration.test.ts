import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { KeyVault } from "../security/keyVault.ts";
import { rawResources, record, resolved, SUBSCRIPTION_ID, TEST_TAGS, testContext } from "../testing/index.ts";
import { AppConfiguration, type AppConfigurationArgs, keyValueName } from "./appConfiguration.ts";

const store = {
  resourceGroupName: "rg",
  location: "eastus",
  disableLocalAuth: true,
  dataPlaneProxy: { authenticationMode: "Pass-through" },
  tags: { ...TEST_TAGS, "devfactory-component": "config" },
};

it("dev: the developer SKU without keys, values passed through", async () => {
  const values = { "log:level": "info" };
  const made = await record(() => new AppConfiguration("config", { context: testContext("dev"), values }));
  const configStoreName = "appcs-clinic-dev-eivx2f";
  expect(rawResources(made)).toEqual({
    "config-store": [
      "appconfiguration:ConfigurationStore",
      {
        ...store,
        configStoreName,
        sku: { name: "developer" },
        // filled in by azure-native's SDK
        enablePurgeProtection: false,
        softDeleteRetentionInDays: 7,
      },
    ],
    "config-value-log:level": [
      "appconfiguration:KeyValue",
      { resourceGroupName: "rg", configStoreName, keyValueName: "log~3Alevel", value: "info" },
    ],
  });
});

it("production: Standard, protected from purging", async () => {
  const made = await record(() => new AppConfiguration("config", { context: testContext("production") }));
  const { "config-lock": lock, ...raw } = rawResources(made);
  expect(lock?.[1].level).toBe("CanNotDelete");
  expect(raw).toEqual({
    "config-store": [
      "appconfiguration:ConfigurationStore",
      {
        ...store,
        configStoreName: "appcs-clinic-prod-nq2cvy",
        sku: { name: "standard" },
        enablePurgeProtection: true,
        softDeleteRetentionInDays: 7,
      },
    ],
  });
});

it("everything on: SKU, label, flags, a reference to a vault, the last word by transform", async () => {
  const made = await record(() => {
    const context = testContext("standard");
    const vault = new KeyVault("vault", { context, name: "kv-clinic" });
    return new AppConfiguration("config", {
      context,
      name: "appcs-clinic",
      sku: "premium",
      label: "stage one",
      values: { level: "debug", "mail/password": vault.secret("mail") },
      features: { beta: true },
      transform: {
        store: { publicNetworkAccess: "Disabled" },
        "value-level": (args) => ({ ...args, value: "error" }),
      },
    });
  });
  const below = { resourceGroupName: "rg", configStoreName: "appcs-clinic" };
  const { "vault-vault": _, ...raw } = rawResources(made);
  expect(raw).toEqual({
    "config-store": [
      "appconfiguration:ConfigurationStore",
      {
        ...store,
        configStoreName: "appcs-clinic",
        sku: { name: "premium" },
        publicNetworkAccess: "Disabled",
        enablePurgeProtection: false,
        softDeleteRetentionInDays: 7,
      },
    ],
    "config-value-level": [
      "appconfiguration:KeyValue",
      { ...below, keyValueName: "level$stage~20one", value: "error" },
    ],
    "config-value-mail/password": [
      "appconfiguration:KeyValue",
      {
        ...below,
        keyValueName: "mail~2Fpassword$stage~20one",
        value: '{"uri":"https://kv-clinic.vault.azure.net/secrets/mail"}',
        contentType: "application/vnd.microsoft.appconfig.keyvaultref+json;charset=utf-8",
      },
    ],
    "config-feature-beta": [
      "appconfiguration:KeyValue",
      {
        ...below,
        keyValueName: ".appconfig.featureflag~2Fbeta$stage~20one",
        value: '{"id":"beta","enabled":true,"conditions":{"client_filters":[]}}',
        contentType: "application/vnd.microsoft.appconfig.ff+json;charset=utf-8",
      },
    ],
  });
});

it.each([
  ["read", "configReader"],
  ["write", "configOwner"],
] as const)("link %s is a role on the store", async (access, role) => {
  const made = await record(async () => {
    const config = new AppConfiguration("config", { context: testContext("dev"), name: "appcs-clinic" });
    const { key, source, env, roles } = config.link(access);
    return await resolved(pulumi.output({ key, source, env, roles: [...roles] }));
  });
  const scope = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers/Microsoft.AppConfiguration/configurationStores/appcs-clinic`;
  expect(made.result).toEqual({
    key: "config",
    source: "config",
    env: { AZURE_APP_CONFIGURATION_ENDPOINT: "https://appcs-clinic.azconfig.io" },
    roles: [{ role, scope }],
  });
});

it.each<[Partial<AppConfigurationArgs>, string, string]>([
  [{ values: { stripe_api_key: "sk_live" } }, "values", "stripe_api_key"],
  [{ values: { "a,b": "1" } }, "values", "a,b"],
  [{ values: { ".appconfig.x": "1" } }, "values", ".appconfig.x"],
  [{ features: { "a:b": true } }, "features", "a:b"],
  [{ label: "a,b" }, "label", "a,b"],
])("%j is refused before anything is made", async (more, argument, value) => {
  const made = record(() => new AppConfiguration("config", { context: testContext("dev"), ...more }));
  await expect(made).rejects.toMatchObject({ code: "ARGUMENT_INVALID", details: { argument, value } });
});

it("production refuses a SKU that cannot be protected", async () => {
  const made = record(() => new AppConfiguration("config", { context: testContext("production"), sku: "free" }));
  await expect(made).rejects.toMatchObject({
    details: { component: "AppConfiguration config", argument: "sku", value: "free" },
  });
});

it("a key that is not ASCII is escaped byte by byte", () => {
  expect(keyValueName("größe", undefined)).toBe("gr~C3~B6~C3~9Fe");
});
