import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import { STATEFUL } from "../../components/core/stateful.ts";
import * as components from "../../components/index.ts";
import { costClass, withCosts } from "./costs.ts";
import { withTriedLinks } from "./links.ts";
import { pagesOf } from "./pages.ts";
import { readCatalogue } from "./read.ts";
import { Catalogue } from "./schema.ts";
import { offeredModule, specCatalogue } from "./specKinds.ts";
import { type SpecFacts, specPage } from "./specPage.ts";

const CHECKOUT = resolve(import.meta.dirname, "../..");
const catalogue = await withCosts(await withTriedLinks(readCatalogue(CHECKOUT)), CHECKOUT);
const byName = new Map(catalogue.components.map((each) => [each.name, each]));

it("the stored catalogue and its schema are what the source gives", async () => {
  const stored = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  await expect(stored(catalogue)).toMatchFileSnapshot(join(CHECKOUT, "components/catalogue.json"));
  const schema = z.toJSONSchema(Catalogue);
  await expect(stored(schema)).toMatchFileSnapshot(join(CHECKOUT, "components/catalogue.schema.json"));
  await expect(stored(specCatalogue(catalogue))).toMatchFileSnapshot(join(CHECKOUT, "stacks/spec/catalogue.json"));
  await expect(offeredModule(catalogue)).toMatchFileSnapshot(join(CHECKOUT, "stacks/spec/offered.ts"));
  expect(Catalogue.parse(catalogue)).toEqual(catalogue);
});

it.each([...pagesOf(catalogue)])("the stored page %s is what the catalogue gives", async (name, text) => {
  await expect(text).toMatchFileSnapshot(join(CHECKOUT, "docs/reference", name));
});

it("the stored page of the app spec is what schema and catalogue give", async () => {
  await expect(specPage(specCatalogue(catalogue) as SpecFacts)).toMatchFileSnapshot(join(CHECKOUT, "docs/app-spec.md"));
});

it("what the smallest of a component costs comes from the estimator", () => {
  const costs = (name: string) => byName.get(name)?.costs;
  expect(costs("PostgresServer")).toEqual({
    dev: { class: "under 50", monthlyUsd: 16.09 }, // as in the estimator's own tests
    standard: { class: "over 50", monthlyUsd: 53.32 },
    production: { class: "over 50", monthlyUsd: 267.24 },
  });
  expect(costs("StaticWebApp")?.production).toEqual({ class: "under 50", monthlyUsd: 9 });
  expect(costs("EntraGroup")).toBeUndefined();
  expect([0, 0.5, 5, 5.01, 50, 50.01].map(costClass)).toEqual([
    "free",
    "under 5",
    "under 5",
    "under 50",
    "under 50",
    "over 50",
  ]);
});

it("every public component class is in the catalogue, and nothing else", () => {
  const classes = Object.entries(components)
    .filter(([, value]) => typeof value === "function" && value.prototype instanceof components.AzureComponent)
    .map(([name]) => name);
  expect([...byName.keys()].sort()).toEqual(classes.sort());
});

it("every component says what it is, what it creates, gives and costs, and its limits", () => {
  for (const { name, summary, creates, createsDoc, grantsDoc, cost, limits } of catalogue.components) {
    expect(summary, name).toMatch(/^.{10,240}[.]$/);
    expect(creates.length, name).toBeGreaterThan(0);
    expect(createsDoc, name).toMatch(/^Creates `/);
    expect(grantsDoc, name).toMatch(/^Grants|^Links/);
    expect(cost, name).toMatch(/free|USD/);
    expect(limits, name).toMatch(/[.]$/);
  }
});

it("every argument says what it is", () => {
  const silent = catalogue.components.flatMap(({ name, arguments: all }) =>
    all.filter((each) => each.doc === "" && each.default === undefined).map((each) => `${name}.${each.name}`),
  );
  expect(silent).toEqual([]);
});

it("the table of types that hold data is that of the components which keep data", () => {
  const holds = (name: string) => byName.get(name)?.creates.filter(({ replacedBy }) => replacedBy) ?? [];
  const keeping = catalogue.components.filter(({ keepsData }) => keepsData).map(({ name }) => name);
  expect(keeping).toHaveLength(8);
  expect(keeping.filter((name) => byName.get(name)?.creates[0]?.replacedBy === undefined)).toEqual([]); // its main resource
  const made = catalogue.components.flatMap(({ name }) => holds(name).map(({ resource = "" }) => resource));
  const known = Object.keys(STATEFUL).map((type) => type.replace("azure-native:", "").replace(":", "."));
  expect(known.filter((type) => !made.includes(type))).toEqual(["resources.ResourceGroup"]); // which no component makes
  expect(holds("ServiceBus")).toEqual([
    { slot: "namespace", resource: "servicebus.Namespace", replacedBy: ["zoneRedundant"] },
    {
      slot: "queue-*",
      resource: "servicebus.Queue",
      replacedBy: ["requiresSession", "requiresDuplicateDetection", "enablePartitioning"],
    },
    { slot: "topic-*", resource: "servicebus.Topic", replacedBy: ["requiresDuplicateDetection", "enablePartitioning"] },
  ]);
});

it("every output says what it is", () => {
  const silent = catalogue.components.flatMap(({ name, outputs }) =>
    outputs.filter((each) => each.doc === "").map((each) => `${name}.${each.name}`),
  );
  expect(silent).toEqual([]);
});

it("every access level of a link has a role, or its text says that there are no rights", () => {
  const without = catalogue.components.flatMap(({ name, grants, grantsDoc = "" }) =>
    grants.filter((each) => each.role === undefined && !/no r(ights|ole)/.test(grantsDoc)).map((each) => [name, each]),
  );
  expect(without).toEqual([]);
});

it("a default by profile comes from the table that the code falls back on", () => {
  const argument = (component: string, name: string) =>
    byName.get(component)?.arguments.find((each) => each.name === name);
  expect(argument("ContainerApp", "scale.min")).toEqual({
    name: "scale.min",
    type: "number",
    required: false,
    doc: "0 costs nothing and makes the first request wait.",
    default: "0 in dev, 1 in standard, 2 in production",
    profiles: { dev: 0, standard: 1, production: 2 },
    minimum: 0,
    maximum: 1000,
    change: "updates",
  });
  expect(argument("StorageAccount", "location")?.change).toBe("replaces");
});

it("access levels come from the types of the links, roles from the tables, scopes and variables from links that ran", () => {
  const BUS = ["AZURE_SERVICE_BUS_HOST", "AZURE_SERVICE_BUS_NAME"];
  const [queue, topic] = ["Microsoft.ServiceBus/namespaces/queues", "Microsoft.ServiceBus/namespaces/topics"];
  const [sender, receiver] = ["Azure Service Bus Data Sender", "Azure Service Bus Data Receiver"];
  const subscription = `${topic}/subscriptions`;
  expect(byName.get("ServiceBus")?.grants).toEqual([
    { of: "queue", access: "send", role: sender, scope: queue, variables: BUS },
    { of: "queue", access: "receive", role: receiver, scope: queue, variables: BUS },
    { of: "queue", access: "scale", role: "Azure Service Bus Data Owner", scope: queue, variables: BUS },
    { of: "topic", access: "send", role: sender, scope: topic, variables: BUS },
    { of: "topic.subscription", access: "receive", role: receiver, scope: subscription, variables: BUS },
    {
      of: "topic.subscription",
      access: "scale",
      role: "Azure Service Bus Data Owner",
      scope: subscription,
      variables: BUS,
    },
  ]);
  expect(byName.get("SqlServerless")?.grants.at(-1)).toEqual({
    of: "database",
    access: "migrate",
    role: "db_datareader, db_datawriter, db_ddladmin",
    scope: "Microsoft.Sql/servers/databases",
    variables: ["AZURE_SQL_DATABASE", "AZURE_SQL_SERVER"],
  });
  expect(byName.get("ContainerApp")?.grants).toEqual([{ of: "", access: "call", variables: ["<NAME>_BASE_URL"] }]);
  expect(byName.get("ApiManagement")?.grants).toEqual([
    { of: "api", access: "call", variables: ["<NAME>_<PART>_BASE_URL"] },
  ]);
  expect(byName.get("StorageAccount")?.variables).toEqual([
    "AZURE_STORAGE_<SERVICE>_ENDPOINT",
    "AZURE_STORAGE_ACCOUNT_NAME",
  ]);
});
