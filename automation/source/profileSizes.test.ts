import { expect, it } from "vitest";
import type { FileSet } from "../archive/fileSet.ts";
import { readSpec } from "./readSpec.ts";

const files = (entries: Record<string, string>): FileSet =>
  new Map(Object.entries(entries).map(([path, text]) => [path, { content: Buffer.from(text), executable: false }]));
const yaml = (services: string) =>
  files({ "devfactory.yaml": `version: 1\nname: notes\ntitle: Notes\nservices: ${services}\n` });
const sizes = (given: FileSet, profile?: "dev" | "standard" | "production") =>
  readSpec(given, { profile }).spec.services.map(({ name, size, scale }) => [name, size.cpu, scale.min, scale.max]);

it.each([
  ["dev", 0.5, 0, 2],
  ["standard", 1, 1, 5],
  ["production", 2, 2, 10],
] as const)(
  "%s: a detected service and one without sizes of its own get %d vCPU and %i to %i replicas",
  (profile, cpu, min, max) => {
    const detected = files({
      "package.json": '{"name":"notes","scripts":{"start":"node s.js"}}',
      "s.js": "listen(process.env.PORT)",
    });
    expect(sizes(detected, profile)).toEqual([["web", cpu, min, max]]);
    expect(sizes(yaml("[{ name: api, kind: api }]"), profile)).toEqual([["api", cpu, min, max]]);
  },
);

it("what the document says stays; what it leaves open follows the profile and never contradicts it", () => {
  expect(
    sizes(yaml("[{ name: web, kind: web, size: { cpu: 0.25 }, scale: { min: 3, max: 4 } }]"), "production"),
  ).toEqual([["web", 0.25, 3, 4]]);
  expect(sizes(yaml("[{ name: web, kind: web, scale: { max: 1 } }]"), "production")).toEqual([["web", 2, 1, 1]]);
  expect(sizes(yaml("[{ name: web, kind: web, scale: { max: 30 } }]"), "production")).toEqual([["web", 2, 2, 30]]);
  expect(sizes(yaml("[{ name: web, kind: web, scale: { min: 2, max: 2 } }]"), "dev")).toEqual([["web", 0.5, 2, 2]]);
});

it("sites and functions have no replicas to size, and executions of a job are none", () => {
  const kinds = "[{ name: site, kind: static }, { name: func, kind: function }, { name: nightly, kind: job }]";
  const plain = [0.25, 0, 2];
  expect(sizes(yaml(kinds), "production")).toEqual([
    ["site", ...plain],
    ["func", ...plain],
    ["nightly", 2, 0, 2],
  ]);
});
