/** What a private endpoint of one service is made with. */
export interface PrivateLink {
  /** Sub-resource, as the service spells it. */
  readonly group: string;
  /** Zone that its names are resolved in; `{region}` stands for the region. */
  readonly zone: string;
}

/**
 * Private link by service. Sources: Microsoft Learn, "Azure Private Endpoint private DNS zone values"; Azure Verified Modules; .NET
 * Aspire. Read 2026-11-20. For Container Apps Microsoft's page prints `managedEnvironment`, the modules deploy `managedEnvironments`;
 * for PostgreSQL it names the single server. Static Web Apps are not here: their zone depends on a number in the site's host name.
 */
export const PRIVATE_LINK = {
  keyVault: { group: "vault", zone: "privatelink.vaultcore.azure.net" },
  registry: { group: "registry", zone: "privatelink.azurecr.io" },
  blob: { group: "blob", zone: "privatelink.blob.core.windows.net" },
  queue: { group: "queue", zone: "privatelink.queue.core.windows.net" },
  table: { group: "table", zone: "privatelink.table.core.windows.net" },
  file: { group: "file", zone: "privatelink.file.core.windows.net" },
  cosmos: { group: "Sql", zone: "privatelink.documents.azure.com" },
  postgres: { group: "postgresqlServer", zone: "privatelink.postgres.database.azure.com" },
  sql: { group: "sqlServer", zone: "privatelink.database.windows.net" },
  serviceBus: { group: "namespace", zone: "privatelink.servicebus.windows.net" },
  relay: { group: "namespace", zone: "privatelink.servicebus.windows.net" },
  appConfiguration: { group: "configurationStores", zone: "privatelink.azconfig.io" },
  containerEnvironment: { group: "managedEnvironments", zone: "privatelink.{region}.azurecontainerapps.io" },
  site: { group: "sites", zone: "privatelink.azurewebsites.net" },
  apiManagement: { group: "Gateway", zone: "privatelink.azure-api.net" },
  openAi: { group: "account", zone: "privatelink.openai.azure.com" },
} as const satisfies Readonly<Record<string, PrivateLink>>;

export type PrivateLinkName = keyof typeof PRIVATE_LINK;
