import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { AutomationError } from "../errors.ts";
import { readSpec, type SpecChoices } from "../source/readSpec.ts";
import { deployApp } from "./deployApp.ts";
import type { WorkResult } from "./developJob.ts";
import type { JobSession } from "./jobSession.ts";
import type { Step } from "./step.ts";
import { type Validated, validate } from "./validate.ts";
import { loadWorkspace } from "./workspace.ts";

interface SourceInput extends SpecChoices {
  readonly workspace: string;
}

interface ValidatedSource extends Validated {
  readonly spec: AppSpec;
  readonly from: string;
  /** Of detected services: what was chosen, and the file and line that say so. */
  readonly evidence: readonly string[];
}

/** The files say what the app is, by their `devfactory.yaml` or by detection, and that is valid. */
const validateSource: Step<SourceInput, ValidatedSource> = {
  name: "validate",
  timeoutMs: 60_000,
  async run({ workspace, ...choices }, context) {
    const { spec, from, services } = readSpec(await loadWorkspace(context.services.workspaces, workspace), choices);
    const evidence = services.flatMap(({ name, plan }) =>
      plan.evidence.map(({ choice, file, line, reason }) => {
        const place = file === undefined ? "" : ` (${file}${line === undefined ? "" : `:${line}`})`;
        return `${name}: ${choice}: ${reason}${place}`;
      }),
    );
    for (const { name, plan } of services) {
      const message = `${name}: ${plan.framework} with ${plan.manager.name}, ${plan.kind}, port ${plan.port}, health ${plan.health}`;
      context.report({ type: "detected", message, data: { service: name, evidence } });
    }
    return { ...(await validate.run({ spec, workspace }, context)), spec, from, evidence };
  },
};

/**
 * The deployment of files that people brought: the six steps without agents. Nobody is asked: what is above the budget fails.
 *
 * @throws {AutomationError} `SOURCE_MISSING`, and what the steps throw
 */
export async function deployJob(session: JobSession): Promise<WorkResult> {
  const { job, app } = session.options;
  const workspace = job.source?.workspace ?? app.source?.workspace;
  if (workspace === undefined) throw new AutomationError("SOURCE_MISSING", { id: job.appId });
  const { profile, region } = job.options;
  const deployed = app.spec && { name: app.spec.name, region: app.spec.region };
  const { spec } = await session.step(validateSource, { workspace, title: app.title, profile, region, deployed });
  await deployApp(session, { spec, workspace, feedback: app.feedback });
  return { kind: "done" };
}
