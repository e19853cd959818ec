/*
 * The job service's HTTP contract as this page uses it: hand-written, field by field what `openapi.json` of the API says.
 * test/e2e/dashboard.test.ts compares these types with the API's own schemas.
 */

export type JobStatus =
  | "queued"
  | "processing"
  | "waiting"
  | "succeeded"
  | "failed"
  | "cancelling"
  | "cancelled"
  | "finalized";

export type Profile = "dev" | "standard" | "production";

export interface CreateJob {
  readonly prompt: string;
  /** Changes this app instead of making a new one. */
  readonly appId?: string;
  readonly options?: { readonly profile?: Profile; readonly region?: string };
}

export interface ServiceView {
  readonly name: string;
  readonly kind: string;
  /** Empty for one that answers nobody. */
  readonly url: string;
  /** Of one in several regions: its own address in each; `url` is the one before them. */
  readonly regions?: readonly { readonly region: string; readonly url: string }[] | undefined;
}

export interface StepView {
  readonly name: string;
  readonly status: string;
  readonly startedAt: string;
  readonly durationMs?: number | undefined;
}

export interface ArtifactView {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface ErrorView {
  readonly code: string;
  readonly class: string;
  readonly title: string;
  readonly detail: string;
  readonly fix: string;
  readonly step?: string | undefined;
  /** Of a build: the last lines of its log. */
  readonly log?: readonly string[] | undefined;
}

export interface MonthlyCost {
  readonly monthlyUsd: number;
  /** Parts without a price, which the sum leaves out. */
  readonly unpricedParts?: number | undefined;
}

/** Where versions are kept, and what became of the last one. */
export interface RepoView {
  readonly provider: "github" | "azure-repos";
  readonly url: string;
  readonly branch: string;
  readonly commit?: string | undefined;
  readonly jobId?: string | undefined;
  readonly at?: string | undefined;
  readonly problem?: { readonly code: string; readonly detail: string; readonly fix: string } | undefined;
}

export interface JobView {
  readonly id: string;
  readonly jobId: string;
  readonly appId: string;
  readonly kind: "create" | "edit" | "destroy" | "deploy" | "drift" | "repair";
  readonly status: JobStatus;
  readonly state: string;
  readonly prompt: string;
  readonly options: {
    readonly profile?: Profile | undefined;
    readonly region?: string | undefined;
    readonly target?: "local" | "azure" | undefined;
  };
  readonly phase?: string | undefined;
  readonly currentAgent?: string | undefined;
  readonly createdAt: string;
  readonly startedAt?: string | undefined;
  readonly finishedAt?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly attempts: number;
  readonly lastEvent: number;
  readonly parentJobId?: string | undefined;
  readonly priority?: "high" | "normal" | "low" | undefined;
  readonly latestWins?: boolean | undefined;
  readonly supersededBy?: string | undefined;
  readonly feedbackId?: string | undefined;
  readonly steps: readonly StepView[];
  readonly questions: readonly string[];
  readonly notUnderstood: readonly string[];
  readonly artifacts: readonly ArtifactView[];
  readonly costMetrics: {
    readonly aiTokens: number;
    readonly computeSec: number;
    readonly storageMB: number;
    readonly usd: number;
  };
  readonly cancel?:
    | {
        readonly requestedAt: string;
        readonly by: string;
        readonly outcome?: string | undefined;
        readonly message?: string | undefined;
      }
    | undefined;
  readonly error?: ErrorView | undefined;
  readonly queue?:
    | { readonly ahead: number; readonly reason: string; readonly estimatedSeconds?: number | undefined }
    | undefined;
  readonly finalizedVersion?:
    | {
        readonly iteration: number;
        readonly images: Readonly<Record<string, string>>;
        readonly specHash?: string | undefined;
        readonly workspace?: string | undefined;
      }
    | undefined;
  readonly from?:
    | {
        readonly kind: "rollback" | "promotion" | "domain";
        readonly deploymentId?: string | undefined;
        readonly host?: string | undefined;
      }
    | undefined;
  readonly replaced?: string | undefined;
  readonly repo?: RepoView | undefined;
  readonly url?: string | undefined;
  readonly openapi?: string | undefined;
  readonly services: readonly ServiceView[];
  readonly estimate?: MonthlyCost | undefined;
}

/** A version of files that somebody brought. */
export interface SourceView {
  readonly hash: string;
  readonly files: number;
  readonly bytes: number;
  readonly from: "upload" | "git";
  readonly git?: { readonly url: string; readonly ref: string; readonly commit: string } | undefined;
  readonly at: string;
}

export interface AppView {
  readonly id: string;
  readonly appId: string;
  readonly status: "new" | "live" | "destroyed";
  readonly title?: string | undefined;
  readonly prompt: string;
  readonly feedback: readonly string[];
  readonly iteration: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly activeJobs: readonly string[];
  /** The deployment that runs. */
  readonly deployment?: string | undefined;
  /** Profile → app that versions were promoted to. */
  readonly promotions?: Readonly<Record<string, string>> | undefined;
  readonly promotedFrom?: string | undefined;
  readonly repo?: RepoView | undefined;
  /** What the last look at its resources found. */
  readonly drift?:
    | {
        readonly checkedAt: string;
        readonly jobId: string;
        readonly resources: readonly {
          readonly urn: string;
          readonly type: string;
          readonly name: string;
          readonly change: "changed" | "gone";
          readonly properties: readonly string[];
        }[];
      }
    | undefined;
  /** When it ends; absent: it stays. */
  readonly expiresAt?: string | undefined;
  readonly images: Readonly<Record<string, string>>;
  readonly spec?: unknown;
  readonly source?: SourceView | undefined;
  readonly services?: readonly ServiceView[] | undefined;
  readonly url?: string | undefined;
  readonly openapi?: string | undefined;
  readonly estimate?: MonthlyCost | undefined;
}

export interface JobEvent {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly level: "info" | "warning" | "error";
  readonly message: string;
  readonly step?: string | undefined;
  readonly agent?: string | undefined;
  /** The person who did it. */
  readonly by?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

export interface FeedbackView {
  readonly id: string;
  /** The job that works on it. */
  readonly jobId: string;
  readonly parentJobId: string;
  readonly appId: string;
  readonly content: string;
  readonly timestamp: string;
  readonly fileRefs: readonly string[];
  readonly resolution: "pending" | "in_progress" | "resolved" | "rejected";
}

/** Nothing more happens in such a job by itself. */
export function isOver(status: JobStatus): boolean {
  return status === "succeeded" || status === "failed" || status === "cancelled" || status === "finalized";
}
