import { estimate, type UsedResource, usageForUsers } from "@devfactory/checks/index.ts";
import { type Bench, median, timed } from "./bench.ts";

const RESOURCES = 100;
const RUNS = 50;
const HOLD_MS = 20;

const KINDS: readonly (readonly [type: string, inputs: UsedResource["inputs"]])[] = [
  ["app:ContainerApp", { template: { containers: [{}], scale: { minReplicas: 1 } } }],
  ["cosmosdb:SqlResourceSqlDatabase", { accountName: "r3", options: { throughput: 400 } }],
  ["web:WebApp", { kind: "functionapp", serverFarmId: "/serverfarms/r9" }],
  ["cosmosdb:DatabaseAccount", { accountName: "r3", enableFreeTier: true }],
  ["sql:Database", { sku: { name: "GP_S_Gen5_2" }, useFreeLimit: true }],
  ["servicebus:Namespace", { sku: { name: "Standard" } }],
  ["storage:StorageAccount", { sku: { name: "Standard_LRS" } }],
  ["network:PrivateEndpoint", { privateLinkServiceConnections: [{ groupIds: ["managedEnvironments"] }] }],
  ["dbforpostgresql:Server", { sku: { name: "Standard_D2s_v3" } }],
  ["web:AppServicePlan", { sku: { name: "Y1" } }],
];

function plan(): readonly UsedResource[] {
  return Array.from({ length: RESOURCES }, (_, index) => {
    const [type, inputs] = KINDS[index % KINDS.length] ?? ["", {}];
    return { urn: `urn:r${index}`, name: `r${index}`, type: `azure-native:${type}`, inputs };
  });
}

export const benches: readonly Bench[] = [
  {
    name: "estimate of a 100-resource plan",
    hold: `≤ ${HOLD_MS} ms`,
    async run() {
      const request = { region: "eastus", resources: plan(), usage: usageForUsers(100) };
      const times: number[] = [];
      for (let index = 0; index < RUNS; index += 1) times.push(await timed(async () => estimate(request)));
      const { summary } = estimate(request);
      const [value, first] = [median(times), times[0] ?? Number.NaN];
      return {
        value: `${value.toFixed(2)} ms`,
        held: value <= HOLD_MS && first <= HOLD_MS,
        detail: `median of ${RUNS}, the first ${first.toFixed(2)} ms; ten types, ${summary.priced} priced lines`,
      };
    },
  },
];
