import { expect, it } from "vitest";
import { ScaleDecision, type ScaleSources, wantedBy } from "./scaler.ts";
import { readTemplate } from "./settings.ts";

const NOON = Date.parse("2026-11-20T12:00:00Z");

function sources(requests: number, nowMs = NOON, messages?: number): ScaleSources {
  return {
    concurrentRequests: () => requests,
    activeMessages: () => messages,
    processorUse: () => undefined,
    nowMs: () => nowMs,
  };
}
const busy = (replicas: number, percent: number): ScaleSources => ({
  ...sources(0),
  processorUse: () => ({ replicas, percent }),
});

const rule = (type: string, metadata: Record<string, string>) => ({ name: "r", type, metadata });

it.each([
  ["http", { concurrentRequests: "10" }, sources(0), 0],
  ["http", { concurrentRequests: "10" }, sources(11), 2],
  ["azure-servicebus", { queueName: "q", messageCount: "5" }, sources(0, NOON, 12), 3],
  ["azure-servicebus", { queueName: "q", messageCount: "5", activationMessageCount: "12" }, sources(0, NOON, 12), 0],
  ["azure-servicebus", { queueName: "q" }, sources(0, NOON), 0],
  ["cron", { start: "0 8 * * *", end: "0 18 * * *", timezone: "UTC", desiredReplicas: "3" }, sources(0), 3],
  ["cron", { start: "0 8 * * *", end: "0 11 * * *", timezone: "UTC", desiredReplicas: "3" }, sources(0), 0],
  ["cpu", { type: "Utilization", value: "50" }, sources(9), 0],
  ["cpu", { type: "Utilization", value: "70" }, busy(1, 100), 2],
  ["cpu", { type: "Utilization", value: "70" }, busy(4, 100), 6],
  ["cpu", { type: "Utilization", value: "70" }, busy(4, 76), 4],
  ["cpu", { type: "Utilization", value: "70" }, busy(4, 64), 4],
  ["cpu", { type: "Utilization", value: "70" }, busy(4, 20), 2],
  ["cpu", { type: "Utilization", value: "70" }, busy(4, 0), 0],
  ["cpu", { type: "Utilization" }, busy(4, 100), 0],
] as const)("%s %j asks for its replicas", (type, metadata, from, wanted) => {
  expect(wantedBy(rule(type, metadata), from)).toBe(wanted);
});

it("goes up in steps and stays until the cool-down is over, within its bounds", () => {
  const template = readTemplate({ scale: { minReplicas: 0, maxReplicas: 20, cooldownPeriod: 300 } });
  const decision = new ScaleDecision();
  const at = (seconds: number, requests: number, current: number) =>
    decision.next(template, true, current, sources(requests, NOON + seconds * 1000));
  expect([at(0, 0, 0), at(1, 500, 0), at(2, 500, 1), at(3, 500, 4), at(4, 500, 8), at(5, 500, 16)]).toEqual([
    0, 1, 4, 8, 16, 20,
  ]);
  expect([at(6, 0, 20), at(200, 0, 20), at(304, 0, 20), at(306, 0, 20)]).toEqual([20, 20, 20, 0]);
});

it("without ingress and rules an app has its minimum, and a template without a scale may go to zero", () => {
  const decision = new ScaleDecision();
  expect(decision.next(readTemplate({ scale: { minReplicas: 2 } }), false, 2, sources(99))).toBe(2);
  expect(readTemplate({})).toMatchObject({
    minReplicas: 0,
    maxReplicas: 10,
    cooldownSeconds: 300,
    terminationGraceSeconds: 30,
  });
});
