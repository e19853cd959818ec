import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import type { DeploymentView } from "../../client/apiClient.ts";
import type { DetectedService } from "../../detect/detectProject.ts";
import { monthlyCostText } from "../../jobs/monthlyCost.ts";
import { plain, seconds } from "../output.ts";
import { repoLines } from "../repo.ts";

/** The contract of `deploy --output json`. */
export function deploymentDocument(view: DeploymentView): Record<string, unknown> {
  const { deploymentId, appId, status, services, source, error } = view;
  return {
    deploymentId,
    appId,
    status,
    url: view.url ?? null,
    services,
    estimate: view.estimate ?? null,
    durationMs: view.durationMs ?? null,
    source: source ?? null,
    steps: view.steps.map(({ name, status: step, durationMs }) => ({
      name,
      status: step,
      durationMs: durationMs ?? null,
    })),
    ...(view.repo && { repo: view.repo }),
    ...(error && { error }),
  };
}

/** What a person reads at the end of a deployment. */
export function deploymentSummary(view: DeploymentView): readonly string[] {
  const { status, error, url, estimate, services, appId, deploymentId } = view;
  if (error) {
    const where = error.step ? ` in the step ${error.step}` : "";
    const log = (error.log ?? []).map((line) => `    ${plain(line)}`);
    return [`The deployment ${status}${where}: ${plain(error.detail)}`, ...log, `  ${error.fix}`];
  }
  if (status !== "succeeded") return [`The deployment ${deploymentId} is ${status}.`];
  const others = services.filter((service) => service.url && service.url !== url);
  return [
    ...(url ? [`Your app:      ${url}`] : []),
    ...others.map((service) => `  ${`${service.name}:`.padEnd(13)}${service.url}`),
    ...(estimate ? [`On Azure:      about ${monthlyCostText(estimate)}`] : []),
    ...(view.durationMs === undefined ? [] : [`Deployed in:   ${seconds(view.durationMs)}`]),
    ...repoLines(view.repo),
    `Take it away:  npx devfactory destroy ${appId}`,
  ];
}

/** What `devfactory detect` prints. */
export function planLines(from: string, spec: AppSpec, services: readonly DetectedService[]): readonly string[] {
  if (from !== "detection") {
    const named = spec.services.map(({ name, kind, source }) => `  ${name}: ${kind} from ${source}`);
    return [`${from} says what ${spec.name} is:`, ...named];
  }
  return services.flatMap(({ name, source, plan }) => [
    `${name} (${source}): ${plan.framework}, ${plan.kind}`,
    ...[
      ["install", plan.install],
      ["build", plan.build],
      ["start", plan.start?.join(" ")],
      ["files", plan.outputDir],
      ["port", String(plan.port)],
      ["health", plan.health],
    ].flatMap(([what = "", value]) => (value === undefined ? [] : [`  ${what.padEnd(9)}${value}`])),
    ...plan.evidence.map(({ choice, file, line, reason }) => {
      const place = file === undefined ? "" : `${file}${line === undefined ? "" : `:${line}`} `;
      return `    ${choice}: ${place}${reason}`;
    }),
  ]);
}
