import { listBlobs } from "../azure/blobReads.ts";
import type { Step } from "./step.ts";

export interface Cleaned {
  /** Blobs, and runs of agents that a dead worker left. */
  readonly removed: number;
  /** Of everything under `jobs/<jobId>/`. */
  readonly storageMB: number;
}

/** Removes what only this job needed and measures what stays. Runs on every path; its failure never hides the job's own. */
export const cleanup: Step<{ readonly jobId: string; readonly attempt: number }, Cleaned> = {
  name: "cleanup",
  timeoutMs: 120_000,
  async run({ jobId }, { services, signal, job }) {
    let removed = 0;
    // Task folders of agents; the app's files lie elsewhere, by their hash.
    for (const blob of await listBlobs(services.workspaces, { prefix: `${jobId}/`, abortSignal: signal })) {
      await services.workspaces.getBlobClient(blob.name).deleteIfExists({ abortSignal: signal });
      removed += 1;
    }
    removed += (await services.agents.clear(jobId, signal)).length;
    if (job.options.model) await services.agents.closeDoors(job);
    let bytes = 0;
    for (const blob of await listBlobs(services.artifacts, { prefix: `${jobId}/`, abortSignal: signal })) {
      bytes += blob.properties.contentLength ?? 0;
    }
    return { removed, storageMB: Math.round((bytes / 1_000_000) * 1000) / 1000 };
  },
};
