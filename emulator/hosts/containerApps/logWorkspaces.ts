import type { EmulatorContext } from "../../core/context.ts";

/** A setting is looked up again after this time, not for each line. */
const KEEP_MS = 5000;

/**
 * Which workspace collects the lines of an environment's apps: the one that `appLogsConfiguration` names, or with `azure-monitor` the
 * one of its diagnostic setting. The tables are called `…_CL` in both cases; on Azure a diagnostic setting drops that suffix.
 *
 * @see Microsoft Learn, "Log storage and monitoring options in Azure Container Apps"
 */
export class LogWorkspaces {
  readonly #context: EmulatorContext;
  readonly #known = new Map<string, { readonly workspace: string; readonly until: number }>();

  constructor(context: EmulatorContext) {
    this.#context = context;
  }

  /** @returns `customerId` of the workspace; empty when nobody collects them */
  of(environmentId: string): string {
    const key = environmentId.toLowerCase();
    const now = performance.now();
    const known = this.#known.get(key);
    if (known && known.until > now) return known.workspace;
    const workspace = this.#find(environmentId) ?? "";
    this.#known.set(key, { workspace, until: now + KEEP_MS });
    return workspace;
  }

  #find(environmentId: string): string | undefined {
    const { resources } = this.#context;
    const settings = (resources.get(environmentId)?.properties.appLogsConfiguration ?? {}) as {
      readonly destination?: string;
      readonly logAnalyticsConfiguration?: { readonly customerId?: string };
    };
    const named = settings.logAnalyticsConfiguration?.customerId;
    if (named || settings.destination !== "azure-monitor") return named;
    const setting = resources
      .list("Microsoft.Insights/diagnosticSettings", `${environmentId}/`)
      .find((each) => typeof each.properties.workspaceId === "string");
    const customerId = setting && resources.get(String(setting.properties.workspaceId))?.properties.customerId;
    return typeof customerId === "string" ? customerId : undefined;
  }
}
