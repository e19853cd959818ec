import { numberAt } from "../inputs.ts";
import type { Usage } from "../usage.ts";
import { fixed, HOURS, type Line, MILLION, perUse, type Subject, skuOf } from "./line.ts";

const HYBRID = "azure-native:relay:HybridConnection";
const INCLUDED_GB_PER_LISTENER = 5;

export function serviceBus({ inputs, usage }: Subject): readonly Line[] {
  const sku = skuOf(inputs);
  const operations = usage.monthly_messaging_operations;
  if (sku === "premium") {
    const units = numberAt(inputs, "sku", "capacity") ?? 1;
    return [fixed(`${units} messaging units`, "sb-premium", units * HOURS, "operations are included")];
  }
  if (sku === "basic") return [perUse("operations", "sb-basic", operations, MILLION)];
  return [
    fixed("base", `sb-${sku}-base`, 1, "once per subscription"),
    perUse("operations", `sb-${sku}-operations`, operations, MILLION),
  ];
}

/** A namespace costs nothing; with usage of its own it stands for connections that the plan does not list. */
export function relayNamespace({ plan, usage }: Subject): readonly Line[] {
  const lines = hybridConnection({ usage });
  return plan.some((each) => each.type === HYBRID) || lines.every((line) => line.quantity === null) ? [] : lines;
}

/** Each open listener is billed by the hour, 5 GB a month included. */
export function hybridConnection({ usage }: { readonly usage: Usage }): readonly Line[] {
  const { open_listeners: listeners, hours_up_per_day: daily = 24 } = usage;
  const { monthly_inbound_data_processed_gb: inbound, monthly_outbound_data_processed_gb: outbound } = usage;
  const hours = listeners === undefined ? undefined : listeners * (daily / 24) * HOURS;
  const data = inbound === undefined && outbound === undefined ? undefined : (inbound ?? 0) + (outbound ?? 0);
  const beyond = data === undefined ? undefined : Math.max(0, data - INCLUDED_GB_PER_LISTENER * (listeners ?? 0));
  return [
    perUse("open listeners", "relay-listener", hours),
    perUse(`data beyond ${INCLUDED_GB_PER_LISTENER} GB per listener`, "relay-data", beyond),
  ];
}
