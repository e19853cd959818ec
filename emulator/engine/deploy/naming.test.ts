import { describe, expect, it } from "vitest";
import { AliasTable } from "./aliases.ts";
import { isDefaultProvider, makeUrn, packageOf, parseUrn, splitReference } from "./urn.ts";

const THING = "test:index:Thing";

describe("URNs", () => {
  it("name the types of all parents but the stack", () => {
    expect(makeUrn("dev", "p", "pulumi:pulumi:Stack", THING, "a")).toBe("urn:pulumi:dev::p::test:index:Thing::a");
    expect(makeUrn("dev", "p", "x:y:Z", THING, "a::b")).toBe("urn:pulumi:dev::p::x:y:Z$test:index:Thing::a::b");
  });

  it("are taken apart, names with colons too", () => {
    expect(parseUrn("urn:pulumi:dev::p::x:y:Z$test:index:Thing::a::b")).toEqual({
      stack: "dev",
      project: "p",
      qualifiedType: "x:y:Z$test:index:Thing",
      type: THING,
      name: "a::b",
    });
  });

  it("tell packages, default providers and references", () => {
    expect([packageOf("azure-native:storage:Account"), packageOf("pulumi:providers:azure-native")]).toEqual([
      "azure-native",
      "azure-native",
    ]);
    expect(isDefaultProvider("urn:pulumi:dev::p::pulumi:providers:test::default_1_0_0")).toBe(true);
    expect(isDefaultProvider("urn:pulumi:dev::p::pulumi:providers:test::mine")).toBe(false);
    expect(splitReference("urn:pulumi:dev::p::pulumi:providers:test::mine::id-1").id).toBe("id-1");
  });
});

describe("aliases", () => {
  const spec = { kind: "spec", name: "", type: "", stack: "", project: "", parentUrn: "", noParent: false } as const;
  const urn = (type: string, name: string) => `urn:pulumi:dev::p::${type}::${name}`;

  it("fill what they do not say from the resource", () => {
    const table = new AliasTable("dev", "p");
    const aliases = [
      { ...spec, name: "old" },
      { ...spec, type: "test:old:Thing" },
      { ...spec, stack: "prod" },
      { kind: "urn", urn: "urn:given" },
    ] as const;
    table.add({ urn: urn(THING, "a"), type: THING, name: "a", parent: "", aliases });
    expect(table.of(urn(THING, "a"))).toEqual([
      urn(THING, "old"),
      urn("test:old:Thing", "a"),
      `urn:pulumi:prod::p::${THING}::a`,
      "urn:given",
    ]);
  });

  it("multiply with those of the parents, and follow a renamed prefix", () => {
    const table = new AliasTable("dev", "p");
    const group = urn("x:y:Group", "site");
    table.add({ urn: group, type: "x:y:Group", name: "site", parent: "", aliases: [{ ...spec, name: "app" }] });
    const child = urn(`x:y:Group$${THING}`, "site-db");
    table.add({
      urn: child,
      type: THING,
      name: "site-db",
      parent: group,
      aliases: [{ ...spec, type: "test:old:Thing" }],
    });
    expect(table.of(child)).toEqual([
      urn("x:y:Group$test:old:Thing", "site-db"),
      urn(`x:y:Group$${THING}`, "app-db"),
      urn("x:y:Group$test:old:Thing", "app-db"),
    ]);
  });
});
