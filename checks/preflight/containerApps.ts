import type { PlannedResource } from "../plan/resource.ts";
import { isUnknown } from "../plan/resource.ts";
import { explainedBy, type PreflightFinding, type PreflightRequest } from "./finding.ts";

/** Largest replica of the consumption profile. Source: Microsoft Learn, "Containers in Azure Container Apps", allocations. */
const MOST_CPU = 4;
/** Cores of one environment, when Azure does not tell. Source: Microsoft Learn, "Quotas for Azure Container Apps", 2026-11. */
const ENVIRONMENT_CORES = 100;
const WORKLOADS = ["azure-native:app:ContainerApp", "azure-native:app:Job"];

/** Limits of Container Apps that nobody need be asked about: pairs of cores and memory, cores of an environment. */
export function containerAppFindings({ resources }: Pick<PreflightRequest, "resources">): readonly PreflightFinding[] {
  const workloads = resources.filter(({ type }) => WORKLOADS.includes(type));
  return [...workloads.flatMap(sizeFinding), ...coreFindings(workloads)];
}

/** Cores and GiB of one replica; nothing when a part is not known. */
function sizeOf({ inputs }: PlannedResource): { readonly cpu: number; readonly memoryGi: number } | undefined {
  const containers = (inputs.template as { containers?: unknown } | undefined)?.containers;
  if (!Array.isArray(containers) || containers.length === 0) return undefined;
  let [cpu, memoryGi] = [0, 0];
  for (const container of containers as { resources?: { cpu?: unknown; memory?: unknown } }[]) {
    const memory = /^([\d.]+)Gi$/.exec(String(container.resources?.memory))?.[1];
    if (typeof container.resources?.cpu !== "number" || memory === undefined) return undefined;
    cpu += container.resources.cpu;
    memoryGi += Number(memory);
  }
  return { cpu, memoryGi };
}

function sizeFinding(resource: PlannedResource): readonly PreflightFinding[] {
  const { workloadProfileName = "Consumption" } = resource.inputs;
  const size = sizeOf(resource);
  if (!size || workloadProfileName !== "Consumption") return [];
  const { cpu, memoryGi } = size;
  if (cpu > 0 && cpu <= MOST_CPU && cpu % 0.25 === 0 && memoryGi === cpu * 2) return [];
  const message = `${cpu} cores with ${memoryGi} GiB is no pair of the consumption profile.`;
  return [
    explainedBy("container-size-invalid", { id: "SIZE_INVALID", severity: "error", resource: resource.urn, message }),
  ];
}

/** Replicas at their most; the environment that does not exist yet is told by its reference. */
function coreFindings(workloads: readonly PlannedResource[]): readonly PreflightFinding[] {
  const byEnvironment = new Map<string, { cores: number; readonly urn: string }>();
  for (const workload of workloads) {
    const { environmentId, template, workloadProfileName = "Consumption" } = workload.inputs;
    const size = sizeOf(workload);
    const most = (template as { scale?: { maxReplicas?: unknown } } | undefined)?.scale?.maxReplicas ?? 10;
    if (typeof environmentId !== "string" || isUnknown(environmentId) || !size || typeof most !== "number") continue;
    if (workloadProfileName !== "Consumption") continue;
    const known = byEnvironment.get(environmentId) ?? { cores: 0, urn: workload.urn };
    byEnvironment.set(environmentId, { ...known, cores: known.cores + size.cpu * most });
  }
  return [...byEnvironment].flatMap(([id, { cores, urn }]) => {
    if (cores <= ENVIRONMENT_CORES) return [];
    const message = `At their most the apps of ${id.split("/").at(-1)} want ${cores} cores; an environment has ${ENVIRONMENT_CORES}.`;
    return [
      explainedBy("container-cores-exceeded", { id: "CORES_EXCEEDED", severity: "warning", resource: urn, message }),
    ];
  });
}
