import { afterAll, beforeAll, expect, it } from "vitest";
import { type AppStep, startAppStep } from "./appStep.ts";

let step: AppStep;
beforeAll(async () => {
  step = await startAppStep(["registry", "keyVault"]);
}, 180_000);
afterAll(() => step[Symbol.asyncDispose]());

/** Two seconds are promised on a machine that does nothing else; tests run two at a time. */
const SOON_MS = 6_000;
const BLOCK = { DEVFACTORY_POLICY_GATE: '{"dev":"block"}' };
/** The platform's own, and nothing of an app. */
const NOTHING = [1, 1, 0];
/** Always one replica. */
const SPEC = {
  version: 1,
  name: "clinic",
  title: "Clinic",
  services: [{ name: "web", kind: "web", scale: { min: 1 } }],
  resources: [{ name: "keys", kind: "secrets" }],
};
/** Takes tokens for ARM, which CR03 forbids. */
const REGISTRY = { name: "images", kind: "registry" };

const made = () =>
  step.made(
    "Microsoft.Resources/resourceGroups",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.KeyVault/vaults",
  );

it("a broken rule ends a job before anything is built, and what was looked at until then is told", async () => {
  const { error, events, ms } = await step.forecast("rule", { ...SPEC, resources: [REGISTRY] }, BLOCK);
  expect([error?.code, events.map(({ type }) => type), made()]).toEqual([
    "POLICY_FAILED",
    ["estimate", "policies"],
    NOTHING,
  ]);
  expect(error?.message).toMatch(/^1 broken rule must be mended before anything is made: CR03 images-registry: /);
  expect(ms).toBeLessThan(SOON_MS);
}, 60_000);

it("so does a plan above the budget", async () => {
  const { error, events, ms } = await step.forecast("budget", { ...SPEC, budget: { monthlyUsd: 1 } });
  expect([error?.code, error?.message, made()]).toEqual([
    "OVER_BUDGET",
    "The estimate is 4.29 USD per month; the budget is 1 USD.",
    NOTHING,
  ]);
  expect(events.map(({ type }) => type)).toEqual(["estimate", "policies", "preflight", "budget"]);
  expect(ms).toBeLessThan(SOON_MS);
}, 60_000);

it("so does a quota of Azure that is used up", async () => {
  const usage = { provider: "Microsoft.App", name: "ManagedEnvironmentCount" };
  await step.operate("quotas", { ...usage, limit: 0 });
  const { error, ms } = await step.forecast("quota", SPEC);
  await step.operate("quotas", { ...usage, limit: 15 });
  expect([error?.code, error?.message, made()]).toEqual([
    "PREFLIGHT_FAILED",
    "Azure would refuse it: environment-environment: 0 of 0 Container Apps environments in eastus are taken; the plan adds 1.",
    NOTHING,
  ]);
  expect(ms).toBeLessThan(SOON_MS);
}, 60_000);

it("what is allowed says nothing: the preview tells it", async () => {
  const { error, events } = await step.forecast("allowed", SPEC, BLOCK);
  expect([error, events]).toEqual([undefined, []]);
}, 60_000);
