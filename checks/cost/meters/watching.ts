import { at, listAt, numberAt, textAt } from "../inputs.ts";
import { DAYS, fixed, type Line, perUse, type Subject } from "./line.ts";

const FREE_RETENTION_DAYS = 31;

/** A daily cap bounds what is taken in. */
export function workspace({ inputs, usage }: Subject): readonly Line[] {
  const sku = textAt(inputs, "sku", "name") ?? "PerGB2018";
  const days = numberAt(inputs, "retentionInDays") ?? DAYS;
  const cap = numberAt(inputs, "workspaceCapping", "dailyQuotaGb");
  const told = usage.monthly_log_data_ingestion_gb;
  const gb = told === undefined || cap === undefined || cap < 0 ? told : Math.min(told, cap * DAYS);
  const months = Math.max(0, (days - FREE_RETENTION_DAYS) / DAYS);
  const kept = perUse(`kept for ${days} days`, "log-retention", gb === undefined ? gb : gb * months);
  const capped = gb !== told ? [`the daily cap of ${cap} GB holds`] : [];
  if (sku === "CapacityReservation") return [fixed("capacity reservation", "log-capacity-reservation", 1)];
  return [perUse("logs taken in", "log-ingestion", gb, 1, ...capped), ...(months > 0 ? [kept] : [])];
}

/** Only tables on the basic plan have a price of their own; others are in the workspace's. */
export function logTable({ inputs, usage }: Subject): readonly Line[] {
  if (textAt(inputs, "plan") !== "Basic") return [];
  return [perUse("basic logs taken in", "log-basic", usage.monthly_log_data_ingestion_gb)];
}

/** Its data goes through the meter of its workspace; only a component without one is billed itself. */
export function insights({ inputs, usage }: Subject): readonly Line[] {
  if (at(inputs, "workspaceResourceId") !== undefined) return [];
  if (usage.monthly_log_data_ingestion_gb === undefined) return [];
  return [perUse("telemetry taken in", "appinsights-ingestion", usage.monthly_log_data_ingestion_gb)];
}

/** The book has no price for alert rules: unpriced, not free. */
export function alertRule({ type, inputs }: Subject): readonly Line[] {
  const signals = Math.max(1, listAt(inputs, "criteria", "allOf").length);
  const kind = type.endsWith("MetricAlert") ? "metric" : "log";
  return [fixed(`${kind} alert, ${signals} signals`, `alert-${kind}`, signals)];
}

export function vault({ usage }: Subject): readonly Line[] {
  return [perUse("operations", "kv-operations", usage.monthly_operations, 10_000)];
}

const KEY_SIZE = 2048;

/** Rotation, a month's rent of a key in hardware, and operations with the key, dearer for large and elliptic ones. */
export function vaultKey({ inputs, usage }: Subject): readonly Line[] {
  const kty = textAt(inputs, "properties", "kty") ?? "RSA";
  const advanced = kty.startsWith("EC") || (numberAt(inputs, "properties", "keySize") ?? KEY_SIZE) > KEY_SIZE;
  const actions = listAt(inputs, "properties", "rotationPolicy", "lifetimeActions");
  const period = actions.map((action) => textAt(action, "trigger", "timeAfterCreate")).find(Boolean);
  const days = Number(/^P(\d+)D$/.exec(period ?? "")?.[1] ?? Number.NaN);
  const hardware = fixed("key in hardware", advanced ? "kv-hsm-key-advanced" : "kv-hsm-key-2048", 1);
  const operations = usage.monthly_operations;
  const meterId = advanced ? "kv-advanced-operations" : "kv-operations";
  return [
    ...(Number.isNaN(days) ? [] : [fixed("rotation", "kv-rotation", DAYS / days, `every ${days} days`)]),
    ...(kty.endsWith("-HSM") ? [hardware] : []),
    ...(operations === undefined ? [] : [perUse("operations with the key", meterId, operations, 10_000)]),
  ];
}

/** Directories of customers are billed by the users that sign in during the month. */
export function externalId({ usage }: Subject): readonly Line[] {
  return [perUse("monthly active users", "entra-external-id", usage.monthly_active_users)];
}

export function b2c({ usage }: Subject): readonly Line[] {
  const notSold = "not sold to new customers since 2025-05-01";
  return [perUse("monthly active users", "aad-b2c-p1", usage.monthly_active_users, 1, notSold)];
}
