import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { parseAppSpec, problemsText } from "@devfactory/stacks/spec/index.ts";
import { AutomationError } from "../errors.ts";
import { type ReleaseOrigin, specOfPromotion, specOfRollback } from "../jobs/release.ts";
import { readSpec, type SpecChoices } from "../source/readSpec.ts";
import { deployApp } from "./deployApp.ts";
import type { WorkResult } from "./developJob.ts";
import { holdRegions } from "./holdRegions.ts";
import type { JobSession } from "./jobSession.ts";
import type { Step } from "./step.ts";
import { specOutdated, type Validated, validate } from "./validate.ts";
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
  outdated: ({ spec }, { workspace }, reading) => specOutdated(spec, workspace, reading),
};

/**
 * The deployment of files that people brought: the six steps without agents. Nobody is asked: what is above the budget fails.
 *
 * @throws {AutomationError} `SOURCE_MISSING`, and what the steps throw
 */
export async function deployJob(session: JobSession): Promise<WorkResult> {
  const { job, app } = session.options;
  if (job.from) return deployRelease(session, job.from);
  const workspace = job.source?.workspace ?? app.source?.workspace;
  if (workspace === undefined) throw new AutomationError("SOURCE_MISSING", { id: job.appId });
  const { profile, region } = job.options;
  const deployed = app.spec && { name: app.spec.name, region: app.spec.region };
  const { spec } = await session.step(validateSource, { workspace, title: app.title, profile, region, deployed });
  await deployApp(session, { spec, workspace, feedback: app.feedback });
  return { kind: "done" };
}

/** Images are there, so no file is looked at: what must hold is that the spec is whole and every service has its image. */
const validateRelease: Step<
  { readonly spec: AppSpec; readonly images: readonly string[] },
  { readonly spec: AppSpec }
> = {
  name: "validate",
  timeoutMs: 60_000,
  async run({ spec, images }, { report, services }) {
    const parsed = parseAppSpec(spec);
    if (!parsed.ok) throw new AutomationError("SPEC_INVALID", { problems: problemsText(parsed.problems) });
    holdRegions(spec, services.multiRegion);
    const without = spec.services.find(({ name, kind }) => kind !== "static" && !images.includes(name));
    if (without) throw new AutomationError("NO_SOURCE", { service: without.name, source: "its earlier image" });
    report({ type: "log", message: `${spec.services.length} services, ${spec.resources.length} resources` });
    return { spec: parsed.spec };
  },
};

/** A release of before, of this app or of another one: the same steps without a build. */
async function deployRelease(session: JobSession, from: ReleaseOrigin): Promise<WorkResult> {
  const { job, app } = session.options;
  if (from.kind === "domain") return redeploy(session);
  const { kind, release } = from;
  const { profile = release.spec.profile, region } = { ...app.options, ...job.options };
  const wanted =
    kind === "rollback"
      ? specOfRollback(release.spec, app.spec)
      : specOfPromotion(release.spec, { profile, ...(region !== undefined && { region }) });
  const { images, workspace, feedback } = release;
  const { spec } = await session.step(validateRelease, { spec: wanted, images: Object.keys(images) });
  await deployApp(session, { spec, workspace, feedback, images });
  return { kind: "done" };
}

/** What runs, as it is, with the app's domains of now. */
async function redeploy(session: JobSession): Promise<WorkResult> {
  const { spec, workspace, images = {}, feedback, appId } = session.options.app;
  if (!spec || workspace === undefined) throw new AutomationError("SOURCE_MISSING", { id: appId });
  await session.step(validateRelease, { spec, images: Object.keys(images) });
  await deployApp(session, { spec, workspace, feedback, images, keepsVersion: true });
  return { kind: "done" };
}
