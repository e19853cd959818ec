import { describe, expect, it } from "vitest";
import { configAddress, partAt, typedValue, withPart } from "./configPath.ts";
import { type FlagTable, parseArguments } from "./flags.ts";

const TABLE: FlagTable = {
  yes: { kind: "boolean", short: "y", about: "" },
  secret: { kind: "strings", about: "" },
  parallel: { kind: "integer", short: "p", about: "" },
  verbose: { kind: "boolean", short: "v", about: "" },
};

describe("parseArguments", () => {
  it("takes flags anywhere and in every form, and stops at --", () => {
    const { positionals, flags } = parseArguments(
      ["a", "-s", "dev", "--yes=false", "-p4", "--secret", "x=1", "--secret=y=2", "b", "--", "--c"],
      TABLE,
    );
    expect(positionals).toEqual(["a", "b", "--c"]);
    expect([flags.text("stack"), flags.on("yes"), flags.choice("yes"), flags.integer("parallel")]).toEqual([
      "dev",
      false,
      false,
      4,
    ]);
    expect(flags.all("secret")).toEqual(["x=1", "y=2"]);
  });

  it("lets a command's letter win over a global one", () => {
    expect(parseArguments(["-v"], TABLE).flags.on("verbose")).toBe(true);
  });

  it.each([
    [["--nope"], "unknown flag: --nope"],
    [["--paralel", "1"], "unknown flag: --paralel. Did you mean --parallel?"],
    [["-x"], "unknown shorthand flag: 'x' in -x"],
    [["--stack"], "flag needs an argument: --stack"],
    [["--parallel", "1.1"], 'invalid argument "1.1" for "-p, --parallel" flag'],
    [["--yes=perhaps"], 'invalid argument "perhaps" for "--yes" flag'],
  ])("refuses %s", (argv, message) => expect(() => parseArguments(argv, TABLE)).toThrow(message));
});

describe("config paths", () => {
  it("split the key from the way inside", () => {
    expect(configAddress("ns:a.b[0]", true)).toEqual({ key: "ns:a", rest: ["b", 0] });
    expect(configAddress("a.b", false)).toEqual({ key: "a.b", rest: [] });
  });

  it("set, read and remove parts, making what is missing", () => {
    const set = withPart(undefined, ["b", 0, "c"], 1);
    expect(set).toEqual({ b: [{ c: 1 }] });
    expect(partAt(set, ["b", 0, "c"])).toBe(1);
    expect(partAt(set, ["x", "y"])).toBeUndefined();
    expect(withPart({ b: [1, 2], k: 0 }, ["b", 0], undefined)).toEqual({ b: [2], k: 0 });
    expect(() => withPart([], [1], "x")).toThrow("array index out of range");
  });

  it("type booleans and whole numbers only", () => {
    expect(["true", "12", "-3", "007", "1.5", "x"].map(typedValue)).toEqual([true, 12, -3, "007", "1.5", "x"]);
  });
});
