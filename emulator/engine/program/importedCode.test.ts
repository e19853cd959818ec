import { expect, it } from "vitest";
import type { ResourceState } from "../deploy/state.ts";
import { makeSecret } from "../deploy/values.ts";
import { importedCode } from "./importedCode.ts";

const urn = (type: string, name: string) => `urn:pulumi:dev::proj::${type}::${name}`;
const state = (type: string, name: string, more: Partial<ResourceState>): ResourceState => ({
  urn: urn(type, name),
  custom: true,
  type,
  ...more,
});

it("writes a program that takes the resources over", () => {
  const group = "azure-native:resources:ResourceGroup";
  const account = "azure-native:storage/v20230101:StorageAccount";
  const code = importedCode({
    names: new Map([[urn("acme:index:App", "app"), "app"]]),
    states: [
      state(group, "my-rg", { id: "/rg", inputs: { location: "westeurope", tags: {} }, protect: true }),
      state(account, "1st", {
        id: "/sa",
        inputs: { accountName: makeSecret("s"), group: "/rg", rules: [{ "a-b": null, on: true }], list: [] },
        parent: urn("acme:index:App", "app"),
      }),
      state("aws:s3/bucket:Bucket", "my rg", { id: "b", inputs: {} }),
    ],
  });
  expect(code).toBe(`import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
import * as azure_native from "@pulumi/azure-native";

const myRg = new azure_native.resources.ResourceGroup("my-rg", {
    location: "westeurope",
    tags: {},
}, {
    protect: true,
});

const resource1st = new azure_native.storage.v20230101.StorageAccount("1st", {
    accountName: pulumi.secret("s"),
    group: myRg.id,
    rules: [
        {
            "a-b": null,
            on: true,
        },
    ],
    list: [],
}, {
    parent: app,
});

const myRg1 = new aws.s3.Bucket("my rg", {});
`);
});
