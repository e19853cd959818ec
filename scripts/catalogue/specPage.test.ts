import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { kindsOf, parseAppSpec } from "../../stacks/spec/index.ts";
import { withTriedLinks } from "./links.ts";
import { readCatalogue } from "./read.ts";
import { PRESET_EXAMPLE, SPEC_EXAMPLES } from "./specExamples.ts";
import { specCatalogue } from "./specKinds.ts";
import { allFields, type SpecFacts, specPage, valuesOf } from "./specPage.ts";

const CHECKOUT = resolve(import.meta.dirname, "../..");
const facts = specCatalogue(await withTriedLinks(readCatalogue(CHECKOUT))) as SpecFacts; // not the stored one: it may be of before
const page = specPage(facts);
const examples = (["services", "resources"] as const).flatMap((group) =>
  Object.entries(SPEC_EXAMPLES[group]).map(([kind, text]) => ({ group, kind, text })),
);

it("every field of the document is on the page, and says what it is", () => {
  const silent = allFields().filter(({ path, schema }) => schema.description === undefined && !path.endsWith(".kind"));
  expect(silent.map(({ path }) => path)).toEqual([]);
  const missing = allFields().filter(
    ({ path }) => !page.includes(`${path.split(".").at(-1)}\` |`) && !path.endsWith(".kind"),
  );
  expect(missing.map(({ path }) => path)).toEqual([]);
});

it("every kind has an example", () => {
  expect(Object.keys(SPEC_EXAMPLES.resources)).toEqual(kindsOf("resources"));
  expect(Object.keys(SPEC_EXAMPLES.services)).toEqual(kindsOf("services"));
});

describe("examples", () => {
  it.each(examples)("$kind: the example is a spec, and holds one", ({ group, kind, text }) => {
    const result = parseAppSpec(parse(text));
    expect(result).toMatchObject({ ok: true });
    const kinds: string[] = result.ok ? result.spec[group].map((each) => each.kind) : [];
    expect(kinds).toContain(kind);
    expect(page).toContain(text);
  });

  it("the presets are a spec with two sizes", () => {
    const result = parseAppSpec(parse(PRESET_EXAMPLE));
    expect(result.ok && Object.keys(result.spec.presets ?? {})).toEqual(["minimum", "growth"]);
  });
});

it.each([
  [{ type: "number", minimum: 0.25, maximum: 1, multipleOf: 0.25 }, "0.25 to 1 in steps of 0.25"],
  [{ type: "integer", minimum: 1, maximum: 9 }, "whole number, 1 to 9"],
  [{ type: "string", minLength: 2, maxLength: 30 }, "text, 2 to 30 characters"],
  [{ enum: ["a", "b"] }, "`a`, `b`"],
  [{ type: "array", minItems: 1, maxItems: 3, items: { type: "string" } }, "1 to 3 entries: text"],
  [{ type: "object", additionalProperties: { type: "string" } }, "texts by name"],
])("%j is told as %s", (schema, words) => {
  expect(valuesOf(schema)).toBe(words);
});
