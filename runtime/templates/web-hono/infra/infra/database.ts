import * as cosmosdb from "@pulumi/azure-native/cosmosdb/index.js";
import * as dbforpostgresql from "@pulumi/azure-native/dbforpostgresql/index.js";
import type * as managedidentity from "@pulumi/azure-native/managedidentity/index.js";
import * as pulumi from "@pulumi/pulumi";

export interface DatabaseResource {
  readonly name: string;
  readonly kind: string;
  readonly storageGb?: number;
  readonly sku?: string;
  readonly highAvailability?: boolean;
  readonly containers?: readonly { readonly name: string; readonly partitionKey: string }[];
}

interface Context {
  readonly resourceGroupName: pulumi.Input<string>;
  readonly identity: managedidentity.UserAssignedIdentity;
  readonly tenantId: pulumi.Input<string>;
}

/** What the app must know of a database, and what must be there before the app starts. */
export interface MadeDatabase {
  readonly env: Readonly<Record<string, pulumi.Input<string>>>;
  readonly ready: readonly pulumi.Resource[];
}

const DATABASE = "app";
const DATA_CONTRIBUTOR = "00000000-0000-0000-0000-000000000002"; // Cosmos DB built-in data contributor

/** Makes the database that a resource of devfactory.yaml asks for. Passwords and keys are off: the app's identity signs in. */
export function makeDatabase(resource: DatabaseResource, context: Context): MadeDatabase {
  if (resource.kind === "postgres") return makePostgres(resource, context);
  if (resource.kind === "cosmos") return makeCosmos(resource, context);
  throw new Error(`infra/ cannot make a ${resource.kind} yet: add it to database.ts`);
}

function makePostgres(resource: DatabaseResource, { resourceGroupName, identity, tenantId }: Context): MadeDatabase {
  const sku = resource.sku ?? "Standard_B1ms";
  const server = new dbforpostgresql.Server(resource.name, {
    resourceGroupName,
    version: "17",
    sku: { name: sku, tier: tierOf(sku) },
    storage: { storageSizeGB: resource.storageGb ?? 32 },
    highAvailability: { mode: resource.highAvailability ? "ZoneRedundant" : "Disabled" },
    authConfig: { activeDirectoryAuth: "Enabled", passwordAuth: "Disabled", tenantId },
  });
  const serverName = server.name;
  const database = new dbforpostgresql.Database(`${resource.name}-database`, {
    resourceGroupName,
    serverName,
    databaseName: DATABASE,
  });
  const administrator = new dbforpostgresql.Administrator(`${resource.name}-administrator`, {
    resourceGroupName,
    serverName,
    objectId: identity.principalId,
    principalName: identity.name,
    principalType: "ServicePrincipal",
    tenantId,
  });
  const firewall = new dbforpostgresql.FirewallRule(
    `${resource.name}-azure`,
    { resourceGroupName, serverName, startIpAddress: "0.0.0.0", endIpAddress: "0.0.0.0" }, // addresses inside Azure only
  );
  const env = { PGHOST: server.fullyQualifiedDomainName, PGPORT: "5432", PGDATABASE: DATABASE, PGUSER: identity.name };
  return { env, ready: [database, administrator, firewall] };
}

/** `Standard_B…` is burstable, `Standard_E…` has much memory. */
function tierOf(sku: string): string {
  if (sku.startsWith("Standard_B")) return "Burstable";
  return sku.startsWith("Standard_E") ? "MemoryOptimized" : "GeneralPurpose";
}

function makeCosmos(resource: DatabaseResource, { resourceGroupName, identity }: Context): MadeDatabase {
  const account = new cosmosdb.DatabaseAccount(resource.name, {
    resourceGroupName,
    databaseAccountOfferType: "Standard",
    locations: [{ locationName: new pulumi.Config("azure-native").require("location") }],
    capabilities: [{ name: "EnableServerless" }],
    disableLocalAuth: true,
  });
  const accountName = account.name;
  const database = new cosmosdb.SqlResourceSqlDatabase(`${resource.name}-database`, {
    resourceGroupName,
    accountName,
    databaseName: DATABASE,
    resource: { id: DATABASE },
  });
  const containers = (resource.containers ?? []).map(
    ({ name, partitionKey }) =>
      new cosmosdb.SqlResourceSqlContainer(`${resource.name}-${name}`, {
        resourceGroupName,
        accountName,
        databaseName: database.name,
        containerName: name,
        resource: { id: name, partitionKey: { kind: "Hash", paths: [partitionKey] } },
      }),
  );
  const access = new cosmosdb.SqlResourceSqlRoleAssignment(`${resource.name}-access`, {
    resourceGroupName,
    accountName,
    principalId: identity.principalId,
    roleDefinitionId: pulumi.interpolate`${account.id}/sqlRoleDefinitions/${DATA_CONTRIBUTOR}`,
    scope: account.id,
  });
  const env = { AZURE_COSMOS_ENDPOINT: account.documentEndpoint, AZURE_COSMOS_DATABASE: DATABASE };
  return { env, ready: [...containers, access] };
}
