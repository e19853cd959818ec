import type { AppSpec, Profile } from "@devfactory/stacks/spec/index.ts";
import type { Drifted } from "../care/drift.ts";
import type { FindingDocument } from "../care/findingDocument.ts";
import type { ErrorRecord } from "../errors.ts";
import type { EndpointDocument, NotificationDocument } from "../notify/documents.ts";
import type { Place, Priority, Schedule } from "../schedule/schedule.ts";
import type { DeliveryDocument, RepositoryDocument } from "../webhooks/documents.ts";
import type { AppDomains } from "./domains.ts";
import type { Decision } from "./feedback.ts";
import type { HolderProcess } from "./holderProcess.ts";
import type { FinalizedVersion, Release, ReleaseOrigin } from "./release.ts";
import type { RepoState } from "./repo.ts";
import type { Reuse } from "./retrySteps.ts";
import type { ServiceAddress } from "./serviceAddress.ts";
import type { JobState } from "./states.ts";
import type { IdempotencyDocument, PlanDocument, QuotaDocument, ReservationDocument } from "./tenantDocuments.ts";

/**
 * Every document of the container `ledger`; `pk` is `app:<appId>`, `tenant:<tenantId>`, `schedule`, `care`, `webhook:<source>`,
 * `notify:<tenantId>` or `repository:<address>`.
 */
export interface Base {
  readonly id: string;
  readonly pk: string;
  /** Form of the document: `FORMS` says which ones a release writes and understands. */
  readonly schema: number;
}

/** Who asks: read from a verified token, handed to every store call of a request. */
export interface TenantContext {
  readonly tenantId: string;
  readonly userId: string;
}

export interface JobOptions {
  readonly profile?: Profile | undefined;
  readonly region?: string | undefined;
  readonly target?: "local" | "azure" | undefined;
  /** Of a new app: hours after which it ends. */
  readonly ttlHours?: number | undefined;
  /** Of a provider that the tenant has a key for; absent: the template model. */
  readonly model?: { readonly provider: string; readonly name: string } | undefined;
}

/** A version of files that somebody brought. */
export interface SourceRecord {
  /** Blob in `workspaces` with all files. */
  readonly workspace: string;
  /** Of paths, modes and contents: equal files, equal hash. */
  readonly hash: string;
  readonly files: number;
  readonly bytes: number;
  readonly from: "upload" | "git";
  readonly git?: { readonly url: string; readonly ref: string; readonly commit: string };
  readonly at: string;
}

/** What the last deployment, of an app or by a job, left to be seen. */
export interface Deployed {
  readonly url?: string;
  readonly services?: readonly ServiceAddress[];
  readonly monthlyUsd?: number;
  /** Parts that `monthlyUsd` leaves out. */
  readonly unpricedParts?: number;
  /** Whether the version that was deployed describes its API at `/openapi.json`. */
  readonly describesApi?: boolean;
}

/** One app: what is deployed, and the jobs that are not finished, oldest first. */
export interface AppDocument extends Base, Deployed {
  readonly id: "app";
  readonly type: "app";
  readonly appId: string;
  readonly tenantId: string;
  readonly ownerId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly status: "new" | "live" | "destroyed";
  /** Ids of the jobs that are not terminal; the first is the only one that may run. */
  readonly active: readonly string[];
  /** Raised with every write: a projection with a lower one never overwrites a higher one. */
  readonly version: number;
  /** Counts what was deployed: 1 after the first job. */
  readonly iteration: number;
  readonly prompt: string;
  /** Wishes given after the first prompt, oldest first. */
  readonly feedback: readonly string[];
  readonly title?: string;
  readonly spec?: AppSpec;
  /** Blob in `workspaces` with the files of the last iteration. */
  readonly workspace?: string;
  /** What the next deployment takes, when people bring the files. */
  readonly source?: SourceRecord;
  /** Service → image by digest, and the hash of what it was built from. */
  readonly images?: Readonly<Record<string, { readonly reference: string; readonly sourceHash: string }>>;
  readonly options: JobOptions;
  /** Raised when the names of a first deployment were held by deleted resources: all names of the app follow from it. @default 0 */
  readonly nameEpoch?: number;
  /** Machines whose workers opened the app's stack for a deployment and have not said its end. Not empty: the next one recovers first. */
  readonly openedBy?: readonly string[];
  /** Names of people's own, by host. */
  readonly domains?: AppDomains;
  /** Where its versions are pushed to; `undefined` in a change takes it away. */
  readonly repo?: RepoState | undefined;
  /** The job whose release runs. */
  readonly deployment?: string;
  /** Apps that releases of this one were promoted to, by profile. */
  readonly promotions?: Readonly<Record<string, string>>;
  /** The app whose releases this one gets. */
  readonly promotedFrom?: string;
  /** What the last look at its resources found. */
  readonly drift?: { readonly checkedAt: string; readonly jobId: string; readonly resources: readonly Drifted[] };
  /** When it ends; absent: it stays. Nothing else makes the platform destroy an app by itself. */
  readonly expiresAt?: string;
  /** The owner was told `at` then of the end `of` then. */
  readonly expiryNotice?: { readonly of: string; readonly at: string };
}

/** Who works on the app. Every write of a worker replaces it, which fails when somebody else took over. */
export interface LeaseDocument extends Base {
  readonly id: "lease";
  readonly type: "lease";
  readonly token: number;
  readonly holder: string | null;
  /** The holder's process, where it can be told: its death need not be waited for. */
  readonly process?: HolderProcess;
  readonly jobId: string | null;
  /** Names the write that left this version: a lost answer is recognised by it. */
  readonly writeId: string;
  /** For display only; expiry is seen by an unchanged ETag over one lease time. */
  readonly renewedAt: string;
}

export type CancelOutcome = "confirmed" | "raced-succeeded" | "raced-failed" | "raced-deleted" | "still-pending";

export interface CancelRecord {
  readonly requestedAt: string;
  readonly by: string;
  readonly outcome?: CancelOutcome;
  /** What became of it, for people. */
  readonly message?: string;
  readonly leftovers?: Leftovers;
}

/** What a stopped deployment left in Azure. */
export interface Leftovers {
  readonly count: number;
  /** Of the plan that was stopped. */
  readonly planned?: number;
  /** Estimate of all together, per month, before tax. */
  readonly monthlyUsd: number;
  /** At most 50. */
  readonly resources: readonly {
    /** In Azure. */
    readonly id: string;
    readonly type: string;
    readonly name: string;
    /** `null`: free, or not in the price book. */
    readonly monthlyUsd: number | null;
  }[];
}

export interface StepSummary {
  readonly name: string;
  readonly status: "running" | "succeeded" | "failed" | "cancelled" | "skipped";
  readonly startedAt: string;
  readonly durationMs?: number;
  /** Of a skipped one: the job that did it. */
  readonly reusedFrom?: string;
}

export interface Artifact {
  readonly name: string;
  readonly blob: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface CostMetrics {
  readonly aiTokens: number;
  readonly computeSec: number;
  readonly storageMB: number;
  readonly usd: number;
}

/** `deploy` brings files that people wrote: no agents. `drift` only looks at what is deployed, `repair` puts it back. */
export const JOB_KINDS = ["create", "edit", "destroy", "deploy", "drift", "repair"] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export interface JobDocument extends Base, Deployed {
  readonly type: "job";
  readonly jobId: string;
  readonly appId: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly kind: JobKind;
  readonly prompt: string;
  readonly options: JobOptions;
  readonly parentJobId?: string;
  readonly feedbackId?: string;
  /** Of a `deploy`: the version that it deploys, also when it is retried. */
  readonly source?: SourceRecord;
  /** Of a `deploy`: what was built before and is put into place instead of the source. */
  readonly from?: ReleaseOrigin;
  /** Of a retry: what it takes over of the job that it does again. */
  readonly reuses?: Reuse;
  /** What it put into place. */
  readonly release?: Release;
  /** The deployment that ran before it. */
  readonly replaced?: string;
  /** Where its version was pushed to, or why not. */
  readonly repo?: RepoState;
  /** What people said about feedback that it works on, by the feedback's id. */
  readonly decisions?: Readonly<Record<string, Decision>>;
  /** Blobs that came with the feedback. */
  readonly fileRefs: readonly string[];
  readonly state: JobState;
  readonly phase?: string;
  readonly currentAgent?: string;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** A new attempt waits until then. */
  readonly notBefore?: string;
  /** Of all series. */
  readonly attempts: number;
  /** Raised by a redrive. @default 1 */
  readonly series?: number;
  /** Attempts before the last redrive or answer: only later ones count towards the limit. */
  readonly earlierAttempts?: number;
  /** Among the jobs of the tenant. @default normal */
  readonly priority?: Priority;
  /** Version of the app when it last asked for a slot after a rest: a place of before is not its own any more. @default 0 */
  readonly stay?: number;
  /** A newer job of this kind takes its place while it has not started: only the last one matters. */
  readonly latestWins?: boolean;
  /** The job that took its place. */
  readonly supersededBy?: string;
  /** Raised by an answer to a waiting job: planning starts afresh with it. */
  readonly round: number;
  readonly lastSeq: number;
  readonly version: number;
  readonly steps: readonly StepSummary[];
  readonly questions: readonly string[];
  /** Answers to questions of this job, oldest first. */
  readonly answers: readonly string[];
  readonly notUnderstood: readonly string[];
  /** The estimate above the budget that its question is about; 0 when its questions are others. US dollars a month. */
  readonly overBudgetUsd?: number;
  /** The user agreed to this estimate although it is above the budget. */
  readonly approvedMonthlyUsd?: number;
  readonly cancel?: CancelRecord;
  readonly error?: ErrorRecord;
  readonly artifacts: readonly Artifact[];
  readonly costMetrics: CostMetrics;
  /** Names the API's last write: a lost answer is recognised by it. */
  readonly writeId?: string;
  /** The message that is its dead letter. */
  readonly letter?: string;
  /** Of a `destroy`: the end that brought it; it is kept when that was put off meanwhile. */
  readonly expiry?: string;
  /** W3C trace context of the request that made it; absent while nobody traces. */
  readonly traceparent?: string;
  /** Its events and step records were removed when they had become old. */
  readonly trimmed?: boolean;
  readonly finalizedVersion?: FinalizedVersion;
}

/** What one run of a step left: the evidence that it was done. */
export interface StepDocument extends Base {
  readonly type: "step";
  readonly jobId: string;
  readonly step: string;
  readonly attempt: number;
  readonly inputHash: string;
  readonly status: StepSummary["status"];
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly durationMs?: number;
  readonly evidence?: unknown;
  readonly error?: ErrorRecord;
  /** The job that did it: this one took its evidence over. */
  readonly reusedFrom?: string;
}

export type EventLevel = "info" | "warning" | "error";

export interface JobEvent {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly level: EventLevel;
  readonly message: string;
  readonly step?: string;
  readonly agent?: string;
  /** The person who did it. */
  readonly by?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface EventDocument extends Base {
  readonly type: "event";
  readonly jobId: string;
  readonly event: JobEvent;
}

/** An effect outside the partition that must follow a write: done at once, and by the sweep when the process died in between. */
export interface OutboxDocument extends Base {
  readonly type: "outbox";
  /** `publish`: ask for a slot and wake a worker; `vacate`: give the slot back; `release`: that, and the reservation. */
  readonly kind: "publish" | "vacate" | "release" | "project";
  readonly appId: string;
  readonly jobId: string;
  readonly tenantId: string;
  readonly createdAt: string;
  /** Of `release`: the reservation, where it is not the job's first. */
  readonly reservation?: string;
  /** Of `publish`: the message waits until then, without a slot. */
  readonly notBefore?: string;
  readonly priority?: Priority;
  readonly messageId?: string;
  /** Of `publish`: the stay that begins. Of `vacate` and `release`, and of a pause: stays before it end. */
  readonly stay?: number;
  readonly traceparent?: string;
  /** Of `project`: rows for `auditLogs`. */
  readonly audit?: readonly AuditRow[];
}

export interface AuditRow {
  readonly id: string;
  /** `tenant:<tenantId>` for what belongs to no job. */
  readonly jobId: string;
  readonly tenantId: string;
  /** The person who did it. */
  readonly userId?: string;
  readonly event: string;
  readonly message: string;
  readonly timestamp: string;
  readonly agentId?: string;
  /** Seconds. */
  readonly processingTime?: number;
}

/** Slots in use and turns; one document for all tenants. */
export interface ScheduleDocument extends Base, Schedule {
  readonly id: "schedule";
  readonly type: "schedule";
  /** Names the write that left this version. */
  readonly writeId: string;
}

/** Where the first job of an app stands in the queue. */
export interface PlaceDocument extends Base, Place {
  readonly type: "place";
}

/** Who does a chore that one process is enough for. */
export interface TurnDocument extends Base {
  readonly type: "turn";
  readonly by: string;
  readonly count: number;
  /** How far the chore has come. */
  readonly until?: string;
}

export type LedgerDocument =
  | ScheduleDocument
  | PlaceDocument
  | TurnDocument
  | AppDocument
  | LeaseDocument
  | JobDocument
  | StepDocument
  | EventDocument
  | OutboxDocument
  | QuotaDocument
  | ReservationDocument
  | IdempotencyDocument
  | DeliveryDocument
  | RepositoryDocument
  | PlanDocument
  | EndpointDocument
  | NotificationDocument
  | FindingDocument;

export const appPk = (appId: string) => `app:${appId}`;
export const tenantPk = (tenantId: string) => `tenant:${tenantId}`;
export const SCHEDULE_PK = "schedule";
export const CARE_PK = "care";
export const placeDocId = (appId: string) => `place-${appId}`;
export const jobDocId = (jobId: string) => `job-${jobId}`;
export const stepDocId = (jobId: string, step: string, attempt: number) => `step-${jobId}-${step}-${attempt}`;
/** Zero-padded, so that the order of ids is the order of events. */
export const eventDocId = (jobId: string, seq: number) => `event-${jobId}-${String(seq).padStart(8, "0")}`;
