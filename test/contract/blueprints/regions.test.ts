import { type ContainerApp, ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { armClientOptions } from "@devfactory/automation/azure/arm.ts";
import { createCredential } from "@devfactory/automation/azure/credential.ts";
import { AppRevisions } from "@devfactory/automation/deploy/appRevisions.ts";
import { estimate } from "@devfactory/checks/index.ts";
import { type AppSpec, parseAppSpec } from "@devfactory/stacks/spec/index.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BlueprintStack, openTarget, type Target } from "./deploy.ts";
import { failuresOf, planApp } from "./plan.ts";

const SHOP = specOf({ alsoIn: ["westeurope"] });

/** A public service, one that it calls, and a store. */
function specOf(change: object): AppSpec {
  const uses = [
    { resource: "prices", access: "call" },
    { resource: "photos", access: "readwrite" },
  ];
  const services = [
    { name: "web", kind: "web", uses },
    { name: "prices", kind: "api", public: false },
  ];
  const resources = [{ name: "photos", kind: "blob", containers: ["originals"] }];
  const parsed = parseAppSpec({ version: 1, name: "shop", title: "Shop", services, resources, ...change });
  if (parsed.ok) return parsed.spec;
  throw new Error(JSON.stringify(parsed.problems));
}

it("the estimate counts both regions and the door; no rule is broken", async () => {
  const costs = async (spec: AppSpec) => {
    const plan = await planApp(spec);
    const { resources, summary } = estimate({ region: spec.region, resources: plan.resources, usage: [] });
    const priced = resources.flatMap(({ name, monthlyCost }) => (Number(monthlyCost) > 0 ? [[name, monthlyCost]] : []));
    return { priced: Object.fromEntries(priced), unpriced: summary.unpriced, broken: failuresOf(plan) };
  };
  const [one, two] = [await costs(specOf({})), await costs(SHOP)];
  expect([two.unpriced, two.broken]).toEqual([one.unpriced, one.broken]);
  expect(two.broken).toEqual([]);
  expect(one.priced).toEqual({}); // at zero
  // An idle replica in each: 0.75 vCPU and GiB for 2,628,000 s at 0.000003 USD, and at 0.000004 USD less the month's free amounts.
  expect(two.priced).toEqual({ "door-profile": "35", "web-app": "5.913", "web-westeurope-app": "5.724" });
});

/** What comes and goes with a further region. */
const PARTS = ["Microsoft.App/managedEnvironments", "Microsoft.Cdn/profiles"];

interface Place {
  readonly region: string;
  readonly url: string;
  readonly revision: string;
}

let target: Target;
let before: readonly string[];
let stack: BlueprintStack;
let client: ContainerAppsAPIClient;
beforeAll(async () => {
  target = await openTarget();
  const { env } = target.azure;
  client = new ContainerAppsAPIClient(createCredential(env), env.AZURE_SUBSCRIPTION_ID ?? "", armClientOptions(env));
  before = await target.inventory();
  stack = await target.openApp(SHOP);
}, 120_000);
afterAll(() => target.stop());

/** The entry's address, and the places behind it. */
async function entry(): Promise<{ url: string; places: readonly Place[] }> {
  const { url, services } = (await stack.output()) as { url: string; services: [{ regions: Place[] }] };
  return { url, places: services[0].regions };
}

/** The app in a region that is the entry there. */
async function entryIn(region: string): Promise<ContainerApp & { group: string; name: string }> {
  const revision = (await entry()).places.find((place) => place.region === region)?.revision ?? "";
  for await (const app of client.containerApps.listBySubscription()) {
    const { id = "", name = "" } = app;
    if (app.location === region && revision.startsWith(`${name}--`))
      return { ...app, name, group: id.split("/")[4] ?? "" };
  }
  throw new Error(`no app of ${revision} in ${region}`);
}

/** Which region answers: the health image tells its replica, which bears the name of its app. */
async function regionAt(url: string): Promise<string> {
  const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(30_000) });
  const replica = await response.text();
  if (response.status !== 200) return `${response.status}`;
  for await (const { name = "", location = "" } of client.containerApps.listBySubscription()) {
    if (replica.startsWith(`${name}--`)) return location;
  }
  return `unknown: ${replica}`;
}

const untilAnswers = async (url: string, region: string) =>
  expect.poll(() => regionAt(url), { timeout: 60_000, interval: 100 }).toBe(region);

/** The revisions that serve, of all apps. */
async function serving(): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { latestReadyRevisionName: name = "" } of client.containerApps.listBySubscription())
    names.push(name);
  return names.sort();
}

it("ARM lists two environments, each region answers by itself, the entry from the first; a second up changes nothing", async () => {
  const first = await stack.preview();
  expect([first.fail, first.estimate.totalMonthlyCost]).toEqual([[], "46.637"]); // 35 + 5.913 + 5.724, as above
  await stack.up();
  expect((await stack.preview()).estimate).toEqual(first.estimate);
  const environments: string[] = [];
  for await (const { location } of client.managedEnvironments.listBySubscription()) environments.push(location);
  expect(environments.sort()).toEqual(["eastus", "westeurope"]);
  const { url, places } = await entry();
  expect(await Promise.all(places.map((place) => regionAt(place.url)))).toEqual(["eastus", "westeurope"]);
  expect(await regionAt(url)).toBe("eastus");
  await stack.up("--expect-no-changes");
}, 240_000);

it("while the first region is stopped the entry answers from the second, and then from the first again", async () => {
  const { url } = await entry();
  const { group, name } = await entryIn("eastus");
  await client.containerApps.beginStopAndWait(group, name);
  await untilAnswers(url, "westeurope");
  const meanwhile = await Promise.all(Array.from({ length: 20 }, () => regionAt(url)));
  expect(new Set(meanwhile)).toEqual(new Set(["westeurope"]));
  await client.containerApps.beginStartAndWait(group, name);
  await untilAnswers(url, "eastus");
}, 240_000);

it("a version that does not run in one region is told by that region's revision; what ran before serves in both, and is put back", async () => {
  const { url, places } = await entry();
  const served = await serving();
  const { group, name, template, ...app } = await entryIn("westeurope");
  const containers = (template?.containers ?? []).map((each) => ({ ...each, env: [{ name: "PORT", value: "none" }] }));
  const update = client.containerApps.beginUpdateAndWait(group, name, {
    ...app,
    template: { ...template, containers },
  });
  await expect(update).rejects.toThrow(/Failed to provision revision/);
  const revisions = new AppRevisions({ client });
  const waiting = await revisions.notReady(group, AbortSignal.timeout(30_000));
  expect(waiting).toEqual([expect.stringMatching(new RegExp(`^${name}--`))]);
  expect([await serving(), served.includes(waiting[0] ?? "")]).toEqual([served, false]);
  expect(await Promise.all([...places.map((place) => place.url), url].map(regionAt))).toEqual([
    "eastus",
    "westeurope",
    "eastus",
  ]);
  await stack.up("--refresh"); // as the deployment of before does it
  expect(await revisions.notReady(group, AbortSignal.timeout(30_000))).toEqual([]);
  await stack.up("--expect-no-changes");
}, 240_000);

it("a version that runs nowhere replaces nothing in any region", async () => {
  const { url, places } = await entry();
  const served = await serving();
  const services = SHOP.services.map((service) => ({ ...service, env: { PORT: "none" } }));
  await stack.respec({ ...SHOP, services });
  await expect(stack.up()).rejects.toThrow(/Failed to provision revision/);
  expect(await serving()).toEqual(served);
  expect(await Promise.all([...places.map((place) => place.url), url].map(regionAt))).toEqual([
    "eastus",
    "westeurope",
    "eastus",
  ]);
}, 240_000);

it("a running app leaves its further region and takes it again in place", async () => {
  const first = async () => {
    const app = (await client.containerApps.listBySubscription().byPage().next()).value as readonly ContainerApp[];
    return app.flatMap(({ id, location }) => (location === "eastus" ? [id] : [])).sort();
  };
  const ids = await first();
  await stack.respec({ ...SHOP, alsoIn: [] });
  await stack.up();
  const { url, services } = (await stack.output()) as { url: string; services: [{ regions?: Place[] }] };
  expect([await regionAt(url), services[0].regions, await first()]).toEqual(["eastus", undefined, ids]);
  expect(target.azure.stored(PARTS)).toEqual({ "Microsoft.App/managedEnvironments": 1 });
  await stack.respec(SHOP);
  await stack.up();
  expect([await regionAt((await entry()).url), await first()]).toEqual(["eastus", ids]);
  expect(target.azure.stored(PARTS)).toEqual({ "Microsoft.App/managedEnvironments": 2, "Microsoft.Cdn/profiles": 1 });
}, 240_000);

it("destroy leaves nothing", async () => {
  expect(await stack.destroy()).toEqual([]);
  expect(await target.inventory()).toEqual(before);
}, 240_000);
