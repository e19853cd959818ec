import { expect, it } from "vitest";
import type { EventBody } from "../events/types.ts";
import { HumanDisplay, type HumanOptions } from "./human.ts";
import { painter } from "./paint.ts";
import {
  begin,
  CANCEL,
  end,
  fail,
  GROUP,
  message,
  recorded,
  STACK,
  stackStep,
  state,
  step,
  summary,
  urnOf,
} from "./testing/events.ts";

/** Shows events, 250 ms apart, and gives the whole text. */
function play(bodies: readonly EventBody[], options: Partial<HumanOptions> = {}): string {
  let text = "";
  let nowMs = 0;
  const display = new HumanDisplay({
    title: "Updating",
    stack: STACK,
    preview: false,
    view: "lines",
    showOutputs: true,
    showConfig: false,
    showSames: false,
    showReads: false,
    showReplacementSteps: false,
    showDebug: false,
    truncate: false,
    paint: painter("never"),
    size: () => undefined,
    write: (chunk) => {
      text += chunk;
    },
    now: () => nowMs,
    ...options,
  });
  for (const event of recorded([...bodies, CANCEL])) {
    nowMs += 250;
    display.listener(event);
  }
  return text;
}

const app = state("app", {}, { type: GROUP, custom: false });
const created = step("create", null, state("a", { size: 1 }, { parent: app.urn }));
const FIRST_UPDATE: readonly EventBody[] = [
  { preludeEvent: { config: { "proj:size": "1", "proj:key": "[secret]" } } },
  begin(stackStep("create")),
  begin(step("create", null, app)),
  begin(created),
  end(created),
  end(step("create", null, app)),
  message("info", "said by the program"),
  message("debug", "hidden"),
  end(stackStep("create", { url: "https://a", password: "[secret]", nested: { list: [1, "x"] }, empty: "" })),
  summary({ create: 3 }),
];

it("prints a line at the begin and at the end of each step, then what was said, outputs and counts", () => {
  expect(play(FIRST_UPDATE)).toBe(`Updating (dev):

 +  pulumi:pulumi:Stack proj-dev creating (0s)
 +  test:index:Group app creating (0s)
 +  test:index:Thing a creating (0s)
 +  test:index:Thing a created (0.25s)
 +  test:index:Group app created (0.75s)
 +  pulumi:pulumi:Stack proj-dev created (2.3s) 1 message

Diagnostics:
  pulumi:pulumi:Stack (proj-dev):
    said by the program

Outputs:
    nested  : {
        list: [
            [0]: 1
            [1]: "x"
        ]
    }
    password: [secret]
    url     : "https://a"

Resources:
    + 3 created

Duration: 2s
`);
});

it("keeps messages and counts without progress, and no outputs when they are not wanted", () => {
  expect(
    play(FIRST_UPDATE, { view: "none", showOutputs: false, showConfig: true, showDebug: true }),
  ).toBe(`Updating (dev):

Configuration:
    proj:key: [secret]
    proj:size: 1

Diagnostics:
  pulumi:pulumi:Stack (proj-dev):
    said by the program
    hidden

Resources:
    + 3 created

Duration: 2s
`);
});

it("tells a preview once per step, with the properties that change, and only changed outputs", () => {
  const old = state("a", { size: 1, tags: { env: "dev" } }, { id: "id-1" });
  const news = state("a", { size: 2, tags: { env: "prod" }, name: "x" }, { id: "id-1" });
  const more = { keys: ["size"], diffs: ["size", "tags", "name"] };
  const same = step("same", state("b"), state("b"));
  const text = play(
    [
      begin(stackStep("same")),
      begin(step("create-replacement", old, news, more)),
      end(step("create-replacement", old, news, more)),
      begin(step("replace", old, news, more)),
      end(step("replace", old, news, more)),
      begin(same),
      end(same),
      begin(step("read", null, state("c"))),
      begin(step("delete-replaced", old, null)),
      end(stackStep("same", { count: 2, same: 1, added: "[secret]" }, { count: 1, same: 1, gone: [1] })),
      summary({ replace: 1, update: 2, same: 2 }, { isPreview: true }),
    ],
    { preview: true, title: "Previewing update" },
  );
  expect(text).toBe(`Previewing update (dev):

    pulumi:pulumi:Stack proj-dev running
 ++ test:index:Thing a create replacement [diff: +name~size,tags] [replaces: size]
 +- test:index:Thing a replace [diff: +name~size,tags] [replaces: size]
 -- test:index:Thing a delete original [diff: +name~size,tags] [replaces: size]

Outputs:
  + added: [secret]
  ~ count: 1 => 2
  - gone : [
      - [0]: 1
    ]

Resources:
    ~ 2 to update
    +-1 to replace
    3 changes. 2 unchanged
`);
});

it("names a failed resource's place, what the provider said, and what to do", () => {
  const group = state("database", {}, { type: GROUP, custom: false, parent: app.urn });
  const bad = step("create", null, state("server", {}, { parent: group.urn }));
  const text = play([
    begin(stackStep("same")),
    begin(step("same", app, app)),
    begin(step("same", group, group)),
    begin(bad),
    fail(bad),
    message("error", 'Code="QuotaExceeded"\nMessage="no cores left"', bad.urn),
    message("error", "Duplicate resource URN 'x'", urnOf("twice", "t:i:T", urnOf("outer", GROUP))),
    summary({ same: 3 }, { result: "failed" }),
  ]);
  expect(text).toBe(`Updating (dev):

    pulumi:pulumi:Stack proj-dev running
 +  test:index:Thing server creating (0s)
 +  test:index:Thing server **creating failed**
    pulumi:pulumi:Stack proj-dev **failed**

Diagnostics:
  test:index:Thing (server):
    error: Code="QuotaExceeded"
    Message="no cores left"
    in: app > database > server
    advice: The quota of the subscription in this region is used up: ask for more in the portal (Quotas), or take another size or region.

  t:i:T (twice):
    error: Duplicate resource URN 'x'
    in: Group > twice
    advice: Two resources of one type have the same name below the same parent. Give each its own name, for instance with the name of its component in front.

Resources:
    3 unchanged

Duration: 2s
`);
});

it("tells what a refresh found, and begins and ends also what has not changed", () => {
  const read = (name: string, before: number, after: number) => {
    const old = { ...state(name), outputs: { size: before } };
    return step("refresh", old, { ...state(name), outputs: { size: after } });
  };
  const events = [read("a", 1, 2), read("b", 1, 1)].flatMap((metadata) => [begin(metadata), end(metadata)]);
  expect(play([...events, summary({ update: 1, same: 1 })], { title: "Refreshing" })).toBe(`Refreshing (dev):

 ~  test:index:Thing a refreshing (0s)
 ~  test:index:Thing a refreshed (0.25s) [diff: ~size]
 ~  test:index:Thing b refreshing (0s)
 ~  test:index:Thing b refreshed (0.25s)

Resources:
    ~ 1 updated
    1 unchanged

Duration: 2s
`);
});

it("hides default providers, shows unchanged resources and reads on request, and protection that changes always", () => {
  const provider = { ...step("create", null, state("default_1_0_0", {}, { type: "pulumi:providers:test" })) };
  const events = [
    provider,
    step("same", state("quiet"), state("quiet")),
    step("same", state("kept"), state("kept", {}, { protect: true })),
    step("read", null, state("found")),
  ].flatMap((metadata) => [begin(metadata), end(metadata)]);
  const lines = (options: Partial<HumanOptions>) => play(events, options).split("\n").slice(2, -1);
  expect(lines({})).toEqual(["    test:index:Thing kept [diff: ~protect]"]);
  expect(lines({ showSames: true, showReads: true })).toEqual([
    "    test:index:Thing quiet",
    "    test:index:Thing kept [diff: ~protect]",
    " >  test:index:Thing found reading (0s)",
    " >  test:index:Thing found read (0.25s)",
  ]);
});

it("passes on notices, says once that policy packs load, and ends well when nothing was summed up", () => {
  const text = play([
    { policyLoadEvent: {} },
    { policyLoadEvent: {} },
    { stdoutEvent: { message: "^C received; cancelling.\n", color: "never" } },
    message("warning", "careful"),
  ]);
  expect(text).toBe(`Updating (dev):

Loading policy packs...

^C received; cancelling.

Diagnostics:
  pulumi:pulumi:Stack (proj-dev):
    warning: careful
`);
});

it("shows violations of policies instead of counts when one of them stops the operation", () => {
  const policy = { color: "never", policyPackName: "house", policyPackVersion: "1.2.0", policyPackVersionTag: "1.2.0" };
  const violation = {
    ...policy,
    policyName: "no-public",
    resourceUrn: urnOf("a"),
    message: "Not in public.\nClose it.\n",
  };
  const events: readonly EventBody[] = [
    { policyEvent: { ...violation, enforcementLevel: "mandatory" } },
    { policyEvent: { ...violation, policyName: "tags", message: "No tags.\n", enforcementLevel: "advisory" } },
    { policyRemediationEvent: { ...policy, policyName: "tls", resourceUrn: urnOf("a") } },
  ];
  const packs = { PolicyPacks: { "house|local|../rules": "1.2.0", other: "0.1.0" } };
  expect(play([...events, summary({ create: 1 }, packs)])).toBe(`Updating (dev):

Policies:
    ❌ house@v1.2.0 (local: ../rules)
        - [remediate]  tls  (1 resource)
        - [advisory]  tags  (test:index:Thing: a)
          No tags.
        - [mandatory]  no-public  (test:index:Thing: a)
          Not in public.
          Close it.
    ✅ other@v0.1.0
`);
  expect(play([...events.slice(1, 2), summary({ create: 1 }, packs)])).toContain(
    "    ⚠️ house@v1.2.0 (local: ../rules)\n",
  );
});

it("draws the tree in its place on a terminal and leaves it once", () => {
  const text = play(FIRST_UPDATE.slice(1), { view: "tree", size: () => ({ columns: 80, rows: 24 }) });
  const [before, ...frames] = text.split("\u001b[J");
  const header =
    "     Type                 Name      Status\u001b[K\n +   pulumi:pulumi:Stack  proj-dev  creating (0s)\u001b[K\n";
  expect(before).toBe(`Updating (dev):\n\n${header}`);
  expect(frames.at(-1)).toMatch(/^\nDiagnostics:\n/);
  expect(
    frames.at(-2)?.replaceAll("\u001b[K", ""),
  ).toBe(`\u001b[4A\r     Type                    Name      Status           Info
 +   pulumi:pulumi:Stack     proj-dev  created (2.3s)   1 message
 +   └─ test:index:Group     app       created (0.75s)
 +      └─ test:index:Thing  a         created (0.25s)
`);
});
