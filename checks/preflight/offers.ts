import type { PlannedResource } from "../plan/resource.ts";
import { isUnknown } from "../plan/resource.ts";
import type { OfferFact, SizeFact } from "./facts.ts";
import { explainedBy, type PreflightFinding, type PreflightRequest } from "./finding.ts";

/** What a resource wants of its region. */
interface Wish {
  /** ARM type of the offer. */
  readonly type: string;
  readonly sizes: readonly string[];
  readonly zones: boolean;
}

/** Row of the catalogue for a closed region. */
const CLOSED: Readonly<Record<string, string>> = {
  "Microsoft.DBforPostgreSQL/flexibleServers": "postgres-location-restricted",
  "Microsoft.Sql/servers": "sql-provisioning-disabled",
  "Microsoft.DocumentDB/databaseAccounts": "cosmos-region-capacity",
};

const WISHES: Readonly<Record<string, (inputs: PlannedResource["inputs"]) => Wish>> = {
  "azure-native:dbforpostgresql:Server": ({ sku, highAvailability }) => ({
    type: "Microsoft.DBforPostgreSQL/flexibleServers",
    sizes: texts([field(sku, "name")]),
    zones: field(highAvailability, "mode") === "ZoneRedundant",
  }),
  "azure-native:sql:Server": () => ({ type: "Microsoft.Sql/servers", sizes: [], zones: false }),
  "azure-native:cosmosdb:DatabaseAccount": ({ locations }) => ({
    type: "Microsoft.DocumentDB/databaseAccounts",
    sizes: [],
    zones: Array.isArray(locations) && locations.some((each) => field(each, "isZoneRedundant") === true),
  }),
  "azure-native:containerservice:ManagedCluster": ({ agentPoolProfiles }) => ({
    type: "Microsoft.Compute/virtualMachines",
    sizes: texts(Array.isArray(agentPoolProfiles) ? agentPoolProfiles.map((pool) => field(pool, "vmSize")) : []),
    zones: false,
  }),
};

/** The ARM type whose offer in a region a Pulumi type depends on. */
export function offerTypeOf(type: string): string | undefined {
  return WISHES[type]?.({}).type;
}

/** Regions that are closed to the subscription, and sizes and zones that they do not have. */
export function offerFindings({ resources, facts, region }: PreflightRequest): readonly PreflightFinding[] {
  return resources.flatMap((resource) => {
    const wish = WISHES[resource.type]?.(resource.inputs);
    const place = regionOf(resource, region);
    const offer = facts.offers.find((each) => each.type === wish?.type && each.region === place);
    if (!wish || !offer) return [];
    const found = (id: string, advice: string, message: string) =>
      explainedBy(advice, { id, severity: "error", resource: resource.urn, message });
    const advice = CLOSED[wish.type] ?? "location-not-available";
    if (offer.closed !== undefined)
      return [found("REGION_CLOSED", advice, `${place} takes no new ${wish.type}: ${offer.closed}`)];
    if (wish.zones && offer.zonesClosed !== undefined)
      return [found("REGION_CLOSED", advice, `${place} takes no ${wish.type} over zones: ${offer.zonesClosed}`)];
    const { sizes } = offer;
    if (!sizes) return [];
    return wish.sizes.flatMap((name) => {
      const problem = problemOf(name, sizes, wish.zones, place);
      return problem === undefined ? [] : [found("SIZE_NOT_OFFERED", "sku-not-available", problem)];
    });
  });
}

/** A size by its name, without minding case, when the region's sizes are known. */
export function sizeFact(
  offers: readonly OfferFact[],
  type: string,
  region: string,
  name: string,
): SizeFact | undefined {
  const offer = offers.find((each) => each.type === type && each.region === region);
  return Object.entries(offer?.sizes ?? {}).find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1];
}

/** Where a resource goes, in lower case without blanks. */
export function regionOf({ inputs: { location } }: PlannedResource, region: string): string {
  return plain(typeof location === "string" && !isUnknown(location) ? location : region);
}

export function plain(location: string): string {
  return location.toLowerCase().replaceAll(" ", "");
}

function problemOf(
  name: string,
  sizes: Readonly<Record<string, SizeFact>>,
  zones: boolean,
  place: string,
): string | undefined {
  const size = Object.entries(sizes).find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1];
  if (!size) return `${place} has no ${name}.`;
  if (size.restricted !== undefined) return `${place} does not give ${name} to this subscription: ${size.restricted}.`;
  return zones && !size.zones ? `${place} has no second zone for ${name}.` : undefined;
}

function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}

function texts(values: readonly unknown[]): readonly string[] {
  return values.flatMap((each) => (typeof each === "string" && !isUnknown(each) ? [each] : []));
}
