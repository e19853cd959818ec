import { expect, it } from "vitest";
import { ARCHIVE, ASSET, type PropertyMap, RESOURCE_REFERENCE, SIGNATURE, UNKNOWN } from "../../deploy/values.ts";
import type { EventBody, StepMetadata } from "../../events/types.ts";
import { painter } from "../paint.ts";
import { begin, end, GROUP, recorded, stackStep, state, step, urnOf } from "../testing/events.ts";
import { type DiffOptions, renderDiff } from "./diffView.ts";

function diff(bodies: readonly EventBody[], options: Partial<DiffOptions> = {}): string {
  return renderDiff(recorded(bodies), {
    paint: painter("never"),
    preview: true,
    showSames: false,
    showReads: false,
    showReplacementSteps: false,
    showOutputs: true,
    truncate: false,
    ...options,
  });
}

/** The changed properties of an update. */
function changes(
  olds: PropertyMap,
  news: PropertyMap,
  more: Partial<StepMetadata> = {},
  options: Partial<DiffOptions> = {},
): string {
  const text = diff([begin(step("update", state("a", olds, { outputs: olds }), state("a", news), more))], options);
  return text.split("\n").slice(2).join("\n");
}

it("writes a step with its id, its URN and the changed properties, below the parents that are shown", () => {
  const app = state("app", {}, { type: GROUP, custom: false });
  const quiet = state("quiet", {}, { type: GROUP, custom: false, parent: app.urn });
  const place = { parent: quiet.urn, id: "id-1" };
  const provider = `${urnOf("own", "pulumi:providers:test")}::1`;
  const old = state("a", { size: 1, same: true, name: "x" }, { ...place, protect: true, provider });
  const news = state("a", { size: 2, same: true, tags: ["t"] }, { ...place, provider });
  const text = diff([
    begin(stackStep("same")),
    begin(step("create", null, app)),
    begin(step("same", quiet, quiet)),
    begin(step("update", old, news, { provider })),
    begin(step("delete", state("b", { size: 3 }, { id: "id-2", retainOnDelete: true }), null)),
  ]);
  expect(text).toBe(
    `  pulumi:pulumi:Stack: (same)
    [urn=urn:pulumi:dev::proj::pulumi:pulumi:Stack::proj-dev]
    + test:index:Group: (create)
        [urn=urn:pulumi:dev::proj::test:index:Group::app]
        ~ test:index:Thing: (update) 🔓
            [id=id-1]
            [urn=urn:pulumi:dev::proj::test:index:Group$test:index:Group$test:index:Thing::a]
            [provider=urn:pulumi:dev::proj::pulumi:providers:test::own::1]
          - name: "x"
          ~ size: 1 => 2
          + tags: [
              + [0]: "t"
            ]
    - test:index:Thing: (delete[retain])
        [id=id-2]
        [urn=urn:pulumi:dev::proj::test:index:Thing::b]
        size: 3
`,
  );
});

it("writes all properties of what is new, without signs", () => {
  const inputs = {
    text: "a\nb",
    json: '{"b":[1],"a":null}',
    secret: "[secret]",
    unknown: UNKNOWN,
    none: null,
    list: [],
    bag: {},
    asset: { [SIGNATURE]: ASSET, hash: "0123456789", text: "one\ntwo" },
    archive: {
      [SIGNATURE]: ARCHIVE,
      hash: "fedcba98",
      assets: { "b.txt": { [SIGNATURE]: ASSET, hash: "11111111", path: "./b.txt" } },
    },
    reference: { [SIGNATURE]: RESOURCE_REFERENCE, urn: "urn:x", id: "i" },
    __internal: 1,
  };
  expect(diff([begin(step("create", null, state("a", inputs)))])).toBe(`+ test:index:Thing: (create)
    [urn=urn:pulumi:dev::proj::test:index:Thing::a]
    archive  : archive(assets:fedcba9) {
        "b.txt": asset(file:1111111) { ./b.txt }
    }
    asset    : asset(text:0123456) {
        one
        two
    }
    bag      : {}
    json     : (json) {
        a: <null>
        b: [
            [0]: 1
        ]
    }
    list     : []
    none     : <null>
    reference: {
        ID : "i"
        URN: "urn:x"
    }
    secret   : [secret]
    text     : "a\\nb"
    unknown  : [unknown]
`);
});

it("compares nested values, lists by index, JSON as what it holds, and texts line by line", () => {
  const lines = (middle: string) => `1\n2\n3\n4\n${middle}\n6\n7\n8\n`;
  const olds = {
    bag: { a: 1, b: { c: "x" }, gone: true },
    list: ["a", { k: 1 }, "z"],
    json: '{"a":1,"b":2}',
    script: lines("5"),
  };
  const news = { bag: { a: 1, b: { c: "y" } }, list: ["a", { k: 2 }], json: '{"b":3,"a":1}', script: lines("five") };
  expect(changes(olds, news)).toBe(`  ~ bag   : {
      ~ b   : {
          ~ c: "x" => "y"
        }
      - gone: true
    }
  ~ json  : (json) {
      ~ b: 2 => 3
    }
  ~ list  : [
      ~ [1]: {
          ~ k: 1 => 2
        }
      - [2]: "z"
    ]
  ~ script:
        ...
        3
        4
      - 5
      + five
        6
        7
        ...
`);
});

it("compares files by their hashes and names, and shows values that become another kind as gone and new", () => {
  const file = (hash: string, path: string) => ({ [SIGNATURE]: ASSET, hash, path });
  const bundle = (files: PropertyMap, hash: string) => ({ [SIGNATURE]: ARCHIVE, hash, assets: files });
  const olds = {
    asset: file("aaaaaaaa", "./a"),
    bundle: bundle({ same: file("1", "./s"), changed: file("2", "./c"), gone: file("3", "./g") }, "bbbbbbbb"),
    code: { [SIGNATURE]: ASSET, hash: "cccccccc", text: "x\ny" },
    kind: { a: 1 },
    blank: "",
  };
  const news = {
    asset: file("dddddddd", "./a"),
    bundle: bundle({ same: file("1", "./s"), changed: file("4", "./c") }, "eeeeeeee"),
    code: { [SIGNATURE]: ASSET, hash: "ffffffff", text: "x\nz" },
    kind: "text",
    blank: "filled",
  };
  expect(changes(olds, news)).toBe(`  ~ asset : asset(file:aaaaaaa->ddddddd) { ./a }
  + blank : "filled"
  ~ bundle: archive(assets:bbbbbbb->eeeeeee) {
      ~ changed: asset(file:2->4) { ./c }
      - gone   : asset(file:3) { ./g }
    }
  ~ code  : asset(text:ccccccc->fffffff) {
        x
      - y
      + z
    }
  - kind  : {
      - a: 1
    }
  + kind  : "text"
`);
});

it("believes the provider's own list of changes, also about masked secrets, and marks what forces a replacement", () => {
  const olds = {
    key: "[secret]",
    tags: { a: "1", b: "2" },
    rules: [{ port: 1 }, { port: 2 }],
    computed: "old",
    other: 1,
  };
  const news = { key: "[secret]", tags: { a: "1", b: "3", c: "4" }, rules: [{ port: 1 }], other: 2 };
  const detailedDiff = {
    key: { diffKind: "update-replace", inputDiff: true },
    "tags.b": { diffKind: "update", inputDiff: true },
    'tags["c"]': { diffKind: "add", inputDiff: false },
    "rules[1].port": { diffKind: "delete", inputDiff: true },
    "rules[0].port": { diffKind: "update-replace", inputDiff: true },
    computed: { diffKind: "delete", inputDiff: false },
    "bad[path": { diffKind: "add", inputDiff: false },
  };
  expect(changes(olds, news, { detailedDiff })).toBe(`  + bad[path: <null>
  - computed: "old"
  ~ key     : [secret] => [secret] # forces replacement
  ~ rules   : [
      ~ [0]: {
          ~ port: 1 => 1 # forces replacement
        }
      - [1]: {
          - port: 2
        }
    ]
  ~ tags    : {
      ~ b: "2" => "3"
      + c: "4"
    }
`);
});

it("shows only what the provider calls changed when it gives no details", () => {
  const more = { diffs: ["size", "key"], keys: ["size"] };
  expect(changes({ size: 1, key: "[secret]", other: 1 }, { size: 2, key: "[secret]", other: 2 }, more)).toBe(
    "  ~ key : [secret] => [secret]\n  ~ size: 1 => 2 # forces replacement\n",
  );
});

it("names properties under hideDiff without their values", () => {
  const hidden = { ...state("a", { blob: "new", bag: { a: 2, b: 2 } }), hideDiffs: ["blob", "bag.a"] };
  const old = state("a", { blob: "old", bag: { a: 1, b: 1 } });
  const detailedDiff = {
    blob: { diffKind: "update", inputDiff: true },
    "bag.b": { diffKind: "update", inputDiff: true },
  };
  const body = (more: Partial<StepMetadata>) =>
    diff([begin(step("update", old, hidden, more))])
      .split("\n")
      .slice(2)
      .join("\n");
  expect(body({})).toBe("  ~ bag.a (hidden)\n  ~ blob (hidden)\n  ~ bag: {\n      ~ b: 1 => 2\n    }\n");
  expect(body({ detailedDiff })).toBe("  ~ blob (hidden)\n  ~ bag: {\n      ~ b: 1 => 2\n    }\n");
});

it("shortens long texts when asked", () => {
  const long = "x".repeat(200);
  expect(changes({ a: 1 }, { a: `${long}\n2\n3\n4` }, {}, { truncate: true })).toBe(
    `  ~ a: 1 => "${"x".repeat(150)}...\\n2\\n3\\n..."\n`,
  );
});

it("shows one step of a replacement, or its halves too", () => {
  const [old, news] = [state("a", { size: 1 }, { id: "i" }), state("a", { size: 2 })];
  const ops = ["create-replacement", "replace"] as const;
  const events = [...ops.map((op) => begin(step(op, old, news))), begin(step("delete-replaced", old, null))];
  const heads = (options: Partial<DiffOptions>) => diff(events, options).match(/^\S.*$/gm);
  expect(heads({})).toEqual(["+-test:index:Thing: (replace)"]);
  expect(heads({ showReplacementSteps: true })).toEqual([
    "++test:index:Thing: (create-replacement)",
    "+-test:index:Thing: (replace)",
    "--test:index:Thing: (delete-replaced)",
  ]);
});

it("writes outputs that the inputs do not tell, what a refresh found, and the stack's", () => {
  const made = step("create", null, state("a", { size: 1 }, { outputs: { size: 1, url: "u" } }));
  const drifted = step("refresh", state("b", {}, { outputs: { size: 1 } }), state("b", {}, { outputs: { size: 2 } }));
  const same = step("refresh", state("c"), state("c"));
  const events = [
    end(made),
    begin(drifted),
    end(drifted),
    begin(same),
    end(same),
    end(stackStep("same", { n: 1, s: "y" }, { n: 1, s: "x" })),
  ];
  expect(diff(events, { preview: false })).toBe(`    --outputs:--
    url: "u"
~ test:index:Thing: (refresh)
    [urn=urn:pulumi:dev::proj::test:index:Thing::b]
    --outputs:--
  ~ size: 1 => 2
    --outputs:--
    n: 1
  ~ s: "x" => "y"
`);
  expect(diff(events.slice(0, 1))).toBe("");
  expect(diff(events, { showOutputs: false, preview: false })).toBe("");
});

it("leaves out what a preview does not know yet, but not new outputs of the stack", () => {
  const outputs = stackStep("same", { known: 2, later: UNKNOWN, added: UNKNOWN }, { known: 1, later: "old" });
  expect(diff([end(outputs)])).toBe("    --outputs:--\n  + added: [unknown]\n  ~ known: 1 => 2\n");
});
