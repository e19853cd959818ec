import { createCredential } from "@devfactory/automation/azure/credential.ts";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type AppStep, type StepRun, startAppStep } from "./appStep.ts";

let step: AppStep;
beforeAll(async () => {
  step = await startAppStep(["registry"]);
}, 180_000);
afterAll(() => step[Symbol.asyncDispose]());

/** Its registry takes tokens for ARM, which CR03 forbids; nothing else of it breaks a rule. */
const SPEC = {
  version: 1,
  name: "clinic",
  title: "Clinic",
  services: [{ name: "nightly", kind: "job" }],
  resources: [{ name: "images", kind: "registry" }],
};
const BLOCK = { DEVFACTORY_POLICY_GATE: '{"dev":"block"}' };
const day = (ahead: number) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
const waiver = (expires: string) => ({
  rule: "CR03",
  target: "azure-native:containerregistry:*",
  reason: "Container Apps pull with a token for ARM",
  owner: "ada@contoso.example",
  approver: "grace@contoso.example",
  expires,
});
const TYPES = [
  "Microsoft.Resources/resourceGroups",
  "Microsoft.ContainerRegistry/registries",
  "Microsoft.App/jobs",
] as const;
/** The group and registry of the platform. */
const NOTHING = [1, 1, 0];

const told = ({ events }: StepRun, type: string) =>
  events.filter((event) => event.type === type).map(({ level = "info", message }) => [level, message]);

it("where the gate blocks, a broken rule ends the deployment before anything is made, with what to write", async () => {
  const run = await step.run("blocked", SPEC, BLOCK);
  expect(run.error).toMatchObject({ code: "POLICY_FAILED" });
  expect(run.error?.message).toMatch(
    /^1 broken rule must be mended before anything is made: CR03 images-registry: policies\.azureADAuthenticationAsArmPolicy\.status .+ Set `policies\.azureADAuthenticationAsArmPolicy\.status` to disabled/,
  );
  expect(told(run, "policies")).toEqual([
    ["error", expect.stringMatching(/^Policies: 1 fail, 0 not known yet, \d+ pass$/)],
  ]);
  expect(run.events.filter(({ type }) => type === "resource")).toEqual([]);
  expect(step.made(...TYPES)).toEqual(NOTHING);
}, 180_000);

it("a secret in clear ends a first deployment before anything is made", async () => {
  const spec = { ...SPEC, resources: [], services: [{ name: "nightly", kind: "job", env: { API_TOKEN: "abc123" } }] };
  const run = await step.run("secret", spec, BLOCK);
  expect(run.error?.message).toMatch(
    /^1 broken rule must be mended before anything is made: CA06 nightly-job: There must be `secretRef` for variables with a secret's name\./,
  );
  expect([step.made(...TYPES), JSON.stringify(run.events).includes("abc123")]).toEqual([NOTHING, false]);
}, 180_000);

it("a waiver that has ended does not count, and the failure names it", async () => {
  const run = await step.run("ended", SPEC, {
    ...BLOCK,
    DEVFACTORY_WAIVERS: JSON.stringify({ waivers: [waiver(day(-1))] }),
  });
  expect(run.error?.code).toBe("POLICY_FAILED");
  expect(run.error?.message).toContain(`Its waiver does not count: it ended on ${day(-1)}.`);
  expect(step.made(...TYPES)).toEqual(NOTHING);
}, 180_000);

it("with the operator's waiver it goes on, is told as waived, and an end within two weeks is a warning", async () => {
  const waivers = JSON.stringify({ waivers: [waiver(day(7))] });
  const run = await step.run("waived", SPEC, { ...BLOCK, DEVFACTORY_WAIVERS: waivers });
  expect(run.error).toBeUndefined();
  expect(told(run, "policies")).toEqual([
    ["info", expect.stringMatching(/^Policies: 0 fail, 0 not known yet, 1 waived, \d+ pass$/)],
  ]);
  const verdict = run.events.find(({ type }) => type === "policies")?.data as { waived: object[] };
  expect(verdict.waived).toMatchObject([{ rule: "CR03", waiver: waiver(day(7)) }]);
  expect(told(run, "waiver_ending")).toEqual([
    ["warning", `The waiver of CR03 ends on ${day(7)}, in 8 days; ada@contoso.example answers for it.`],
  ]);
  expect(step.made(...TYPES)).toEqual([2, 2, 1]);
}, 180_000);

it("in dev, where nobody says otherwise, it warns and goes on", async () => {
  const run = await step.run("warned", SPEC);
  expect(run.error).toBeUndefined();
  expect(told(run, "policies")).toEqual([
    ["warning", expect.stringMatching(/^Policies: 1 fail, \d+ not known yet, \d+ pass$/)],
  ]);
  expect([told(run, "policies_open"), told(run, "waiver_ending")]).toEqual([[], []]);
  expect(step.made(...TYPES)).toEqual([3, 3, 2]);
}, 180_000);

it("a budget is watched for the platform's people, and keeps its month; without people the job says that nobody is told", async () => {
  const spec = { ...SPEC, resources: [], budget: { monthlyUsd: 40 } };
  const unwatched = await step.run("budget", spec);
  expect([unwatched.error, told(unwatched, "budget")]).toEqual([
    undefined,
    [["warning", "Azure does not watch the budget: the platform names nobody to tell (devfactory:notify)"]],
  ]);
  const people = { DEVFACTORY_NOTIFY: "ops@contoso.example" };
  expect((await step.run("budget", spec, people)).error).toBeUndefined();
  vi.setSystemTime(Date.now() + 40 * 86_400_000);
  const later = await step.run("budget", spec, people);
  vi.useRealTimers();
  expect([later.error, step.made("Microsoft.Consumption/budgets")]).toEqual([undefined, [1]]);
  expect(later.events.filter(({ type }) => type === "resource")).toEqual([]);
}, 240_000);

it("a crossed budget of a deployed app alerts its people once", async () => {
  const [budget] = step.emulator.context.resources.list("Microsoft.Consumption/budgets");
  const resourceGroupId = budget?.id.split("/providers/")[0] ?? "";
  for (const amount of [30, 5, 4]) await charge({ resourceGroupId, amount });
  expect(await alerts(resourceGroupId)).toEqual([
    { threshold: 0.8, currentSpend: 35, contactEmails: ["ops@contoso.example"] },
  ]);
  await charge({ resourceGroupId, amount: 1 });
  await charge({ resourceGroupId, amount: 50 });
  expect((await alerts(resourceGroupId)).map(({ threshold, currentSpend }) => [threshold, currentSpend])).toEqual([
    [0.8, 35],
    [1, 40],
  ]);
}, 180_000);

it("a first deployment of what always runs is priced and judged as the next one, by its preview alone where the gate only warns", async () => {
  const services = [{ name: "sender", kind: "worker", env: { API_TOKEN: "abc123" } }];
  const leaky = { ...SPEC, resources: [], services };
  const first = await step.run("leaky", leaky);
  const second = await step.run("leaky", leaky);
  const of = (run: StepRun, type: string) => run.events.find((event) => event.type === type)?.data;
  // A quarter of a vCPU for 2,628,000 s less 180,000 vCPU seconds, half a GiB less 360,000, at 0.000003 USD.
  expect(first.evidence?.estimate.monthlyUsd).toBe(4.293);
  expect(told(first, "estimate")).toEqual([["info", "7 resources, about 4.29 USD a month"]]);
  expect(of(second, "estimate")).toEqual(of(first, "estimate"));
  const { open } = of(first, "policies") as { open: { rule: string; verdict: string }[] };
  const failed = open.filter((each) => each.verdict === "fail").map(({ rule }) => rule);
  expect([first.error, failed, JSON.stringify(first.events).includes("abc123")]).toEqual([undefined, ["CA06"], false]);
}, 180_000);

async function charge(cost: object): Promise<void> {
  const { url, token } = step.emulator.admin;
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/costs`, { method: "POST", headers, body: JSON.stringify(cost) });
  expect(answer.status).toBe(204);
}

async function alerts(scope: string) {
  const { arm, env } = step.emulator;
  const token = await createCredential({ ...process.env, ...env }).getToken(`${arm}/.default`);
  const address = `${arm}${scope}/providers/Microsoft.CostManagement/alerts?api-version=2019-11-01`;
  const answer = await fetch(address, { headers: { Authorization: `Bearer ${token?.token}` } });
  const { value } = (await answer.json()) as {
    value: { properties: { details: { threshold: number; currentSpend: number; contactEmails: string[] } } }[];
  };
  return value.map(({ properties: { details } }) => {
    const { threshold, currentSpend, contactEmails } = details;
    return { threshold, currentSpend, contactEmails };
  });
}
