import type * as pulumi from "@pulumi/pulumi";
import type { Access } from "../core/access.ts";
import { app } from "../core/azure.ts";
import type { CrossCutTransforms } from "../core/crossCut.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import type { LinkGrant } from "../core/link.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";
import type { BusQueue } from "../messaging/serviceBus.ts";
import { queueRule, Workload, type WorkloadArgs } from "./workload.ts";

/** Seconds between two looks at the queue. */
const POLLING_SECONDS = 10;

/** When an execution starts. */
export type JobTrigger =
  | { readonly kind: "manual" }
  | { readonly kind: "queue"; readonly queue: BusQueue; readonly messages: number; readonly maxExecutions: number }
  /** Five fields, UTC. */
  | { readonly kind: "schedule"; readonly cron: string };

export interface ContainerJobArgs extends WorkloadArgs {
  /** @default manual: somebody with the link `start` starts it. Changing the kind replaces nothing. */
  readonly trigger?: JobTrigger;
  /** Seconds after which an execution is stopped. @default 1800 */
  readonly timeoutSeconds?: number;
  /** How often a failed replica is tried again. @default 0 */
  readonly retries?: number;
  readonly transform?: CrossCutTransforms & {
    readonly job?: Transform<ArgsOf<typeof app.Job>>;
    readonly identity?: Transform<object>;
    readonly [link: `to-${string}`]: Transform<object>;
  };
}

/**
 * Work that starts, runs and ends (Azure Container Apps Job). Creates `job`, `identity`, and `to-<key>` for each link. Links: `start` →
 * Container Apps Jobs Operator on this job. Cost class: free between executions.
 *
 * Limits: schedules are in UTC. Nobody calls a job: it answers no http. An execution is stopped after `timeoutSeconds`, and its disk is gone with it.
 *
 * @example Every night at three (UTC)
 * ```ts
 * new ContainerJob("nightly", {
 *   context,
 *   environment,
 *   registry,
 *   image,
 *   trigger: { kind: "schedule", cron: "0 3 * * *" },
 *   link: [files.container("logs").link("readwrite")],
 * });
 * ```
 *
 * @example One execution for each waiting message, ten at once
 * ```ts
 * const queue = bus.queue("mails");
 * const trigger = { kind: "queue", queue, messages: 1, maxExecutions: 10 } as const;
 * new ContainerJob("sender", { ...app, trigger, link: [queue.link("receive")] });
 * ```
 *
 * @example Started by an app, an hour at most, tried twice
 * ```ts
 * const report = new ContainerJob("report", { ...app, timeoutSeconds: 3600, retries: 1 });
 * new ContainerApp("api", { ...app, link: [report.link("start")] });
 * ```
 *
 * @example A secret that stays in its vault
 * ```ts
 * new ContainerJob("billing", { ...app, secretEnv: { STRIPE_KEY: vault.secret("stripe") } });
 * ```
 */
export class ContainerJob extends Workload<ContainerJobArgs> {
  /** ARM id. */
  readonly jobId: pulumi.Output<string>;
  /** Physical name. */
  readonly jobName: pulumi.Output<string>;
  /** What was given to its identity, for `grantReport`. */
  readonly access: readonly Access[];

  constructor(name: string, args: ContainerJobArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    super("ContainerJob", name, args, opts, ["job", ...Workload.slots]);
    const [job, access] = isExisting(args) ? [this.adopt("job", app.Job, args.resourceId), []] : this.#make(args);
    this.jobId = job.id;
    this.jobName = job.name;
    this.access = access;
    this.registerOutputs({ jobName: this.jobName });
  }

  /** A job that somebody else manages: the same link, nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): ContainerJob {
    return new ContainerJob(name, at, opts);
  }

  #make(args: ContainerJobArgs): readonly [InstanceType<typeof app.Job>, readonly Access[]] {
    const trigger = args.trigger ?? { kind: "manual" };
    const parts = this.makeParts(args, trigger.kind === "queue" ? [trigger.queue.link("scale")] : []);
    const job = this.child(
      "job",
      app.Job,
      {
        resourceGroupName: args.context.resourceGroupName,
        environmentId: args.environment.environmentId,
        workloadProfileName: "Consumption",
        identity: parts.identity,
        configuration: {
          replicaTimeout: args.timeoutSeconds ?? 1800,
          replicaRetryLimit: args.retries ?? 0,
          registries: parts.registries,
          ...(parts.identitySettings.length > 0 && { identitySettings: parts.identitySettings }),
          ...(parts.secrets.length > 0 && { secrets: parts.secrets }),
          ...triggerArgs(trigger, parts.identityId),
        },
        template: { containers: [parts.container, ...parts.sidecars] },
      },
      { dependsOn: [...parts.grants] },
    );
    this.crossCut({ main: job });
    return [job, parts.grants];
  }

  /** Lets a consumer start and stop executions. */
  link(_access: "start"): LinkGrant {
    return { key: this.key, source: this.key, env: {}, roles: [{ role: "jobsOperator", scope: this.jobId }] };
  }
}

function triggerArgs(trigger: JobTrigger, identity: pulumi.Output<string>) {
  const once = { parallelism: 1, replicaCompletionCount: 1 };
  switch (trigger.kind) {
    case "manual":
      return { triggerType: "Manual", manualTriggerConfig: once };
    case "schedule":
      return { triggerType: "Schedule", scheduleTriggerConfig: { ...once, cronExpression: trigger.cron } };
    case "queue": {
      const rules = [queueRule(trigger.queue, trigger.messages, identity)];
      const bounds = { minExecutions: 0, maxExecutions: trigger.maxExecutions, pollingInterval: POLLING_SECONDS };
      return { triggerType: "Event", eventTriggerConfig: { ...once, scale: { ...bounds, rules } } };
    }
  }
}
