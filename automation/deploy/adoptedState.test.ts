import { expect, it } from "vitest";
import { withAdopted } from "./adoptedState.ts";

const row = (urn: string, more: object = {}) => ({ urn, id: `old-${urn}`, ...more });
const create = (urn: string, more: object = {}) => ({ type: "creating", resource: { urn, ...more } });
const adopted = new Map([["b", "new-b"]]);

it("a create that was found is a resource with its id; others stay open", () => {
  const state = { resources: [row("a")], pending_operations: [create("b", { dependencies: ["a"] }), create("c")] };
  expect(withAdopted(state, adopted)).toEqual({
    resources: [row("a"), { urn: "b", id: "new-b", dependencies: ["a"] }],
    pending_operations: [create("c")],
  });
});

it("what it replaces waits for its deletion", () => {
  const state = { resources: [row("b"), row("c", { dependencies: ["b"] })], pending_operations: [create("b")] };
  expect(withAdopted(state, adopted).resources).toEqual([
    row("b", { delete: true }),
    row("c", { dependencies: ["b"] }),
    { urn: "b", id: "new-b" },
  ]);
});

it("what was deleted before its replacement is out, and who depends on it stands behind the new one", () => {
  const state = {
    resources: [
      row("a"),
      row("b", { pendingReplacement: true }),
      row("c", { parent: "b" }),
      row("d", { provider: "c::1" }),
    ],
    pending_operations: [create("b", { propertyDependencies: { x: ["a"] } })],
  };
  const { resources } = withAdopted(state, adopted);
  expect(resources?.map(({ urn, id }) => `${urn} ${id}`)).toEqual(["a old-a", "b new-b", "c old-c", "d old-d"]);
});

it("a state that is broken already is not made worse", () => {
  const state = {
    resources: [row("a", { parent: "c" }), row("c", { parent: "a" })],
    pending_operations: [create("b")],
  };
  expect(withAdopted(state, adopted).resources?.map(({ urn }) => urn)).toEqual(["b", "a", "c"]);
});
