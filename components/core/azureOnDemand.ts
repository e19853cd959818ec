// Raw resource classes of tiers that few apps have. They are loaded when a component first asks for them: every deployment
// starts the program anew and should not pay for what it does not use (decision 18). Classes that most apps need are in `azure.ts`.

import { createRequire } from "node:module";

const load: (path: string) => unknown = createRequire(import.meta.url);

export const apimanagement = {
  get Api() {
    return (
      load("@pulumi/azure-native/apimanagement/api.js") as typeof import("@pulumi/azure-native/apimanagement/api.js")
    ).Api;
  },
  get ApiManagementService() {
    return (
      load(
        "@pulumi/azure-native/apimanagement/apiManagementService.js",
      ) as typeof import("@pulumi/azure-native/apimanagement/apiManagementService.js")
    ).ApiManagementService;
  },
  get ApiOperation() {
    return (
      load(
        "@pulumi/azure-native/apimanagement/apiOperation.js",
      ) as typeof import("@pulumi/azure-native/apimanagement/apiOperation.js")
    ).ApiOperation;
  },
  get ApiPolicy() {
    return (
      load(
        "@pulumi/azure-native/apimanagement/apiPolicy.js",
      ) as typeof import("@pulumi/azure-native/apimanagement/apiPolicy.js")
    ).ApiPolicy;
  },
  get Product() {
    return (
      load(
        "@pulumi/azure-native/apimanagement/product.js",
      ) as typeof import("@pulumi/azure-native/apimanagement/product.js")
    ).Product;
  },
  get ProductApi() {
    return (
      load(
        "@pulumi/azure-native/apimanagement/productApi.js",
      ) as typeof import("@pulumi/azure-native/apimanagement/productApi.js")
    ).ProductApi;
  },
} as const;
export const appconfiguration = {
  get ConfigurationStore() {
    return (
      load(
        "@pulumi/azure-native/appconfiguration/configurationStore.js",
      ) as typeof import("@pulumi/azure-native/appconfiguration/configurationStore.js")
    ).ConfigurationStore;
  },
  get KeyValue() {
    return (
      load(
        "@pulumi/azure-native/appconfiguration/keyValue.js",
      ) as typeof import("@pulumi/azure-native/appconfiguration/keyValue.js")
    ).KeyValue;
  },
} as const;
export const cdn = {
  get AFDCustomDomain() {
    return (
      load(
        "@pulumi/azure-native/cdn/afdcustomDomain.js",
      ) as typeof import("@pulumi/azure-native/cdn/afdcustomDomain.js")
    ).AFDCustomDomain;
  },
  get AFDEndpoint() {
    return (load("@pulumi/azure-native/cdn/afdendpoint.js") as typeof import("@pulumi/azure-native/cdn/afdendpoint.js"))
      .AFDEndpoint;
  },
  get AFDOrigin() {
    return (load("@pulumi/azure-native/cdn/afdorigin.js") as typeof import("@pulumi/azure-native/cdn/afdorigin.js"))
      .AFDOrigin;
  },
  get AFDOriginGroup() {
    return (
      load("@pulumi/azure-native/cdn/afdoriginGroup.js") as typeof import("@pulumi/azure-native/cdn/afdoriginGroup.js")
    ).AFDOriginGroup;
  },
  get Profile() {
    return (load("@pulumi/azure-native/cdn/profile.js") as typeof import("@pulumi/azure-native/cdn/profile.js"))
      .Profile;
  },
  get Route() {
    return (load("@pulumi/azure-native/cdn/route.js") as typeof import("@pulumi/azure-native/cdn/route.js")).Route;
  },
  get SecurityPolicy() {
    return (
      load("@pulumi/azure-native/cdn/securityPolicy.js") as typeof import("@pulumi/azure-native/cdn/securityPolicy.js")
    ).SecurityPolicy;
  },
} as const;
export const consumption = {
  get Budget() {
    return (
      load("@pulumi/azure-native/consumption/budget.js") as typeof import("@pulumi/azure-native/consumption/budget.js")
    ).Budget;
  },
} as const;
export const containerinstance = {
  get ContainerGroup() {
    return (
      load(
        "@pulumi/azure-native/containerinstance/containerGroup.js",
      ) as typeof import("@pulumi/azure-native/containerinstance/containerGroup.js")
    ).ContainerGroup;
  },
} as const;
export const containerservice = {
  get ManagedCluster() {
    return (
      load(
        "@pulumi/azure-native/containerservice/managedCluster.js",
      ) as typeof import("@pulumi/azure-native/containerservice/managedCluster.js")
    ).ManagedCluster;
  },
} as const;
export const federation = {
  get FederatedIdentityCredential() {
    return (
      load(
        "@pulumi/azure-native/managedidentity/federatedIdentityCredential.js",
      ) as typeof import("@pulumi/azure-native/managedidentity/federatedIdentityCredential.js")
    ).FederatedIdentityCredential;
  },
} as const;
export const frontdoor = {
  get Policy() {
    return (
      load("@pulumi/azure-native/frontdoor/policy.js") as typeof import("@pulumi/azure-native/frontdoor/policy.js")
    ).Policy;
  },
} as const;
export const relay = {
  get HybridConnection() {
    return (
      load(
        "@pulumi/azure-native/relay/hybridConnection.js",
      ) as typeof import("@pulumi/azure-native/relay/hybridConnection.js")
    ).HybridConnection;
  },
  get Namespace() {
    return (load("@pulumi/azure-native/relay/namespace.js") as typeof import("@pulumi/azure-native/relay/namespace.js"))
      .Namespace;
  },
} as const;
export const sessions = {
  get ContainerAppsSessionPool() {
    return (
      load(
        "@pulumi/azure-native/app/containerAppsSessionPool.js",
      ) as typeof import("@pulumi/azure-native/app/containerAppsSessionPool.js")
    ).ContainerAppsSessionPool;
  },
} as const;
export const sites = {
  get AppServicePlan() {
    return (
      load("@pulumi/azure-native/web/appServicePlan.js") as typeof import("@pulumi/azure-native/web/appServicePlan.js")
    ).AppServicePlan;
  },
  get WebApp() {
    return (load("@pulumi/azure-native/web/webApp.js") as typeof import("@pulumi/azure-native/web/webApp.js")).WebApp;
  },
  get Certificate() {
    return (load("@pulumi/azure-native/web/certificate.js") as typeof import("@pulumi/azure-native/web/certificate.js"))
      .Certificate;
  },
  get SiteCertificate() {
    return (
      load(
        "@pulumi/azure-native/web/siteCertificate.js",
      ) as typeof import("@pulumi/azure-native/web/siteCertificate.js")
    ).SiteCertificate;
  },
  get WebAppHostNameBinding() {
    return (
      load(
        "@pulumi/azure-native/web/webAppHostNameBinding.js",
      ) as typeof import("@pulumi/azure-native/web/webAppHostNameBinding.js")
    ).WebAppHostNameBinding;
  },
  get WebAppFtpAllowed() {
    return (
      load(
        "@pulumi/azure-native/web/webAppFtpAllowed.js",
      ) as typeof import("@pulumi/azure-native/web/webAppFtpAllowed.js")
    ).WebAppFtpAllowed;
  },
  get WebAppScmAllowed() {
    return (
      load(
        "@pulumi/azure-native/web/webAppScmAllowed.js",
      ) as typeof import("@pulumi/azure-native/web/webAppScmAllowed.js")
    ).WebAppScmAllowed;
  },
} as const;
export const sql = {
  get ExtendedServerBlobAuditingPolicy() {
    return (
      load(
        "@pulumi/azure-native/sql/extendedServerBlobAuditingPolicy.js",
      ) as typeof import("@pulumi/azure-native/sql/extendedServerBlobAuditingPolicy.js")
    ).ExtendedServerBlobAuditingPolicy;
  },
  get ServerSecurityAlertPolicy() {
    return (
      load(
        "@pulumi/azure-native/sql/serverSecurityAlertPolicy.js",
      ) as typeof import("@pulumi/azure-native/sql/serverSecurityAlertPolicy.js")
    ).ServerSecurityAlertPolicy;
  },
  get Database() {
    return (load("@pulumi/azure-native/sql/database.js") as typeof import("@pulumi/azure-native/sql/database.js"))
      .Database;
  },
  get FirewallRule() {
    return (
      load("@pulumi/azure-native/sql/firewallRule.js") as typeof import("@pulumi/azure-native/sql/firewallRule.js")
    ).FirewallRule;
  },
  get Server() {
    return (load("@pulumi/azure-native/sql/server.js") as typeof import("@pulumi/azure-native/sql/server.js")).Server;
  },
} as const;
