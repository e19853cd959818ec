/** What a month's use can be told by; keys follow Infracost's where it has them. The text is written into usage files. */
export const USAGE_KEYS = {
  active_share: "share of the time in which replicas that always run work, 0 to 1",
  additional_backup_storage_gb: "backup beyond the size of the server, GB",
  backup_storage_gb: "backup, GB",
  execution_duration_ms: "milliseconds of one execution",
  hours_up_per_day: "hours of a day in which it runs, 0 to 24",
  max_request_units_utilization_percentage: "average use of the autoscale maximum, percent",
  memory_mb: "memory of one execution, MB",
  monthly_active_users: "users that sign in during a month",
  monthly_additional_requests: "requests beyond the included ones",
  monthly_api_calls: "calls",
  monthly_executions: "executions",
  monthly_inbound_data_processed_gb: "data that comes in, GB",
  monthly_log_data_ingestion_gb: "logs, GB",
  monthly_messaging_operations: "operations on messages",
  monthly_operations: "operations",
  monthly_outbound_data_processed_gb: "data that goes out, GB",
  monthly_read_operations: "reads",
  monthly_requests: "requests",
  monthly_serverless_request_units: "request units",
  monthly_vcore_hours: "vCore-hours in which a database is awake",
  monthly_write_operations: "writes",
  open_listeners: "listeners that are open at the same time, on average",
  replicas: "replicas on average while there are any; at least the minimum",
  sessions_hours: "hours of all sessions",
  storage_gb: "data kept, GB",
} as const;
export type UsageKey = keyof typeof USAGE_KEYS;

/** Quantities of a month that no declaration tells. */
export type Usage = { readonly [Key in UsageKey]?: number };

/** A usage file: defaults by type, then by name or URN; `web[*]` matches `web[0]` and `web-0`, the specific one wins key by key. */
export interface UsageFile {
  readonly version: "0.1";
  readonly resource_type_default_usage?: Readonly<Record<string, Usage>>;
  readonly resource_usage?: Readonly<Record<string, Usage>>;
}

/** What is known about one resource's usage. `files` come from the most general to the most specific. */
export function usageOf(
  resource: { readonly urn: string; readonly type: string; readonly name: string; readonly usage?: Usage | undefined },
  files: readonly UsageFile[],
): Usage {
  const repeated = resource.name.replace(/\[[^\]]+\]$|-\d+$/, "[*]");
  const told = files.flatMap((file) => [
    file.resource_type_default_usage?.[resource.type],
    file.resource_usage?.[repeated],
    file.resource_usage?.[resource.name],
    file.resource_usage?.[resource.urn],
  ]);
  return Object.assign({}, ...told, resource.usage);
}
