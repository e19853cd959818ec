import { Cron } from "croner";
import type { ScaleRule, Template } from "./settings.ts";

/** What a rule reads. */
export interface ScaleSources {
  /** Requests in work and held now, over all replicas of the app. */
  readonly concurrentRequests: () => number;
  /** Active messages of a queue, or of a topic's subscription; `undefined` when it cannot be read. */
  readonly activeMessages: (queue: {
    readonly namespace: string;
    readonly entity: string;
    readonly subscription?: string;
  }) => number | undefined;
  /** How busy the replicas are; `undefined` while none is measured. */
  readonly processorUse: () => ProcessorUse | undefined;
  readonly nowMs: () => number;
}

/** What the replicas use of the processors that are their own. */
export interface ProcessorUse {
  /** How many were measured. */
  readonly replicas: number;
  /** On average, 0 to 100. */
  readonly percent: number;
}

/** So near to the target nothing changes. @see Kubernetes, "Horizontal Pod Autoscaling", tolerance */
const TOLERANCE = 0.1;

const HTTP_RULE: ScaleRule = { name: "http-default", type: "http", metadata: { concurrentRequests: "10" } };

/** The rules of a template; with ingress and none given, ten concurrent requests for each replica. */
export function rulesOf(template: Template, ingress: boolean): readonly ScaleRule[] {
  return template.rules.length === 0 && ingress ? [HTTP_RULE] : template.rules;
}

/** How many replicas (or executions) one rule asks for. */
export function wantedBy(rule: ScaleRule, sources: ScaleSources): number {
  const { metadata } = rule;
  switch (rule.type) {
    case "http":
    case "tcp":
      return Math.ceil(
        sources.concurrentRequests() / (Number(metadata.concurrentRequests ?? metadata.concurrentConnections) || 10),
      );
    case "azure-servicebus": {
      const entity = metadata.queueName ?? metadata.topicName ?? "";
      const namespace = (metadata.namespace ?? "").split(".servicebus.")[0] ?? "";
      const subscription = metadata.subscriptionName === undefined ? {} : { subscription: metadata.subscriptionName };
      const count = sources.activeMessages({ namespace, entity, ...subscription }) ?? 0;
      if (count <= (Number(metadata.activationMessageCount) || 0)) return 0;
      return Math.ceil(count / (Number(metadata.messageCount) || 5));
    }
    case "cron":
      return withinCron(metadata, sources.nowMs()) ? Number(metadata.desiredReplicas) || 1 : 0;
    case "cpu":
      return wantedByUse(Number(metadata.value), sources.processorUse());
    default: // memory is not measured here, azure-queue is not read
      return 0;
  }
}

/** As many as bring the average to the target. @see KEDA, "CPU" scaler; Kubernetes, "Horizontal Pod Autoscaling", algorithm */
function wantedByUse(target: number, use: ProcessorUse | undefined): number {
  if (!use || !(target > 0)) return 0;
  const ratio = use.percent / target;
  return Math.abs(ratio - 1) <= TOLERANCE ? use.replicas : Math.ceil(use.replicas * ratio);
}

/** The end of the window comes before its next start: then it is open. */
function withinCron(
  { start = "", end = "", timezone = "UTC" }: Readonly<Record<string, string>>,
  nowMs: number,
): boolean {
  const now = new Date(nowMs);
  const nextStart = new Cron(start, { timezone }).nextRun(now);
  const nextEnd = new Cron(end, { timezone }).nextRun(now);
  return nextStart !== null && nextEnd !== null && nextEnd < nextStart;
}

/**
 * Decides how many replicas an app shall have: the greatest demand of its rules within min and max; up in steps of 1, 4, 8 …, down only
 * after the cool-down without greater demand.
 *
 * @see Container Apps, "Set scaling rules"; KEDA
 */
export class ScaleDecision {
  #peaks: { readonly atMs: number; readonly wanted: number }[] = [];

  /** @param current replicas now */
  next(template: Template, ingress: boolean, current: number, sources: ScaleSources): number {
    const { minReplicas, maxReplicas, cooldownSeconds } = template;
    const demand = Math.max(0, ...rulesOf(template, ingress).map((rule) => wantedBy(rule, sources)));
    const now = sources.nowMs();
    this.#peaks = [
      ...this.#peaks.filter((each) => each.atMs > now - cooldownSeconds * 1000),
      { atMs: now, wanted: demand },
    ];
    // Idle apps tick often: equal neighbours tell nothing more than the newest of them.
    if (this.#peaks.length > 2 && this.#peaks.at(-2)?.wanted === demand && this.#peaks.at(-3)?.wanted === demand)
      this.#peaks.splice(-2, 1);
    const recent = Math.max(...this.#peaks.map((each) => each.wanted));
    const bounded = Math.min(
      Math.max(demand > current ? Math.min(demand, stepUp(current)) : Math.min(current, recent), minReplicas),
      maxReplicas,
    );
    return bounded;
  }

  /** Counts as demand for one replica now: a revision that has just started is not scaled in at once. */
  touch(nowMs: number): void {
    this.#peaks.push({ atMs: nowMs, wanted: 1 });
  }
}

/** 1, 4, 8, 16, 32 … replicas. */
function stepUp(current: number): number {
  if (current < 1) return 1;
  return current < 4 ? 4 : 2 ** (Math.floor(Math.log2(current)) + 1);
}
