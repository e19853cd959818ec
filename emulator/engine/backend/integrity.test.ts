import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { repair } from "../cli/commands/stateRepair.ts";
import type { ResourceState } from "../deploy/state.ts";
import { makeDeployment } from "./checkpoint.ts";
import { findIntegrityProblem } from "./integrity.ts";

const urn = (name: string) => `urn:pulumi:s::p::t:i:T::${name}`;
const state = (name: string, more: Partial<ResourceState> = {}): ResourceState => ({
  urn: urn(name),
  custom: true,
  type: "t:i:T",
  ...more,
});
const PROVIDER = state("x", { urn: "urn:pulumi:s::p::pulumi:providers:t::d", type: "pulumi:providers:t", id: "1" });
const REFERENCE = `${PROVIDER.urn}::1`;
const problemOf = (...resources: readonly ResourceState[]) =>
  findIntegrityProblem(makeDeployment(resources, [], undefined, new Date(0)));

describe("findIntegrityProblem", () => {
  it.each<[string, readonly ResourceState[], string | undefined]>([
    [
      "nothing wrong",
      [PROVIDER, state("a", { provider: REFERENCE }), state("b", { dependencies: [urn("a")] })],
      undefined,
    ],
    [
      "late parent",
      [state("a", { parent: urn("b") }), state("b")],
      `child resource ${urn("a")}'s parent ${urn("b")} comes after it`,
    ],
    [
      "no parent",
      [state("a", { parent: urn("b") })],
      `child resource ${urn("a")} refers to missing parent ${urn("b")}`,
    ],
    [
      "late dependency",
      [state("a", { dependencies: [urn("b")] }), state("b")],
      `resource ${urn("a")}'s dependency ${urn("b")} comes after it`,
    ],
    [
      "no dependency",
      [state("a", { dependencies: [urn("b")] })],
      `resource ${urn("a")} refers to missing dependency ${urn("b")}`,
    ],
    [
      "no property dependency",
      [state("a", { propertyDependencies: { v: [urn("b")] } })],
      `resource ${urn("a")} refers to missing property dependency ${urn("b")}`,
    ],
    [
      "no deletedWith",
      [state("a", { deletedWith: urn("b") })],
      `resource ${urn("a")} is specified as being deleted with ${urn("b")}, which is missing`,
    ],
    [
      "provider of another id",
      [PROVIDER, state("a", { provider: `${PROVIDER.urn}::2` })],
      `resource ${urn("a")} refers to unknown provider ${PROVIDER.urn}::2`,
    ],
    ["waiting for its replacement", [state("a", { provider: REFERENCE, pendingReplacement: true })], undefined],
    [
      "no reference at all",
      [state("a", { provider: "nonsense" })],
      `failed to parse provider reference for resource ${urn("a")}: expected '::' in provider reference 'nonsense'`,
    ],
    ["twice", [state("a"), state("a")], `duplicate resource ${urn("a")} (not marked for deletion)`],
    ["twice, one to be deleted", [state("a"), state("a", { delete: true }), state("a", { delete: true })], undefined],
    [
      "an id on a component",
      [state("a", { custom: false, id: "1" })],
      `resource '${urn("a")}' has 'custom' false but non-empty ID`,
    ],
  ])("%s", (_, resources, problem) => expect(problemOf(...resources)).toBe(problem));

  it("finds a version that somebody changed by hand", () => {
    const deployment = makeDeployment([], [], undefined, new Date(0));
    const changed = { ...deployment, manifest: { ...deployment.manifest, version: "v3.1.0" } };
    expect(findIntegrityProblem(changed)).toBe("magic cookie mismatch; possible tampering/corruption detected");
  });
});

describe("repair", () => {
  it("sorts, drops dangling references, and takes a missing parent out of the names below it", () => {
    const child = state("c", {
      urn: "urn:pulumi:s::p::gone:i:Group$t:i:T::c",
      parent: "urn:pulumi:s::p::gone:i:Group::g",
      dependencies: [urn("a"), urn("lost")],
      propertyDependencies: { v: [urn("lost")], w: [urn("a")] },
    });
    const user = state("d", { dependencies: [child.urn] });
    const { resources, changes } = repair([user, child, state("a")]);
    expect(resources).toEqual([
      state("a"),
      state("c", { dependencies: [urn("a")], propertyDependencies: { v: [], w: [urn("a")] } }),
      state("d", { dependencies: [urn("c")] }),
    ]);
    expect(changes.slice(-4)).toEqual([
      "removed the reference of urn:pulumi:s::p::gone:i:Group$t:i:T::c to urn:pulumi:s::p::gone:i:Group::g",
      `removed the reference of ${child.urn} to ${urn("lost")}`,
      `removed the reference of ${child.urn} to ${urn("lost")}`,
      `renamed ${child.urn} to ${urn("c")}`,
    ]);
  });

  it("makes every state without cycles whole, and leaves whole ones alone", () => {
    const NAMES = ["a", "b", "c", "d", "e"];
    const links = fc.array(fc.array(fc.constantFrom(...NAMES, "lost"), { maxLength: 3 }), {
      minLength: 5,
      maxLength: 5,
    });
    fc.assert(
      fc.property(links, fc.shuffledSubarray(NAMES, { minLength: 5 }), (wanted, order) => {
        const states = NAMES.map((name, index) =>
          // only to earlier letters, so that there is no cycle
          state(name, {
            dependencies: (wanted[index] ?? []).filter((other) => other === "lost" || other < name).map(urn),
          }),
        );
        const broken = order.map((name) => states[NAMES.indexOf(name)] ?? state(name));
        const { resources, changes } = repair(broken);
        expect(problemOf(...resources)).toBeUndefined();
        if (problemOf(...broken) === undefined)
          expect({ resources, changes }).toEqual({ resources: broken, changes: [] });
      }),
    );
  });
});
