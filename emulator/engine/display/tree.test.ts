import { expect, it } from "vitest";
import type { EventBody } from "../events/types.ts";
import { painter } from "./paint.ts";
import { Progress } from "./progress.ts";
import { paintLine } from "./spans.ts";
import { begin, end, fail, GROUP, message, recorded, STACK, stackStep, state, step } from "./testing/events.ts";
import { drawTree, type FrameSize, type TreeState } from "./tree.ts";

const SECOND = 1000;

/** The frame after some events, one second apart, drawn half a second after the last. */
function frame(
  bodies: readonly EventBody[],
  more: Partial<TreeState> = {},
  size: FrameSize = { columns: 120 },
): string {
  const progress = new Progress(STACK, false);
  for (const [index, event] of recorded(bodies).entries()) progress.apply(event, index * SECOND);
  const lines = drawTree(
    {
      rows: [...progress.rows.values()],
      rootUrn: progress.rootUrn,
      notices: progress.notices,
      preview: false,
      done: false,
      failed: false,
      joinReplacements: true,
      showSames: false,
      showReads: false,
      nowMs: bodies.length * SECOND + 500,
      ...more,
    },
    size,
  );
  return lines.map((line) => `${paintLine(line, painter("never"))}\n`).join("");
}

const app = state("app", {}, { type: GROUP, custom: false });
const inApp = (name: string, inputs = {}) => state(name, inputs, { parent: app.urn });
const old = state("server", { size: 1 }, { parent: app.urn, retainOnDelete: true });
const REPLACING: readonly EventBody[] = [
  begin(stackStep("same")),
  begin(step("same", app, app)),
  begin(step("create", null, inApp("a"))),
  end(step("create", null, inApp("a"))),
  begin(step("same", inApp("quiet"), inApp("quiet"))),
  begin(step("create-replacement", old, inApp("server", { size: 2 }), { keys: ["size"] })),
  begin(step("delete", state("loose"), null)),
];

it("puts children below their parents, with the seconds of what runs", () => {
  expect(frame(REPLACING)).toBe(`     Type                    Name      Status                              Info
     pulumi:pulumi:Stack     proj-dev  running
     ├─ test:index:Group     app
 +   │  ├─ test:index:Thing  a         created (1.0s)
 ++  │  └─ test:index:Thing  server    creating replacement (2s) [retain]  [diff: ~size] [replaces: size]
 -   └─ test:index:Thing     loose     deleting (1s)
`);
});

it("tells a replacement as one at the end, with the time of all its steps, and counts messages", () => {
  const replaced = step("create-replacement", old, inApp("server", { size: 2 }));
  const events = [
    ...REPLACING,
    end(replaced),
    begin(step("delete-replaced", old, null)),
    end(step("delete-replaced", old, null)),
  ];
  const said = [message("warning", "w"), message("info", "one", replaced.urn), message("info", "two", replaced.urn)];
  expect(
    frame([...events, ...said], { done: true, showSames: true }),
  ).toBe(`     Type                    Name      Status                    Info
     pulumi:pulumi:Stack     proj-dev                            1 warning
     ├─ test:index:Group     app
 +   │  ├─ test:index:Thing  a         created (1.0s)
     │  ├─ test:index:Thing  quiet
 +-  │  └─ test:index:Thing  server    replaced (3.0s) [retain]  [diff: ~size] [replaces: size]; 2 messages
 -   └─ test:index:Thing     loose     deleted (7.5s)
`);
});

it("says what a preview plans, and one replacement instead of its halves", () => {
  expect(frame(REPLACING, { preview: true })).toBe(`     Type                    Name      Plan              Info
     pulumi:pulumi:Stack     proj-dev  running
     ├─ test:index:Group     app
 +   │  ├─ test:index:Thing  a         create
 +-  │  └─ test:index:Thing  server    replace [retain]  [diff: ~size] [replaces: size]
 -   └─ test:index:Thing     loose     delete
`);
});

it("shows what failed half-way as it is, the last error beside it, and nothing that moves the cursor", () => {
  const half = step("create-replacement", old, inApp("server", { size: 2 }));
  const events = [
    ...REPLACING,
    fail(half),
    message("error", "\u001b[31mno\rquota\u001b[0m\nat all", half.urn),
    message("info", "bye", half.urn),
  ];
  expect(
    frame(events, { failed: true }),
  ).toBe(`     Type                    Name      Status                           Info
     pulumi:pulumi:Stack     proj-dev  running
     ├─ test:index:Group     app
 +   │  ├─ test:index:Thing  a         created (1.0s)
 ++  │  └─ test:index:Thing  server    **creating replacement failed**  [diff: ~size] [replaces: size]; error: no quota
 -   └─ test:index:Thing     loose     deleting (4s)
`);
});

it("cuts lines to the terminal", () => {
  expect(frame(REPLACING.slice(0, 3), {}, { columns: 40 })).toBe(`     Type                    Name     …
     pulumi:pulumi:Stack     proj-dev …
     └─ test:index:Group     app
 +      └─ test:index:Thing  a        …
`);
});

it("keeps what runs, and what ended last, when the terminal is too low", () => {
  const names = Array.from({ length: 8 }, (_, index) => `t${index}`);
  const made = names.map((name) => step("create", null, state(name)));
  const events = [...made.map(begin), ...made.slice(0, 6).reverse().map(end)];
  expect(frame(events, {}, { columns: 80, height: 6 })).toBe(`     Type                 Name      Status
     pulumi:pulumi:Stack  proj-dev  running
 +   ├─ test:index:Thing  t0        created (13s)
 +   ├─ test:index:Thing  t6        creating (8s)
 +   └─ test:index:Thing  t7        creating (7s)
     … and 5 more
`);
});

it("shows notices below, and hides what a refresh found unchanged", () => {
  const same = step("refresh", state("same"), state("same"));
  const drift = step("refresh", state("drift"), { ...state("drift"), outputs: { size: 2 } });
  const notice: EventBody = { stdoutEvent: { message: "^C received; cancelling.\n", color: "never" } };
  expect(
    frame([begin(same), begin(drift), end(same), end(drift), notice]),
  ).toBe(`     Type                 Name      Status            Info
     pulumi:pulumi:Stack  proj-dev  running
 ~   └─ test:index:Thing  drift     refreshed (2.0s)  [diff: +size]

System Messages
  ^C received; cancelling.
`);
});
