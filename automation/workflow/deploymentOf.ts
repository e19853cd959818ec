import type { AppSettings } from "@devfactory/stacks/app/settings.ts";
import type { DomainConfig } from "../jobs/domains.ts";
import type { StepContext } from "./step.ts";

/** What of a deployment differs from one to the next. */
export interface DeploymentInput {
  readonly tenantId: string;
  /** Names of people's own, each as far as it is to be brought. */
  readonly domains?: readonly DomainConfig[];
  /** Names of what is made of a deleted one, with its data. */
  readonly recover?: readonly string[];
}

/** Load of its processors from which on a service that always runs gets another replica. */
const CPU_PERCENT = 70;

/** The settings of an app's stack that do not come from its spec (`devfactory:deployment`). */
export function deploymentOf(
  { tenantId, domains = [], recover = [] }: DeploymentInput,
  { services, job, app }: Pick<StepContext, "services" | "job" | "app">,
): AppSettings["deployment"] {
  const { registry, operatorGroup, notify, autoScaling } = services;
  return {
    appId: job.appId,
    tenantId,
    registryId: registry.id,
    registryLoginServer: registry.loginServer,
    nameEpoch: app.nameEpoch ?? 0,
    ...(autoScaling ? { cpuPercent: CPU_PERCENT } : { autoScaling }),
    ...(domains.length > 0 && { domains: [...domains] }),
    ...(recover.length > 0 && { recover: [...recover] }),
    ...(app.expiresAt !== undefined && { expiresAt: app.expiresAt }),
    ...(operatorGroup && { operatorGroup }),
    ...(notify.length > 0 && { notify: [...notify], month: new Date().toISOString().slice(0, 7) }),
  };
}
