import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  annotateSecrets,
  containsSecret,
  containsUnknown,
  dissolveOutputValues,
  dissolveReferences,
  equalValues,
  isUnknown,
  makeSecret,
  maskSecrets,
  OUTPUT_VALUE,
  type PropertyMap,
  RESOURCE_REFERENCE,
  SIGNATURE,
  stripSecrets,
  UNKNOWN,
  type Value,
} from "./values.ts";

const json = fc.jsonValue() as fc.Arbitrary<Value>;

describe("secrets", () => {
  it("are masked and stripped wherever they stand", () => {
    const value = { a: makeSecret("x"), list: [makeSecret({ b: 1 })], plain: 2 };
    expect(maskSecrets(value)).toEqual({ a: "[secret]", list: ["[secret]"], plain: 2 });
    expect(stripSecrets(value)).toEqual({ a: "x", list: [{ b: 1 }], plain: 2 });
  });

  it("are wrapped once, and lose wrappers inside", () => {
    expect(makeSecret(makeSecret(1))).toEqual(makeSecret(1));
    expect(makeSecret({ a: makeSecret(1) }).value).toEqual({ a: 1 });
  });

  it("do not count in comparisons", () => {
    fc.assert(
      fc.property(json, (value) => equalValues(makeSecret(value), value) && equalValues([value], [makeSecret(value)])),
    );
  });

  it("and names of the prototype's own are kept", () => {
    const value = JSON.parse('{"__proto__":{"a":1},"constructor":2}') as PropertyMap;
    const secret = JSON.parse(`{"__proto__":${JSON.stringify(makeSecret({ a: 1 }))}}`) as PropertyMap;
    expect(JSON.stringify(stripSecrets(makeSecret(value)))).toBe('{"__proto__":{"a":1},"constructor":2}');
    expect(JSON.stringify(annotateSecrets(value, secret))).toBe(
      `{"__proto__":${JSON.stringify(makeSecret({ a: 1 }))},"constructor":2}`,
    );
    expect(equalValues(JSON.parse('{"__proto__":{}}'), { other: {} })).toBe(false);
  });

  it("leave nothing behind when stripped", () => {
    fc.assert(fc.property(json, (value) => !containsSecret(stripSecrets({ a: makeSecret(value), b: [value] }))));
  });

  it("are put back on outputs named like secret inputs, nested ones too", () => {
    const inputs = { top: makeSecret("t"), box: { key: makeSecret("k"), open: 1 }, list: [1, makeSecret(2)] };
    expect(annotateSecrets({ top: "t", box: { key: "k", open: 1 }, list: [1, 2], other: 3 }, inputs)).toEqual({
      top: makeSecret("t"),
      box: { key: makeSecret("k"), open: 1 },
      list: [1, makeSecret(2)],
      other: 3,
    });
  });
});

describe("special values", () => {
  it.each([
    { name: "unknown", value: UNKNOWN, unknown: true },
    { name: "secret unknown", value: makeSecret(UNKNOWN), unknown: true },
    { name: "number unknown", value: "3eeb2bf0-c639-47a8-9e75-3b44932eb421", unknown: true },
    { name: "plain text", value: "04da6b54", unknown: false },
  ])("knows $name", ({ value, unknown }) => {
    expect([isUnknown(value), containsUnknown({ deep: [value] })]).toEqual([unknown, unknown]);
  });

  it("turns output values into secrets and unknowns", () => {
    const output = (fields: Record<string, Value>) => ({ [SIGNATURE]: OUTPUT_VALUE, ...fields });
    expect(dissolveOutputValues([output({ value: 1 }), output({ value: 2, secret: true }), output({})])).toEqual([
      1,
      makeSecret(2),
      UNKNOWN,
    ]);
  });

  it("turns references into ids for those who know none, and into URNs for components", () => {
    const reference = (fields: Record<string, Value>) => ({ [SIGNATURE]: RESOURCE_REFERENCE, urn: "urn:x", ...fields });
    expect(dissolveReferences([reference({ id: "i" }), reference({ id: "" }), reference({})])).toEqual([
      "i",
      UNKNOWN,
      "urn:x",
    ]);
  });
});
