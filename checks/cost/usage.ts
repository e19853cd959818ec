/** Quantities of a month that no declaration tells; keys follow Infracost's, ours are the last four. */
export interface Usage {
  readonly monthly_executions?: number;
  readonly execution_duration_ms?: number;
  readonly monthly_serverless_request_units?: number;
  readonly storage_gb?: number;
  readonly monthly_write_operations?: number;
  readonly monthly_read_operations?: number;
  readonly monthly_operations?: number;
  readonly monthly_messaging_operations?: number;
  readonly monthly_log_data_ingestion_gb?: number;
  readonly monthly_outbound_data_processed_gb?: number;
  readonly additional_backup_storage_gb?: number;
  readonly monthly_requests?: number;
  /** Share of the hours of always-on replicas in which they work, 0 to 1. */
  readonly active_share?: number;
  /** Hours of a day in which a replica runs that would otherwise be at zero. */
  readonly hours_up_per_day?: number;
  /** Replicas on average while there are any. @default the minimum, at least 1 */
  readonly replicas?: number;
}

/** A usage file: defaults by type, then by name or URN; `web[*]` matches `web[0]`, the specific one wins key by key. */
export interface UsageFile {
  readonly version: "0.1";
  readonly resource_type_default_usage?: Readonly<Record<string, Usage>>;
  readonly resource_usage?: Readonly<Record<string, Usage>>;
}

/** What is known about one resource's usage. */
export function usageOf(
  resource: { readonly urn: string; readonly type: string; readonly name: string; readonly usage?: Usage },
  file: UsageFile | undefined,
): Usage {
  const byName = file?.resource_usage ?? {};
  return {
    ...file?.resource_type_default_usage?.[resource.type],
    ...byName[resource.name.replace(/\[[^\]]+\]$/, "[*]")],
    ...byName[resource.name],
    ...byName[resource.urn],
    ...resource.usage,
  };
}

/** Requests that one user of a form-and-list app makes in a month: 20 a day on 30 days. */
const REQUESTS_PER_USER = 600;
/** Hours a day that one more user keeps an app awake; together at most the whole day. */
const HOURS_PER_USER = 0.5;
const RU_PER_REQUEST = 10;
const LOG_KB_PER_REQUEST = 2;
const RESPONSE_KB = 20;
const STORED_GB_PER_USER = 0.01;
const KB_PER_GB = 1_000_000;

/**
 * What a generated app with forms, lists and search uses a month, by number of users. The constants are assumptions of ours; every
 * value can be overwritten in a usage file.
 */
export function usageForUsers(users: number): UsageFile {
  const requests = users * REQUESTS_PER_USER;
  const perApp: Usage = {
    monthly_requests: requests,
    hours_up_per_day: Math.min(24, users * HOURS_PER_USER),
    active_share: Math.min(1, (users * HOURS_PER_USER) / 24),
  };
  return {
    version: "0.1",
    resource_type_default_usage: {
      "azure-native:app:ContainerApp": perApp,
      "azure-native:cosmosdb:DatabaseAccount": {
        monthly_serverless_request_units: requests * RU_PER_REQUEST,
        storage_gb: users * STORED_GB_PER_USER,
      },
      "azure-native:operationalinsights:Workspace": {
        monthly_log_data_ingestion_gb: (requests * LOG_KB_PER_REQUEST) / KB_PER_GB,
      },
      "azure-native:storage:StorageAccount": {
        storage_gb: users * STORED_GB_PER_USER,
        monthly_write_operations: requests / 10,
        monthly_read_operations: requests,
      },
      "azure-native:servicebus:Namespace": { monthly_messaging_operations: requests },
      "azure-native:keyvault:Vault": { monthly_operations: requests / 100 },
      "azure-native:web:StaticSite": { monthly_outbound_data_processed_gb: (requests * RESPONSE_KB) / KB_PER_GB },
    },
  };
}
