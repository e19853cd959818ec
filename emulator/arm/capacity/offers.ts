import { armError } from "../errors.ts";
import type { Answer, ControlPlane, Exchange } from "../plane.ts";
import { MACHINES, POSTGRES_SIZES } from "./machines.ts";

/**
 * What a region offers this subscription: `capabilities` of Postgres and SQL, a location of Cosmos DB, sizes of machines, whether a Cosmos
 * account of a name exists. `undefined` for other paths.
 */
export function offerAnswer(plane: ControlPlane, { path, method, query }: Exchange): Answer | undefined {
  const namespace = path.namespace?.toLowerCase();
  const [first = "", second = ""] = path.types.map((each) => each.toLowerCase());
  const [location = ""] = path.names;
  if (namespace === "microsoft.documentdb" && first === "databaseaccountnames" && method === "HEAD") {
    const accounts = plane.store.list("Microsoft.DocumentDB/databaseAccounts");
    return { status: accounts.some(({ name }) => name.toLowerCase() === location.toLowerCase()) ? 200 : 404 };
  }
  if (method !== "GET") return undefined;
  if (namespace === "microsoft.compute" && first === "skus") return { status: 200, body: { value: skus(query) } };
  if (first !== "locations") return undefined;
  if (namespace === "microsoft.documentdb" && second === "" && location !== "") return cosmosLocation(plane, location);
  if (second !== "capabilities") return undefined;
  if (namespace === "microsoft.dbforpostgresql") return postgresCapabilities(plane, location);
  if (namespace === "microsoft.sql") return sqlCapabilities(plane, location);
  return undefined;
}

function postgresCapabilities(plane: ControlPlane, location: string): Answer {
  const reason = plane.limits.closed("Microsoft.DBforPostgreSQL/flexibleServers", location);
  const editions = Object.entries(POSTGRES_SIZES).map(([name, sizes]) => ({
    name,
    supportedServerSkus: Object.entries(sizes).map(([sku, vCores]) => ({
      name: sku,
      vCores,
      supportedHaMode: name === "Burstable" ? [] : ["SameZone", "ZoneRedundant"],
    })),
  }));
  const capability = {
    name: "FlexibleServerCapabilities",
    supportedServerVersions: reason === undefined ? ["18", "17", "16", "15", "14"].map((name) => ({ name })) : [],
    supportedServerEditions: reason === undefined ? editions : [],
    zoneRedundantHaSupported: "Enabled",
    geoBackupSupported: "Enabled",
    restricted: reason === undefined ? "Disabled" : "Enabled",
    ...(reason !== undefined && { reason }),
  };
  return { status: 200, body: { value: [capability] } };
}

function sqlCapabilities(plane: ControlPlane, location: string): Answer {
  const reason = plane.limits.closed("Microsoft.Sql/servers", location);
  const status = reason === undefined ? { status: "Available" } : { status: "Disabled", reason };
  return { status: 200, body: { name: location, supportedServerVersions: [], ...status } };
}

function cosmosLocation(plane: ControlPlane, location: string): Answer {
  const type = "Microsoft.DocumentDB/databaseAccounts";
  const isOpen = plane.limits.closed(type, location) === undefined;
  const id = `/subscriptions/${plane.subscriptionId}/providers/Microsoft.DocumentDB/locations/${location}`;
  const properties = {
    status: "Online",
    supportsAvailabilityZone: true,
    isResidencyRestricted: false,
    backupStorageRedundancies: ["Geo", "Zone", "Local"],
    isSubscriptionRegionAccessAllowedForRegular: isOpen,
    isSubscriptionRegionAccessAllowedForAz: isOpen && plane.limits.closed(`${type}/zones`, location) === undefined,
  };
  return { status: 200, body: { id, name: location, type: "Microsoft.DocumentDB/locations", properties } };
}

function skus(query: URLSearchParams): readonly object[] {
  const filter = query.get("$filter") ?? "";
  const location = /^location eq '([a-z0-9]+)'$/i.exec(filter)?.[1];
  if (location === undefined) throw armError("InvalidFilterInQueryString", { filter });
  return MACHINES.map(({ name, cores, family }) => ({
    resourceType: "virtualMachines",
    name,
    family,
    locations: [location],
    capabilities: [{ name: "vCPUs", value: String(cores) }],
    restrictions: [],
  }));
}
