import { expect, it } from "vitest";
import { estimate, PRICES, type UsedResource } from "./index.ts";
import {
  app,
  blobs,
  build,
  bus,
  cosmos,
  endpoint,
  frontDoor,
  logs,
  postgres,
  registry,
  resource,
  site,
  sql,
  vault,
} from "./testing/resources.ts";

const sku = (name: string, more: object = {}) => ({ sku: { name }, ...more });
const functions = (inputs: object, usage: object) =>
  resource(
    "web:WebApp",
    "f",
    { kind: "functionapp", ...inputs },
    { memory_mb: 1024, execution_duration_ms: 1000, ...usage },
  );
const ready = {
  functionAppConfig: { scaleAndConcurrency: { instanceMemoryMB: 1024, alwaysReady: [{ instanceCount: 1 }] } },
};
const throughput = (options: object) => resource("cosmosdb:SqlResourceSqlContainer", "c", { options });
const key = (properties: object, usage = {}) => resource("keyvault:Key", "k", { properties }, usage);
const plan = (size: string, more: object = {}) => resource("web:AppServicePlan", "p", sku(size, more));
const apim = (size: string, calls = 0) =>
  resource("apimanagement:ApiManagementService", "a", sku(size), { monthly_api_calls: calls });
const through = (gb: number) => ({ monthly_outbound_data_processed_gb: gb });
const daily = { rotationPolicy: { lifetimeActions: [{ trigger: { timeAfterCreate: "P30D" } }] } };

/** One resource for each meter, its bill without free amounts in East US and West Europe, worked out by hand; null: no price there. */
const ORACLE: readonly (readonly [
  meter: string,
  plan: UsedResource,
  eastus: string | null,
  westeurope: string | null,
])[] = [
  ["aca-vcpu-active", app("a", 1, 1, { active_share: 1 }), "63.072", "89.352"],
  ["aca-vcpu-idle", app("a", 1, 1), "7.884", "10.512"],
  ["aca-memory", app("a", 1, 1), "15.768", "21.024"],
  ["aca-requests", app("a", 1, 1, { monthly_requests: 5e6 }), "2", "2.8"],
  [
    "aca-dedicated-management",
    resource("app:ManagedEnvironment", "e", { workloadProfiles: [{ workloadProfileType: "D4", minimumCount: 1 }] }),
    "73",
    null,
  ],
  ["aca-session", resource("app:SessionPool", "s", {}, { sessions_hours: 99.5 }), "3", null],
  ["swa-free", site("Free"), "0", "0"],
  ["swa-standard", site("Standard"), "9", "9"],
  ["swa-bandwidth", site("Standard", 150), "10", "10"],
  ["func-y1-executions", functions({}, { monthly_executions: 3e6 }), "0.6", "0.6"],
  ["func-y1-time", functions({}, { monthly_executions: 3e6 }), "48", "48"],
  ["func-flex-executions", functions({ functionAppConfig: {} }, { monthly_executions: 3e6 }), "1.2", null],
  ["func-flex-on-demand", functions({ functionAppConfig: {} }, { monthly_executions: 3e6 }), "78", null],
  ["func-flex-always-ready", functions(ready, { monthly_executions: 1e6 }), "16", null],
  ["func-flex-baseline", functions(ready, { monthly_executions: 1e6 }), "10.512", null],
  ["func-premium-vcpu", plan("EP2"), "252.58", null],
  ["func-premium-memory", plan("EP1"), "31.4265", null],
  ["cosmos-serverless", cosmos(10, 1), "2.5", null],
  ["cosmos-provisioned", throughput({ throughput: 400 }), "23.36", null],
  ["cosmos-autoscale", throughput({ autoscaleSettings: { maxThroughput: 4000 } }), "35.04", null],
  ["cosmos-storage", cosmos(10, 10), "2.5", null],
  ["cosmos-backup-30d", cosmos(10, 10, { backupPolicy: { type: "Continuous" } }), null, null],
  ["pg-b1ms", postgres("Standard_B1ms"), "12.41", "15.257"],
  ["pg-b2s", postgres("Standard_B2s"), "49.64", null],
  ["pg-b2ms", postgres("Standard_B2ms"), null, null],
  ["pg-d2s-v3", postgres("Standard_D2s_v3"), "129.94", null],
  ["pg-d2ds-v5", postgres("Standard_D2ds_v5"), null, null],
  ["pg-d4s-v3", postgres("Standard_D4s_v3"), null, null],
  ["pg-storage", postgres("Standard_B1ms", "Disabled", 64), "7.36", null],
  ["pg-backup", { ...postgres("Standard_B1ms"), usage: { additional_backup_storage_gb: 100 } }, "9.5", null],
  ["sql-serverless", sql("d", {}, { monthly_vcore_hours: 100 }), "52.18", null],
  ["sql-storage", sql("d", {}, { storage_gb: 20 }), "2.3", null],
  ["sql-backup", sql("d", {}, { backup_storage_gb: 20 }), "2", null],
  ["kv-operations", vault(1e6), "3", "3"],
  ["kv-advanced-operations", key({ kty: "EC" }, { monthly_operations: 1e6 }), "15", "15"],
  ["kv-hsm-key-2048", key({ kty: "RSA-HSM", keySize: 2048 }), "1", "1"],
  ["kv-hsm-key-advanced", key({ kty: "RSA-HSM", keySize: 4096 }), "5", "5"],
  ["kv-rotation", key(daily), "1", "1"],
  ["acr-basic", registry("Basic"), "5", "5"],
  ["acr-standard", registry("Standard"), "20", "20"],
  ["acr-premium", registry("Premium"), "50", "50"],
  ["acr-storage", registry("Basic", 110), "10", "10"],
  ["acr-replica", resource("containerregistry:Replication", "r", {}), "50", "50"],
  ["blob-lrs", blobs(1000), "20.8", "19.6"],
  ["blob-grs", blobs(1000, "Standard_GRS"), "45.8", "39.2"],
  ["blob-write", blobs(0, "Standard_LRS", { monthly_write_operations: 1e6 }), "5", "5.4"],
  ["blob-read", blobs(0, "Standard_LRS", { monthly_read_operations: 1e6 }), "0.4", "0.43"],
  ["blob-write-grs", blobs(0, "Standard_GRS", { monthly_write_operations: 1e6 }), "10", null],
  ["sb-basic", bus(10, "Basic"), "0.5", "0.5"],
  ["sb-standard-base", bus(0), "10", "10"],
  ["sb-standard-operations", bus(10), "8", "8"],
  ["sb-premium", bus(0, "Premium"), "677.075", "677.075"],
  ["relay-listener", resource("relay:HybridConnection", "r", {}, { open_listeners: 2 }), "19.564", "19.564"],
  ["relay-data", resource("relay:HybridConnection", "r", {}, { open_listeners: 2, ...through(30) }), "20", "20"],
  ["apim-consumption", apim("Consumption", 3e6), "10.5", null],
  ["apim-basicv2-overage", apim("BasicV2", 12e6), "6", null],
  ["apim-developer", apim("Developer"), "48.03", null],
  ["apim-basic", apim("Basic"), "147.17", null],
  ["apim-standard", apim("Standard"), "686.71", null],
  ["apim-premium", apim("Premium"), "2795.17", null],
  ["appconfig-free", resource("appconfiguration:ConfigurationStore", "c", sku("Free")), "0", "0"],
  ["appconfig-standard", resource("appconfiguration:ConfigurationStore", "c", sku("Standard")), "36", "36"],
  [
    "appconfig-requests",
    resource("appconfiguration:ConfigurationStore", "c", sku("Standard"), { monthly_requests: 7e6 }),
    "6",
    "6",
  ],
  ["appconfig-replica", resource("appconfiguration:Replica", "r", {}), "36", "36"],
  ["log-ingestion", logs(10), "23", "29.9"],
  ["log-retention", logs(10, 91), "2", "2.6"],
  [
    "log-basic",
    resource("operationalinsights:Table", "t", { plan: "Basic" }, { monthly_log_data_ingestion_gb: 10 }),
    "5",
    "6.5",
  ],
  [
    "appinsights-ingestion",
    resource("applicationinsights:Component", "i", {}, { monthly_log_data_ingestion_gb: 10 }),
    "23",
    "29.9",
  ],
  [
    "entra-external-id",
    resource("azureactivedirectory:CIAMTenant", "t", {}, { monthly_active_users: 10_000 }),
    "163",
    "163",
  ],
  ["aad-b2c-p1", resource("azureactivedirectory:B2CTenant", "t", {}, { monthly_active_users: 10_000 }), "32.5", "32.5"],
  ["aci-vcpu", build(100, 60, 2, 4), "8.1", null],
  ["aci-memory", build(100, 60, 2, 4), "1.78", null],
  ["aks-free", resource("containerservice:ManagedCluster", "k", { sku: { tier: "Free" } }), "0", "0"],
  ["aks-standard", resource("containerservice:ManagedCluster", "k", { sku: { tier: "Standard" } }), "73", "73"],
  [
    "aks-node-d2s-v3",
    resource("containerservice:AgentPool", "n", { vmSize: "Standard_D2s_v3", count: 3 }),
    "210.24",
    "262.8",
  ],
  ["appservice-b1", plan("B1", { kind: "linux" }), "12.41", "13.14"],
  ["appservice-b2", plan("B2", { reserved: true }), "24.82", null],
  ["appservice-s1", plan("S1", { reserved: true }), "69.35", null],
  ["appservice-p0v3", plan("P0v3", { reserved: true }), "56.58", null],
  ["appservice-p1v3", plan("P1v3", { reserved: true }), "113.15", null],
  ["appservice-win-b1", plan("B1"), "54.75", null],
  ["appservice-win-p0v3", plan("P0v3"), "114.98", null],
  ["pe-endpoint", endpoint("e", "vault"), "7.3", "7.3"],
  ["pe-data", { ...endpoint("e", "vault"), usage: through(100) }, "1", "1"],
  ["private-dns-zone", resource("network:PrivateZone", "z", {}), "0.5", "0.5"],
  ["nat-gateway", resource("network:NatGateway", "n", {}), "32.85", "32.85"],
  ["nat-data", resource("network:NatGateway", "n", {}, through(100)), "4.5", "4.5"],
  ["frontdoor-standard", frontDoor("Standard"), "35", "35"],
  ["frontdoor-premium", frontDoor("Premium"), "330", "330"],
  ["frontdoor-egress", frontDoor("Standard", 100), "8.3", "8.3"],
  ["cdn-classic", resource("cdn:Profile", "c", sku("Standard_Microsoft"), through(100)), "8.1", "8.1"],
  ["egress", app("a", 1, 1, through(200)), "17.4", "17.4"],
];

it.each(ORACLE)("%s", (meterId, only, eastus, westeurope) => {
  const bills = ["eastus", "westeurope"].map((region) => {
    const components = estimate({ region, resources: [only], grants: "none" }).resources[0]?.costComponents ?? [];
    const component = components.find((each) => each.meterId === meterId);
    return component?.priceNotFound ? null : component?.monthlyCost;
  });
  expect(bills).toEqual([eastus, westeurope]);
});

it("no meter of the book is out of reach", () => {
  expect(ORACLE.map(([meterId]) => meterId)).toEqual(PRICES.rows.map((row) => row.id));
});
