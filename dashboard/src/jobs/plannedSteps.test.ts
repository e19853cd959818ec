import { expect, it } from "vitest";
import type { StepView } from "../contract.ts";
import { plannedSteps } from "./plannedSteps.ts";

const step = (name: string, status: string): StepView => ({ name, status, startedAt: "2026-11-21T10:00:00.000Z" });
const names = (job: Parameters<typeof plannedSteps>[0]) =>
  plannedSteps(job).map((each) => `${each.name} ${each.status}`);

it("names what is still ahead while a job is under way", () => {
  const steps = [step("plan", "succeeded"), step("generate", "running")];
  expect(names({ kind: "create", status: "processing", steps })).toEqual([
    "plan succeeded",
    "generate running",
    "check ahead",
    "validate ahead",
    "container ahead",
    "sync ahead",
    "build ahead",
    "deploy ahead",
    "cleanup ahead",
  ]);
  expect(names({ kind: "destroy", status: "queued", steps: [] })).toEqual(["destroy ahead", "cleanup ahead"]);
});

it("names only what was done once the job is over", () => {
  const steps = [step("plan", "failed"), step("cleanup", "succeeded")];
  expect(names({ kind: "create", status: "failed", steps })).toEqual(["plan failed", "cleanup succeeded"]);
});
