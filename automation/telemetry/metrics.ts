import { type Meter, metrics } from "@opentelemetry/api";
import { SCOPE } from "./spans.ts";

/** Bounds of histograms of work that takes from milliseconds to half an hour; seconds. */
const WORK_BOUNDS = [0.01, 0.05, 0.25, 1, 5, 15, 30, 60, 120, 300, 600, 1800];
/** Bounds of histograms of calls; seconds. */
const CALL_BOUNDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Every instrument of the platform. docs/operations.md has the list. */
function make(meter: Meter) {
  const seconds = (name: string, description: string, bounds: number[]) =>
    meter.createHistogram(name, { description, unit: "s", advice: { explicitBucketBoundaries: bounds } });
  return {
    jobs: meter.createCounter("devfactory.jobs", { description: "Attempts that ended, by kind and the job's state" }),
    jobSeconds: seconds("devfactory.job.duration", "One attempt of a job", WORK_BOUNDS),
    stepSeconds: seconds("devfactory.step.duration", "One run of a step", WORK_BOUNDS),
    waitSeconds: seconds("devfactory.job.wait", "From the acceptance of a job to its first start", WORK_BOUNDS),
    storeSeconds: seconds("devfactory.store.duration", "One call of the ledger's store", CALL_BOUNDS),
    requestSeconds: seconds("http.server.request.duration", "One request of the API", CALL_BOUNDS),
    leasesLost: meter.createCounter("devfactory.leases.lost", { description: "Leases that another worker took" }),
  } as const;
}

let made: ReturnType<typeof make> | undefined;

/** The instruments; the first use must come after the start of telemetry, as a meter that was asked earlier stays empty. */
export function instruments(): ReturnType<typeof make> {
  made ??= make(metrics.getMeter(SCOPE));
  return made;
}
