import { type Inputs, isUnknownAt, listAt } from "./inputs.ts";

/** An input that decides what a resource costs, and what it can be when that is a short list. */
interface Deciding {
  /** A `*` stands for each item of a list. */
  readonly path: readonly string[];
  readonly candidates?: readonly unknown[];
}

const sku = (...candidates: readonly string[]): Deciding => ({ path: ["sku", "name"], candidates });

const POSTGRES_SIZES = [
  "Standard_B1ms",
  "Standard_B2s",
  "Standard_B2ms",
  "Standard_D2s_v3",
  "Standard_D2ds_v5",
  "Standard_D4s_v3",
];

const DECIDING: Readonly<Record<string, readonly Deciding[]>> = {
  "azure-native:apimanagement:ApiManagementService": [sku("Consumption", "Developer", "Basic", "Standard", "Premium")],
  "azure-native:app:ContainerApp": [
    { path: ["template", "scale", "minReplicas"] },
    { path: ["template", "containers"] },
    { path: ["template", "containers", "*", "resources", "cpu"] },
    { path: ["template", "containers", "*", "resources", "memory"] },
    { path: ["workloadProfileName"] },
  ],
  "azure-native:appconfiguration:ConfigurationStore": [sku("Free", "Standard")],
  "azure-native:cdn:Profile": [sku("Standard_AzureFrontDoor", "Premium_AzureFrontDoor")],
  "azure-native:containerinstance:ContainerGroup": [
    { path: ["containers", "*", "resources", "requests", "cpu"] },
    { path: ["containers", "*", "resources", "requests", "memoryInGB"] },
  ],
  "azure-native:containerregistry:Registry": [sku("Basic", "Standard", "Premium")],
  "azure-native:containerservice:ManagedCluster": [
    { path: ["sku", "tier"], candidates: ["Free", "Standard"] },
    { path: ["agentPoolProfiles", "*", "vmSize"] },
    { path: ["agentPoolProfiles", "*", "count"] },
  ],
  "azure-native:cosmosdb:SqlResourceSqlContainer": [{ path: ["options", "throughput"] }],
  "azure-native:cosmosdb:SqlResourceSqlDatabase": [
    { path: ["options", "throughput"] },
    { path: ["options", "autoscaleSettings", "maxThroughput"] },
  ],
  "azure-native:dbforpostgresql:Server": [
    sku(...POSTGRES_SIZES),
    { path: ["highAvailability", "mode"], candidates: ["Disabled", "ZoneRedundant"] },
    { path: ["storage", "storageSizeGB"] },
  ],
  "azure-native:servicebus:Namespace": [sku("Basic", "Standard", "Premium"), { path: ["sku", "capacity"] }],
  "azure-native:sql:Database": [sku(), { path: ["minCapacity"] }],
  "azure-native:storage:StorageAccount": [sku()],
  "azure-native:web:AppServicePlan": [sku(), { path: ["sku", "capacity"] }],
  "azure-native:web:StaticSite": [sku("Free", "Standard")],
};

/** An input that is not known before the deployment, with the inputs that there could be instead. */
export interface OpenInput {
  /** `sku.name` */
  readonly path: string;
  readonly alternatives: readonly Inputs[];
}

/** The first input of a resource that decides its cost and is not known yet. */
export function findOpenInput(type: string, inputs: Inputs): OpenInput | undefined {
  for (const { path, candidates = [] } of Object.hasOwn(DECIDING, type) ? (DECIDING[type] ?? []) : []) {
    const open = expand(inputs, path).find((each) => isUnknownAt(inputs, each));
    if (open) return { path: open.join("."), alternatives: candidates.map((value) => withValue(inputs, open, value)) };
  }
  return undefined;
}

function expand(inputs: Inputs, path: readonly string[]): readonly (readonly (string | number)[])[] {
  const star = path.indexOf("*");
  if (star < 0) return [path];
  const head = path.slice(0, star);
  return listAt(inputs, ...head).map((_, index) => [...head, index, ...path.slice(star + 1)]);
}

/** A copy with one value set; what was unknown on the way becomes an object. */
function withValue(inputs: unknown, path: readonly (string | number)[], value: unknown): Inputs {
  const [step, ...rest] = path;
  if (step === undefined) return value as Inputs;
  const known = typeof inputs === "object" && inputs !== null ? (inputs as Record<string | number, unknown>) : {};
  return { ...known, [step]: withValue(known[step], rest, value) };
}
