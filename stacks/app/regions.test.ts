import { containerVariables, rawResources } from "@devfactory/components/testing/index.ts";
import { expect, it } from "vitest";
import { appSettings, recordApp } from "./testing/recordApp.ts";

const web = {
  name: "web",
  kind: "web",
  health: "/ready",
  uses: [
    { resource: "prices", access: "call" },
    { resource: "db", access: "readwrite" },
  ],
};
const SHOP = {
  alsoIn: ["westeurope"],
  services: [
    web,
    { name: "prices", kind: "api", public: false, uses: [{ resource: "db", access: "read" }] },
    { name: "mailer", kind: "worker", uses: [{ resource: "prices", access: "call" }] },
  ],
  resources: [{ name: "db", kind: "postgres" }],
};

it("a further region adds its environment, the entry and what it calls, and the door; the rest is what it is in one region", async () => {
  const [one, two] = [await recordApp(appSettings({ ...SHOP, alsoIn: [] })), await recordApp(appSettings(SHOP))];
  const [before, after] = [rawResources(one), rawResources(two)];
  const added = Object.keys(after).filter((name) => !(name in before));
  expect(added.sort()).toEqual([
    "door-diagnostics",
    "door-endpoint",
    "door-group",
    "door-origin-eastus",
    "door-origin-westeurope",
    "door-profile",
    "door-route",
    "environment-westeurope-diagnostics",
    "environment-westeurope-environment",
    "prices-westeurope-app",
    "prices-westeurope-identity",
    "prices-westeurope-to-db-db-postgres",
    "prices-westeurope-to-registry-acrPull",
    "web-westeurope-app",
    "web-westeurope-identity",
    "web-westeurope-to-db-db-postgres",
    "web-westeurope-to-registry-acrPull",
  ]);
  const changed = Object.keys(before).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  expect(changed).toEqual(["web-app"]); // awake, and nothing else
  const template = (raw: typeof after, name: string) => (raw[name]?.[1].template ?? {}) as { scale: object };
  expect([before, after].map((raw) => template(raw, "web-app").scale)).toEqual([
    expect.objectContaining({ minReplicas: 0 }),
    expect.objectContaining({ minReplicas: 1 }),
  ]);
});

it("the copy is the first in another place: its region, its environment, its identity, the same image, settings and data", async () => {
  const made = await recordApp(appSettings(SHOP));
  const raw = rawResources(made);
  const inputs = (name: string) => raw[name]?.[1] ?? {};
  const located = Object.entries(raw).flatMap(([name, [, values]]) => (values.location === "westeurope" ? [name] : []));
  expect(located.sort()).toEqual([
    "environment-westeurope-environment",
    "prices-westeurope-app",
    "prices-westeurope-identity",
    "web-westeurope-app",
    "web-westeurope-identity",
  ]);
  expect(inputs("web-westeurope-app").resourceGroupName).toBe(inputs("web-app").resourceGroupName);
  const [first, copy] = ["web-app", "web-westeurope-app"].map((name) => {
    const {
      AZURE_CLIENT_ID: _,
      PRICES_BASE_URL: __,
      POSTGRES_USERNAME: ___,
      PGUSER: ____,
      ...same
    } = containerVariables(made, name);
    const { ingress } = inputs(name).configuration as { ingress: object };
    const { scale, containers } = inputs(name).template as { scale: object; containers: { image: string }[] };
    return { same, ingress, scale, image: containers[0]?.image };
  });
  expect(copy).toEqual(first);
  const host = (name: string) => `https://${inputs(name).containerAppName}`;
  expect(containerVariables(made, "web-westeurope-app").PRICES_BASE_URL).toContain(host("prices-westeurope-app"));
  expect(containerVariables(made, "web-app").PRICES_BASE_URL).toContain(host("prices-app"));
  expect(containerVariables(made, "mailer-app").PRICES_BASE_URL).toContain(host("prices-app"));
});

it("the door asks the first region as long as it is healthy, by the entry's own health path", async () => {
  const made = await recordApp(appSettings({ ...SHOP, alsoIn: ["westeurope", "uksouth"] }));
  const raw = rawResources(made);
  const origins = Object.entries(raw).filter(([name]) => name.startsWith("door-origin-"));
  const host = (name: string) => expect.stringContaining(String(raw[name]?.[1].containerAppName));
  expect(origins.map(([name, [, { hostName, priority }]]) => [name, priority, hostName])).toEqual([
    ["door-origin-eastus", 1, host("web-app")],
    ["door-origin-westeurope", 2, host("web-westeurope-app")],
    ["door-origin-uksouth", 3, host("web-uksouth-app")],
  ]);
  expect(raw["door-group"]?.[1].healthProbeSettings).toMatchObject({ probePath: "/ready" });
});

it("outputs are the door's address, each region's own, and the rights of all", async () => {
  const { result, ...made } = await recordApp(appSettings(SHOP));
  const raw = rawResources({ result, ...made });
  const door = `https://${raw["door-endpoint"]?.[1].endpointName}.z01.azurefd.net`;
  const place = (region: string, name: string) => ({
    region,
    url: expect.stringContaining(`https://${raw[name]?.[1].containerAppName}.`),
    revision: "",
  });
  expect(result.url).toBe(door);
  expect(result.services[0]).toEqual({
    name: "web",
    kind: "web",
    url: door,
    regions: [place("eastus", "web-app"), place("westeurope", "web-westeurope-app")],
  });
  expect(result.services[2]).toEqual({ name: "mailer", kind: "worker", url: "" });
  expect([...new Set(result.grants.map(({ consumer }) => consumer))].sort()).toEqual([
    "mailer",
    "prices",
    "prices-westeurope",
    "web",
    "web-westeurope",
  ]);
});

it("rights on one database are given one after the other over all regions", async () => {
  const made = await recordApp(appSettings(SHOP));
  const before = (name: string) =>
    made.resources
      .find((each) => each.name === name)
      ?.dependsOn.filter((each) => each.endsWith("-postgres"))
      .sort();
  expect(before("web-westeurope-to-db-db-postgres")).toEqual([
    "prices-to-db-db-postgres",
    "prices-westeurope-to-db-db-postgres",
    "web-to-db-db-postgres",
  ]);
});

it("a name of somebody's own is the door's, not a region's", async () => {
  const domains = [{ service: "web", hostName: "www.shop.example", step: "verify" as const, apex: false }];
  const made = await recordApp(appSettings(SHOP, { deployment: { domains } }));
  const raw = rawResources(made);
  expect(raw["door-domain"]?.[1].hostName).toBe("www.shop.example");
  expect(raw["door-route"]?.[1].customDomains).toHaveLength(1);
  for (const name of ["web-app", "web-westeurope-app"])
    expect(raw[name]?.[1]).not.toHaveProperty("configuration.ingress.customDomains");
  expect(made.result.domains.map(({ hostName, records }) => [hostName, records.map(({ type }) => type)])).toEqual([
    ["www.shop.example", ["CNAME", "TXT"]],
  ]);
});

it.each([
  ["production", [], {}],
  ["standard", SHOP.resources, {}],
  ["dev", SHOP.resources, { privateDatabases: true }],
] as const)("%s in a network is refused before anything is made", async (profile, resources, deployment) => {
  const services = [{ name: "web", kind: "web" }];
  const made = recordApp(appSettings({ ...SHOP, profile, services, resources }, { deployment }));
  await expect(made).rejects.toMatchObject({
    code: "REGIONS_PRIVATE",
    details: { region: "eastus", regions: "westeurope" },
  });
});
