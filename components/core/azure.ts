// The one place that imports raw resource classes, each from its own file: a module's index of azure-native costs 10 to 70 ms to
// load, a class 1 ms, and every deployment starts this program anew.

import { ContainerApp } from "@pulumi/azure-native/app/containerApp.js";
import { Job } from "@pulumi/azure-native/app/job.js";
import { ManagedEnvironment } from "@pulumi/azure-native/app/managedEnvironment.js";
import { Component } from "@pulumi/azure-native/applicationinsights/component.js";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment.js";
import { Registry } from "@pulumi/azure-native/containerregistry/registry.js";
import { DatabaseAccount } from "@pulumi/azure-native/cosmosdb/databaseAccount.js";
import { SqlResourceSqlContainer } from "@pulumi/azure-native/cosmosdb/sqlResourceSqlContainer.js";
import { SqlResourceSqlDatabase } from "@pulumi/azure-native/cosmosdb/sqlResourceSqlDatabase.js";
import { SqlResourceSqlRoleAssignment } from "@pulumi/azure-native/cosmosdb/sqlResourceSqlRoleAssignment.js";
import { AdministratorsMicrosoftEntra } from "@pulumi/azure-native/dbforpostgresql/administratorsMicrosoftEntra.js";
import { Configuration } from "@pulumi/azure-native/dbforpostgresql/configuration.js";
import { Database } from "@pulumi/azure-native/dbforpostgresql/database.js";
import { FirewallRule } from "@pulumi/azure-native/dbforpostgresql/firewallRule.js";
import { Server } from "@pulumi/azure-native/dbforpostgresql/server.js";
import { Key } from "@pulumi/azure-native/keyvault/key.js";
import { Vault } from "@pulumi/azure-native/keyvault/vault.js";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import { DiagnosticSetting } from "@pulumi/azure-native/monitor/diagnosticSetting.js";
import { Subnet } from "@pulumi/azure-native/network/subnet.js";
import { VirtualNetwork } from "@pulumi/azure-native/network/virtualNetwork.js";
import { Workspace } from "@pulumi/azure-native/operationalinsights/workspace.js";
import { PrivateZone } from "@pulumi/azure-native/privatedns/privateZone.js";
import { VirtualNetworkLink } from "@pulumi/azure-native/privatedns/virtualNetworkLink.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import { Namespace } from "@pulumi/azure-native/servicebus/namespace.js";
import { Queue } from "@pulumi/azure-native/servicebus/queue.js";
import { BlobContainer } from "@pulumi/azure-native/storage/blobContainer.js";
import { BlobServiceProperties } from "@pulumi/azure-native/storage/blobServiceProperties.js";
import { StorageAccount } from "@pulumi/azure-native/storage/storageAccount.js";
import { StaticSite } from "@pulumi/azure-native/web/staticSite.js";
import { StaticSiteLinkedBackend } from "@pulumi/azure-native/web/staticSiteLinkedBackend.js";

export const app = { ContainerApp, Job, ManagedEnvironment } as const;
export const applicationinsights = { Component } as const;
export const authorization = { RoleAssignment } as const;
export const containerregistry = { Registry } as const;
export const cosmosdb = {
  DatabaseAccount,
  SqlResourceSqlContainer,
  SqlResourceSqlDatabase,
  SqlResourceSqlRoleAssignment,
} as const;
export const dbforpostgresql = { AdministratorsMicrosoftEntra, Configuration, Database, FirewallRule, Server } as const;
export const keyvault = { Key, Vault } as const;
export const managedidentity = { UserAssignedIdentity } as const;
export const monitor = { DiagnosticSetting } as const;
export const network = { Subnet, VirtualNetwork } as const;
export const operationalinsights = { Workspace } as const;
export const privatedns = { PrivateZone, VirtualNetworkLink } as const;
export const resources = { ResourceGroup } as const;
export const servicebus = { Namespace, Queue } as const;
export const storage = { BlobContainer, BlobServiceProperties, StorageAccount } as const;
export const web = { StaticSite, StaticSiteLinkedBackend } as const;
