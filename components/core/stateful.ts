/**
 * Types that hold data which go with them, with the inputs whose change makes the provider replace them (beside names and place).
 * Source: schema of azure-native 3.28 (`replaceOnChanges`, `willReplaceOnChanges`) and the REST pages of the types, read 2026-11.
 */
export const STATEFUL: Readonly<Record<string, readonly string[]>> = {
  "azure-native:storage:StorageAccount": ["isHnsEnabled", "isNfsV3Enabled"],
  "azure-native:storage:BlobContainer": [],
  "azure-native:storage:Queue": [],
  "azure-native:storage:Table": [],
  "azure-native:storage:FileShare": [],
  "azure-native:dbforpostgresql:Server": ["administratorLogin", "createMode", "network"],
  "azure-native:dbforpostgresql:Database": ["charset", "collation"],
  "azure-native:cosmosdb:DatabaseAccount": ["kind"],
  "azure-native:cosmosdb:SqlResourceSqlDatabase": [],
  "azure-native:cosmosdb:SqlResourceSqlContainer": ["resource.partitionKey"],
  "azure-native:keyvault:Vault": [],
  "azure-native:keyvault:Key": ["properties.kty", "properties.curveName"],
  "azure-native:servicebus:Namespace": ["zoneRedundant"],
  "azure-native:servicebus:Queue": ["requiresSession", "requiresDuplicateDetection", "enablePartitioning"],
  "azure-native:servicebus:Topic": ["requiresDuplicateDetection", "enablePartitioning"],
  "azure-native:sql:Server": ["administratorLogin"],
  "azure-native:sql:Database": ["collation", "createMode"],
  "azure-native:containerregistry:Registry": [],
  "azure-native:appconfiguration:ConfigurationStore": [],
  "azure-native:operationalinsights:Workspace": [],
  "azure-native:resources:ResourceGroup": [],
};
