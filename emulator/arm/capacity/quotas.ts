import { ArmError, type ArmResource, type Json } from "../../core/resources.ts";
import { armError } from "../errors.ts";
import { isObject } from "../json.ts";
import { type Answer, type ControlPlane, regionName } from "../plane.ts";
import { MACHINES } from "./machines.ts";

type Body = Pick<ArmResource, "properties">;

interface Quota {
  readonly provider: string;
  /** As Azure spells it. */
  readonly name: string;
  readonly title: string;
  /** Of a new subscription. */
  readonly limit: number;
  readonly type: string;
  /** How much of it a resource takes. @default 1 */
  readonly amount?: (resource: Body) => number;
}

const FAMILIES = [...new Set(MACHINES.map(({ family }) => family))];

/**
 * Names as the services' usage pages and their examples have them. Limits: Microsoft Learn, quota pages of Container Apps, storage, Container
 * Instances and SQL; those of networks are the local Azure's own.
 */
const QUOTAS: readonly Quota[] = [
  quota("Microsoft.App", "ManagedEnvironmentCount", "Managed Environment Count", 15, "managedEnvironments"),
  quota("Microsoft.Storage", "StorageAccounts", "Storage Accounts", 250, "storageAccounts"),
  quota("Microsoft.Network", "VirtualNetworks", "Virtual Networks", 1000, "virtualNetworks"),
  quota("Microsoft.Network", "PublicIPAddresses", "Public IP Addresses", 1000, "publicIPAddresses"),
  quota("Microsoft.Network", "NetworkSecurityGroups", "Network Security Groups", 5000, "networkSecurityGroups"),
  quota("Microsoft.ContainerInstance", "ContainerGroups", "Container groups", 100, "containerGroups"),
  {
    ...quota("Microsoft.ContainerInstance", "StandardCores", "Standard SKU cores", 10, "containerGroups"),
    amount: cpus,
  },
  quota("Microsoft.Sql", "ServerQuota", "Regional Server Quota", 20, "servers"),
  { ...cores("cores", "Total Regional vCPUs", 20), amount: (cluster) => machineCores(cluster) },
  ...FAMILIES.map((family) => ({
    ...cores(family, family, 10),
    amount: (cluster: Body) => machineCores(cluster, family),
  })),
];

function quota(provider: string, name: string, title: string, limit: number, type: string): Quota {
  return { provider, name, title, limit, type: `${provider}/${type}` };
}

function cores(name: string, title: string, limit: number): Quota {
  return { provider: "Microsoft.Compute", name, title, limit, type: "Microsoft.ContainerService/managedClusters" };
}

/** GET `{namespace}/locations/{location}/usages`; `undefined` when the provider has none. */
export function usagesAnswer(plane: ControlPlane, namespace: string, location: string): Answer | undefined {
  const rows = QUOTAS.filter(({ provider }) => provider.toLowerCase() === namespace.toLowerCase());
  if (rows.length === 0) return undefined;
  const value = rows.map((row) => {
    const limit = plane.limits.quota(row.provider, row.name, row.limit);
    const currentValue = taken(plane, row, location);
    const id = `/subscriptions/${plane.subscriptionId}/providers/${row.provider}/locations/${location}/usages/${row.name}`;
    // SQL's page has another form than all the others.
    if (row.provider === "Microsoft.Sql") {
      const properties = { displayName: `${row.title} for ${location}`, currentValue, limit, unit: "Count" };
      return { id, name: row.name, type: "Microsoft.Sql/locations/usages", properties };
    }
    return { id, name: { value: row.name, localizedValue: row.title }, unit: "Count", currentValue, limit };
  });
  return { status: 200, body: { value } };
}

/** Refuses a new resource for which a region has no room, as the services do. */
export function checkCapacity(plane: ControlPlane, type: string, body: Json): void {
  const location = regionName(body.location ?? "");
  const reason = plane.limits.closed(type, location);
  if (reason !== undefined && type === "Microsoft.ContainerInstance/containerGroups") throw noGroups(body, location);
  if (reason !== undefined) throw armError(CLOSED[type] ?? "SkuNotAvailable", { location, reason });
  const wanted = { properties: isObject(body.properties) ? body.properties : {} };
  for (const row of QUOTAS.filter((each) => each.type.toLowerCase() === type.toLowerCase())) {
    const limit = plane.limits.quota(row.provider, row.name, row.limit);
    const current = taken(plane, row, location);
    const asked = row.amount?.(wanted) ?? 1;
    if (current + asked <= limit) continue;
    const sums = { limit: `${limit}`, current: `${current}`, asked: `${asked}` };
    throw armError(REACHED[row.type] ?? "QuotaExceeded", { name: row.title, quota: row.name, ...sums, location });
  }
}

/** Services that have an error of their own for a quota that is used up. */
const REACHED: Readonly<Record<string, "ContainerGroupQuotaReached" | "MaxNumberOfRegionalEnvironmentsInSubExceeded">> =
  {
    "Microsoft.ContainerInstance/containerGroups": "ContainerGroupQuotaReached",
    "Microsoft.App/managedEnvironments": "MaxNumberOfRegionalEnvironmentsInSubExceeded",
  };

/** @see Microsoft Learn, "ServiceUnavailable (409) error: requested resource isn't available in the location" */
function noGroups(body: Json, location: string): ArmError {
  const cpu = cpus({ properties: isObject(body.properties) ? body.properties : {} });
  const message = `The requested resource is not available in the location '${location}' at this moment. Please retry with a different resource request or in another location. Resource requested: '${cpu}' CPU 'Linux' OS`;
  return new ArmError(409, "ServiceUnavailable", message);
}

const CLOSED: Readonly<Record<string, "LocationIsOfferRestricted" | "ProvisioningDisabled" | "ServiceUnavailable">> = {
  "Microsoft.DBforPostgreSQL/flexibleServers": "LocationIsOfferRestricted",
  "Microsoft.Sql/servers": "ProvisioningDisabled",
  "Microsoft.DocumentDB/databaseAccounts": "ServiceUnavailable",
};

function taken(plane: ControlPlane, { type, amount = () => 1 }: Quota, location: string): number {
  const here = plane.store.list(type).filter((each) => regionName(each.location) === regionName(location));
  return here.reduce((sum, each) => sum + amount(each), 0);
}

function cpus({ properties }: Body): number {
  const containers = Array.isArray(properties.containers) ? properties.containers : [];
  return containers.reduce<number>((sum, each) => {
    const requests = each?.properties?.resources?.requests;
    return sum + (typeof requests?.cpu === "number" ? requests.cpu : 0);
  }, 0);
}

function machineCores({ properties }: Body, family?: string): number {
  const pools = Array.isArray(properties.agentPoolProfiles) ? properties.agentPoolProfiles : [];
  return pools.reduce<number>((sum, { vmSize, count = 1 }) => {
    const machine = MACHINES.find(({ name }) => name === vmSize);
    return machine && (family === undefined || machine.family === family) ? sum + machine.cores * count : sum;
  }, 0);
}
