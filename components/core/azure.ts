// The one place that imports raw resource classes, each from its own file: a module's index of azure-native costs 10 to 70 ms to
// load, a class 1 ms, and every deployment starts this program anew.

import { Api } from "@pulumi/azure-native/apimanagement/api.js";
import { ApiManagementService } from "@pulumi/azure-native/apimanagement/apiManagementService.js";
import { ApiOperation } from "@pulumi/azure-native/apimanagement/apiOperation.js";
import { ApiPolicy } from "@pulumi/azure-native/apimanagement/apiPolicy.js";
import { Product } from "@pulumi/azure-native/apimanagement/product.js";
import { ProductApi } from "@pulumi/azure-native/apimanagement/productApi.js";
import { ContainerApp } from "@pulumi/azure-native/app/containerApp.js";
import { ContainerAppsSessionPool } from "@pulumi/azure-native/app/containerAppsSessionPool.js";
import { Job } from "@pulumi/azure-native/app/job.js";
import { ManagedCertificate } from "@pulumi/azure-native/app/managedCertificate.js";
import { ManagedEnvironment } from "@pulumi/azure-native/app/managedEnvironment.js";
import { ConfigurationStore } from "@pulumi/azure-native/appconfiguration/configurationStore.js";
import { KeyValue } from "@pulumi/azure-native/appconfiguration/keyValue.js";
import { Component } from "@pulumi/azure-native/applicationinsights/component.js";
import { ManagementLockByScope } from "@pulumi/azure-native/authorization/managementLockByScope.js";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment.js";
import { AFDEndpoint } from "@pulumi/azure-native/cdn/afdendpoint.js";
import { AFDOrigin } from "@pulumi/azure-native/cdn/afdorigin.js";
import { AFDOriginGroup } from "@pulumi/azure-native/cdn/afdoriginGroup.js";
import { Profile } from "@pulumi/azure-native/cdn/profile.js";
import { Route } from "@pulumi/azure-native/cdn/route.js";
import { SecurityPolicy } from "@pulumi/azure-native/cdn/securityPolicy.js";
import { Budget } from "@pulumi/azure-native/consumption/budget.js";
import { ContainerGroup } from "@pulumi/azure-native/containerinstance/containerGroup.js";
import { Registry } from "@pulumi/azure-native/containerregistry/registry.js";
import { ManagedCluster } from "@pulumi/azure-native/containerservice/managedCluster.js";
import { DatabaseAccount } from "@pulumi/azure-native/cosmosdb/databaseAccount.js";
import { SqlResourceSqlContainer } from "@pulumi/azure-native/cosmosdb/sqlResourceSqlContainer.js";
import { SqlResourceSqlDatabase } from "@pulumi/azure-native/cosmosdb/sqlResourceSqlDatabase.js";
import { SqlResourceSqlRoleAssignment } from "@pulumi/azure-native/cosmosdb/sqlResourceSqlRoleAssignment.js";
import { AdministratorsMicrosoftEntra } from "@pulumi/azure-native/dbforpostgresql/administratorsMicrosoftEntra.js";
import { Configuration } from "@pulumi/azure-native/dbforpostgresql/configuration.js";
import { Database } from "@pulumi/azure-native/dbforpostgresql/database.js";
import { FirewallRule } from "@pulumi/azure-native/dbforpostgresql/firewallRule.js";
import { Server } from "@pulumi/azure-native/dbforpostgresql/server.js";
import { Policy as FirewallPolicy } from "@pulumi/azure-native/frontdoor/policy.js";
import { Key } from "@pulumi/azure-native/keyvault/key.js";
import { Vault } from "@pulumi/azure-native/keyvault/vault.js";
import { FederatedIdentityCredential } from "@pulumi/azure-native/managedidentity/federatedIdentityCredential.js";
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
import { HybridConnection } from "@pulumi/azure-native/relay/hybridConnection.js";
import { Namespace as RelayNamespace } from "@pulumi/azure-native/relay/namespace.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import { Namespace } from "@pulumi/azure-native/servicebus/namespace.js";
import { Queue } from "@pulumi/azure-native/servicebus/queue.js";
import { Subscription } from "@pulumi/azure-native/servicebus/subscription.js";
import { Topic } from "@pulumi/azure-native/servicebus/topic.js";
import { Database as SqlDatabase } from "@pulumi/azure-native/sql/database.js";
import { FirewallRule as SqlFirewallRule } from "@pulumi/azure-native/sql/firewallRule.js";
import { Server as SqlServer } from "@pulumi/azure-native/sql/server.js";
import { BlobContainer } from "@pulumi/azure-native/storage/blobContainer.js";
import { BlobServiceProperties } from "@pulumi/azure-native/storage/blobServiceProperties.js";
import { FileShare } from "@pulumi/azure-native/storage/fileShare.js";
import { Queue as StorageQueue } from "@pulumi/azure-native/storage/queue.js";
import { StorageAccount } from "@pulumi/azure-native/storage/storageAccount.js";
import { Table } from "@pulumi/azure-native/storage/table.js";
import { AppServicePlan } from "@pulumi/azure-native/web/appServicePlan.js";
import { StaticSite } from "@pulumi/azure-native/web/staticSite.js";
import { StaticSiteCustomDomain } from "@pulumi/azure-native/web/staticSiteCustomDomain.js";
import { StaticSiteLinkedBackend } from "@pulumi/azure-native/web/staticSiteLinkedBackend.js";
import { WebApp } from "@pulumi/azure-native/web/webApp.js";
import { WebAppFtpAllowed } from "@pulumi/azure-native/web/webAppFtpAllowed.js";
import { WebAppScmAllowed } from "@pulumi/azure-native/web/webAppScmAllowed.js";

export const app = { ContainerApp, ContainerAppsSessionPool, Job, ManagedCertificate, ManagedEnvironment } as const;
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
export const managedidentity = { FederatedIdentityCredential, UserAssignedIdentity } as const;
export const monitor = { ActionGroup, DiagnosticSetting, MetricAlert } as const;
export const network = { PrivateDnsZoneGroup, PrivateEndpoint, Subnet, VirtualNetwork } as const;
export const operationalinsights = { Workspace } as const;
export const privatedns = { PrivateZone, VirtualNetworkLink } as const;
export const relay = { HybridConnection, Namespace: RelayNamespace } as const;
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
export const web = {
  AppServicePlan,
  StaticSite,
  StaticSiteCustomDomain,
  StaticSiteLinkedBackend,
  WebApp,
  WebAppFtpAllowed,
  WebAppScmAllowed,
} as const;
export const appconfiguration = { ConfigurationStore, KeyValue } as const;
export const sql = { Database: SqlDatabase, FirewallRule: SqlFirewallRule, Server: SqlServer } as const;
export const containerinstance = { ContainerGroup } as const;
export const consumption = { Budget } as const;
export const apimanagement = { Api, ApiManagementService, ApiOperation, ApiPolicy, Product, ProductApi } as const;
export const cdn = { AFDEndpoint, AFDOrigin, AFDOriginGroup, Profile, Route, SecurityPolicy } as const;
export const frontdoor = { Policy: FirewallPolicy } as const;
export const containerservice = { ManagedCluster } as const;
