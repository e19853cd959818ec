import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../core/resources.ts";
import { keepSecrets, mergePatch, overlay, rebase, subtract, withoutPaths } from "./json.ts";

const key = fc.constantFrom("a", "b", "c");
const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer(), { maxLength: 2 }));
const { bag } = fc.letrec<{ bag: Json; value: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, leaf, tie("bag")),
  bag: fc.dictionary(key, tie("value"), { maxKeys: 3 }),
}));

describe("what a service sets over what a client wants", () => {
  it("the difference laid over the wish gives the service's answer over the wish", () => {
    fc.assert(
      fc.property(bag, bag, (wish, answer) => {
        expect(overlay(wish, subtract(answer, wish))).toEqual(overlay(wish, answer));
      }),
    );
  });

  it("an answer that only repeats the wish leaves nothing behind", () => {
    fc.assert(
      fc.property(bag, (wish) => {
        expect(subtract(wish, wish)).toEqual({});
      }),
    );
  });

  it("a wish that did not change keeps what the service set", () => {
    fc.assert(
      fc.property(bag, bag, (wish, answer) => {
        const state = subtract(answer, wish);
        expect(overlay(wish, rebase(state, wish, wish))).toEqual(overlay(wish, state));
      }),
    );
  });

  it.each([
    {
      name: "a value that the client now sets",
      state: { tier: "auto" },
      before: {},
      after: { tier: "high" },
      left: {},
    },
    {
      name: "an address whose object is gone",
      state: { ingress: { fqdn: "x" } },
      before: { ingress: { port: 1 } },
      after: {},
      left: {},
    },
    { name: "an endpoint stays", state: { uri: "x" }, before: { a: 1 }, after: { a: 2 }, left: { uri: "x" } },
  ])("$name", ({ state, before, after, left }) => {
    expect(rebase(state, before, after)).toEqual(left);
  });
});

it("a merge patch removes with null and merges objects (RFC 7396, appendix A)", () => {
  expect(mergePatch({ a: { b: "c" } }, { a: { b: "d", c: null } })).toEqual({ a: { b: "d" } });
  expect(mergePatch({ a: "b", b: "c" }, { a: null })).toEqual({ b: "c" });
  expect(mergePatch({}, { a: { bb: { ccc: null } } })).toEqual({ a: { bb: {} } });
});

describe("secrets", () => {
  const paths = ["configuration.secrets[].value", "password"];
  const stored = {
    password: "p",
    configuration: {
      secrets: [
        { name: "a", value: "1" },
        { name: "b", value: "2" },
      ],
    },
  };

  it("are taken out at every place that a path names", () => {
    expect(withoutPaths(stored, paths)).toEqual({ configuration: { secrets: [{ name: "a" }, { name: "b" }] } });
    expect(stored.password).toBe("p");
  });

  it("are kept by name when they are left out, and not given to others", () => {
    const asked = { configuration: { secrets: [{ name: "b" }, { name: "c" }, { name: "a", value: "new" }] } };
    expect(keepSecrets(asked, stored, paths)).toEqual({
      password: "p",
      configuration: { secrets: [{ name: "b", value: "2" }, { name: "c" }, { name: "a", value: "new" }] },
    });
  });
});
