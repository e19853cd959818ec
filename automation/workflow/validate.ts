import { type AppSpec, parseAppSpec, problemsText } from "@devfactory/stacks/spec/index.ts";
import { under } from "../archive/fileSet.ts";
import { AutomationError } from "../errors.ts";
import { hashOf } from "../jobs/ids.ts";
import { budgetOf } from "./budget.ts";
import { forecast } from "./forecast.ts";
import { holdRegions } from "./holdRegions.ts";
import type { Step, StepContext } from "./step.ts";
import { loadWorkspace } from "./workspace.ts";

export interface ValidateInput {
  readonly spec: AppSpec;
  readonly workspace: string;
}

export interface Validated {
  readonly services: readonly { readonly name: string; readonly files: number }[];
  readonly budgetUsd: number;
}

/** The spec is valid, every service has files, and rules, Azure and the budget allow its plan; nothing is built or made before that. */
export const validate: Step<ValidateInput, Validated> = {
  name: "validate",
  timeoutMs: 60_000,
  async run({ spec, workspace }, context) {
    const { services, report, job } = context;
    const parsed = parseAppSpec(spec);
    if (!parsed.ok) throw new AutomationError("SPEC_INVALID", { problems: problemsText(parsed.problems) });
    holdRegions(spec, services.multiRegion);
    const files = await loadWorkspace(services.workspaces, workspace);
    const counted = spec.services.map(({ name, source }) => ({ name, source, files: under(files, source).size }));
    const empty = counted.find((service) => service.files === 0);
    if (empty) throw new AutomationError("NO_SOURCE", { service: empty.name, source: empty.source });
    const budgetUsd = budgetOf(spec, job.kind, services.defaultBudgetUsd);
    report({
      type: "log",
      message: `${spec.services.length} services, ${spec.resources.length} resources; budget ${budgetUsd} USD a month`,
    });
    await forecast(spec, context);
    return { services: counted.map(({ name, files: count }) => ({ name, files: count })), budgetUsd };
  },
  outdated: (_evidence, { spec, workspace }, reading) => specOutdated(spec, workspace, reading),
};

/** A spec that was valid: a newer release of the platform may read it in another way, and its files may be gone. */
export async function specOutdated(
  spec: AppSpec,
  workspace: string,
  { services }: Pick<StepContext, "services">,
): Promise<string | undefined> {
  const parsed = parseAppSpec(spec);
  if (!parsed.ok || hashOf(parsed.spec) !== hashOf(spec)) return "the platform reads the app spec in another way now";
  return filesGone(workspace, services);
}

/** @returns that the files of a workspace are gone, if they are */
export async function filesGone(
  workspace: string,
  { workspaces }: Pick<StepContext["services"], "workspaces">,
): Promise<string | undefined> {
  return (await workspaces.getBlobClient(workspace).exists()) ? undefined : "its files are not there any more";
}
