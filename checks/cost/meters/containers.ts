import { at, type Inputs, listAt, numberAt, textAt } from "../inputs.ts";
import type { Usage } from "../usage.ts";
import { egress, fixed, HOURS, type Line, MILLION, owner, perUse, SECONDS, type Subject, skuOf } from "./line.ts";

const ENVIRONMENT = "azure-native:app:ManagedEnvironment";

/**
 * Replicas that always run are billed as waiting but for the share of time in which they work; replicas above zero only while they
 * are there, as working. On a dedicated profile the nodes are billed instead.
 */
export function containerApp({ inputs, usage }: Subject): readonly Line[] {
  const requests = perUse("requests", "aca-requests", usage.monthly_requests, MILLION);
  if (isDedicated(inputs)) return [egress(usage)];
  const { cpu, memory } = containerSize(listAt(inputs, "template", "containers"));
  const always = numberAt(inputs, "template", "scale", "minReplicas") ?? 0;
  if (always > 0) return [...alwaysOn(cpu, memory, always, usage), requests, egress(usage)];
  const { hours_up_per_day: daily, replicas = 1 } = usage;
  const seconds = daily === undefined ? undefined : (daily / 24) * HOURS * SECONDS * replicas;
  return [
    fixed("replicas that always run", "aca-vcpu-idle", 0, "scales to zero"),
    perUse("vCPU, working", "aca-vcpu-active", seconds === undefined ? undefined : cpu * seconds),
    perUse("memory", "aca-memory", seconds === undefined ? undefined : memory * seconds),
    requests,
    egress(usage),
  ];
}

function alwaysOn(cpu: number, memory: number, always: number, usage: Usage): readonly Line[] {
  const seconds = Math.max(always, usage.replicas ?? always) * HOURS * SECONDS;
  const share = usage.active_share;
  return [
    perUse("vCPU, working", "aca-vcpu-active", share === undefined ? undefined : cpu * seconds * share),
    fixed("vCPU, waiting", "aca-vcpu-idle", cpu * seconds * (1 - (share ?? 0)), `${always} replicas always run`),
    fixed("memory", "aca-memory", memory * seconds),
  ];
}

function isDedicated(inputs: Inputs): boolean {
  const profile = textAt(inputs, "workloadProfileName");
  return profile !== undefined && profile !== "Consumption";
}

/** Executions run as working seconds; each counts for as many replicas as run side by side. */
export function containerJob({ inputs, usage }: Subject): readonly Line[] {
  if (isDedicated(inputs)) return [];
  const { cpu, memory } = containerSize(listAt(inputs, "template", "containers"));
  const { monthly_executions: executions, execution_duration_ms: duration } = usage;
  const trigger = ["manualTriggerConfig", "scheduleTriggerConfig"].find((each) => at(inputs, "configuration", each));
  const parallel = trigger === undefined ? 1 : (numberAt(inputs, "configuration", trigger, "parallelism") ?? 1);
  const known = executions !== undefined && duration !== undefined;
  const seconds = known ? (executions * duration * parallel) / 1000 : undefined;
  return [
    perUse("vCPU of executions", "aca-vcpu-active", seconds === undefined ? undefined : cpu * seconds),
    perUse("memory of executions", "aca-memory", seconds === undefined ? undefined : memory * seconds),
  ];
}

/**
 * In a network of its own an environment brings a load balancer and public addresses, which no plan shows. Dedicated profiles add
 * a fee for their management and their nodes, whose prices the book does not have.
 */
export function environment({ inputs }: Subject): readonly Line[] {
  const network = at(inputs, "vnetConfiguration") !== undefined;
  const dedicated = listAt(inputs, "workloadProfiles").filter((profile) => !isConsumption(profile));
  const fee = fixed("management of dedicated profiles", "aca-dedicated-management", HOURS, "once per environment");
  return [
    ...(network ? [fixed("load balancer and public addresses of the network", "aca-network", 1)] : []),
    ...(dedicated.length > 0 ? [fee] : []),
    ...dedicated.map((profile) => {
      const size = textAt(profile, "workloadProfileType") ?? "unknown";
      const nodes = numberAt(profile, "minimumCount") ?? 0;
      return fixed(`nodes ${size}, at least ${nodes}`, `aca-dedicated-${size.toLowerCase()}`, nodes * HOURS);
    }),
  ];
}

function isConsumption(profile: unknown): boolean {
  return textAt(profile, "workloadProfileType")?.startsWith("Consumption") ?? false;
}

/** The fee that a private endpoint on an environment brings; several endpoints of one environment pay it once. */
export function environmentEndpointFee(subject: Subject, target: string | undefined): readonly Line[] {
  const reason = "a private endpoint on a Container Apps environment, once per environment";
  const name = owner(subject, ENVIRONMENT, target)?.name ?? target ?? subject.name;
  return [fixed(`management of environment ${name}`, "aca-dedicated-management", HOURS, reason)];
}

/** Code interpreter sessions are billed by started hours; pools of own containers by their nodes. */
export function sessionPool({ inputs, usage }: Subject): readonly Line[] {
  if (textAt(inputs, "containerType") === "CustomContainer") {
    return [perUse("sessions of own containers", "aca-session-custom", usage.sessions_hours)];
  }
  const hours = usage.sessions_hours === undefined ? undefined : Math.ceil(usage.sessions_hours);
  return [perUse("sessions", "aca-session", hours, 1, "billed in whole hours")];
}

/** vCPUs and GiB of all containers of one replica; the service's own defaults are 0.25 and 0.5. */
function containerSize(containers: readonly unknown[]): { readonly cpu: number; readonly memory: number } {
  const sizes = containers.length > 0 ? containers.map((each) => at(each, "resources")) : [undefined];
  return {
    cpu: sizes.reduce<number>((total, each) => total + (numberAt(each, "cpu") ?? 0.25), 0),
    memory: sizes.reduce<number>((total, each) => total + gib(textAt(each, "memory")), 0),
  };
}

function gib(memory: string | undefined): number {
  if (memory === undefined) return 0.5;
  const amount = Number.parseFloat(memory);
  return memory.endsWith("Mi") ? amount / 1024 : amount;
}

/** A group that restarts runs the whole month; one that ends runs as often and as long as usage tells. */
export function containerGroup({ inputs, usage }: Subject): readonly Line[] {
  const requests = listAt(inputs, "containers").map((each) => at(each, "resources", "requests"));
  const cpu = requests.reduce<number>((total, each) => total + (numberAt(each, "cpu") ?? 1), 0);
  const memory = requests.reduce<number>((total, each) => total + (numberAt(each, "memoryInGB") ?? 1.5), 0);
  const windows = textAt(inputs, "osType") === "Windows" ? "-windows" : "";
  const ends = ["Never", "OnFailure"].includes(textAt(inputs, "restartPolicy") ?? "Always");
  const { monthly_executions: runs, execution_duration_ms: duration, hours_up_per_day: daily } = usage;
  const ofRuns = runs !== undefined && duration !== undefined ? (runs * duration) / 3_600_000 : undefined;
  const hours = ofRuns ?? (daily === undefined ? undefined : (daily / 24) * HOURS);
  const line = (name: string, meterId: string, size: number) =>
    ends || hours !== undefined
      ? perUse(name, meterId, hours === undefined ? undefined : size * hours, 1, "billed by the second")
      : fixed(name, meterId, size * HOURS, "runs the whole month");
  return [line("vCPU", `aci-vcpu${windows}`, cpu), line("memory", `aci-memory${windows}`, memory), egress(usage)];
}

/** Control plane and the nodes of the pools that are declared with the cluster. */
export function cluster({ inputs, usage }: Subject): readonly Line[] {
  const tier = textAt(inputs, "sku", "tier")?.toLowerCase() ?? "free";
  const pools = listAt(inputs, "agentPoolProfiles").map((pool) => nodes(pool));
  return [fixed(`control plane ${tier}`, `aks-${tier}`, HOURS), ...pools, egress(usage)];
}

export function agentPool({ inputs }: Subject): readonly Line[] {
  return [nodes(inputs)];
}

function nodes(pool: unknown): Line {
  const size = textAt(pool, "vmSize")?.replace(/^Standard_/, "") ?? "of unknown size";
  const count = numberAt(pool, "count") ?? 1;
  return fixed(`${count} nodes ${size}`, `aks-node-${size.toLowerCase().replaceAll("_", "-")}`, count * HOURS);
}

export function registry({ inputs, usage }: Subject): readonly Line[] {
  const sku = skuOf(inputs);
  const included = { basic: 10, standard: 100, premium: 500 }[sku];
  const beyond = usage.storage_gb === undefined ? undefined : Math.max(0, usage.storage_gb - (included ?? 0));
  return [
    fixed(`registry ${sku}`, `acr-${sku}`, 1, "billed by the day, 30 days"),
    perUse("storage beyond what is included", "acr-storage", beyond, 1, `${included ?? 0} GB are included`),
  ];
}
