import type { Usage, UsageFile } from "./usage.ts";

/** Numbers of users for which an estimate is commonly asked. */
export const USER_COUNTS = [1, 10, 100, 1_000, 10_000] as const;

const KB_PER_GB = 1_000_000;
const DAYS = 30;

/** An app with forms, lists and search. The constants are assumptions of ours. */
const APP = {
  /** 20 a day on 30 days. */
  requestsPerUser: 600,
  /** Hours a day that one more user keeps it awake; together at most the whole day. */
  hoursPerUser: 0.5,
  ruPerRequest: 10,
  logKbPerRequest: 2,
  responseKb: 20,
  storedGbPerUser: 0.01,
  requestMs: 200,
  memoryMb: 512,
} as const;

/** An assistant that answers questions, by question unless it says otherwise. KB and GB are decimal. */
const ASSISTANT = {
  /** 10 a day on 30 days. */
  questionsPerUser: 300,
  /** Waiting for the model. */
  durationMs: 15_000,
  memoryMb: 512,
  ru: 100,
  storedKb: 4,
  keptMonths: 12,
  calls: 3,
  vaultReads: 3,
  logKb: 20,
  egressKb: 50,
  databaseGb: 5,
  /** Users that keep one listener open. */
  listenerShare: 0.3,
} as const;
/** Average vCores of the database and the hours of the month in which it is awake, up to a number of users. */
const AWAKE: readonly { readonly users: number; readonly vCores: number; readonly hours: number }[] = [
  { users: 1, vCores: 0.5, hours: 20 },
  { users: 10, vCores: 0.5, hours: 80 },
  { users: 100, vCores: 0.5, hours: 300 },
  { users: 1_000, vCores: 0.6, hours: 730 },
  { users: 10_000, vCores: 2, hours: 730 },
];

/** Pages that are only read. */
const STATIC = {
  visitsPerUser: 20,
  pageMb: 2,
  storedGb: 0.5,
  filesPerVisit: 30,
  logKbPerVisit: 1,
} as const;

export const USAGE_PROFILES = ["app", "assistant", "static"] as const;
export type UsageProfile = (typeof USAGE_PROFILES)[number];

const BY_PROFILE: Readonly<Record<UsageProfile, (users: number) => Readonly<Record<string, Usage>>>> = {
  app: appUsage,
  assistant: assistantUsage,
  static: staticUsage,
};

/**
 * What a month's use is at a number of users, as defaults by type: a usage file or the resource itself overwrites each number.
 *
 * @param users people that use the app in a month, 0 or more
 */
export function usageForUsers(users: number, profile: UsageProfile = "app"): UsageFile {
  return { version: "0.1", resource_type_default_usage: BY_PROFILE[profile](users) };
}

function appUsage(users: number): Readonly<Record<string, Usage>> {
  const requests = users * APP.requestsPerUser;
  const awake = Math.min(24, users * APP.hoursPerUser);
  const out = (requests * APP.responseKb) / KB_PER_GB;
  return {
    "azure-native:app:ContainerApp": {
      monthly_requests: requests,
      hours_up_per_day: awake,
      active_share: awake / 24,
      monthly_outbound_data_processed_gb: out,
    },
    "azure-native:web:WebApp": {
      monthly_executions: requests,
      execution_duration_ms: APP.requestMs,
      memory_mb: APP.memoryMb,
      monthly_outbound_data_processed_gb: out,
    },
    "azure-native:cosmosdb:DatabaseAccount": {
      monthly_serverless_request_units: requests * APP.ruPerRequest,
      storage_gb: users * APP.storedGbPerUser,
    },
    "azure-native:sql:Database": {
      monthly_vcore_hours: 0.5 * awake * DAYS,
      storage_gb: users * APP.storedGbPerUser,
    },
    "azure-native:operationalinsights:Workspace": {
      monthly_log_data_ingestion_gb: (requests * APP.logKbPerRequest) / KB_PER_GB,
    },
    "azure-native:storage:StorageAccount": {
      storage_gb: users * APP.storedGbPerUser,
      monthly_write_operations: requests / 10,
      monthly_read_operations: requests,
      monthly_outbound_data_processed_gb: 0,
    },
    "azure-native:servicebus:Namespace": { monthly_messaging_operations: requests },
    "azure-native:keyvault:Vault": { monthly_operations: requests / 100 },
    "azure-native:apimanagement:ApiManagementService": { monthly_api_calls: requests },
    "azure-native:appconfiguration:ConfigurationStore": { monthly_requests: requests },
    "azure-native:web:StaticSite": { monthly_outbound_data_processed_gb: out },
    "azure-native:azureactivedirectory:CIAMTenant": { monthly_active_users: users },
  };
}

function assistantUsage(users: number): Readonly<Record<string, Usage>> {
  const questions = users * ASSISTANT.questionsPerUser;
  const awake = AWAKE.find((each) => users <= each.users) ?? AWAKE.at(-1);
  const hours = awake?.hours ?? 0;
  return {
    "azure-native:web:WebApp": {
      monthly_executions: questions,
      execution_duration_ms: ASSISTANT.durationMs,
      memory_mb: ASSISTANT.memoryMb,
      monthly_outbound_data_processed_gb: (questions * ASSISTANT.egressKb) / KB_PER_GB,
    },
    "azure-native:app:ContainerApp": {
      monthly_requests: questions * ASSISTANT.calls,
      hours_up_per_day: Math.min(24, (hours / 730) * 24),
      active_share: Math.min(1, hours / 730),
      monthly_outbound_data_processed_gb: (questions * ASSISTANT.egressKb) / KB_PER_GB,
    },
    "azure-native:cosmosdb:DatabaseAccount": {
      monthly_serverless_request_units: questions * ASSISTANT.ru,
      storage_gb: (questions * ASSISTANT.keptMonths * ASSISTANT.storedKb) / KB_PER_GB,
    },
    "azure-native:sql:Database": {
      monthly_vcore_hours: hours * (awake?.vCores ?? 0),
      storage_gb: ASSISTANT.databaseGb,
    },
    "azure-native:operationalinsights:Workspace": {
      monthly_log_data_ingestion_gb: (questions * ASSISTANT.logKb) / KB_PER_GB,
    },
    "azure-native:keyvault:Vault": { monthly_operations: questions * ASSISTANT.vaultReads },
    "azure-native:apimanagement:ApiManagementService": { monthly_api_calls: questions * ASSISTANT.calls },
    "azure-native:appconfiguration:ConfigurationStore": { monthly_additional_requests: 0 },
    "azure-native:web:StaticSite": { monthly_outbound_data_processed_gb: 0 }, // answers leave through the API
    "azure-native:relay:HybridConnection": { open_listeners: users * ASSISTANT.listenerShare },
    "azure-native:azureactivedirectory:CIAMTenant": { monthly_active_users: users },
  };
}

function staticUsage(users: number): Readonly<Record<string, Usage>> {
  const visits = users * STATIC.visitsPerUser;
  const out = (visits * STATIC.pageMb) / 1_000;
  return {
    "azure-native:web:StaticSite": { monthly_outbound_data_processed_gb: out },
    "azure-native:cdn:Profile": { monthly_outbound_data_processed_gb: out },
    "azure-native:storage:StorageAccount": {
      storage_gb: STATIC.storedGb,
      monthly_write_operations: 0,
      monthly_read_operations: visits * STATIC.filesPerVisit,
      monthly_outbound_data_processed_gb: out,
    },
    "azure-native:operationalinsights:Workspace": {
      monthly_log_data_ingestion_gb: (visits * STATIC.logKbPerVisit) / KB_PER_GB,
    },
  };
}
