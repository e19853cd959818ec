import { AutomationError } from "../errors.ts";
import { type Finding, type Progress, route } from "../orchestrator/jobRouter.ts";
import { agentStep } from "./agentStep.ts";
import { deployApp } from "./deployApp.ts";
import type { JobSession } from "./jobSession.ts";
import type { AgentsOutcome } from "./runAgents.ts";
import { validate } from "./validate.ts";

/** How a job's work ended without an error. */
export type WorkResult =
  | { readonly kind: "done" }
  | {
      readonly kind: "waiting";
      readonly questions: readonly string[];
      /** The estimate that the question is about, in US dollars a month. */
      readonly overBudgetUsd?: number;
    };

const MAX_SHOWN_FINDINGS = 10;

/** From a prompt or a wish to a running app: agents until the checks pass, then the deployment's steps. */
export async function developJob(session: JobSession): Promise<WorkResult> {
  const { app, services } = session.options;
  const wishes = feedbackOf(session);
  let progress: Progress = { generated: false, checks: [], maxRepairs: services.maxRepairs };
  let workspace = app.workspace;
  for (;;) {
    const next = route(progress);
    if (next.kind === "deploy") break;
    if (next.kind === "giveUp") throw checksFailed(next.repairs, next.findings);
    const { step, stages, findings } = next;
    const input = {
      prompt: app.prompt,
      feedback: wishes,
      findings,
      stages,
      ...(progress.spec ? { spec: progress.spec } : {}),
      ...(workspace === undefined ? {} : { workspace }),
    };
    const outcome = await session.step(agentStep(step), input);
    await note(session, outcome);
    if (outcome.questions.length > 0) return { kind: "waiting", questions: outcome.questions };
    workspace = outcome.workspace ?? workspace;
    progress = advance(progress, step, pinned(outcome, session));
  }
  const { spec } = progress;
  if (!spec || workspace === undefined)
    throw new AutomationError("CHECKS_FAILED", { repairs: 0, findings: "no files" });
  return askWhenOverBudget(session, async () => {
    await session.step(validate, { spec, workspace });
    await deployApp(session, { spec, workspace, feedback: wishes });
  });
}

/** A plan above the budget is a question: the answer may agree, or wish for a smaller app. */
async function askWhenOverBudget(session: JobSession, deployed: () => Promise<void>): Promise<WorkResult> {
  try {
    await deployed();
    return { kind: "done" };
  } catch (error) {
    if (!(error instanceof AutomationError) || error.code !== "OVER_BUDGET") throw error;
    const overBudgetUsd = Number(error.details.monthlyUsd);
    await session.commit(() => ({ job: { monthlyUsd: overBudgetUsd } }));
    return {
      kind: "waiting",
      overBudgetUsd,
      questions: [`${error.message} Answer \`approve\` to deploy it anyway, or say what to leave out.`],
    };
  }
}

/** Everything wished so far: of the app's earlier jobs, this job's own wish, the answers to its questions. */
function feedbackOf(session: JobSession): readonly string[] {
  const { app, job } = session.options;
  const own = job.kind === "edit" ? [job.prompt] : [];
  return [...app.feedback, ...own, ...job.answers];
}

/** What a person chose stays, whatever an agent writes; the name of a deployed app never changes. */
function pinned(outcome: AgentsOutcome, session: JobSession): AgentsOutcome {
  const { spec } = outcome;
  if (!spec) return outcome;
  const { app, job } = session.options;
  const { profile, region } = job.options;
  const deployed = app.spec ? { name: app.spec.name, region: app.spec.region } : {};
  const chosen = { ...(profile === undefined ? {} : { profile }), ...(region === undefined ? {} : { region }) };
  return { ...outcome, spec: { ...spec, ...chosen, ...deployed } };
}

function advance(progress: Progress, step: string, outcome: AgentsOutcome): Progress {
  const spec = outcome.spec ?? progress.spec;
  const next = spec ? { ...progress, spec } : progress;
  if (step === "plan") {
    if (!spec) throw new AutomationError("AGENT_FAILED", { agent: "planner_agent", reason: "it made no spec" });
    return next;
  }
  if (step === "generate") return { ...next, generated: true };
  return { ...next, checks: [...progress.checks, outcome.findings] };
}

/** Adds what the agents did not understand; also of a result that another attempt or job left. */
async function note(session: JobSession, { notUnderstood }: AgentsOutcome): Promise<void> {
  await session.commit((job) => {
    const all = [...new Set([...job.notUnderstood, ...notUnderstood])];
    return all.length === job.notUnderstood.length ? undefined : { job: { notUnderstood: all } };
  });
}

function checksFailed(repairs: number, findings: readonly Finding[]): AutomationError {
  const shown = findings
    .slice(0, MAX_SHOWN_FINDINGS)
    .map(({ check, message, path }) => `${check}${path ? ` ${path}` : ""}: ${message}`);
  const more = findings.length > shown.length ? ` and ${findings.length - shown.length} more` : "";
  return new AutomationError("CHECKS_FAILED", { repairs, findings: shown.join("; ") + more });
}
