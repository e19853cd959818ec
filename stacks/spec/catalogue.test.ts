import { expect, it } from "vitest";
import catalogue from "./catalogue.json" with { type: "json" };
import { ACCESS, allowedValues, kindFacts, kindsOf, parseAppSpec, Resource, SERVICE_KINDS } from "./index.ts";

const app = { version: 1, name: "shop", title: "Shop" };
const web = (more: object) => ({ ...app, services: [{ name: "web", kind: "web", ...more }] });
const beside = (resource: object) => ({ ...web({}), resources: [{ name: "part", ...resource }] });
const CPUS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 3.75, 4].map(String);
const { postgres, blob } = catalogue.resources;

it.each([
  ["a pair of cores and memory that is none", web({ size: { cpu: 0.3 } }), "services.0.size.cpu", CPUS],
  ["a replica that is too large", web({ size: { cpu: 8 } }), "services.0.size.cpu", CPUS],
  ["more replicas than the service has", web({ scale: { max: 1001 } }), "services.0.scale.max", ["1 to 1000"]],
  ["fewer than none", web({ scale: { min: -1 } }), "services.0.scale.min", ["0 to 1000"]],
  [
    "a size of functions that is none",
    { ...app, services: [{ name: "web", kind: "function", memoryMb: 1024 }] },
    "services.0.memoryMb",
    ["512", "2048", "4096"],
  ],
  ["an unknown SKU", beside({ kind: "postgres", sku: "Standard_B1" }), "resources.0.sku", postgres.options.sku.allowed],
  [
    "a disk that is not offered",
    beside({ kind: "postgres", storageGb: 100 }),
    "resources.0.storageGb",
    postgres.options.storageGb.allowed.map(String),
  ],
  [
    "copies that there are not",
    beside({ kind: "blob", containers: ["photos"], sku: "LRS" }),
    "resources.0.sku",
    blob.options.sku.allowed,
  ],
  ["a sleep that is too short", beside({ kind: "sql", pauseMinutes: 5 }), "resources.0.pauseMinutes", ["15 to 10080"]],
  [
    "a container's name that is too short",
    beside({ kind: "blob", containers: ["ab"] }),
    "resources.0.containers.0",
    ["names of 3 to 63 characters"],
  ],
  ["an app's name that is too long", { ...web({}), name: "a".repeat(31) }, "name", ["at most 30 characters"]],
  [
    "a word that Azure keeps for itself",
    { ...beside({ kind: "secrets" }), name: "micro-soft-shop" },
    "name",
    ["a name without microsoft, windows, xbox, office365, azure"],
  ],
  [
    "a preset's SKU that is none",
    { ...beside({ kind: "registry" }), presets: { large: { resources: { part: { sku: "Large" } } } } },
    "presets.large.resources.part.sku",
    ["Basic", "Premium", "Standard"],
  ],
])("%s is refused before any plan, with what the catalogue allows", (_, document, path, allowed) => {
  const result = parseAppSpec(document);
  expect(result.ok ? [] : result.problems.map(({ path: at, allowed: values }) => ({ at, values }))).toEqual([
    { at: path, values: allowed },
  ]);
});

it("a reserved word is no matter where no name is public", () => {
  expect(parseAppSpec({ ...web({}), name: "azure-notes" })).toMatchObject({ ok: true });
});

it("every kind of the spec is in the catalogue, and no other", () => {
  expect([...kindsOf("resources")].sort()).toEqual(Resource.options.map(({ shape }) => shape.kind.value).sort());
  expect([...kindsOf("services")].sort()).toEqual([...SERVICE_KINDS].sort());
  expect(kindFacts("resources", "toString")).toBeUndefined();
});

it("the access levels of a kind are those that a service may ask for", () => {
  const levels = kindsOf("resources").map((kind) => [
    kind,
    kindFacts("resources", kind)?.access.map(({ access }) => access),
  ]);
  expect(Object.fromEntries(levels)).toEqual(ACCESS);
});

it("every option of a resource is explained, besides its name and kind", () => {
  for (const { shape } of Resource.options) {
    const options = Object.keys(shape).filter((key) => key !== "name" && key !== "kind");
    expect(Object.keys(kindFacts("resources", shape.kind.value)?.options ?? {}).sort(), shape.kind.value).toEqual(
      options.sort(),
    );
  }
});

it("a range is listed when it is short, else told by its bounds", () => {
  const facts = { argument: "a", doc: "", change: "updates" } as const;
  expect(allowedValues({ ...facts, minimum: 1, maximum: 2, multipleOf: 0.5 })).toEqual(["1", "1.5", "2"]);
  expect(allowedValues({ ...facts, minimum: 0, maximum: 100, multipleOf: 0.5 })).toEqual([
    "0 to 100, a multiple of 0.5",
  ]);
  expect(allowedValues(facts)).toEqual([]);
});
