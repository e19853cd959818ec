import { isOver, type JobView, type StepView } from "../contract.ts";

const ORDER = {
  create: ["plan", "generate", "check", "validate", "container", "sync", "build", "deploy", "cleanup"],
  edit: ["plan", "generate", "check", "validate", "container", "sync", "build", "deploy", "cleanup"],
  destroy: ["destroy", "cleanup"],
  drift: ["drift", "cleanup"],
  repair: ["repair", "cleanup"],
  deploy: ["validate", "container", "sync", "build", "deploy", "cleanup"],
} as const satisfies Record<JobView["kind"], readonly string[]>;

export interface PlannedStep extends Omit<StepView, "startedAt"> {
  readonly startedAt?: string;
}

/** The steps that a job has made, then those that it will still make, while it is not over. */
export function plannedSteps(job: Pick<JobView, "kind" | "status" | "steps">): readonly PlannedStep[] {
  if (isOver(job.status)) return job.steps;
  const made = new Set(job.steps.map((step) => step.name));
  const ahead = ORDER[job.kind].filter((name) => !made.has(name));
  return [...job.steps, ...ahead.map((name) => ({ name, status: "ahead" }))];
}
