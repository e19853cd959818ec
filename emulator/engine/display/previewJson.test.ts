import { expect, it } from "vitest";
import { compactState, type ResourceState } from "../deploy/state.ts";
import type { EventBody, EventState } from "../events/types.ts";
import { PreviewDocument, type PreviewDocumentOptions } from "./previewJson.ts";
import { begin, end, message, ROOT, recorded, stackStep, state, step, summary, urnOf } from "./testing/events.ts";

function collect(bodies: readonly EventBody[], options: Partial<PreviewDocumentOptions> = {}) {
  const defaults = { showSames: false, showReplacementSteps: false, suppressOutputs: false };
  const document = new PreviewDocument({ ...defaults, ...options }, (metadata) => ({
    old: metadata.old ? whole(metadata.old) : undefined,
    new: metadata.new ? whole(metadata.new) : undefined,
  }));
  for (const event of recorded(bodies)) document.listener(event);
  return JSON.parse(document.render());
}

/** The recorded events have no steps behind them: their states are all there is. */
function whole(part: EventState): ResourceState {
  return compactState({ custom: false, ...part });
}

const old = state("a", { size: 1 }, { id: "id-1", protect: true, outputs: { size: 1, key: "[secret]" } });
const news = state("a", { size: 2 }, { provider: "urn:p::1" });
const more = {
  keys: ["size"],
  diffs: ["size"],
  provider: "urn:p::1",
  detailedDiff: { size: { diffKind: "update-replace", inputDiff: true } },
};

it("is one document of what would be done, empty parts left out", () => {
  const bodies: readonly EventBody[] = [
    { preludeEvent: { config: { "p:k": "v" } } },
    begin(stackStep("create")),
    begin(step("create-replacement", old, news, more)),
    begin(step("replace", old, news, more)),
    begin(step("same", state("b"), state("b"))),
    begin(step("create", null, state("default_1_0_0", {}, { type: "pulumi:providers:test" }))),
    end(stackStep("create", { url: "u" })),
    message("warning", "careful", urnOf("a")),
    message("debug", "hidden"),
    { diagnosticEvent: { message: "passing\n", color: "never", severity: "info", ephemeral: true } },
    { stdoutEvent: { message: "said\n", color: "never" } },
    summary({ create: 1, replace: 1, same: 1 }, { isPreview: true }),
  ];
  expect(collect(bodies)).toEqual({
    config: { "p:k": "v" },
    steps: [
      {
        op: "create",
        urn: ROOT,
        newState: { urn: ROOT, custom: false, type: "pulumi:pulumi:Stack" },
        detailedDiff: null,
      },
      {
        op: "replace",
        urn: urnOf("a"),
        provider: "urn:p::1",
        oldState: {
          urn: urnOf("a"),
          custom: true,
          id: "id-1",
          type: "test:index:Thing",
          inputs: { size: 1 },
          outputs: { size: 1, key: "[secret]" },
          parent: ROOT,
          protect: true,
        },
        newState: {
          urn: urnOf("a"),
          custom: true,
          type: "test:index:Thing",
          inputs: { size: 2 },
          parent: ROOT,
          provider: "urn:p::1",
        },
        diffReasons: ["size"],
        replaceReasons: ["size"],
        detailedDiff: { size: { kind: "update-replace", inputDiff: true } },
      },
    ],
    diagnostics: [
      { urn: urnOf("a"), message: "warning: careful\n", severity: "warning" },
      { message: "said\n", severity: "info" },
    ],
    duration: 2_000_000_000,
    changeSummary: { create: 1, replace: 1, same: 1 },
  });
});

it("tells unchanged resources and halves of replacements on request, and no outputs of the stack when unwanted", () => {
  const bodies = [
    begin(stackStep("same", { url: "u" })),
    begin(step("create-replacement", old, news)),
    begin(step("same", state("b"), state("b"))),
  ];
  const options = { showSames: true, showReplacementSteps: true, suppressOutputs: true };
  const { steps } = collect([...bodies, summary({ same: 1 }, { durationSeconds: 0, maybeCorrupt: true })], options);
  expect(steps.map(({ op }: { op: string }) => op)).toEqual(["same", "create-replacement", "same"]);
  expect(steps[0].newState).toEqual({ urn: ROOT, custom: false, type: "pulumi:pulumi:Stack" });
  expect(collect([])).toEqual({});
});
