import { expect, it } from "vitest";
import { grantReport } from "../core/access.ts";
import { StorageAccount } from "../data/storageAccount.ts";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
import {
  guid,
  rawResources,
  record,
  resolved,
  SUBSCRIPTION_ID,
  TENANT_ID,
  TEST_TAGS,
  testContext,
} from "../testing/index.ts";
import { KubernetesCluster, type KubernetesClusterArgs } from "./kubernetesCluster.ts";

const GROUP = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers`;
const identityId = (name: unknown) => `${GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
const registryAt = { registryId: "/registry", loginServer: "r.azurecr.io" };

const POOL = {
  name: "system",
  mode: "System",
  type: "VirtualMachineScaleSets",
  osType: "Linux",
  osSKU: "AzureLinux",
};

it("dev: one machine, sign-in by Entra ID alone, workload identity on", async () => {
  const made = await record(() => new KubernetesCluster("aks", { context: testContext("dev") }));
  const raw = rawResources(made);
  const [identity, kubelet] = [raw["aks-identity"]?.[1].resourceName, raw["aks-kubelet"]?.[1].resourceName];
  expect(Object.keys(raw).sort()).toEqual([
    "aks-cluster",
    "aks-identity",
    "aks-kubelet",
    "aks-to-kubelet-identityOperator",
  ]);
  expect(raw["aks-to-kubelet-identityOperator"]?.[1]).toEqual(DEV_ASSIGNMENT);
  expect(raw["aks-cluster"]).toEqual([
    "containerservice:ManagedCluster",
    {
      resourceGroupName: "rg",
      location: "eastus",
      resourceName: "aks-clinic-dev-552wvc",
      sku: { name: "Base", tier: "Free" },
      dnsPrefix: "clinic-dev",
      enableRBAC: true,
      disableLocalAccounts: true,
      aadProfile: { managed: true, enableAzureRBAC: true, tenantID: TENANT_ID },
      oidcIssuerProfile: { enabled: true },
      securityProfile: { workloadIdentity: { enabled: true }, imageCleaner: { enabled: true, intervalHours: 168 } },
      autoUpgradeProfile: { upgradeChannel: "patch", nodeOSUpgradeChannel: "NodeImage" },
      nodeResourceGroupProfile: { restrictionLevel: "ReadOnly" },
      networkProfile: {
        networkPlugin: "azure",
        networkPluginMode: "overlay",
        networkDataplane: "cilium",
        networkPolicy: "cilium",
        loadBalancerSku: "standard",
        // filled in by azure-native's SDK
        outboundType: "loadBalancer",
        dnsServiceIP: "10.0.0.10",
        podCidr: "10.244.0.0/16",
        serviceCidr: "10.0.0.0/16",
      },
      agentPoolProfiles: [{ ...POOL, vmSize: "Standard_B2ms", count: 1 }],
      identity: { type: "UserAssigned", userAssignedIdentities: [identityId(identity)] },
      identityProfile: {
        kubeletidentity: {
          resourceId: identityId(kubelet),
          clientId: guid(`client ${kubelet}`),
          objectId: guid(`principal ${kubelet}`),
        },
      },
      tags: { ...TEST_TAGS, "devfactory-component": "aks" },
    },
  ]);
});

it("production: three machines over zones, a control plane with a promise", async () => {
  const made = await record(() => new KubernetesCluster("aks", { context: testContext("production") }));
  const raw = rawResources(made);
  expect(Object.keys(raw)).toHaveLength(4);
  expect(raw["aks-cluster"]?.[1]).toEqual(PRODUCTION_CLUSTER);
});

it("everything on: a growing pool, ranges, groups, a registry, a workload with its own rights", async () => {
  const made = await record(async () => {
    const context = testContext("dev");
    const files = new StorageAccount("files", { context, name: "stclinic", containers: ["logs"] });
    const cluster = new KubernetesCluster("aks", {
      context,
      name: "aks-clinic",
      vmSize: "Standard_E4as_v5",
      nodes: { min: 2, max: 5 },
      version: "1.33",
      registry: ContainerRegistry.existing("shared", registryAt),
      administratorGroupObjectIds: ["33333333-3333-4333-8333-333333333333"],
      apiServerRanges: ["203.0.113.0/24"],
      workloads: {
        shop: { namespace: "web", serviceAccount: "api", link: [files.container("logs").link("read")] },
      },
      transform: { cluster: { supportPlan: "KubernetesOfficial" } },
    });
    return {
      report: await resolved(grantReport([cluster])),
      clientId: await resolved(cluster.workloadClientIds.shop ?? ""),
    };
  });
  const raw = rawResources(made);
  expect(raw["aks-cluster"]?.[1]).toEqual(EVERYTHING_CLUSTER);
  const workload = raw["aks-workload-shop"]?.[1].resourceName;
  expect(raw["aks-credential-shop"]).toEqual([
    "managedidentity:FederatedIdentityCredential",
    {
      resourceGroupName: "rg",
      resourceName: workload,
      federatedIdentityCredentialResourceName: "kubernetes",
      issuer: "https://eastus.oic.prod-aks.azure.com/aks-clinic/",
      audiences: ["api://AzureADTokenExchange"],
      subject: "system:serviceaccount:web:api",
    },
  ]);
  expect(made.result.clientId).toBe(guid(`client ${workload}`));
  expect(made.result.report.map(({ consumer, role, scope }) => [consumer, role, scope])).toEqual([
    ["aks control plane", "Managed Identity Operator", identityId(raw["aks-kubelet"]?.[1].resourceName)],
    ["aks machines", "AcrPull", "/registry"],
    [
      "shop",
      "Storage Blob Data Reader",
      `${GROUP}/Microsoft.Storage/storageAccounts/stclinic/blobServices/default/containers/logs`,
    ],
  ]);
  const cluster = made.resources.find((each) => each.name === "aks-cluster");
  expect(cluster?.dependsOn).toEqual(
    expect.arrayContaining(["aks-to-kubelet-identityOperator", "aks-to-registry-acrPull"]),
  );
});

it.each<[string, string, Partial<KubernetesClusterArgs>]>([
  ["vmSize", "Standard_B1s", { vmSize: "Standard_B1s" }],
  ["vmSize", "Basic_A1", { vmSize: "Basic_A1" }],
  ["nodes.min", "0", { nodes: { min: 0, max: 1 } }],
  ["nodes.max", "1", { nodes: { min: 2, max: 1 } }],
  ["version", "1.33.2", { version: "1.33.2" }],
  ["apiServerRanges", "0.0.0.0/0", { apiServerRanges: ["0.0.0.0/0"] }],
  ["workloads", "A", { workloads: { A: { namespace: "a", serviceAccount: "a", link: [] } } }],
  ["workloads.a.namespace", "Web", { workloads: { a: { namespace: "Web", serviceAccount: "a", link: [] } } }],
])("%s %s is refused before anything is made", async (argument, value, more) => {
  const made = record(() => new KubernetesCluster("aks", { context: testContext("dev"), ...more }));
  await expect(made).rejects.toMatchObject({ code: "ARGUMENT_INVALID", details: { argument, value } });
});

// All that is told to Azure, whole; names and ids follow from the context of tests.
const DEV_ASSIGNMENT = {
  description: "DevFactory clinic: aks control plane to kubelet",
  principalId: "3a460806-b8d8-4520-86ef-9ad029b152d1",
  principalType: "ServicePrincipal",
  roleAssignmentName: "f0e36a25-5b7d-5e4a-8582-20e7f84acc5a",
  roleDefinitionId:
    "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleDefinitions/f1a07417-d97a-45cb-824c-7a7467783830",
  scope:
    "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-clinic-dev-5cfiur",
};

const PRODUCTION_CLUSTER = {
  aadProfile: {
    enableAzureRBAC: true,
    managed: true,
    tenantID: "22222222-2222-4222-8222-222222222222",
  },
  agentPoolProfiles: [
    {
      availabilityZones: ["1", "2", "3"],
      count: 3,
      mode: "System",
      name: "system",
      osSKU: "AzureLinux",
      osType: "Linux",
      type: "VirtualMachineScaleSets",
      vmSize: "Standard_D4s_v5",
    },
  ],
  autoUpgradeProfile: {
    nodeOSUpgradeChannel: "NodeImage",
    upgradeChannel: "patch",
  },
  disableLocalAccounts: true,
  dnsPrefix: "clinic-prod",
  enableRBAC: true,
  identity: {
    type: "UserAssigned",
    userAssignedIdentities: [
      "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-clinic-prod-yfye45",
    ],
  },
  identityProfile: {
    kubeletidentity: {
      clientId: "021de365-9aff-476e-8d5a-e66e9f8be274",
      objectId: "af38f9f4-6a64-4d46-8756-ac46f4efad46",
      resourceId:
        "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-clinic-prod-v7wwxv",
    },
  },
  location: "eastus",
  networkProfile: {
    dnsServiceIP: "10.0.0.10",
    loadBalancerSku: "standard",
    networkDataplane: "cilium",
    networkPlugin: "azure",
    networkPluginMode: "overlay",
    networkPolicy: "cilium",
    outboundType: "loadBalancer",
    podCidr: "10.244.0.0/16",
    serviceCidr: "10.0.0.0/16",
  },
  nodeResourceGroupProfile: {
    restrictionLevel: "ReadOnly",
  },
  oidcIssuerProfile: {
    enabled: true,
  },
  resourceGroupName: "rg",
  resourceName: "aks-clinic-prod-f5ziid",
  securityProfile: {
    imageCleaner: {
      enabled: true,
      intervalHours: 168,
    },
    workloadIdentity: {
      enabled: true,
    },
  },
  sku: {
    name: "Base",
    tier: "Standard",
  },
  tags: {
    "devfactory-component": "aks",
    owner: "tests",
  },
};

const EVERYTHING_CLUSTER = {
  aadProfile: {
    adminGroupObjectIDs: ["33333333-3333-4333-8333-333333333333"],
    enableAzureRBAC: true,
    managed: true,
    tenantID: "22222222-2222-4222-8222-222222222222",
  },
  agentPoolProfiles: [
    {
      count: 2,
      enableAutoScaling: true,
      maxCount: 5,
      minCount: 2,
      mode: "System",
      name: "system",
      osSKU: "AzureLinux",
      osType: "Linux",
      type: "VirtualMachineScaleSets",
      vmSize: "Standard_E4as_v5",
    },
  ],
  apiServerAccessProfile: {
    authorizedIPRanges: ["203.0.113.0/24"],
  },
  autoUpgradeProfile: {
    nodeOSUpgradeChannel: "NodeImage",
    upgradeChannel: "patch",
  },
  disableLocalAccounts: true,
  dnsPrefix: "clinic-dev",
  enableRBAC: true,
  identity: {
    type: "UserAssigned",
    userAssignedIdentities: [
      "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-clinic-dev-ybsw34",
    ],
  },
  identityProfile: {
    kubeletidentity: {
      clientId: "bea2e8c3-3870-4b3f-8505-13dd9f2f0791",
      objectId: "0bb0869c-ac7e-48b9-8d88-47641cedcc8d",
      resourceId:
        "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-clinic-dev-5cfiur",
    },
  },
  kubernetesVersion: "1.33",
  location: "eastus",
  networkProfile: {
    dnsServiceIP: "10.0.0.10",
    loadBalancerSku: "standard",
    networkDataplane: "cilium",
    networkPlugin: "azure",
    networkPluginMode: "overlay",
    networkPolicy: "cilium",
    outboundType: "loadBalancer",
    podCidr: "10.244.0.0/16",
    serviceCidr: "10.0.0.0/16",
  },
  nodeResourceGroupProfile: {
    restrictionLevel: "ReadOnly",
  },
  oidcIssuerProfile: {
    enabled: true,
  },
  resourceGroupName: "rg",
  resourceName: "aks-clinic",
  securityProfile: {
    imageCleaner: {
      enabled: true,
      intervalHours: 168,
    },
    workloadIdentity: {
      enabled: true,
    },
  },
  sku: {
    name: "Base",
    tier: "Free",
  },
  supportPlan: "KubernetesOfficial",
  tags: {
    "devfactory-component": "aks",
    owner: "tests",
  },
};
