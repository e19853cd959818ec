// A program of a user: a group, an account with a secret in its tags, and what depends on Azure's answer.
import * as resources from "@pulumi/azure-native/resources/index.js";
import * as storage from "@pulumi/azure-native/storage/index.js";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const group = new resources.ResourceGroup("shop", { resourceGroupName: "rg-shop", location: "uksouth" });
new storage.StorageAccount("files", {
  resourceGroupName: group.name,
  accountName: "stshopfiles",
  location: "uksouth",
  sku: { name: "Standard_LRS" },
  kind: "StorageV2",
  tags: { token: config.requireSecret("token"), "devfactory-profile": "standard" },
});
