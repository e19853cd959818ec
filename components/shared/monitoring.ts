import type * as pulumi from "@pulumi/pulumi";
import { applicationinsights, operationalinsights } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { AppContext } from "../core/context.ts";
import type { LinkGrant } from "../core/link.ts";
import type { Profile } from "../core/profile.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

/** GB a day. An unbounded workspace can cost more than everything else together. */
const DAILY_CAP_GB = { dev: 1, standard: 2, production: 10 } as const satisfies Record<Profile, number>;
/** Days; 31 are free. */
const RETENTION_DAYS = { dev: 30, standard: 30, production: 90 } as const satisfies Record<Profile, number>;

export interface MonitoringArgs extends ComponentArgs {
  /** Most GB that are taken in a day; what comes after is dropped. @default 1 in dev, 2 in standard, 10 in production. Updates. */
  readonly dailyCapGb?: number;
  /** Application Insights for traces and requests. @default off in dev, else on. */
  readonly insights?: boolean;
  readonly transform?: {
    readonly workspace?: Transform<ArgsOf<typeof operationalinsights.Workspace>>;
    readonly insights?: Transform<ArgsOf<typeof applicationinsights.Component>>;
  };
}

/**
 * Logs and traces of a deployment (Log Analytics, Application Insights). Creates `workspace`, and `insights` unless dev.
 * Links: `publish` → Monitoring Metrics Publisher, `APPLICATIONINSIGHTS_CONNECTION_STRING`. Cost class: free up to 5 GB a month.
 */
export class Monitoring extends AzureComponent<MonitoringArgs> {
  readonly workspaceId: pulumi.Output<string>;
  readonly #insights: InstanceType<typeof applicationinsights.Component> | undefined;

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Monitoring", name, args, opts, ["workspace", "insights"]);
    const { profile, resourceGroupName } = args.context;
    const workspace = this.child("workspace", operationalinsights.Workspace, {
      resourceGroupName,
      sku: { name: "PerGB2018" },
      retentionInDays: RETENTION_DAYS[profile],
      workspaceCapping: { dailyQuotaGb: args.dailyCapGb ?? DAILY_CAP_GB[profile] },
      features: { disableLocalAuth: true },
    });
    this.workspaceId = workspace.id;
    if (args.insights ?? profile !== "dev") {
      this.#insights = this.child("insights", applicationinsights.Component, {
        resourceGroupName,
        kind: "web",
        applicationType: "web",
        workspaceResourceId: workspace.id,
        disableLocalAuth: true,
      });
    }
    this.registerOutputs({ workspaceId: this.workspaceId });
  }

  /** The context with this workspace, for the components that come after. */
  within(context: AppContext): AppContext {
    return { ...context, workspaceId: this.workspaceId };
  }

  /** Lets a consumer send telemetry under its identity; nothing without Application Insights. */
  link(_access: "publish"): LinkGrant {
    const insights = this.#insights;
    return {
      key: this.key,
      source: this.key,
      env: insights ? { APPLICATIONINSIGHTS_CONNECTION_STRING: insights.connectionString } : {},
      roles: insights ? [{ role: "metricsPublisher", scope: insights.id }] : [],
    };
  }
}
