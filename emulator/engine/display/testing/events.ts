import { makeUrn, parentType, STACK_TYPE } from "../../deploy/urn.ts";
import type { PropertyMap } from "../../deploy/values.ts";
import type { EngineEvent, EventBody, EventState, Operation, StepMetadata, SummaryEvent } from "../../events/types.ts";

export const THING = "test:index:Thing";
export const GROUP = "test:index:Group";
export const STACK = { project: "proj", name: "dev" };
export const ROOT = makeUrn("dev", "proj", "", STACK_TYPE, "proj-dev");

/** The URN of a resource of the stack `proj/dev`. */
export function urnOf(name: string, type = THING, parent = ROOT): string {
  return makeUrn("dev", "proj", parentType(parent), type, name);
}

/** A resource as an event shows it. */
export function state(name: string, inputs: PropertyMap = {}, more: Partial<EventState> = {}): EventState {
  const { type = THING, parent = ROOT } = more;
  const urn = urnOf(name, type, parent);
  return { type, urn, custom: true, id: "", parent, inputs, outputs: {}, provider: "", ...more };
}

/** A step from one state to another; its resource is the one that is there. */
export function step(
  op: Operation,
  old: EventState | null,
  news: EventState | null,
  more: Partial<StepMetadata> = {},
): StepMetadata {
  const { urn = "", type = "" } = news ?? old ?? {};
  const logical = !/-replaced$|-replacement$/.test(op);
  return { op, urn, type, old, new: news, detailedDiff: null, provider: "", ...(logical ? { logical } : {}), ...more };
}

/** A step of the stack itself. */
export function stackStep(op: Operation, outputs: PropertyMap = {}, oldOutputs: PropertyMap = {}): StepMetadata {
  const root = { type: STACK_TYPE, urn: ROOT, parent: "", custom: false };
  const old = op === "create" ? null : { ...state("proj-dev", {}, root), outputs: oldOutputs };
  return step(op, old, op === "delete" ? null : { ...state("proj-dev", {}, root), outputs });
}

export const begin = (metadata: StepMetadata): EventBody => ({ resourcePreEvent: { metadata } });
export const end = (metadata: StepMetadata): EventBody => ({ resOutputsEvent: { metadata } });
export const fail = (metadata: StepMetadata): EventBody => ({ resOpFailedEvent: { metadata, status: 0, steps: 0 } });
export const CANCEL: EventBody = { cancelEvent: {} };

/** A message about a resource, or about the stack. */
export function message(severity: "info" | "warning" | "error" | "debug", text: string, urn?: string): EventBody {
  const prefix = severity === "error" || severity === "warning" ? { prefix: `${severity}: ` } : {};
  return { diagnosticEvent: { ...(urn ? { urn } : {}), ...prefix, message: `${text}\n`, color: "never", severity } };
}

/** The counts at the end. */
export function summary(
  resourceChanges: Readonly<Record<string, number>>,
  more: Partial<SummaryEvent> = {},
): EventBody {
  const common = {
    maybeCorrupt: false,
    durationSeconds: 2,
    PolicyPacks: {},
    isPreview: false,
    result: "succeeded",
  } as const;
  return { summaryEvent: { ...common, resourceChanges, ...more } };
}

/** Numbers a list of events. */
export function recorded(bodies: readonly EventBody[]): readonly EngineEvent[] {
  return bodies.map((body, sequence) => ({ sequence, timestamp: 0, ...body }));
}
