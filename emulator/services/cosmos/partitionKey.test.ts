import fc from "fast-check";
import { expect, it } from "vitest";
import { effectiveKey, extractKey, type KeyPart, keyText, parseKey, rangesOf } from "./partitionKey.ts";

const HASH = { paths: ["/pk"], kind: "Hash", version: 2 } as const;
const HIERARCHY = { paths: ["/a", "/b"], kind: "MultiHash", version: 2 } as const;

// Made with @azure/cosmos 4.10.1, `hashV2PartitionKey`, on 2026-11-21.
it.each<[KeyPart, string]>([
  ["", "32E9366E637A71B4E710384B2F4970A0"],
  ["a", "3A5381E1114EB8D3FCC90795045B49B7"],
  ["tenant-1", "1B6E36CBA1839DF91310617831CA7FAC"],
  ["ümlaut ✓", "3DCE2B5756A8D01A61AEE67ADA7B99FB"],
  ["a much longer key, which fills two blocks of 16 bytes", "130CD0BA0715A6EFA94D072338D2956B"],
  [5, "19C08621B135968252FB34B4CF66F811"],
  [-1.5, "151793206780805FF6E1DCAE6C787B6A"],
  [true, "0E711127C5B5A8E4726AC6DD306A3E59"],
  [false, "2FE1BE91E90A3439635E0E9E37361EF2"],
  [null, "378867E4430E67857ACE5C908374FE16"],
  [undefined, "11622DAA78F835834610ABE56EFF5CB5"],
])("the hash of %j is the client's", (part, expected) => {
  expect(effectiveKey([part], HASH)).toBe(expected);
});

it("a hierarchical key's hash begins with the hash of its prefix", () => {
  fc.assert(
    fc.property(fc.string(), fc.double(), (a, b) => {
      expect(effectiveKey([a, b], HIERARCHY).startsWith(effectiveKey([a], HIERARCHY))).toBe(true);
    }),
  );
});

it("each key falls into exactly one range", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null)), (part) => {
      const hash = effectiveKey([part], HASH);
      expect(rangesOf(HASH).filter(({ min, max }) => hash >= min && hash < max)).toHaveLength(1);
    }),
  );
  expect(rangesOf({ ...HASH, version: 1 })).toEqual([{ id: "0", min: "", max: "FF" }]);
});

it("keys that differ have texts that differ, and no text begins another key of the same length", () => {
  const part = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(undefined));
  fc.assert(
    fc.property(part, part, (a, b) => {
      fc.pre(a !== b);
      expect(keyText([a]).startsWith(keyText([b]))).toBe(false);
    }),
  );
});

it("keys are read from headers and documents, and only primitives are keys", () => {
  expect(parseKey('["a",1,null,{}]')).toEqual(["a", 1, null, undefined]);
  expect(extractKey({ a: { b: "x" } }, [["a", "b"], ["c"]])).toEqual(["x", undefined]);
  for (const header of ['"a"', "[[1]]", "[", '[{"a":1}]']) {
    expect(() => parseKey(header)).toThrow(expect.objectContaining({ status: 400 }));
  }
});
