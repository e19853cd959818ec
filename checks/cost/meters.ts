import { at, type Inputs, listAt, numberAt, textAt } from "./inputs.ts";
import type { Usage } from "./usage.ts";

const HOURS = 730;
const DAYS = 30;
const SECONDS = 3600;
const MILLION = 1_000_000;

/** One line of a resource before it has a price. */
export interface Line {
  readonly name: string;
  /** Row of the price book; one that is not in the book comes out as unpriced. */
  readonly meterId: string;
  /** In units of the meter; null: depends on usage that nobody told. */
  readonly quantity: number | null;
  readonly usageBased: boolean;
  readonly assumptions?: readonly string[];
}

type Meter = (inputs: Inputs, usage: Usage) => readonly Line[];

/** What each type is billed for. Source of the rules: price list of each service, see prices.json. */
export const METERS: Readonly<Record<string, Meter>> = {
  "azure-native:app:ContainerApp": containerApp,
  "azure-native:app:Job": containerJob,
  "azure-native:app:ManagedEnvironment": environment,
  "azure-native:containerregistry:Registry": registry,
  "azure-native:cosmosdb:DatabaseAccount": cosmosAccount,
  "azure-native:cosmosdb:SqlResourceSqlDatabase": cosmosDatabase,
  "azure-native:dbforpostgresql:Server": postgres,
  "azure-native:keyvault:Key": vaultKey,
  "azure-native:keyvault:Vault": (_inputs, usage) => [
    perUse("operations", "kv-operations", usage.monthly_operations, 10_000),
  ],
  "azure-native:operationalinsights:Workspace": workspace,
  "azure-native:privatedns:PrivateZone": () => [fixed("private DNS zone", "private-dns-zone", 1)],
  "azure-native:servicebus:Namespace": serviceBus,
  "azure-native:storage:StorageAccount": storage,
  "azure-native:web:StaticSite": staticSite,
};

/** Types without a price of their own; a trailing `*` stands for a family. */
export const FREE = [
  "azure-native:applicationinsights:Component", // billed by its workspace
  "azure-native:authorization:ManagementLockByScope",
  "azure-native:authorization:RoleAssignment",
  "azure-native:cosmosdb:SqlResourceSqlContainer",
  "azure-native:cosmosdb:SqlResourceSqlRoleAssignment",
  "azure-native:dbforpostgresql:AdministratorsMicrosoftEntra",
  "azure-native:dbforpostgresql:Configuration",
  "azure-native:dbforpostgresql:Database",
  "azure-native:managedidentity:UserAssignedIdentity",
  "azure-native:monitor:DiagnosticSetting",
  "azure-native:network:Subnet",
  "azure-native:network:VirtualNetwork",
  "azure-native:privatedns:VirtualNetworkLink",
  "azure-native:resources:ResourceGroup",
  "azure-native:servicebus:Queue",
  "azure-native:storage:BlobContainer",
  "azure-native:storage:BlobServiceProperties",
  "azure-native:web:StaticSiteLinkedBackend",
  "azuread:*",
  "devfactory:*",
  "docker:*",
  "pulumi:*",
] as const;

function containerApp(inputs: Inputs, usage: Usage): readonly Line[] {
  const { cpu, memory } = containerSize(inputs);
  const always = numberAt(inputs, "template", "scale", "minReplicas") ?? 0;
  const requests = perUse("requests", "aca-requests", usage.monthly_requests, MILLION);
  if (always > 0) {
    const seconds = Math.max(always, usage.replicas ?? always) * HOURS * SECONDS;
    const share = usage.active_share ?? 0;
    return [
      {
        ...fixed("vCPU, working", "aca-vcpu-active", cpu * seconds * share),
        quantity: usage.active_share === undefined ? null : cpu * seconds * share,
        usageBased: true,
      },
      fixed("vCPU, waiting", "aca-vcpu-idle", cpu * seconds * (1 - share), `${always} replicas always run`),
      fixed("memory", "aca-memory", memory * seconds),
      requests,
    ];
  }
  const hours = usage.hours_up_per_day === undefined ? null : (usage.hours_up_per_day / 24) * HOURS;
  const seconds = hours === null ? null : hours * SECONDS * (usage.replicas ?? 1);
  return [
    fixed("replicas that always run", "aca-vcpu-idle", 0, "scales to zero"),
    perUse("vCPU, working", "aca-vcpu-active", seconds === null ? undefined : cpu * seconds),
    perUse("memory", "aca-memory", seconds === null ? undefined : memory * seconds),
    requests,
  ];
}

/** In a network of its own an environment brings a load balancer and public addresses, which no plan shows. */
function environment(inputs: Inputs): readonly Line[] {
  if (at(inputs, "vnetConfiguration") === undefined) return [];
  return [fixed("load balancer and public addresses of the network", "aca-network", 1)];
}

function containerJob(inputs: Inputs, usage: Usage): readonly Line[] {
  const { cpu, memory } = containerSize(inputs);
  const { monthly_executions: executions, execution_duration_ms: duration } = usage;
  const seconds = executions === undefined || duration === undefined ? undefined : (executions * duration) / 1000;
  return [
    perUse("vCPU of executions", "aca-vcpu-active", seconds === undefined ? undefined : cpu * seconds),
    perUse("memory of executions", "aca-memory", seconds === undefined ? undefined : memory * seconds),
  ];
}

/** vCPUs and GiB of all containers of one replica; the service's own defaults are 0.25 and 0.5. */
function containerSize(inputs: Inputs): { readonly cpu: number; readonly memory: number } {
  const resources = listAt(inputs, "template", "containers").map((container) => at(container, "resources"));
  const sizes = resources.length > 0 ? resources : [undefined];
  return {
    cpu: sizes.reduce<number>((total, each) => total + (numberAt(each, "cpu") ?? 0.25), 0),
    memory: sizes.reduce<number>((total, each) => total + gib(textAt(each, "memory")), 0),
  };
}

function gib(memory: string | undefined): number {
  return memory === undefined ? 0.5 : Number.parseFloat(memory);
}

function registry(inputs: Inputs, usage: Usage): readonly Line[] {
  const sku = skuOf(inputs);
  const included = { basic: 10, standard: 100, premium: 500 }[sku];
  const beyond = usage.storage_gb === undefined ? undefined : Math.max(0, usage.storage_gb - (included ?? 0));
  return [
    fixed(`registry ${sku}`, `acr-${sku}`, 1, "billed by the day, 30 days"),
    perUse("storage beyond what is included", "acr-storage", beyond),
  ];
}

function cosmosAccount(inputs: Inputs, usage: Usage): readonly Line[] {
  const serverless = listAt(inputs, "capabilities").some((each) => textAt(each, "name") === "EnableServerless");
  const requests = perUse("request units", "cosmos-serverless", usage.monthly_serverless_request_units, MILLION);
  return [...(serverless ? [requests] : []), perUse("storage", "cosmos-storage", usage.storage_gb)];
}

function cosmosDatabase(inputs: Inputs): readonly Line[] {
  const most = numberAt(inputs, "options", "autoscaleSettings", "maxThroughput");
  const fixedThroughput = numberAt(inputs, "options", "throughput");
  if (fixedThroughput !== undefined) {
    return [fixed("throughput", "cosmos-provisioned", (fixedThroughput / 100) * HOURS)];
  }
  if (most === undefined) return [];
  const least = (most / 10 / 100) * HOURS;
  return [
    fixed("autoscale throughput", "cosmos-autoscale", least, `a tenth of ${most} RU/s, the least that is billed`),
  ];
}

const POSTGRES_SKU: Readonly<Record<string, string>> = {
  Standard_B1ms: "pg-b1ms",
  Standard_B2s: "pg-b2s",
  Standard_B2ms: "pg-b2ms",
  Standard_D2s_v3: "pg-d2s-v3",
  Standard_D2ds_v5: "pg-d2ds-v5",
  Standard_D4s_v3: "pg-d4s-v3",
};

function postgres(inputs: Inputs, usage: Usage): readonly Line[] {
  const sku = textAt(inputs, "sku", "name");
  const mode = textAt(inputs, "highAvailability", "mode");
  const servers = mode === undefined || mode === "Disabled" ? 1 : 2;
  const twice = servers === 2 ? ["high availability runs a second server with a second disk"] : [];
  const gb = numberAt(inputs, "storage", "storageSizeGB") ?? 32;
  const meterId = (sku && POSTGRES_SKU[sku]) ?? `pg-${sku ?? "unknown"}`;
  return [
    fixed(`server ${sku ?? "of unknown size"}`, meterId, HOURS * servers, ...twice),
    fixed("disk, as provisioned", "pg-storage", gb * servers, ...twice),
    perUse("backup beyond the disk's size", "pg-backup", usage.additional_backup_storage_gb),
  ];
}

function vaultKey(inputs: Inputs): readonly Line[] {
  const actions = listAt(inputs, "properties", "rotationPolicy", "lifetimeActions");
  const period = actions.map((action) => textAt(action, "trigger", "timeAfterCreate")).find(Boolean);
  const days = Number(/^P(\d+)D$/.exec(period ?? "")?.[1] ?? Number.NaN);
  return Number.isNaN(days) ? [] : [fixed("rotation", "kv-rotation", DAYS / days, `every ${days} days`)];
}

function workspace(inputs: Inputs, usage: Usage): readonly Line[] {
  const days = numberAt(inputs, "retentionInDays") ?? 30;
  const gb = usage.monthly_log_data_ingestion_gb;
  const months = Math.max(0, (days - 31) / DAYS);
  const kept =
    months > 0 ? [perUse(`kept for ${days} days`, "log-retention", gb === undefined ? gb : gb * months)] : [];
  return [perUse("logs taken in", "log-ingestion", gb), ...kept];
}

function serviceBus(inputs: Inputs, usage: Usage): readonly Line[] {
  const sku = skuOf(inputs);
  const operations = usage.monthly_messaging_operations;
  if (sku === "premium") {
    return [fixed("messaging units", "sb-premium", (numberAt(inputs, "sku", "capacity") ?? 1) * HOURS)];
  }
  if (sku === "basic") return [perUse("operations", "sb-basic", operations, MILLION)];
  return [
    fixed("base", `sb-${sku}-base`, 1, "once per subscription"),
    perUse("operations", `sb-${sku}-operations`, operations, MILLION),
  ];
}

function storage(inputs: Inputs, usage: Usage): readonly Line[] {
  const redundancy =
    textAt(inputs, "sku", "name")
      ?.replace(/^Standard_/, "")
      .toLowerCase() ?? "unknown";
  const suffix = redundancy === "lrs" ? "" : `-${redundancy}`;
  return [
    perUse("data", `blob-${redundancy}`, usage.storage_gb),
    perUse("writes", `blob-write${suffix}`, usage.monthly_write_operations, 10_000),
    perUse("reads", "blob-read", usage.monthly_read_operations, 10_000),
  ];
}

function staticSite(inputs: Inputs, usage: Usage): readonly Line[] {
  const sku = skuOf(inputs);
  const gb = usage.monthly_outbound_data_processed_gb;
  const beyond = gb === undefined ? undefined : Math.max(0, gb - 100);
  const bandwidth = perUse("bandwidth beyond 100 GB", "swa-bandwidth", beyond);
  return [fixed(`site ${sku}`, `swa-${sku}`, 1), ...(sku === "free" ? [] : [bandwidth])];
}

function skuOf(inputs: Inputs): string {
  return textAt(inputs, "sku", "name")?.toLowerCase() ?? "unknown";
}

function fixed(name: string, meterId: string, quantity: number, ...assumptions: readonly string[]): Line {
  return { name, meterId, quantity, usageBased: false, ...(assumptions.length > 0 && { assumptions }) };
}

function perUse(name: string, meterId: string, used: number | undefined, unit = 1): Line {
  return { name, meterId, quantity: used === undefined ? null : used / unit, usageBased: true };
}
