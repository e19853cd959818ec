import type { ApiClient, JobView } from "../client/apiClient.ts";
import { eventLine, say } from "./output.ts";

/** Prints a job's events as they come and resolves with the job when it is over or waits for an answer. */
export async function followJob(api: ApiClient, jobId: string): Promise<JobView> {
  for await (const event of api.events(jobId)) say(eventLine(event));
  return api.job(jobId);
}
