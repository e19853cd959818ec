import type * as pulumi from "@pulumi/pulumi";
import type { AlertRules } from "../core/alerts.ts";
import { applicationinsights, monitor, operationalinsights } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { AppContext } from "../core/context.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs, type CrossCutTransforms } from "../core/crossCut.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import type { LinkGrant } from "../core/link.ts";
import type { Profile } from "../core/profile.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

/** GB a day. An unbounded workspace can cost more than everything else together. */
const DAILY_CAP_GB = { dev: 1, standard: 2, production: 10 } as const satisfies Record<Profile, number>;
/** Days; 31 are free. */
const RETENTION_DAYS = { dev: 30, standard: 30, production: 90 } as const satisfies Record<Profile, number>;

/** Letters of an action group's short name. */
const SHORT_NAME = 12;

const ALERTS = {
  "failed-requests": {
    metric: "requests/failed",
    is: "GreaterThan",
    threshold: 10,
    by: "Count",
    severity: 2,
    says: "Requests fail.",
  },
} as const satisfies AlertRules;

type Insights = InstanceType<typeof applicationinsights.Component>;

/** A Log Analytics workspace that exists, and the Application Insights that `publish` links to. */
export interface ExistingMonitoring extends Existing {
  readonly insightsResourceId?: pulumi.Input<string>;
}

/** Who is told: names of your own with an address each. */
export interface Receivers {
  /** Mail addresses, by a name of your own. */
  readonly emails?: Readonly<Record<string, string>>;
  /** Addresses that take a POST in the common alert schema; https. */
  readonly webhooks?: Readonly<Record<string, string>>;
}

export interface MonitoringArgs extends ComponentArgs, Pick<CrossCutArgs, "roleAssignments" | "lock" | "alerts"> {
  /** Who is told when something is wrong. @default nobody: no action group, and no default alerts. */
  readonly notify?: Receivers;
  /** Most GB that are taken in a day; what comes after is dropped. @default 1 in dev, 2 in standard, 10 in production. Updates. */
  readonly dailyCapGb?: number;
  /** Application Insights for traces and requests. @default off in dev, else on. */
  readonly insights?: boolean;
  readonly transform?: CrossCutTransforms & {
    readonly actions?: Transform<ArgsOf<typeof monitor.ActionGroup>>;
    readonly workspace?: Transform<ArgsOf<typeof operationalinsights.Workspace>>;
    readonly insights?: Transform<ArgsOf<typeof applicationinsights.Component>>;
  };
}

/**
 * Logs and traces of a deployment (Log Analytics, Application Insights). Creates `workspace`, `insights` unless dev, `actions` (an
 * action group) with `notify`, and what the common options ask for. Links: `publish` → Monitoring Metrics Publisher, `APPLICATIONINSIGHTS_CONNECTION_STRING`. Cost class: free up to 5 GB a month.
 *
 * Limits: beyond the daily cap nothing more is kept until the next day. A deleted workspace keeps its name for 14 days.
 *
 * @example Logs, and somebody who is told
 * ```ts
 * const monitoring = new Monitoring("monitoring", { context, notify: { emails: { owner: "owner@contoso.example" } } });
 * new ContainerEnvironment("environment", { context: monitoring.within(context) });
 * ```
 *
 * @example Traces of an app, sent under its identity
 * ```ts
 * const monitoring = new Monitoring("monitoring", { context, insights: true });
 * new ContainerApp("api", { ...app, link: [monitoring.link("publish")] });
 * ```
 *
 * @example More in a day before the cap
 * ```ts
 * new Monitoring("monitoring", { context, dailyCapGb: 5 });
 * ```
 *
 * @example What no option covers: kept for a quarter
 * ```ts
 * new Monitoring("monitoring", { context, transform: { workspace: { retentionInDays: 90 } } });
 * ```
 */
export class Monitoring extends AzureComponent<MonitoringArgs | ExistingMonitoring> {
  /** ARM id. */
  readonly workspaceId: pulumi.Output<string>;
  /** Who is told when something is wrong. */
  readonly actionGroupId: pulumi.Output<string> | undefined;
  readonly #insights: Insights | undefined;

  constructor(name: string, args: MonitoringArgs | ExistingMonitoring, opts?: pulumi.ComponentResourceOptions) {
    super("Monitoring", name, args, opts, ["workspace", "insights", "actions", ...CROSS_CUT_SLOTS]);
    const workspace = isExisting(args)
      ? this.adopt("workspace", operationalinsights.Workspace, args.resourceId)
      : this.#makeWorkspace(args);
    this.workspaceId = workspace.id;
    if (isExisting(args)) {
      const { insightsResourceId } = args;
      this.#insights =
        insightsResourceId === undefined
          ? undefined
          : this.adopt("insights", applicationinsights.Component, insightsResourceId);
      this.actionGroupId = undefined;
    } else {
      this.#insights = this.#makeInsights(args);
      this.actionGroupId = args.notify ? this.#makeActions(args, args.notify).id : undefined;
      this.crossCut({
        main: workspace,
        context: this.within(args.context), // its own alerts go to its own action group
        ...(this.#insights && { alerts: ALERTS, alertsOn: this.#insights }),
      });
    }
    this.registerOutputs({ workspaceId: this.workspaceId });
  }

  /** A workspace that somebody else manages, and its Application Insights: the same link, nothing made or changed. */
  static existing(name: string, at: ExistingMonitoring, opts?: pulumi.ComponentResourceOptions): Monitoring {
    return new Monitoring(name, at, opts);
  }

  #makeWorkspace(args: MonitoringArgs): InstanceType<typeof operationalinsights.Workspace> {
    const { profile, resourceGroupName } = args.context;
    return this.child("workspace", operationalinsights.Workspace, {
      resourceGroupName,
      sku: { name: "PerGB2018" },
      retentionInDays: RETENTION_DAYS[profile],
      workspaceCapping: { dailyQuotaGb: args.dailyCapGb ?? DAILY_CAP_GB[profile] },
      features: { disableLocalAuth: true },
    });
  }

  #makeInsights({ context, insights }: MonitoringArgs): Insights | undefined {
    if (!(insights ?? context.profile !== "dev")) return undefined;
    return this.child("insights", applicationinsights.Component, {
      resourceGroupName: context.resourceGroupName,
      kind: "web",
      applicationType: "web",
      workspaceResourceId: this.workspaceId,
      disableLocalAuth: true,
    });
  }

  /** The context with this workspace and action group, for the components that come after. */
  within(context: AppContext): AppContext {
    const { workspaceId, actionGroupId } = this;
    return { ...context, workspaceId, ...(actionGroupId && { actionGroupId }) };
  }

  #makeActions({ context }: MonitoringArgs, { emails = {}, webhooks = {} }: Receivers) {
    return this.child("actions", monitor.ActionGroup, {
      resourceGroupName: context.resourceGroupName,
      location: "global",
      groupShortName: context.app.slice(0, SHORT_NAME),
      enabled: true,
      emailReceivers: Object.entries(emails).map(([name, emailAddress]) => ({
        name,
        emailAddress,
        useCommonAlertSchema: true,
      })),
      webhookReceivers: Object.entries(webhooks).map(([name, serviceUri]) => ({
        name,
        serviceUri,
        useCommonAlertSchema: true,
      })),
    });
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
