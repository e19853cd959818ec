import type { ContainerClient } from "@azure/storage-blob";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { BlobLinks } from "../azure/blobLinks.ts";
import type { Expiries } from "../care/expiries.ts";
import type { AppSources } from "../jobs/appSources.ts";
import type { JobWatch } from "../jobs/jobWatch.ts";
import type { JobLedger } from "../jobs/ledger.ts";
import type { MeasuredDurations } from "../jobs/measuredDurations.ts";
import type { LedgerStore, ProjectionStore } from "../jobs/store.ts";
import type { KeyStore } from "../keys/keyStore.ts";
import type { Logger } from "../logger.ts";
import type { ModelGateway } from "../models/gateway.ts";
import type { ModelChoices } from "../models/modelChoices.ts";
import type { Spending } from "../models/spending.ts";
import type { Endpoints } from "../notify/endpoints.ts";
import type { LimitsOf } from "../schedule/limits.ts";
import type { Scheduler } from "../schedule/scheduler.ts";
import type { SourceIntake } from "../source/intake.ts";
import type { Deliveries } from "../webhooks/deliveries.ts";
import type { WebhookSecrets } from "../webhooks/signature.ts";
import type { Principal, TokenVerifier } from "./auth.ts";
import type { TenantAudit } from "./tenantAudit.ts";
import type { V2Options } from "./v2Deploy.ts";

export interface ApiVariables {
  principal: Principal;
  /** Of the thing that is answered with: it stands in the ETag. */
  version?: number;
}

export type Api = OpenAPIHono<{ Variables: ApiVariables }>;

/** What the routes use; made once in `main.ts`, and with a store in memory in route tests. */
export interface ApiServices {
  readonly ledger: JobLedger;
  readonly jobWatch: Pick<JobWatch, "follow">;
  readonly apps: AppSources;
  readonly sources: SourceIntake;
  /** Hosts of repositories that may keep versions, as `name` or `name:port`. */
  readonly gitHosts: readonly string[];
  readonly projections: ProjectionStore;
  /** For numbers over many jobs, and what is left of limits; one job is the ledger's. */
  readonly store: Pick<LedgerStore, "find" | "count" | "read" | "now">;
  readonly expiries: Expiries;
  readonly durations: Pick<MeasuredDurations, "median">;
  readonly scheduler: Pick<Scheduler, "place" | "schedule" | "sharing">;
  readonly limitsOf: LimitsOf;
  readonly verifier: Pick<TokenVerifier, "verify">;
  /** Blob containers `jobs` and `feedback`. */
  readonly artifacts: Pick<ContainerClient, "getBlobClient">;
  readonly links: Pick<BlobLinks, "make">;
  readonly attachments: Pick<ContainerClient, "getBlockBlobClient">;
  readonly keys: KeyStore;
  /** Models by the tenant's keys. */
  readonly models: {
    readonly gateway: Pick<ModelGateway, "call">;
    readonly choices: Pick<ModelChoices, "check">;
    readonly spending: Pick<Spending, "spent">;
  };
  readonly endpoints: Endpoints;
  readonly webhooks: { readonly secrets: WebhookSecrets; readonly deliveries: Pick<Deliveries, "accept"> };
  /** Records what somebody did that belongs to no job. */
  readonly tenantAudit: TenantAudit;
  readonly log: Logger;
  /** Throws while the service is not usable. */
  readonly ready: () => Promise<void>;
  /** Whether something that can be done without for a while does not answer. */
  readonly isDegraded?: () => boolean;
  /** What it depends on, by name; each throws while it cannot be reached. */
  readonly dependencies: Readonly<Record<string, (signal: AbortSignal) => Promise<void>>>;
  /** How `POST /api/deploy` moves from the older service to this one. */
  readonly v2: V2Options;
  readonly dashboardOrigins: readonly string[];
}
