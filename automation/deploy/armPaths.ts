/**
 * Pulumi class of azure-native → path of its resource, and a version of the API that answers for it. `{x}` are inputs of those names, `~` is
 * the provider's part of a resource group. Source: URL templates of the @azure/arm-* clients, read 2026-11.
 */
export const ARM_PATHS: Readonly<Record<string, readonly [path: string, apiVersion: string]>> = {
  "apimanagement:Api": ["~/Microsoft.ApiManagement/service/{serviceName}/apis/{apiId}", "2024-05-01"],
  "apimanagement:ApiManagementService": ["~/Microsoft.ApiManagement/service/{serviceName}", "2024-05-01"],
  "apimanagement:ApiOperation": [
    "~/Microsoft.ApiManagement/service/{serviceName}/apis/{apiId}/operations/{operationId}",
    "2024-05-01",
  ],
  "apimanagement:ApiOperationPolicy": [
    "~/Microsoft.ApiManagement/service/{serviceName}/apis/{apiId}/operations/{operationId}/policies/{policyId}",
    "2024-05-01",
  ],
  "apimanagement:ApiPolicy": [
    "~/Microsoft.ApiManagement/service/{serviceName}/apis/{apiId}/policies/{policyId}",
    "2024-05-01",
  ],
  "apimanagement:Backend": ["~/Microsoft.ApiManagement/service/{serviceName}/backends/{backendId}", "2024-05-01"],
  "apimanagement:Logger": ["~/Microsoft.ApiManagement/service/{serviceName}/loggers/{loggerId}", "2024-05-01"],
  "apimanagement:NamedValue": [
    "~/Microsoft.ApiManagement/service/{serviceName}/namedValues/{namedValueId}",
    "2024-05-01",
  ],
  "apimanagement:Policy": ["~/Microsoft.ApiManagement/service/{serviceName}/policies/{policyId}", "2024-05-01"],
  "apimanagement:Product": ["~/Microsoft.ApiManagement/service/{serviceName}/products/{productId}", "2024-05-01"],
  "apimanagement:ProductApi": [
    "~/Microsoft.ApiManagement/service/{serviceName}/products/{productId}/apis/{apiId}",
    "2024-05-01",
  ],
  "apimanagement:ProductPolicy": [
    "~/Microsoft.ApiManagement/service/{serviceName}/products/{productId}/policies/{policyId}",
    "2024-05-01",
  ],
  "apimanagement:Subscription": ["~/Microsoft.ApiManagement/service/{serviceName}/subscriptions/{sid}", "2024-05-01"],
  "app:Certificate": [
    "~/Microsoft.App/managedEnvironments/{environmentName}/certificates/{certificateName}",
    "2025-02-02-preview",
  ],
  "app:ContainerApp": ["~/Microsoft.App/containerApps/{containerAppName}", "2025-02-02-preview"],
  "app:ContainerAppsAuthConfig": [
    "~/Microsoft.App/containerApps/{containerAppName}/authConfigs/{authConfigName}",
    "2025-02-02-preview",
  ],
  "app:ContainerAppsSessionPool": ["~/Microsoft.App/sessionPools/{sessionPoolName}", "2025-02-02-preview"],
  "app:DaprComponent": [
    "~/Microsoft.App/managedEnvironments/{environmentName}/daprComponents/{componentName}",
    "2025-02-02-preview",
  ],
  "app:Job": ["~/Microsoft.App/jobs/{jobName}", "2025-02-02-preview"],
  "app:ManagedCertificate": [
    "~/Microsoft.App/managedEnvironments/{environmentName}/managedCertificates/{managedCertificateName}",
    "2025-02-02-preview",
  ],
  "app:ManagedEnvironment": ["~/Microsoft.App/managedEnvironments/{environmentName}", "2025-02-02-preview"],
  "app:ManagedEnvironmentsStorage": [
    "~/Microsoft.App/managedEnvironments/{environmentName}/storages/{storageName}",
    "2025-02-02-preview",
  ],
  "appconfiguration:ConfigurationStore": [
    "~/Microsoft.AppConfiguration/configurationStores/{configStoreName}",
    "2024-05-01",
  ],
  "appconfiguration:KeyValue": [
    "~/Microsoft.AppConfiguration/configurationStores/{configStoreName}/keyValues/{keyValueName}",
    "2024-05-01",
  ],
  "applicationinsights:Component": ["~/Microsoft.Insights/components/{resourceName}", "2020-02-02"],
  "authorization:ManagementLockAtResourceGroupLevel": ["~/Microsoft.Authorization/locks/{lockName}", "2020-05-01"],
  "authorization:ManagementLockAtSubscriptionLevel": [
    "/subscriptions/{subscriptionId}/providers/Microsoft.Authorization/locks/{lockName}",
    "2020-05-01",
  ],
  "authorization:ManagementLockByScope": ["/{scope}/providers/Microsoft.Authorization/locks/{lockName}", "2020-05-01"],
  "authorization:PolicyAssignment": [
    "/{scope}/providers/Microsoft.Authorization/policyAssignments/{policyAssignmentName}",
    "2025-01-01",
  ],
  "authorization:RoleAssignment": [
    "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
    "2022-04-01",
  ],
  "authorization:RoleDefinition": [
    "/{scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}",
    "2022-05-01-preview",
  ],
  "cdn:AFDCustomDomain": ["~/Microsoft.Cdn/profiles/{profileName}/customDomains/{customDomainName}", "2025-06-01"],
  "cdn:AFDEndpoint": ["~/Microsoft.Cdn/profiles/{profileName}/afdEndpoints/{endpointName}", "2025-06-01"],
  "cdn:AFDOrigin": [
    "~/Microsoft.Cdn/profiles/{profileName}/originGroups/{originGroupName}/origins/{originName}",
    "2025-06-01",
  ],
  "cdn:AFDOriginGroup": ["~/Microsoft.Cdn/profiles/{profileName}/originGroups/{originGroupName}", "2025-06-01"],
  "cdn:Profile": ["~/Microsoft.Cdn/profiles/{profileName}", "2025-06-01"],
  "cdn:Route": ["~/Microsoft.Cdn/profiles/{profileName}/afdEndpoints/{endpointName}/routes/{routeName}", "2025-06-01"],
  "cdn:SecurityPolicy": ["~/Microsoft.Cdn/profiles/{profileName}/securityPolicies/{securityPolicyName}", "2025-06-01"],
  "cognitiveservices:Account": ["~/Microsoft.CognitiveServices/accounts/{accountName}", "2025-06-01"],
  "cognitiveservices:Deployment": [
    "~/Microsoft.CognitiveServices/accounts/{accountName}/deployments/{deploymentName}",
    "2025-06-01",
  ],
  "consumption:Budget": ["/{scope}/providers/Microsoft.Consumption/budgets/{budgetName}", "2024-08-01"],
  "containerinstance:ContainerGroup": [
    "~/Microsoft.ContainerInstance/containerGroups/{containerGroupName}",
    "2024-05-01-preview",
  ],
  "containerregistry:CacheRule": [
    "~/Microsoft.ContainerRegistry/registries/{registryName}/cacheRules/{cacheRuleName}",
    "2024-11-01-preview",
  ],
  "containerregistry:Registry": ["~/Microsoft.ContainerRegistry/registries/{registryName}", "2023-01-01-preview"],
  "containerregistry:Task": [
    "~/Microsoft.ContainerRegistry/registries/{registryName}/tasks/{taskName}",
    "2019-06-01-preview",
  ],
  "containerregistry:TaskRun": [
    "~/Microsoft.ContainerRegistry/registries/{registryName}/taskRuns/{taskRunName}",
    "2019-06-01-preview",
  ],
  "containerregistry:Webhook": [
    "~/Microsoft.ContainerRegistry/registries/{registryName}/webhooks/{webhookName}",
    "2024-11-01-preview",
  ],
  "containerservice:AgentPool": [
    "~/Microsoft.ContainerService/managedClusters/{resourceName}/agentPools/{agentPoolName}",
    "2025-09-01",
  ],
  "containerservice:ManagedCluster": ["~/Microsoft.ContainerService/managedClusters/{resourceName}", "2025-09-01"],
  "cosmosdb:DatabaseAccount": ["~/Microsoft.DocumentDB/databaseAccounts/{accountName}", "2025-10-15"],
  "cosmosdb:SqlResourceSqlContainer": [
    "~/Microsoft.DocumentDB/databaseAccounts/{accountName}/sqlDatabases/{databaseName}/containers/{containerName}",
    "2025-10-15",
  ],
  "cosmosdb:SqlResourceSqlDatabase": [
    "~/Microsoft.DocumentDB/databaseAccounts/{accountName}/sqlDatabases/{databaseName}",
    "2025-10-15",
  ],
  "cosmosdb:SqlResourceSqlRoleAssignment": [
    "~/Microsoft.DocumentDB/databaseAccounts/{accountName}/sqlRoleAssignments/{roleAssignmentId}",
    "2025-10-15",
  ],
  "cosmosdb:SqlResourceSqlRoleDefinition": [
    "~/Microsoft.DocumentDB/databaseAccounts/{accountName}/sqlRoleDefinitions/{roleDefinitionId}",
    "2025-10-15",
  ],
  "cosmosdb:SqlResourceSqlStoredProcedure": [
    "~/Microsoft.DocumentDB/databaseAccounts/{accountName}/sqlDatabases/{databaseName}/containers/{containerName}/storedProcedures/{storedProcedureName}",
    "2025-10-15",
  ],
  "costmanagement:Budget": ["/{scope}/providers/Microsoft.CostManagement/budgets/{budgetName}", "2024-08-01"],
  "dbforpostgresql:Administrator": [
    "~/Microsoft.DBforPostgreSQL/flexibleServers/{serverName}/administrators/{objectId}",
    "2025-01-01-preview",
  ],
  "dbforpostgresql:AdministratorsMicrosoftEntra": [
    "~/Microsoft.DBforPostgreSQL/flexibleServers/{serverName}/administrators/{objectId}",
    "2025-08-01",
  ],
  "dbforpostgresql:Configuration": [
    "~/Microsoft.DBforPostgreSQL/flexibleServers/{serverName}/configurations/{configurationName}",
    "2025-08-01",
  ],
  "dbforpostgresql:Database": [
    "~/Microsoft.DBforPostgreSQL/flexibleServers/{serverName}/databases/{databaseName}",
    "2025-08-01",
  ],
  "dbforpostgresql:FirewallRule": [
    "~/Microsoft.DBforPostgreSQL/flexibleServers/{serverName}/firewallRules/{firewallRuleName}",
    "2025-08-01",
  ],
  "dbforpostgresql:Server": ["~/Microsoft.DBforPostgreSQL/flexibleServers/{serverName}", "2025-08-01"],
  "dns:RecordSet": [
    "~/Microsoft.Network/dnsZones/{zoneName}/{recordType}/{relativeRecordSetName}",
    "2023-07-01-preview",
  ],
  "dns:Zone": ["~/Microsoft.Network/dnsZones/{zoneName}", "2023-07-01-preview"],
  "frontdoor:Policy": ["~/Microsoft.Network/frontDoorWebApplicationFirewallPolicies/{policyName}", "2025-11-01"],
  "keyvault:AccessPolicy": ["~/Microsoft.KeyVault/vaults/{vaultName}/accessPolicies/{operationKind}", "2024-11-01"],
  "keyvault:Key": ["~/Microsoft.KeyVault/vaults/{vaultName}/keys/{keyName}", "2024-11-01"],
  "keyvault:Secret": ["~/Microsoft.KeyVault/vaults/{vaultName}/secrets/{secretName}", "2024-11-01"],
  "keyvault:Vault": ["~/Microsoft.KeyVault/vaults/{vaultName}", "2024-11-01"],
  "managedidentity:FederatedIdentityCredential": [
    "~/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}",
    "2023-01-31",
  ],
  "managedidentity:UserAssignedIdentity": [
    "~/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}",
    "2023-01-31",
  ],
  "monitor:ActionGroup": ["~/Microsoft.Insights/actionGroups/{actionGroupName}", "2024-10-01-preview"],
  "monitor:AutoscaleSetting": ["~/Microsoft.Insights/autoscalesettings/{autoscaleSettingName}", "2021-05-01-preview"],
  "monitor:DiagnosticSetting": [
    "/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
    "2021-05-01-preview",
  ],
  "monitor:MetricAlert": ["~/Microsoft.Insights/metricAlerts/{ruleName}", "2018-03-01"],
  "monitor:ScheduledQueryRule": ["~/Microsoft.Insights/scheduledQueryRules/{ruleName}", "2025-01-01-preview"],
  "network:NatGateway": ["~/Microsoft.Network/natGateways/{natGatewayName}", "2024-05-01"],
  "network:NetworkSecurityGroup": [
    "~/Microsoft.Network/networkSecurityGroups/{networkSecurityGroupName}",
    "2024-05-01",
  ],
  "network:PrivateDnsZoneGroup": [
    "~/Microsoft.Network/privateEndpoints/{privateEndpointName}/privateDnsZoneGroups/{privateDnsZoneGroupName}",
    "2024-05-01",
  ],
  "network:PrivateEndpoint": ["~/Microsoft.Network/privateEndpoints/{privateEndpointName}", "2024-05-01"],
  "network:PublicIPAddress": ["~/Microsoft.Network/publicIPAddresses/{publicIpAddressName}", "2024-05-01"],
  "network:SecurityRule": [
    "~/Microsoft.Network/networkSecurityGroups/{networkSecurityGroupName}/securityRules/{securityRuleName}",
    "2024-05-01",
  ],
  "network:Subnet": ["~/Microsoft.Network/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}", "2024-05-01"],
  "network:VirtualNetwork": ["~/Microsoft.Network/virtualNetworks/{virtualNetworkName}", "2024-05-01"],
  "operationalinsights:Table": [
    "~/Microsoft.OperationalInsights/workspaces/{workspaceName}/tables/{tableName}",
    "2023-09-01",
  ],
  "operationalinsights:Workspace": ["~/Microsoft.OperationalInsights/workspaces/{workspaceName}", "2023-09-01"],
  "privatedns:PrivateRecordSet": [
    "~/Microsoft.Network/privateDnsZones/{privateZoneName}/{recordType}/{relativeRecordSetName}",
    "2024-06-01",
  ],
  "privatedns:PrivateZone": ["~/Microsoft.Network/privateDnsZones/{privateZoneName}", "2024-06-01"],
  "privatedns:VirtualNetworkLink": [
    "~/Microsoft.Network/privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}",
    "2024-06-01",
  ],
  "relay:HybridConnection": [
    "~/Microsoft.Relay/namespaces/{namespaceName}/hybridConnections/{hybridConnectionName}",
    "2024-01-01",
  ],
  "relay:HybridConnectionAuthorizationRule": [
    "~/Microsoft.Relay/namespaces/{namespaceName}/hybridConnections/{hybridConnectionName}/authorizationRules/{authorizationRuleName}",
    "2024-01-01",
  ],
  "relay:Namespace": ["~/Microsoft.Relay/namespaces/{namespaceName}", "2024-01-01"],
  "relay:NamespaceAuthorizationRule": [
    "~/Microsoft.Relay/namespaces/{namespaceName}/authorizationRules/{authorizationRuleName}",
    "2024-01-01",
  ],
  "resources:Deployment": ["~/Microsoft.Resources/deployments/{deploymentName}", "2024-03-01"],
  "resources:ResourceGroup": ["/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}", "2024-03-01"],
  "servicebus:DefaultRule": [
    "~/Microsoft.ServiceBus/namespaces/{namespaceName}/topics/{topicName}/subscriptions/{subscriptionName}/rules/$Default",
    "2026-01-01",
  ],
  "servicebus:Namespace": ["~/Microsoft.ServiceBus/namespaces/{namespaceName}", "2026-01-01"],
  "servicebus:NamespaceAuthorizationRule": [
    "~/Microsoft.ServiceBus/namespaces/{namespaceName}/AuthorizationRules/{authorizationRuleName}",
    "2026-01-01",
  ],
  "servicebus:NamespaceNetworkRuleSet": [
    "~/Microsoft.ServiceBus/namespaces/{namespaceName}/networkRuleSets/default",
    "2026-01-01",
  ],
  "servicebus:Queue": ["~/Microsoft.ServiceBus/namespaces/{namespaceName}/queues/{queueName}", "2026-01-01"],
  "servicebus:QueueAuthorizationRule": [
    "~/Microsoft.ServiceBus/namespaces/{namespaceName}/queues/{queueName}/authorizationRules/{authorizationRuleName}",
    "2026-01-01",
  ],
  "servicebus:Rule": [
    "~/Microsoft.ServiceBus/namespaces/{namespaceName}/topics/{topicName}/subscriptions/{subscriptionName}/rules/{ruleName}",
    "2026-01-01",
  ],
  "servicebus:Subscription": [
    "~/Microsoft.ServiceBus/namespaces/{namespaceName}/topics/{topicName}/subscriptions/{subscriptionName}",
    "2026-01-01",
  ],
  "servicebus:Topic": ["~/Microsoft.ServiceBus/namespaces/{namespaceName}/topics/{topicName}", "2026-01-01"],
  "servicebus:TopicAuthorizationRule": [
    "~/Microsoft.ServiceBus/namespaces/{namespaceName}/topics/{topicName}/authorizationRules/{authorizationRuleName}",
    "2026-01-01",
  ],
  "sql:Database": ["~/Microsoft.Sql/servers/{serverName}/databases/{databaseName}", "2023-08-01"],
  "sql:ExtendedServerBlobAuditingPolicy": [
    "~/Microsoft.Sql/servers/{serverName}/extendedAuditingSettings/{blobAuditingPolicyName}",
    "2023-08-01",
  ],
  "sql:FirewallRule": ["~/Microsoft.Sql/servers/{serverName}/firewallRules/{firewallRuleName}", "2023-08-01"],
  "sql:Server": ["~/Microsoft.Sql/servers/{serverName}", "2023-08-01"],
  "sql:ServerAzureADAdministrator": [
    "~/Microsoft.Sql/servers/{serverName}/administrators/{administratorName}",
    "2023-08-01",
  ],
  "sql:ServerAzureADOnlyAuthentication": [
    "~/Microsoft.Sql/servers/{serverName}/azureADOnlyAuthentications/{authenticationName}",
    "2023-08-01",
  ],
  "sql:ServerSecurityAlertPolicy": [
    "~/Microsoft.Sql/servers/{serverName}/securityAlertPolicies/{securityAlertPolicyName}",
    "2023-08-01",
  ],
  "storage:BlobContainer": [
    "~/Microsoft.Storage/storageAccounts/{accountName}/blobServices/default/containers/{containerName}",
    "2024-01-01",
  ],
  "storage:BlobServiceProperties": [
    "~/Microsoft.Storage/storageAccounts/{accountName}/blobServices/{blobServicesName}",
    "2024-01-01",
  ],
  "storage:FileShare": [
    "~/Microsoft.Storage/storageAccounts/{accountName}/fileServices/default/shares/{shareName}",
    "2024-01-01",
  ],
  "storage:ManagementPolicy": [
    "~/Microsoft.Storage/storageAccounts/{accountName}/managementPolicies/{managementPolicyName}",
    "2024-01-01",
  ],
  "storage:Queue": [
    "~/Microsoft.Storage/storageAccounts/{accountName}/queueServices/default/queues/{queueName}",
    "2024-01-01",
  ],
  "storage:QueueServiceProperties": [
    "~/Microsoft.Storage/storageAccounts/{accountName}/queueServices/{queueServiceName}",
    "2024-01-01",
  ],
  "storage:StorageAccount": ["~/Microsoft.Storage/storageAccounts/{accountName}", "2024-01-01"],
  "storage:Table": [
    "~/Microsoft.Storage/storageAccounts/{accountName}/tableServices/default/tables/{tableName}",
    "2024-01-01",
  ],
  "web:AppServicePlan": ["~/Microsoft.Web/serverfarms/{name}", "2025-05-01"],
  "web:Certificate": ["~/Microsoft.Web/certificates/{name}", "2025-05-01"],
  "web:SiteCertificate": ["~/Microsoft.Web/sites/{name}/certificates/{certificateName}", "2025-05-01"],
  "web:StaticSite": ["~/Microsoft.Web/staticSites/{name}", "2025-05-01"],
  "web:StaticSiteCustomDomain": ["~/Microsoft.Web/staticSites/{name}/customDomains/{domainName}", "2025-05-01"],
  "web:StaticSiteLinkedBackend": [
    "~/Microsoft.Web/staticSites/{name}/linkedBackends/{linkedBackendName}",
    "2025-05-01",
  ],
  "web:StaticSiteUserProvidedFunctionAppForStaticSite": [
    "~/Microsoft.Web/staticSites/{name}/userProvidedFunctionApps/{functionAppName}",
    "2025-05-01",
  ],
  "web:WebApp": ["~/Microsoft.Web/sites/{name}", "2025-05-01"],
  "web:WebAppApplicationSettings": ["~/Microsoft.Web/sites/{name}/config/appsettings", "2025-05-01"],
  "web:WebAppAuthSettingsV2": ["~/Microsoft.Web/sites/{name}/config/authsettingsV2", "2021-02-01"],
  "web:WebAppFtpAllowed": ["~/Microsoft.Web/sites/{name}/basicPublishingCredentialsPolicies/ftp", "2025-05-01"],
  "web:WebAppFunction": ["~/Microsoft.Web/sites/{name}/functions/{functionName}", "2025-05-01"],
  "web:WebAppHostNameBinding": ["~/Microsoft.Web/sites/{name}/hostNameBindings/{hostName}", "2025-05-01"],
  "web:WebAppScmAllowed": ["~/Microsoft.Web/sites/{name}/basicPublishingCredentialsPolicies/scm", "2025-05-01"],
};
