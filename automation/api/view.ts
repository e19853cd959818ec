import type { TenantContext } from "../jobs/documents.ts";
import type { JobLedger } from "../jobs/ledger.ts";
import { toJobView } from "../jobs/view.ts";
import type { JobView } from "./schemas.ts";

type Job = Awaited<ReturnType<JobLedger["job"]>>;

/** A job as people see it; while it waits, with its place and the reason. */
export async function viewJob(ledger: JobLedger, tenant: TenantContext, job: Job): Promise<JobView> {
  const view = toJobView(job) as JobView;
  if (job.state !== "queued") return view;
  const { active } = await ledger.app(tenant, job.appId);
  const ahead = Math.max(0, active.indexOf(job.jobId));
  const reason =
    ahead > 0
      ? `${ahead} ${ahead === 1 ? "job" : "jobs"} before this one in the app`
      : job.notBefore === undefined
        ? "waiting for a worker"
        : `another attempt at ${job.notBefore}`;
  return { ...view, queue: { ahead, reason } };
}
