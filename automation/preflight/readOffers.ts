import type { OfferFact, SizeFact } from "@devfactory/checks/index.ts";
import type { ArmReader } from "./armReader.ts";

type Reader = (arm: ArmReader, region: string) => Promise<Omit<OfferFact, "type" | "region">>;

const READERS: Readonly<Record<string, Reader>> = {
  "Microsoft.DBforPostgreSQL/flexibleServers": postgres,
  "Microsoft.Sql/servers": sql,
  "Microsoft.DocumentDB/databaseAccounts": cosmos,
  "Microsoft.Compute/virtualMachines": machines,
};

/** What a region lets the subscription make of a type. @param type one that `offerTypeOf` tells */
export async function readOffer(arm: ArmReader, type: string, region: string): Promise<OfferFact> {
  const offer = await READERS[type]?.(arm, region);
  return { type, region, ...offer };
}

interface PostgresCapability {
  readonly restricted?: string;
  readonly reason?: string;
  readonly zoneRedundantHaSupported?: string;
  readonly supportedServerVersions?: readonly unknown[];
  readonly supportedServerEditions?: readonly {
    readonly supportedServerSkus?: readonly {
      readonly name: string;
      readonly vCores?: number;
      readonly supportedHaMode?: readonly string[];
    }[];
  }[];
}

/** Source: azure-rest-api-specs, Microsoft.DBforPostgreSQL 2024-08-01, LocationBasedCapabilities_Execute. */
async function postgres(arm: ArmReader, region: string) {
  const path = `/providers/Microsoft.DBforPostgreSQL/locations/${region}/capabilities`;
  const [found] = (await arm.list(path, "2024-08-01")) as PostgresCapability[];
  const skus = (found?.supportedServerEditions ?? []).flatMap(({ supportedServerSkus = [] }) => supportedServerSkus);
  const sizes = skus.map(({ name, vCores = 0, supportedHaMode = [] }): [string, SizeFact] => [
    name,
    { cores: vCores, zones: supportedHaMode.includes("ZoneRedundant") },
  ]);
  return {
    ...(found?.restricted === "Enabled" && { closed: found.reason ?? "the offer of the subscription is restricted" }),
    ...(found?.zoneRedundantHaSupported === "Disabled" && { zonesClosed: "a standby in another zone is not offered" }),
    ...(sizes.length > 0 && { sizes: Object.fromEntries(sizes) }),
  };
}

/** Source: REST page "Capabilities - List By Location" of Azure SQL: status Visible, Available, Default or Disabled, and the reason. */
async function sql(arm: ArmReader, region: string) {
  const path = `/providers/Microsoft.Sql/locations/${region}/capabilities`;
  const { status, reason } = (await arm.get(path, "2021-11-01")) as { status?: string; reason?: string };
  return status === "Disabled" ? { closed: reason ?? "new servers are disabled" } : {};
}

/** Source: REST page "Locations - Get" of Cosmos DB. */
async function cosmos(arm: ArmReader, region: string) {
  const { properties = {} } = (await arm.get(`/providers/Microsoft.DocumentDB/locations/${region}`, "2024-05-15")) as {
    properties?: {
      isSubscriptionRegionAccessAllowedForRegular?: boolean;
      isSubscriptionRegionAccessAllowedForAz?: boolean;
    };
  };
  const refused = "the subscription has no access to the region";
  return {
    ...(properties.isSubscriptionRegionAccessAllowedForRegular === false && { closed: refused }),
    ...(properties.isSubscriptionRegionAccessAllowedForAz === false && { zonesClosed: refused }),
  };
}

interface MachineSku {
  readonly resourceType?: string;
  readonly name: string;
  readonly family?: string;
  readonly capabilities?: readonly { readonly name: string; readonly value: string }[];
  readonly restrictions?: readonly { readonly type?: string; readonly reasonCode?: string }[];
}

/** Source: REST page "Resource Skus - List" of Compute. */
async function machines(arm: ArmReader, region: string) {
  const filter = { $filter: `location eq '${region}'` };
  const rows = (await arm.list("/providers/Microsoft.Compute/skus", "2021-07-01", filter)) as MachineSku[];
  const sizes = rows
    .filter(({ resourceType }) => resourceType === "virtualMachines")
    .map(({ name, family, capabilities = [], restrictions = [] }): [string, SizeFact] => {
      const restricted = restrictions.find(({ type }) => type === "Location")?.reasonCode;
      const cores = Number(capabilities.find((each) => each.name === "vCPUs")?.value ?? 0);
      return [name, { cores, zones: true, ...(family && { family }), ...(restricted && { restricted }) }];
    });
  return sizes.length > 0 ? { sizes: Object.fromEntries(sizes) } : {};
}
