import type { JobService, JobView } from "./jobService.ts";
import { eventLine, say } from "./output.ts";

/** Prints a job's events as they come and resolves with the job when it is over or waits for an answer. */
export async function followJob(service: JobService, jobId: string): Promise<JobView> {
  for await (const event of service.events(jobId)) say(eventLine(event));
  return service.job(jobId);
}
