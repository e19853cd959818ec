import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { armClientOptions } from "@devfactory/automation/azure/arm.ts";
import { createCredential } from "@devfactory/automation/azure/credential.ts";
import { estimate } from "@devfactory/checks/index.ts";
import { type AppSpec, parseAppSpec } from "@devfactory/stacks/spec/index.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTarget, type Target } from "./deploy.ts";
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
  expect(two.priced).toEqual({});
});

let target: Target;
beforeAll(async () => {
  target = await openTarget();
}, 120_000);
afterAll(() => target.stop());

/** The clients of somebody who looks at the apps from outside. */
function appsOf({ azure: { env } }: Target): ContainerAppsAPIClient {
  return new ContainerAppsAPIClient(createCredential(env), env.AZURE_SUBSCRIPTION_ID ?? "", armClientOptions(env));
}

/** Which region answers at an address: the health image tells its replica, which bears the name of its app. */
async function regionAt(client: ContainerAppsAPIClient, url: string): Promise<string> {
  const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(30_000) });
  const replica = await response.text();
  if (response.status !== 200) return `${response.status}`;
  for await (const { name = "", location = "" } of client.containerApps.listBySubscription()) {
    if (replica.startsWith(`${name}--`)) return location;
  }
  return `unknown: ${replica}`;
}

/** Waits until a region answers at an address. */
async function untilAnswers(client: ContainerAppsAPIClient, url: string, region: string): Promise<void> {
  await expect.poll(() => regionAt(client, url), { timeout: 60_000, interval: 100 }).toBe(region);
}

interface Place {
  readonly region: string;
  readonly url: string;
  readonly revision: string;
}

it("two regions, one entry: it answers while the first is stopped, and a version that does not run replaces none", async () => {
  const before = await target.inventory();
  const stack = await target.openApp(SHOP);
  expect((await stack.preview()).fail).toEqual([]);
  await stack.up();
  const client = appsOf(target);
  const environments: string[] = [];
  for await (const { location } of client.managedEnvironments.listBySubscription()) environments.push(location);
  expect(environments.sort()).toEqual(["eastus", "westeurope"]);

  const { url, services } = (await stack.output()) as { url: string; services: [{ regions: Place[] }] };
  const { regions } = services[0];
  expect(await Promise.all(regions.map((place) => regionAt(client, place.url)))).toEqual(["eastus", "westeurope"]);
  expect(await regionAt(client, url)).toBe("eastus");
  await stack.up("--expect-no-changes");

  const [first] = regions;
  const [name = "", group = ""] = [
    first?.revision.split("--")[0],
    target.azure.resources("Microsoft.App/containerApps")[0]?.id.split("/")[4],
  ];
  await client.containerApps.beginStopAndWait(group, name);
  await untilAnswers(client, url, "westeurope");
  const meanwhile = await Promise.all(Array.from({ length: 20 }, () => regionAt(client, url)));
  expect(new Set(meanwhile)).toEqual(new Set(["westeurope"]));
  await client.containerApps.beginStartAndWait(group, name);
  await untilAnswers(client, url, "eastus");

  const revisions = async () => {
    const names: string[] = [];
    for await (const { latestReadyRevisionName = "" } of client.containerApps.listBySubscription())
      names.push(latestReadyRevisionName);
    return names.sort();
  };
  const served = await revisions();
  const crashing = SHOP.services.map((service) => ({ ...service, env: { PORT: "none" } }));
  await stack.respec({ ...SHOP, services: crashing });
  await expect(stack.up()).rejects.toThrow(/Failed to provision revision/);
  expect(await revisions()).toEqual(served);
  expect(await Promise.all(regions.map((place) => regionAt(client, place.url)))).toEqual(["eastus", "westeurope"]);
  expect(await regionAt(client, url)).toBe("eastus");

  expect(await stack.destroy()).toEqual([]);
  expect(await target.inventory()).toEqual(before);
}, 300_000);
