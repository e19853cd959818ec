import { booleanAt, type Inputs, listAt, numberAt, textAt } from "../inputs.ts";
import { fixed, HOURS, type Line, MILLION, type Neighbour, type Offer, owner, perUse, type Subject } from "./line.ts";

const ACCOUNT = "azure-native:cosmosdb:DatabaseAccount";

export function cosmosAccount({ urn, inputs, usage }: Subject): readonly Line[] {
  const requests = perUse("request units", "cosmos-serverless", usage.monthly_serverless_request_units, MILLION);
  const regions = regionsOf(inputs);
  const gb = usage.storage_gb === undefined ? undefined : usage.storage_gb * regions;
  const storage = perUse("storage", "cosmos-storage", gb, 1, ...inRegions(regions));
  const continuous = textAt(inputs, "backupPolicy", "type") === "Continuous";
  const tier = textAt(inputs, "backupPolicy", "continuousModeProperties", "tier") ?? "Continuous30Days";
  const backup = perUse("continuous backup, 30 days", "cosmos-backup-30d", gb);
  return [
    ...(isServerless(inputs) ? [requests] : []),
    { ...storage, ...offerOf({ urn, inputs }) },
    ...(continuous && tier === "Continuous30Days" ? [backup] : []),
  ];
}

/** A database or container with throughput of its own; autoscale bills a tenth of its maximum at least. */
export function cosmosThroughput(subject: Subject): readonly Line[] {
  const { inputs, usage } = subject;
  const account = owner(subject, ACCOUNT, textAt(inputs, "accountName"));
  const regions = account ? regionsOf(account.inputs) : 1;
  const offer = account ? offerOf(account) : {};
  const throughput = numberAt(inputs, "options", "throughput");
  if (throughput !== undefined) {
    const units = (throughput / 100) * HOURS * regions;
    return [{ ...fixed("throughput", "cosmos-provisioned", units, ...inRegions(regions)), ...offer }];
  }
  const most = numberAt(inputs, "options", "autoscaleSettings", "maxThroughput");
  if (most === undefined) return [];
  const used = usage.max_request_units_utilization_percentage;
  const share = Math.min(1, Math.max(0.1, (used ?? 0) / 100));
  const units = (most / 100) * HOURS * share * regions;
  const least = used === undefined ? [`a tenth of ${most} RU/s, the least that is billed`] : [];
  const line = fixed("autoscale throughput", "cosmos-autoscale", units, ...least, ...inRegions(regions));
  return [{ ...line, ...offer }];
}

function isServerless(inputs: Inputs): boolean {
  return listAt(inputs, "capabilities").some((each) => textAt(each, "name") === "EnableServerless");
}

/** Data and throughput are billed in each region of the account. */
function regionsOf(inputs: Inputs): number {
  return Math.max(1, listAt(inputs, "locations").length);
}

function inRegions(regions: number): readonly string[] {
  return regions > 1 ? [`in each of ${regions} regions`] : [];
}

function offerOf({ urn, inputs }: Pick<Neighbour, "urn" | "inputs">): { readonly offer?: Offer } {
  return booleanAt(inputs, "enableFreeTier") ? { offer: { name: "cosmos-free-tier", holder: urn } } : {};
}

const POSTGRES_SKU: Readonly<Record<string, string>> = {
  standard_b1ms: "pg-b1ms",
  standard_b2s: "pg-b2s",
  standard_b2ms: "pg-b2ms",
  standard_d2s_v3: "pg-d2s-v3",
  standard_d2ds_v5: "pg-d2ds-v5",
  standard_d4s_v3: "pg-d4s-v3",
};
const SMALLEST_DISK_GB = 32;

/** High availability runs a second server with a second disk; burstable servers have none. The disk is billed as provisioned. */
export function postgres({ inputs, usage }: Subject): readonly Line[] {
  const sku = textAt(inputs, "sku", "name");
  const mode = textAt(inputs, "highAvailability", "mode");
  const burstable = /^standard_b/i.test(sku ?? "") || textAt(inputs, "sku", "tier") === "Burstable";
  const asked = mode !== undefined && mode !== "Disabled";
  const servers = asked && !burstable ? 2 : 1;
  const twice = servers === 2 ? ["high availability runs a second server with a second disk"] : [];
  const refused = asked && burstable ? ["burstable servers have no high availability: Azure refuses it"] : [];
  const gb = Math.max(SMALLEST_DISK_GB, numberAt(inputs, "storage", "storageSizeGB") ?? SMALLEST_DISK_GB);
  const premium = textAt(inputs, "storage", "type") === "PremiumV2_LRS" ? "-premium-v2" : "";
  const meterId = POSTGRES_SKU[(sku ?? "").toLowerCase()] ?? `pg-${sku ?? "unknown"}`;
  return [
    fixed(`server ${sku ?? "of unknown size"}`, meterId, HOURS * servers, ...twice, ...refused),
    fixed("disk, as provisioned", `pg-storage${premium}`, gb * servers, ...twice),
    perUse("backup beyond the disk's size", "pg-backup", usage.additional_backup_storage_gb),
  ];
}

/** Least vCores of a serverless database that is awake, by its most: an eighth, and half a core at least. */
const SMALLEST_SHARE = 8;
const SMALLEST_VCORES = 0.5;

/**
 * Serverless databases are billed by the vCore-hours in which they are awake; one that never pauses holds its least the whole
 * month. With the free offer each of ten databases has 100,000 vCore-seconds and 32 GB a month.
 */
export function sqlDatabase({ urn, inputs, usage }: Subject): readonly Line[] {
  const sku = textAt(inputs, "sku", "name") ?? "unknown";
  if (!/^gp_s_gen5/i.test(sku)) return [fixed(`database ${sku}`, `sql-${sku.toLowerCase()}`, 1)];
  const offered = booleanAt(inputs, "useFreeLimit");
  const offer: { readonly offer?: Offer } = offered ? { offer: { name: "sql-free-offer", holder: urn } } : {};
  const stops = textAt(inputs, "freeLimitExhaustionBehavior") === "AutoPause";
  const most = numberAt(inputs, "sku", "capacity") ?? Number(/_(\d+)$/.exec(sku)?.[1] ?? 1);
  const least = numberAt(inputs, "minCapacity") ?? Math.max(SMALLEST_VCORES, most / SMALLEST_SHARE);
  const neverPauses = numberAt(inputs, "autoPauseDelay") === -1;
  const name = "vCore-hours awake";
  const note = offered
    ? [stops ? "stops when the free amount is used up" : "billed beyond the free amount, 10 databases per subscription"]
    : [];
  const awake = usage.monthly_vcore_hours;
  const capped = stops && awake !== undefined ? Math.min(awake, 100_000 / 3600) : awake;
  const compute =
    neverPauses && !stops && (awake ?? 0) <= least * HOURS
      ? fixed(name, "sql-serverless", least * HOURS, `never pauses: ${least} vCores the whole month`, ...note)
      : perUse(name, "sql-serverless", capped, 1, ...note);
  const maximum = numberAt(inputs, "maxSizeBytes");
  const gb = usage.storage_gb ?? (maximum === undefined ? undefined : maximum / 2 ** 30);
  return [
    { ...compute, ...offer },
    { ...perUse("storage", "sql-storage", gb), ...offer },
    perUse("backup", "sql-backup", usage.backup_storage_gb),
  ];
}
