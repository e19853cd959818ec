import { expect, it } from "vitest";
import type { EngineEvent, EventBody, StepMetadata } from "../events/types.ts";
import { HumanDisplay } from "./human.ts";
import { PreviewDocument } from "./previewJson.ts";

const urn = (name: string) => `urn:pulumi:dev::p::t:i:T::${name}`;
const step = (op: StepMetadata["op"], name: string, more: Partial<StepMetadata> = {}): StepMetadata => ({
  op,
  urn: urn(name),
  type: "t:i:T",
  old: null,
  new: { type: "t:i:T", urn: urn(name), custom: true, id: "", parent: "", inputs: {}, outputs: {}, provider: "" },
  detailedDiff: null,
  provider: "",
  ...more,
});

function play(bodies: readonly EventBody[], preview: boolean): string {
  let text = "";
  const display = new HumanDisplay({
    title: "Updating",
    preview,
    showOutputs: true,
    showProgress: true,
    showDiff: false,
    write: (chunk) => {
      text += chunk;
    },
  });
  for (const [sequence, body] of bodies.entries()) display.listener({ sequence, timestamp: 0, ...body } as EngineEvent);
  return text;
}

const summary = (resourceChanges: Record<string, number>): EventBody => ({
  summaryEvent: {
    maybeCorrupt: false,
    durationSeconds: 2,
    resourceChanges,
    PolicyPacks: {},
    isPreview: false,
    result: "succeeded",
  },
});

it("prints a line per change, the messages by resource, and the counts", () => {
  const text = play(
    [
      { resourcePreEvent: { metadata: step("create", "a") } },
      { resOutputsEvent: { metadata: step("create", "a") } },
      { resOutputsEvent: { metadata: step("same", "b") } },
      { resOpFailedEvent: { metadata: step("update", "c"), status: 0, steps: 0 } },
      {
        diagnosticEvent: {
          urn: urn("c"),
          prefix: "error: ",
          message: "no\nquota\n",
          color: "never",
          severity: "error",
        },
      },
      { diagnosticEvent: { message: "hidden\n", color: "never", severity: "debug" } },
      summary({ create: 1, same: 1 }),
    ],
    false,
  );
  expect(text).toBe(
    "Updating:\n\n +  t:i:T a created (0s)\n ~  t:i:T c **update failed**\n\nDiagnostics:\n  t:i:T (c):\n    error: no\n    quota\n" +
      "\nResources:\n    + 1 created\n    1 change. 1 unchanged\n\nDuration: 2s\n",
  );
});

it("says in a preview what would change, and why it would be replaced", () => {
  const replace = step("replace", "a", { keys: ["size"], diffs: ["size", "tags"] });
  expect(play([{ resOutputsEvent: { metadata: replace } }, summary({ replace: 1 })], true)).toBe(
    "Updating:\n\n +- t:i:T a replace [diff: size, tags] [replaces: size]\n\nResources:\n    +-1 to replace\n",
  );
});

it("collects a preview as one document", () => {
  const document = new PreviewDocument();
  const detailedDiff = { size: { diffKind: "update-replace", inputDiff: true } };
  const bodies: readonly EventBody[] = [
    { preludeEvent: { config: { "p:k": "v" } } },
    { resourcePreEvent: { metadata: step("replace", "a", { keys: ["size"], diffs: ["size"], detailedDiff }) } },
    { diagnosticEvent: { prefix: "warning: ", message: "careful\n", color: "never", severity: "warning" } },
    summary({ replace: 1 }),
  ];
  for (const [sequence, body] of bodies.entries())
    document.listener({ sequence, timestamp: 0, ...body } as EngineEvent);
  expect(JSON.parse(document.render())).toEqual({
    config: { "p:k": "v" },
    steps: [
      {
        op: "replace",
        urn: urn("a"),
        newState: {
          type: "t:i:T",
          urn: urn("a"),
          custom: true,
          id: "",
          parent: "",
          inputs: {},
          outputs: {},
          provider: "",
        },
        diffReasons: ["size"],
        replaceReasons: ["size"],
        detailedDiff: { size: { kind: "update-replace", inputDiff: true } },
      },
    ],
    diagnostics: [{ prefix: "warning: ", message: "careful\n", severity: "warning" }],
    duration: 2_000_000_000,
    changeSummary: { replace: 1 },
  });
});
