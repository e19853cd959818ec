import type { ApiClient, JobView } from "../client/apiClient.ts";
import { eventLine, say } from "./output.ts";

/** Prints a job's events as they come and resolves with the job when it is over or waits for an answer. */
export async function followJob(api: Pick<ApiClient, "events" | "job">, jobId: string): Promise<JobView> {
  for await (const event of api.events(jobId)) {
    say(eventLine(event));
    if (event.type !== "question") continue;
    const job = await api.job(jobId);
    if (job.status === "waiting") return job; // else the question is one of before, and has its answer
  }
  return api.job(jobId);
}
