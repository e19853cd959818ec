import type { JobDocument, TenantContext } from "../jobs/documents.ts";
import { toJobView } from "../jobs/view.ts";
import type { ApiServices } from "./context.ts";
import type { JobView } from "./schemas.ts";

/** A job as people see it; while it is queued, with its place and the reason for waiting. */
export async function viewJob(
  { ledger, scheduler }: Pick<ApiServices, "ledger" | "scheduler">,
  tenant: TenantContext,
  job: JobDocument,
): Promise<JobView> {
  const view = toJobView(job) as unknown as JobView;
  if (job.state !== "queued") return view;
  const { active } = await ledger.app(tenant, job.appId);
  const ahead = Math.max(0, active.indexOf(job.jobId));
  if (ahead > 0) return { ...view, queue: { ahead, reason: await behind(ledger, tenant, ahead, active[0]) } };
  return { ...view, queue: { ahead, reason: await headReason(scheduler, job) } };
}

async function behind(ledger: ApiServices["ledger"], tenant: TenantContext, ahead: number, head = ""): Promise<string> {
  const reason = `${ahead} ${ahead === 1 ? "job" : "jobs"} before yours in this app`;
  const first = await ledger.job(tenant, head).catch(() => undefined);
  return first?.state === "waiting" ? `${reason}; the first one waits for an answer` : reason;
}

/** Why the first job of its app does not run. */
async function headReason(scheduler: ApiServices["scheduler"], job: JobDocument): Promise<string> {
  if (job.notBefore !== undefined) return `another attempt at ${job.notBefore}`;
  const place = await scheduler.place(job.appId);
  if (place?.jobId !== job.jobId || place.state === "admitted") return "waiting for a worker";
  const { tenants } = await scheduler.schedule();
  const { concurrent } = scheduler.sharing.shareOf(job.tenantId);
  const inUse = tenants[job.tenantId]?.admitted ?? 0;
  return inUse >= concurrent ? `your limit of ${concurrent} is in use` : "all workers are busy";
}
