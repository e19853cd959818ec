import { expect, it } from "vitest";
import type { FileSet } from "../archive/fileSet.ts";
import { readSpec } from "./readSpec.ts";

const files = (entries: Record<string, string>): FileSet =>
  new Map(Object.entries(entries).map(([path, text]) => [path, { content: Buffer.from(text), executable: false }]));

it("a devfactory.yaml is the spec; what somebody chose and what is deployed stand above it", () => {
  const yaml =
    "version: 1\nname: shop\ntitle: Shop\nregion: westeurope\nservices:\n  - { name: web, kind: web, source: app }\n";
  const { spec, from, services } = readSpec(files({ "devfactory.yaml": yaml }), {
    title: "ignored",
    profile: "standard",
    deployed: { name: "shop-1", region: "eastus" },
  });
  expect([spec.name, spec.title, spec.profile, spec.region, from, services]).toEqual([
    "shop-1",
    "Shop",
    "standard",
    "eastus",
    "devfactory.yaml",
    [],
  ]);
});

it("without one the spec is what detection finds: files behind a web server are a web service", () => {
  const project = files({ "index.html": "<p>" });
  const { spec, from } = readSpec(project, { title: "Häuser & Gärten" });
  expect([
    spec.name,
    spec.title,
    spec.services.map(({ name, kind, source, port, health }) => [name, kind, source, port, health]),
    from,
  ]).toEqual(["h-user-g-rten", "Häuser & Gärten", [["web", "web", ".", 8080, "/"]], "detection"]);
  const named = files({
    "package.json": '{"name":"@me/notes-api","main":"s.js","dependencies":{"express":"5"}}',
    "s.js": "app.listen(4000)",
  });
  expect(readSpec(named).spec.services.map(({ name, kind, port }) => [name, kind, port])).toEqual([
    ["api", "api", 4000],
  ]);
  expect(readSpec(named).spec.name).toBe("notes-api");
});

it.each([
  ["version: 1\nname: X\n", "devfactory.yaml: name: "],
  ["a: [", "devfactory.yaml: "],
  [
    "version: 1\nname: shop\ntitle: Shop\nservices: [{ name: web, kind: spaceship }]\n",
    "devfactory.yaml: services.0.kind: ",
  ],
  [
    `a: &a [x, x]\n${Array.from(
      { length: 9 },
      (_, index) =>
        `b${index}: &b${index} [${Array(9)
          .fill(index ? `*b${index - 1}` : "*a")
          .join(",")}]`,
    ).join("\n")}\n`,
    "devfactory.yaml: ",
  ],
])("a document that is not valid says where: %j", (yaml, message) => {
  expect(() => readSpec(files({ "devfactory.yaml": yaml }))).toThrow(
    expect.objectContaining({ code: "SPEC_INVALID", message: expect.stringContaining(message) as string }) as Error,
  );
});
