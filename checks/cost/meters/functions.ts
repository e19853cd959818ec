import { at, type Inputs, listAt, numberAt, textAt } from "../inputs.ts";
import type { Usage } from "../usage.ts";
import { egress, fixed, HOURS, type Line, MILLION, owner, perUse, SECONDS, type Subject, skuOf } from "./line.ts";

const PLAN = "azure-native:web:AppServicePlan";
const APPS = ["azure-native:web:WebApp", "azure-native:web:WebAppSlot"];
/** vCPUs and GiB of the sizes of the Premium plan (Microsoft Learn, "Azure Functions Premium plan"). */
const PREMIUM: Readonly<Record<string, readonly [vcpu: number, gib: number]>> = {
  ep1: [1, 3.5],
  ep2: [2, 7],
  ep3: [4, 14],
};

/** Plans are billed by instance; those of functions that scale to zero bring nothing, their apps do. */
export function appServicePlan(subject: Subject): readonly Line[] {
  const { inputs, usage } = subject;
  const sku = skuOf(inputs);
  const count = numberAt(inputs, "sku", "capacity") ?? 1;
  if (sku === "y1" || sku === "fc1") {
    const hasApps = subject.plan.some((each) => APPS.includes(each.type) && isFunctionApp(each.inputs));
    return hasApps ? [] : functionLines(sku, inputs, usage);
  }
  const size = PREMIUM[sku];
  if (size) {
    return [
      fixed(`${count} instances ${sku}, vCPU`, "func-premium-vcpu", size[0] * count * HOURS),
      fixed(`${count} instances ${sku}, memory`, "func-premium-memory", size[1] * count * HOURS),
    ];
  }
  const linux = at(inputs, "reserved") === true || /linux/i.test(textAt(inputs, "kind") ?? "");
  return [fixed(`${count} instances ${sku}`, `appservice-${linux ? "" : "win-"}${sku}`, count)];
}

/** A function app is billed by executions and memory over time, a web app through its plan. */
export function webApp(subject: Subject): readonly Line[] {
  const { inputs, usage } = subject;
  if (!isFunctionApp(inputs)) return [egress(usage)];
  const reference = textAt(inputs, "serverFarmId");
  const plan = owner(subject, PLAN, reference);
  const flex = at(inputs, "functionAppConfig") !== undefined;
  const hosted = plan ? skuOf(plan.inputs) : at(inputs, "serverFarmId") === undefined ? "y1" : "unknown";
  return [...functionLines(flex ? "fc1" : hosted, inputs, usage), egress(usage)];
}

function isFunctionApp(inputs: Inputs): boolean {
  return /functionapp/i.test(textAt(inputs, "kind") ?? "") || at(inputs, "functionAppConfig") !== undefined;
}

function functionLines(hosting: string, inputs: Inputs, usage: Usage): readonly Line[] {
  if (hosting === "y1") return consumption(usage);
  if (hosting === "fc1") return flexConsumption(inputs, usage);
  if (hosting === "unknown") return [fixed("functions on an unknown plan", "func-unknown", 1)];
  return []; // the plan is billed by its instances
}

/** Y1: at least 100 ms an execution, memory in steps of 128 MB (Azure Functions pricing). */
function consumption(usage: Usage): readonly Line[] {
  const { monthly_executions: executions, execution_duration_ms: duration, memory_mb: memory } = usage;
  const gb = memory === undefined ? undefined : (Math.ceil(memory / 128) * 128) / 1024;
  return [
    perUse("executions", "func-y1-executions", executions, MILLION),
    perUse("execution time", "func-y1-time", gbSeconds(executions, duration, 100, gb)),
  ];
}

/** Flex: at least 1 s an execution, the instance's memory; always ready instances have a baseline and a lower rate. */
function flexConsumption(inputs: Inputs, usage: Usage): readonly Line[] {
  const { monthly_executions: executions, execution_duration_ms: duration } = usage;
  const scale = at(inputs, "functionAppConfig", "scaleAndConcurrency");
  const gb = (usage.memory_mb ?? numberAt(scale, "instanceMemoryMB") ?? 2048) / 1024;
  const ready = listAt(scale, "alwaysReady").reduce<number>(
    (total, each) => total + (numberAt(each, "instanceCount") ?? 0),
    0,
  );
  const capacity = ready * gb * HOURS * SECONDS;
  const busy = gbSeconds(executions, duration, 1000, gb);
  const onReady = busy === undefined ? undefined : Math.min(busy, capacity);
  const always = [
    fixed(`${ready} instances always ready`, "func-flex-baseline", capacity),
    perUse("execution time, always ready", "func-flex-always-ready", onReady, 1, "ready instances work first"),
  ];
  return [
    perUse("executions", "func-flex-executions", executions, MILLION),
    perUse("execution time on demand", "func-flex-on-demand", busy === undefined ? busy : busy - (onReady ?? 0)),
    ...(ready > 0 ? always : []),
  ];
}

function gbSeconds(
  executions: number | undefined,
  durationMs: number | undefined,
  leastMs: number,
  gb: number | undefined,
): number | undefined {
  if (executions === undefined || durationMs === undefined || gb === undefined) return undefined;
  return (executions * Math.max(leastMs, durationMs) * gb) / 1000;
}
