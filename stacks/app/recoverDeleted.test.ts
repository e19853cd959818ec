import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { recoverDeleted } from "./recoverDeleted.ts";

const made = (type: string, props: object) =>
  recoverDeleted(["one", "two"])({ type, name: "x", props, opts: {}, resource: undefined as never })?.props;

it.each([
  [
    "keyvault:Vault",
    { vaultName: "one", properties: pulumi.output({ tenantId: "t" }) },
    { vaultName: "one", properties: { tenantId: "t", createMode: "recover" } },
  ],
  [
    "appconfiguration:ConfigurationStore",
    { configStoreName: "two", sku: { name: "free" } },
    { configStoreName: "two", sku: { name: "free" }, createMode: "Recover" },
  ],
  ["apimanagement:ApiManagementService", { serviceName: "one" }, { serviceName: "one", restore: true }],
  [
    "cognitiveservices:Account",
    { accountName: "one", properties: {} },
    { accountName: "one", properties: { restore: true } },
  ],
])("a deleted %s of that name is brought back", async (type, props, recovered) => {
  const known = Promise.withResolvers<unknown>();
  pulumi.output(made(`azure-native:${type}`, props)).apply(known.resolve);
  expect(await known.promise).toEqual(recovered);
});

it.each([
  ["another name", "keyvault:Vault", { vaultName: "three", properties: {} }],
  ["another type", "storage:StorageAccount", { accountName: "one" }],
  ["a name that is not known yet", "keyvault:Vault", { vaultName: { apply: 1 } }],
])("%s stays as it is", (_, type, props) => {
  expect(made(`azure-native:${type}`, props)).toBeUndefined();
});
