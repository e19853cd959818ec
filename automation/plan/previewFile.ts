import { fromPreview, Preview, readJsonFile } from "@devfactory/checks/index.ts";
import { z } from "zod";
import { nameOf } from "../deploy/planRecorder.ts";
import { describePlan, type PlanDocument, type PlannedChange } from "./planDocument.ts";

/** A preview with what it says of each step (pkg/backend/display, `PreviewStep`). */
const PreviewSteps = z.object({
  ...Preview.shape,
  steps: z.array(
    Preview.shape.steps.element.extend({
      oldState: z.object({ type: z.string(), custom: z.boolean().optional() }).nullish(),
      replaceReasons: z.array(z.string()).nullish(),
    }),
  ),
});

/**
 * The plan of a real `pulumi preview --json`, with what it would change.
 *
 * @throws {CheckError} `PLAN_UNREADABLE`, `PREVIEW_INVALID`
 */
export function planFromPreview(
  path: string,
  given: { readonly region?: string; readonly profile?: PlanDocument["profile"] },
): PlanDocument {
  const preview = readJsonFile(path, PreviewSteps, "PREVIEW_INVALID");
  const resources = fromPreview(preview);
  return { ...describePlan(resources, given), resources, changes: preview.steps.flatMap(toChange) };
}

const CHANGES = ["create", "update", "replace", "delete"] as const;

function toChange({ op, urn, ...step }: z.output<typeof PreviewSteps>["steps"][number]): PlannedChange[] {
  const operation = CHANGES.find((each) => each === op);
  const state = step.newState ?? step.oldState;
  if (!operation || !state || state.custom === false || state.type.startsWith("pulumi:")) return [];
  const { replaceReasons } = step;
  const reasons = operation === "replace" && replaceReasons?.length ? { replaceKeys: replaceReasons } : {};
  return [{ urn, type: state.type, name: nameOf(urn), operation, ...reasons }];
}
