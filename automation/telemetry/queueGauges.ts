import { metrics } from "@opentelemetry/api";
import type { JobDocument } from "../jobs/documents.ts";
import type { LedgerStore } from "../jobs/store.ts";
import type { Scheduler } from "../schedule/scheduler.ts";
import { SCOPE } from "./spans.ts";

interface QueueSources {
  readonly store: Pick<LedgerStore, "find" | "count" | "now">;
  readonly scheduler: Pick<Scheduler, "schedule" | "sharing">;
}

/** What the whole queue holds now. */
export async function queueNumbers({ store, scheduler }: QueueSources) {
  const queued = { type: "job", where: { state: "queued" }, orderBy: "createdAt", limit: 1 } as const;
  const [schedule, [oldest], dead] = await Promise.all([
    scheduler.schedule(),
    store.find<JobDocument>(queued),
    store.count<JobDocument>({ type: "job", where: { state: "dead" } }),
  ]);
  const lines = Object.values(schedule.tenants);
  const sum = (of: "admitted" | "waiting") => lines.reduce((total, line) => total + line[of], 0);
  const oldestSeconds = oldest ? Math.max(0, (store.now() - Date.parse(oldest.doc.createdAt)) / 1000) : 0;
  return { admitted: sum("admitted"), waiting: sum("waiting"), dead, oldestSeconds, slots: scheduler.sharing.slots };
}

/** Depth and oldest age of the queue, read when metrics are sent. Every worker tells the same: take the greatest, not the sum. */
export function observeQueue(sources: QueueSources): void {
  const meter = metrics.getMeter(SCOPE);
  const depth = meter.createObservableGauge("devfactory.queue.depth", { description: "Apps in the queue, by place" });
  const oldest = meter.createObservableGauge("devfactory.queue.oldest", {
    description: "Age of the oldest queued job",
    unit: "s",
  });
  const slots = meter.createObservableGauge("devfactory.queue.slots", {
    description: "Jobs that may be worked on at once",
  });
  meter.addBatchObservableCallback(
    async (result) => {
      const now = await queueNumbers(sources);
      for (const place of ["admitted", "waiting", "dead"] as const) result.observe(depth, now[place], { place });
      result.observe(oldest, now.oldestSeconds);
      result.observe(slots, now.slots);
    },
    [depth, oldest, slots],
  );
}
