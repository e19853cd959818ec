import { numberAt, textAt } from "../inputs.ts";
import { DAYS, egress, fixed, type Line, perUse, type Subject, skuOf } from "./line.ts";

/** Redundancy and access tier name the meter; the book has the hot tier of LRS and GRS. */
export function storageAccount({ inputs, usage }: Subject): readonly Line[] {
  const sku = textAt(inputs, "sku", "name")?.toLowerCase() ?? "unknown";
  const redundancy = sku.replace(/^standard_/, "").replace("premium_", "premium-");
  const tier = textAt(inputs, "accessTier")?.toLowerCase() ?? "hot";
  const cool = tier === "hot" ? "" : `-${tier}`;
  const suffix = redundancy === "lrs" ? cool : `-${redundancy}${cool}`;
  return [
    perUse("data", `blob-${redundancy}${cool}`, usage.storage_gb),
    perUse("writes", `blob-write${suffix}`, usage.monthly_write_operations, 10_000),
    perUse("reads", `blob-read${cool}`, usage.monthly_read_operations, 10_000),
    egress(usage),
  ];
}

const SITE_INCLUDED_GB = 100;

export function staticSite({ inputs, usage }: Subject): readonly Line[] {
  const sku = skuOf(inputs);
  const gb = usage.monthly_outbound_data_processed_gb;
  const beyond = gb === undefined ? undefined : Math.max(0, gb - SITE_INCLUDED_GB);
  const bandwidth = perUse(`bandwidth beyond ${SITE_INCLUDED_GB} GB`, "swa-bandwidth", beyond);
  return [fixed(`site ${sku}`, `swa-${sku}`, 1), ...(sku === "free" ? [] : [bandwidth])];
}

const BASIC_V2_INCLUDED_CALLS = 10_000_000;

export function apiManagement({ inputs, usage }: Subject): readonly Line[] {
  const sku = skuOf(inputs);
  const calls = usage.monthly_api_calls;
  if (sku === "consumption") return [perUse("calls", "apim-consumption", calls, 10_000)];
  const units = numberAt(inputs, "sku", "capacity") ?? 1;
  const beyond = calls === undefined ? undefined : Math.max(0, calls - BASIC_V2_INCLUDED_CALLS);
  const overage = perUse("calls beyond 10 million", "apim-basicv2-overage", beyond, 10_000);
  return [fixed(`${units} units ${sku}`, `apim-${sku}`, units), ...(sku === "basicv2" ? [overage] : [])];
}

const CONFIGURATION_INCLUDED_A_DAY = 200_000;

/** Billed by the day. Requests beyond the included ones: as told, or what `monthly_requests` has beyond 30 days of them. */
export function configurationStore({ inputs, usage }: Subject): readonly Line[] {
  const sku = skuOf(inputs);
  const all = usage.monthly_requests;
  const computed = all === undefined ? undefined : Math.max(0, all - CONFIGURATION_INCLUDED_A_DAY * DAYS);
  const beyond = usage.monthly_additional_requests ?? computed;
  return [
    fixed(`store ${sku}`, `appconfig-${sku}`, DAYS, "billed by the day, 30 days"),
    ...(sku === "free" ? [] : [perUse("requests beyond 200,000 a day", "appconfig-requests", beyond, 10_000)]),
  ];
}

/** Front Door, and the classic CDN of Microsoft that it replaces. */
export function cdnProfile({ inputs, usage }: Subject): readonly Line[] {
  const sku = skuOf(inputs);
  const gb = usage.monthly_outbound_data_processed_gb;
  const door = /^(standard|premium)_azurefrontdoor$/.exec(sku)?.[1];
  if (door) {
    const base = fixed(`Front Door ${door}`, `frontdoor-${door}`, 1, "requests are not counted");
    return [base, perUse("egress to visitors", "frontdoor-egress", gb)];
  }
  if (sku === "standard_microsoft") return [perUse("egress to visitors", "cdn-classic", gb)];
  return [fixed(`CDN ${sku}`, `cdn-${sku}`, 1)];
}
