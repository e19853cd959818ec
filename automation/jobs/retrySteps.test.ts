import { expect, it } from "vitest";
import { AutomationError } from "../errors.ts";
import type { JobDocument, StepDocument } from "./documents.ts";
import { isEvidence, placeOf, planReuse, retrySteps } from "./retrySteps.ts";

const SIX = ["validate", "container", "sync", "build", "deploy"] as const;
const ALL = ["plan", "generate", "check", ...SIX] as const;
const job = (kind: string, more: object = {}) => ({ jobId: "j1", kind, ...more }) as JobDocument;
const record = (step: string, more: object = {}) =>
  ({ step, status: "succeeded", evidence: {}, ...more }) as unknown as StepDocument;

it.each([
  ["deploy", {}, SIX],
  ["deploy", { from: { kind: "rollback" } }, ["validate", "deploy"]],
  ["deploy", { from: { kind: "domain" } }, ["validate", "deploy"]],
  ["create", {}, ALL],
  ["edit", {}, ALL],
  ["destroy", {}, []],
  ["drift", {}, []],
  ["repair", {}, []],
])("a %s job %j can be begun with %j", (kind, more, steps) => {
  expect(retrySteps(job(kind, more))).toEqual(steps);
});

it("a repair stands where the check stands; the clean-up and the destruction stand nowhere", () => {
  expect([...ALL, "repair-1", "repair-12", "repair-x", "cleanup", "destroy"].map(placeOf)).toEqual([
    ...[0, 1, 2, 3, 4, 5, 6, 7],
    ...[2, 2, undefined, undefined, undefined],
  ]);
});

it.each([
  ["succeeded", { evidence: {} }, true],
  ["skipped", { evidence: {}, reusedFrom: "j0" }, true],
  ["succeeded", {}, false],
  ["skipped", {}, false],
  ["running", { evidence: {} }, false],
  ["failed", { evidence: {} }, false],
  ["cancelled", { evidence: {} }, false],
])("a record that is %s with %j is evidence: %s", (status, more, is) => {
  expect(isEvidence({ step: "sync", status, ...more } as unknown as StepDocument)).toBe(is);
});

/** For every kind, how far it came, and the step that is named: what is taken over, or why not. */
const CASES = [job("deploy"), job("create")].flatMap((each) => {
  const steps = retrySteps(each);
  return steps.flatMap((_, reached) => steps.map((from, at) => ({ each, steps, reached, from, at })));
});

it.each(CASES)(
  "$each.kind: of a job that ended in step $reached a retry from $from",
  ({ each, steps, reached, from, at }) => {
    const records = steps.slice(0, reached).map((step) => record(step));
    if (at <= reached) {
      expect(planReuse(each, records, from)).toEqual({ jobId: "j1", fromStep: from });
      return;
    }
    const error = codeOf(() => planReuse(each, records, from));
    expect(error).toEqual([
      "RETRY_STEP_TOO_LATE",
      `${steps[reached]} comes before ${from}, and the job j1 has no record that it was done.`,
    ]);
  },
);

it.each([
  [
    "cleanup",
    "deploy",
    {},
    "cleanup is no step that this job (deploy) can be done again from; there is validate, container, sync, build, deploy.",
  ],
  [
    "build",
    "deploy",
    { from: {} },
    "build is no step that this job (deploy) can be done again from; there is validate, deploy.",
  ],
  [
    "plan",
    "deploy",
    {},
    "plan is no step that this job (deploy) can be done again from; there is validate, container, sync, build, deploy.",
  ],
  ["deploy", "destroy", {}, "deploy is no step that this job (destroy) can be done again from; there is none."],
])("%s of a %s job %j is refused with what there is", (step, kind, more, message) => {
  expect(
    codeOf(() =>
      planReuse(
        job(kind, more),
        ALL.map((name) => record(name)),
        step,
      ),
    ),
  ).toEqual(["RETRY_STEP_UNKNOWN", message]);
});

it("without a name all that was done is offered; agents that gave up, and a job without records, begin anew", () => {
  expect(planReuse(job("create"), [record("plan")])).toEqual({ jobId: "j1" });
  expect(planReuse(job("create"), [])).toBeUndefined();
  expect(planReuse(job("create", { error: { code: "CHECKS_FAILED" } }), [record("plan")])).toBeUndefined();
  // A named step is the person's own choice.
  expect(planReuse(job("create", { error: { code: "CHECKS_FAILED" } }), [record("plan")], "generate")).toEqual({
    jobId: "j1",
    fromStep: "generate",
  });
});

function codeOf(work: () => unknown): readonly [string, string] | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof AutomationError)) throw error;
    return [error.code, error.message];
  }
}
