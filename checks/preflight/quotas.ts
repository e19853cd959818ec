import type { PlannedResource } from "../plan/resource.ts";
import { isUnknown } from "../plan/resource.ts";
import { ARM_TYPES } from "./armTypes.ts";
import type { OfferFact } from "./facts.ts";
import { explainedBy, type PreflightFinding, type PreflightRequest } from "./finding.ts";
import { regionOf, sizeFact } from "./offers.ts";

/** How much of one limit a resource takes. */
interface Demand {
  readonly provider: keyof typeof USAGES;
  /** As Azure calls the limit. */
  readonly name: string;
  readonly amount: number;
}

/**
 * Where Azure tells the limits of a region: GET below the subscription, `{location}` is filled. Sources: REST pages "Usages - List" of each
 * service and their examples (names of limits), read 2026-11; docs/preflight.md lists what no page tells.
 */
export const USAGES = {
  "Microsoft.App": { path: "Microsoft.App/locations/{location}/usages", apiVersion: "2024-03-01" },
  "Microsoft.Compute": { path: "Microsoft.Compute/locations/{location}/usages", apiVersion: "2024-07-01" },
  "Microsoft.ContainerInstance": {
    path: "Microsoft.ContainerInstance/locations/{location}/usages",
    apiVersion: "2023-05-01",
  },
  "Microsoft.Network": { path: "Microsoft.Network/locations/{location}/usages", apiVersion: "2024-01-01" },
  "Microsoft.Sql": { path: "Microsoft.Sql/locations/{location}/usages", apiVersion: "2021-11-01" },
  "Microsoft.Storage": { path: "Microsoft.Storage/locations/{location}/usages", apiVersion: "2023-05-01" },
} as const satisfies Readonly<Record<string, { readonly path: string; readonly apiVersion: string }>>;
export type UsageProvider = keyof typeof USAGES;

/** What a limit counts, in words, and the row of the catalogue that says what to do. */
const LIMITS: Readonly<Record<string, { readonly what: string; readonly advice: string }>> = {
  ManagedEnvironmentCount: { what: "Container Apps environments", advice: "container-environments-exceeded" },
  StorageAccounts: { what: "storage accounts", advice: "storage-accounts-exceeded" },
  ContainerGroups: { what: "container groups", advice: "quota-exceeded" },
  StandardCores: { what: "cores of container groups", advice: "quota-exceeded" },
  VirtualNetworks: { what: "virtual networks", advice: "quota-exceeded" },
  PublicIPAddresses: { what: "public addresses", advice: "quota-exceeded" },
  NetworkSecurityGroups: { what: "network security groups", advice: "quota-exceeded" },
  ServerQuota: { what: "SQL servers", advice: "quota-exceeded" },
  cores: { what: "cores of machines", advice: "quota-exceeded" },
};

const one = (provider: UsageProvider, name: string) => (): readonly Demand[] => [{ provider, name, amount: 1 }];

const DEMANDS: Readonly<
  Record<string, (resource: PlannedResource, region: string, offers: readonly OfferFact[]) => readonly Demand[]>
> = {
  "azure-native:app:ManagedEnvironment": one("Microsoft.App", "ManagedEnvironmentCount"),
  "azure-native:storage:StorageAccount": one("Microsoft.Storage", "StorageAccounts"),
  "azure-native:network:VirtualNetwork": one("Microsoft.Network", "VirtualNetworks"),
  "azure-native:network:PublicIPAddress": one("Microsoft.Network", "PublicIPAddresses"),
  "azure-native:network:NetworkSecurityGroup": one("Microsoft.Network", "NetworkSecurityGroups"),
  "azure-native:sql:Server": one("Microsoft.Sql", "ServerQuota"),
  "azure-native:containerinstance:ContainerGroup": containerGroup,
  "azure-native:containerservice:ManagedCluster": cluster,
};

/** The provider whose limits a type counts against. */
export function usageProviderOf(type: string): UsageProvider | undefined {
  if (type === "azure-native:containerservice:ManagedCluster") return "Microsoft.Compute";
  const namespace = type in DEMANDS ? ARM_TYPES[type]?.armType.split("/")[0] : undefined;
  return namespace !== undefined && namespace in USAGES ? (namespace as UsageProvider) : undefined;
}

/** Limits of a region that the plan would cross: one finding for each, at the first resource that counts. */
export function quotaFindings({ resources, facts, region }: PreflightRequest): readonly PreflightFinding[] {
  const wanted = new Map<string, { readonly demand: Demand; amount: number; readonly urn: string; region: string }>();
  for (const resource of resources) {
    if (exists(resource, facts.existing)) continue;
    const place = regionOf(resource, region);
    for (const demand of DEMANDS[resource.type]?.(resource, place, facts.offers) ?? []) {
      const key = `${place} ${demand.provider} ${demand.name}`;
      const known = wanted.get(key) ?? { demand, amount: 0, urn: resource.urn, region: place };
      wanted.set(key, { ...known, amount: known.amount + demand.amount });
    }
  }
  return [...wanted.values()].flatMap(({ demand, amount, urn, region: place }) => {
    const usage = facts.usages.find(
      (each) => each.provider === demand.provider && each.name === demand.name && each.region === place,
    );
    if (!usage || usage.current + amount <= usage.limit) return [];
    const { what, advice } = LIMITS[demand.name] ?? { what: `cores of ${demand.name}`, advice: "quota-exceeded" };
    const message = `${usage.current} of ${usage.limit} ${what} in ${place} are taken; the plan adds ${amount}.`;
    return [explainedBy(advice, { id: "QUOTA_EXCEEDED", severity: "error", resource: urn, message })];
  });
}

function exists({ type, inputs }: PlannedResource, existing: readonly string[]): boolean {
  const row = ARM_TYPES[type];
  return row !== undefined && existing.includes(`${row.armType}/${String(inputs[row.nameInput])}`.toLowerCase());
}

/** Cores are limited for each kind of group; only those of the standard kind have a name that is known. */
function containerGroup({ inputs }: PlannedResource): readonly Demand[] {
  const provider = "Microsoft.ContainerInstance";
  const count = { provider, name: "ContainerGroups", amount: 1 } as const;
  const { containers, sku = "Standard", priority = "Regular" } = inputs;
  if (!Array.isArray(containers) || sku !== "Standard" || priority !== "Regular") return [count];
  const cores = (containers as { resources?: { requests?: { cpu?: unknown } } }[]).map(
    ({ resources }) => resources?.requests?.cpu,
  );
  const amount = cores.reduce<number>((sum, each) => sum + (typeof each === "number" ? each : 0), 0);
  return [count, { provider, name: "StandardCores", amount }];
}

/** The machines that always run: of all families together, and of each family. */
function cluster({ inputs }: PlannedResource, region: string, offers: readonly OfferFact[]): readonly Demand[] {
  const pools = Array.isArray(inputs.agentPoolProfiles) ? inputs.agentPoolProfiles : [];
  return (pools as { vmSize?: unknown; count?: unknown }[]).flatMap(({ vmSize, count = 1 }) => {
    if (typeof vmSize !== "string" || isUnknown(vmSize) || typeof count !== "number") return [];
    const size = sizeFact(offers, "Microsoft.Compute/virtualMachines", region, vmSize);
    if (!size) return [];
    const amount = size.cores * count;
    const total = { provider: "Microsoft.Compute", name: "cores", amount } as const;
    return size.family === undefined ? [total] : [total, { ...total, name: size.family }];
  });
}
