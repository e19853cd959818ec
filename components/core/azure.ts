// The one place that imports raw resource classes, each from its own file: a module's index of azure-native costs 10 to 70 ms to
// load, a class 1 ms, and every deployment starts this program anew.

import { ContainerApp } from "@pulumi/azure-native/app/containerApp.js";
import { Job } from "@pulumi/azure-native/app/job.js";
import { ManagedCertificate } from "@pulumi/azure-native/app/managedCertificate.js";
import { ManagedEnvironment } from "@pulumi/azure-native/app/managedEnvironment.js";
import { Component } from "@pulumi/azure-native/applicationinsights/component.js";
import { ManagementLockByScope } from "@pulumi/azure-native/authorization/managementLockByScope.js";
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
import { ActionGroup } from "@pulumi/azure-native/monitor/actionGroup.js";
import { DiagnosticSetting } from "@pulumi/azure-native/monitor/diagnosticSetting.js";
import { MetricAlert } from "@pulumi/azure-native/monitor/metricAlert.js";
import { PrivateDnsZoneGroup } from "@pulumi/azure-native/network/privateDnsZoneGroup.js";
import { PrivateEndpoint } from "@pulumi/azure-native/network/privateEndpoint.js";
import { Subnet } from "@pulumi/azure-native/network/subnet.js";
import { VirtualNetwork } from "@pulumi/azure-native/network/virtualNetwork.js";
import { Workspace } from "@pulumi/azure-native/operationalinsights/workspace.js";
import { PrivateZone } from "@pulumi/azure-native/privatedns/privateZone.js";
import { VirtualNetworkLink } from "@pulumi/azure-native/privatedns/virtualNetworkLink.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import { Namespace } from "@pulumi/azure-native/servicebus/namespace.js";
import { Queue } from "@pulumi/azure-native/servicebus/queue.js";
import { Subscription } from "@pulumi/azure-native/servicebus/subscription.js";
import { Topic } from "@pulumi/azure-native/servicebus/topic.js";
import { BlobContainer } from "@pulumi/azure-native/storage/blobContainer.js";
import { BlobServiceProperties } from "@pulumi/azure-native/storage/blobServiceProperties.js";
import { FileShare } from "@pulumi/azure-native/storage/fileShare.js";
import { Queue as StorageQueue } from "@pulumi/azure-native/storage/queue.js";
import { StorageAccount } from "@pulumi/azure-native/storage/storageAccount.js";
import { Table } from "@pulumi/azure-native/storage/table.js";
import { StaticSite } from "@pulumi/azure-native/web/staticSite.js";
import { StaticSiteCustomDomain } from "@pulumi/azure-native/web/staticSiteCustomDomain.js";
import { StaticSiteLinkedBackend } from "@pulumi/azure-native/web/staticSiteLinkedBackend.js";

export const app = { ContainerApp, Job, ManagedCertificate, ManagedEnvironment } as const;
export const applicationinsights = { Component } as const;
export const authorization = { ManagementLockByScope, RoleAssignment } as const;
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
export const monitor = { ActionGroup, DiagnosticSetting, MetricAlert } as const;
export const network = { PrivateDnsZoneGroup, PrivateEndpoint, Subnet, VirtualNetwork } as const;
export const operationalinsights = { Workspace } as const;
export const privatedns = { PrivateZone, VirtualNetworkLink } as const;
export const resources = { ResourceGroup } as const;
export const servicebus = { Namespace, Queue, Subscription, Topic } as const;
export const storage = {
  BlobContainer,
  BlobServiceProperties,
  FileShare,
  Queue: StorageQueue,
  StorageAccount,
  Table,
} as const;
export const web = { StaticSite, StaticSiteCustomDomain, StaticSiteLinkedBackend } as const;
