import type * as pulumi from "@pulumi/pulumi";
import { Access, type Principal } from "../core/access.ts";
import type { AlertRules } from "../core/alerts.ts";
import { type ArgumentCheck, argumentCheck, checkInteger, checkNames } from "../core/argument.ts";
import { managedidentity } from "../core/azure.ts";
import { containerservice, federation } from "../core/azureOnDemand.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { AppContext } from "../core/context.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs, type CrossCutTransforms } from "../core/crossCut.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import { type LinkGrant, mergeGrants } from "../core/link.ts";
import type { Profile } from "../core/profile.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";
import type { ImageStore } from "../registry/containerRegistry.ts";

/** `Free` promises nothing for the control plane, `Standard` 99.95 % over zones (73 USD a month). */
const TIER = { dev: "Free", standard: "Standard", production: "Standard" } as const satisfies Record<Profile, string>;
const NODES = { dev: 1, standard: 2, production: 3 } as const satisfies Record<Profile, number>;
const VM_SIZE = {
  dev: "Standard_B2ms",
  standard: "Standard_D2s_v5",
  production: "Standard_D4s_v5",
} as const satisfies Record<Profile, string>;
/** Metric of the cluster. Source: Microsoft Learn, "Supported metrics for Microsoft.ContainerService/managedClusters"; published alert rules use it with `Average`. Checked 2026-11-28. */
const ALERTS = {
  "node-cpu": {
    metric: "node_cpu_usage_percentage",
    is: "GreaterThan",
    threshold: 90,
    by: "Average",
    severity: 2,
    minutes: 15,
    says: "The machines are busy all the time; let the pool grow.",
  },
} as const satisfies AlertRules;
const MOST_NODES = 100;
const AUDIENCE = "api://AzureADTokenExchange";
/** Names of Kubernetes objects. Source: Kubernetes documentation, "Object Names and IDs", RFC 1123 labels. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A service account whose pods sign in to Azure as an identity, without a secret. */
export interface KubernetesWorkload {
  /** Namespace of its service account in the cluster. */
  readonly namespace: string;
  /** Its pods run under this account and get tokens of the workload's identity. */
  readonly serviceAccount: string;
  /** What it may reach, and how. Variables are given to pods by whoever deploys them. */
  readonly link: readonly LinkGrant[];
}

export interface KubernetesClusterArgs
  extends ComponentArgs,
    Pick<CrossCutArgs, "roleAssignments" | "diagnostics" | "lock" | "alerts"> {
  /** Size of a machine, at least 2 vCPUs. @default Standard_B2ms in dev, D2s_v5 in standard, D4s_v5 in production. Changing it replaces the pool. */
  readonly vmSize?: string;
  /** Machines of the one pool; it grows from `min` to `max`. @default 1 in dev, 2 in standard, 3 over zones in production */
  readonly nodes?: {
    /** Machines that always run. */
    readonly min: number;
    /** Machines at most, when pods wait for room. */
    readonly max: number;
  };
  /** Minor version, `1.33`. @default the newest that Azure recommends. Patches come by themselves; going back is impossible. */
  readonly version?: string;
  /** Where images come from, pulled under the machines' identity. @default public registries only */
  readonly registry?: ImageStore;
  /** Groups that rule the cluster. @default whoever has a role of Azure Kubernetes Service on it */
  readonly administratorGroupObjectIds?: readonly pulumi.Input<string>[];
  /** Ranges that may reach the API server, `203.0.113.0/24`. @default all addresses, with a token of Entra ID */
  readonly apiServerRanges?: readonly string[];
  /** Service accounts with rights in Azure, by name. */
  readonly workloads?: Readonly<Record<string, KubernetesWorkload>>;
  readonly transform?: CrossCutTransforms & {
    readonly cluster?: Transform<ArgsOf<typeof containerservice.ManagedCluster>>;
    readonly identity?: Transform<object>;
    readonly kubelet?: Transform<object>;
    readonly "to-kubelet"?: Transform<object>;
    readonly "to-registry"?: Transform<object>;
    readonly [workload: `workload-${string}`]: Transform<object>;
    readonly [credential: `credential-${string}`]: Transform<object>;
    readonly [link: `to-${string}`]: Transform<object> | undefined;
  };
}

/**
 * Kubernetes (Azure Kubernetes Service) with one system pool. Creates `cluster`, `identity` (control plane), `kubelet` (machines),
 * `to-kubelet`, `to-registry`, and for each workload `workload-<name>`, `credential-<name>`, `to-<name>-<key>`; and what the common
 * options ask for.
 *
 * Grants: AcrPull on the registry for the machines, Managed Identity Operator on their identity for the control plane, and the links
 * of each workload. In every profile sign-in is by Entra ID with roles of Azure, local accounts are off, and patches install
 * themselves. Defaults: one B2ms and a free control plane in dev (over 50 USD a month), two D2s_v5 in standard, three D4s_v5 over
 * zones in production.
 *
 * Limits: most apps need no cluster; a `ContainerApp` costs a tenth. It makes the machines only: what runs in it is deployed by others.
 *
 * @example One workload with rights of its own
 * ```ts
 * const shop = { namespace: "shop", serviceAccount: "api", link: [files.container("logs").link("read")] };
 * new KubernetesCluster("cluster", { context, registry, workloads: { shop } });
 * ```
 *
 * @example Larger machines, as many as the pods need
 * ```ts
 * new KubernetesCluster("cluster", { context, vmSize: "Standard_D4s_v5", nodes: { min: 2, max: 6 } });
 * ```
 *
 * @example Ruled by a group, from one office only
 * ```ts
 * const rulers = { administratorGroupObjectIds: [operators.objectId], apiServerRanges: ["203.0.113.0/24"] };
 * new KubernetesCluster("cluster", { context, version: "1.33", ...rulers });
 * ```
 */
export class KubernetesCluster extends AzureComponent<KubernetesClusterArgs | Existing> {
  /** ARM id. */
  readonly clusterId: pulumi.Output<string>;
  /** Physical name. */
  readonly clusterName: pulumi.Output<string>;
  /** Issuer of the tokens of service accounts. */
  readonly issuerUrl: pulumi.Output<string>;
  /** Client ids for the annotation `azure.workload.identity/client-id`, by workload; none of an existing cluster. */
  readonly workloadClientIds: Readonly<Record<string, pulumi.Output<string>>>;
  /** What was given, for `grantReport`. */
  readonly access: readonly Access[];
  readonly #context: AppContext;

  /** @throws {ComponentError} `ARGUMENT_INVALID` */
  constructor(name: string, args: KubernetesClusterArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    if (!isExisting(args)) checkArgs(argumentCheck(`KubernetesCluster ${name}`), args);
    const slots = ["cluster", "identity", "kubelet", "workload-*", "credential-*", "to-*", ...CROSS_CUT_SLOTS];
    super("KubernetesCluster", name, args, opts, slots);
    this.#context = args.context;
    const { cluster, access, workloadClientIds } = isExisting(args) ? this.#read(args) : this.#make(args);
    this.clusterId = cluster.id;
    this.clusterName = cluster.name;
    this.issuerUrl = issuerOf(cluster);
    this.workloadClientIds = workloadClientIds;
    this.access = access;
    this.registerOutputs({ clusterName: this.clusterName });
  }

  /** A cluster that somebody else manages: its issuer, for identities that trust it; nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): KubernetesCluster {
    return new KubernetesCluster(name, at, opts);
  }

  #read({ resourceId }: Existing): MadeCluster {
    const cluster = this.adopt("cluster", containerservice.ManagedCluster, resourceId);
    return { cluster, access: [], workloadClientIds: {} };
  }

  #make(args: KubernetesClusterArgs): MadeCluster {
    const { resourceGroupName } = args.context;
    const identity = this.child("identity", managedidentity.UserAssignedIdentity, { resourceGroupName });
    const kubelet = this.child("kubelet", managedidentity.UserAssignedIdentity, { resourceGroupName });
    const access = [
      this.#give(`${this.key} control plane`, identity, {
        key: "kubelet",
        source: "kubelet",
        env: {},
        roles: [{ role: "identityOperator", scope: kubelet.id }],
      }),
      ...(args.registry
        ? [this.#give(`${this.key} machines`, kubelet, { ...args.registry.link("pull"), key: "registry" })]
        : []),
    ];
    const cluster = this.child(
      "cluster",
      containerservice.ManagedCluster,
      {
        ...clusterArgs(args),
        identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
        identityProfile: {
          kubeletidentity: { resourceId: kubelet.id, clientId: kubelet.clientId, objectId: kubelet.principalId },
        },
      },
      { dependsOn: [...access] },
    );
    const workloadClientIds: Record<string, pulumi.Output<string>> = {};
    for (const [key, workload] of Object.entries(args.workloads ?? {})) {
      const own = this.#makeWorkload(key, workload, issuerOf(cluster));
      workloadClientIds[key] = own.clientId;
      access.push(...own.access);
    }
    this.crossCut({ main: cluster, logs: [{ resourceId: cluster.id, group: "audit" }], alerts: ALERTS });
    return { cluster, access, workloadClientIds };
  }

  #makeWorkload(key: string, workload: KubernetesWorkload, issuer: pulumi.Output<string>) {
    const { resourceGroupName } = this.#context;
    const identity = this.child(`workload-${key}`, managedidentity.UserAssignedIdentity, { resourceGroupName });
    this.child(`credential-${key}`, federation.FederatedIdentityCredential, {
      resourceGroupName,
      resourceName: identity.name,
      federatedIdentityCredentialResourceName: "kubernetes",
      issuer,
      audiences: [AUDIENCE],
      subject: `system:serviceaccount:${workload.namespace}:${workload.serviceAccount}`,
    });
    const access = mergeGrants(workload.link)
      .filter((link) => link.roles.length + (link.data?.length ?? 0) > 0)
      .map((link) => this.#give(key, identity, link, `${key}-${link.key}`));
    return { clientId: identity.clientId, access };
  }

  #give(label: string, identity: Identity, grant: LinkGrant, slot: string = grant.key): Access {
    const principal: Principal = { label, principalId: identity.principalId, name: identity.name };
    return this.child(`to-${slot}`, Access, { context: this.#context, principal, grant });
  }
}

interface MadeCluster {
  readonly cluster: InstanceType<typeof containerservice.ManagedCluster>;
  readonly access: readonly Access[];
  readonly workloadClientIds: Readonly<Record<string, pulumi.Output<string>>>;
}

type Identity = InstanceType<typeof managedidentity.UserAssignedIdentity>;

function issuerOf(cluster: MadeCluster["cluster"]): pulumi.Output<string> {
  return cluster.oidcIssuerProfile.apply((profile) => profile?.issuerURL ?? "");
}

function clusterArgs(args: KubernetesClusterArgs): ArgsOf<typeof containerservice.ManagedCluster> {
  const { context, apiServerRanges, administratorGroupObjectIds } = args;
  return {
    resourceGroupName: context.resourceGroupName,
    sku: { name: "Base", tier: TIER[context.profile] },
    dnsPrefix: `${context.app}-${context.stage}`.slice(0, 54).replace(/-+$/, ""),
    ...(args.version !== undefined && { kubernetesVersion: args.version }),
    enableRBAC: true,
    disableLocalAccounts: true,
    aadProfile: {
      managed: true,
      enableAzureRBAC: true,
      tenantID: context.tenantId,
      ...(administratorGroupObjectIds && { adminGroupObjectIDs: [...administratorGroupObjectIds] }),
    },
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
    },
    ...(apiServerRanges && { apiServerAccessProfile: { authorizedIPRanges: [...apiServerRanges] } }),
    agentPoolProfiles: [systemPool(args)],
  };
}

function systemPool({ vmSize, nodes, context }: KubernetesClusterArgs) {
  const { min, max } = nodes ?? { min: NODES[context.profile], max: NODES[context.profile] };
  return {
    name: "system",
    mode: "System",
    type: "VirtualMachineScaleSets",
    osType: "Linux",
    osSKU: "AzureLinux",
    vmSize: vmSize ?? VM_SIZE[context.profile],
    count: min,
    ...(max > min && { enableAutoScaling: true, minCount: min, maxCount: max }),
    ...(context.profile === "production" && { availabilityZones: ["1", "2", "3"] }),
  };
}

function checkArgs(check: ArgumentCheck, args: KubernetesClusterArgs): void {
  const { vmSize, nodes, version, apiServerRanges = [], workloads = {} } = args;
  const vcpus = Number(/^Standard_[A-Z]+(\d+)[a-z]*(?:_v\d+)?$/.exec(vmSize ?? "Standard_D2s_v5")?.[1] ?? 0);
  check("vmSize", vmSize, vcpus >= 2, {
    allowed: "a size of at least 2 vCPUs, like Standard_D2s_v5",
    why: "The system's own pods take more than one.",
  });
  if (nodes) {
    const why = "The system pool always has one, and the platform's bound is 100.";
    checkInteger(check, "nodes.min", nodes.min, { min: 1, max: MOST_NODES, why });
    checkInteger(check, "nodes.max", nodes.max, { min: nodes.min, max: MOST_NODES, why });
  }
  check("version", version, version === undefined || /^1\.\d{2}$/.test(version), {
    allowed: "a minor version like 1.33",
    why: "Patches install themselves.",
  });
  for (const range of apiServerRanges) {
    check("apiServerRanges", range, /^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/.test(range) && !range.endsWith("/0"), {
      allowed: "IPv4 ranges that are not everything",
      why: "Leave the argument out to let every address knock.",
    });
  }
  const label = {
    pattern: LABEL,
    allowed: "1 to 63 lower case letters, digits and hyphens",
    why: "Kubernetes takes no other names.",
  };
  checkNames(check, "workloads", Object.keys(workloads), label);
  for (const [name, { namespace, serviceAccount }] of Object.entries(workloads)) {
    checkNames(check, `workloads.${name}.namespace`, [namespace], label);
    checkNames(check, `workloads.${name}.serviceAccount`, [serviceAccount], label);
  }
}
