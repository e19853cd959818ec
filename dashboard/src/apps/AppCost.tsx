import type { Api } from "../api.ts";
import type { JobView } from "../contract.ts";
import { Estimate } from "../jobs/Estimate.tsx";
import { useJob } from "../jobs/useJob.ts";

/** What the running version of an app costs by resource: the estimate of the job that deployed it. */
export function AppCost({ api, jobs }: { readonly api: Api; readonly jobs: readonly JobView[] }) {
  const deployed = deployingJob(jobs);
  return deployed ? <JobCost key={deployed.jobId} api={api} jobId={deployed.jobId} /> : null;
}

/** The newest job that brought a version; `jobs` are the newest first. */
export function deployingJob(jobs: readonly JobView[]): JobView | undefined {
  return jobs.find((job) => job.kind !== "destroy" && (job.status === "succeeded" || job.status === "finalized"));
}

function JobCost({ api, jobId }: { readonly api: Api; readonly jobId: string }) {
  const { events } = useJob(api, jobId);
  return <Estimate events={events} />;
}
