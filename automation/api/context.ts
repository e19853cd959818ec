import type { ContainerClient } from "@azure/storage-blob";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { JobLedger } from "../jobs/ledger.ts";
import type { LedgerStore, ProjectionStore } from "../jobs/store.ts";
import type { KeyStore } from "../keys/keyStore.ts";
import type { Logger } from "../logger.ts";
import type { LimitsOf } from "../schedule/limits.ts";
import type { Scheduler } from "../schedule/scheduler.ts";
import type { Principal, TokenVerifier } from "./auth.ts";
import type { TenantAudit } from "./tenantAudit.ts";

export interface ApiVariables {
  principal: Principal;
}

export type Api = OpenAPIHono<{ Variables: ApiVariables }>;

/** What the routes use; made once in `main.ts`, and with a store in memory in route tests. */
export interface ApiServices {
  readonly ledger: JobLedger;
  readonly projections: ProjectionStore;
  /** For numbers over many jobs; one job is the ledger's. */
  readonly store: Pick<LedgerStore, "find" | "count">;
  readonly scheduler: Pick<Scheduler, "place" | "schedule" | "sharing">;
  readonly limitsOf: LimitsOf;
  readonly verifier: Pick<TokenVerifier, "verify">;
  /** Blob containers `jobs` and `feedback`. */
  readonly artifacts: Pick<ContainerClient, "getBlobClient">;
  readonly attachments: Pick<ContainerClient, "getBlockBlobClient">;
  readonly keys: KeyStore;
  /** Records what somebody did that belongs to no job. */
  readonly tenantAudit: TenantAudit;
  readonly log: Logger;
  /** Throws while a dependency is not usable. */
  readonly ready: () => Promise<void>;
  readonly dashboardOrigins: readonly string[];
}
