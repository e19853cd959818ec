import { type JobDocument, type PlaceDocument, SCHEDULE_PK, type TenantContext } from "../jobs/documents.ts";
import { isHeld } from "../jobs/states.ts";
import { toJobView } from "../jobs/view.ts";
import { estimateWait } from "../schedule/estimate.ts";
import type { Place, Schedule } from "../schedule/schedule.ts";
import type { ApiServices } from "./context.ts";
import type { JobView } from "./schemas.ts";

type Sources = Pick<ApiServices, "ledger" | "scheduler" | "store" | "durations">;

/** A job as people see it; while it is queued, with its place, the reason for waiting and about how long that still takes. */
export async function viewJob(services: Sources, tenant: TenantContext, job: JobDocument): Promise<JobView> {
  const view = toJobView(job) as unknown as JobView;
  if (job.state !== "queued") return view;
  const { active } = await services.ledger.app(tenant, job.appId);
  const ahead = Math.max(0, active.indexOf(job.jobId));
  const head = ahead > 0 ? await services.ledger.job(tenant, active[0] ?? "").catch(() => undefined) : undefined;
  const place = await services.scheduler.place(job.appId);
  const schedule = await services.scheduler.schedule();
  const reason = ahead > 0 ? behind(ahead, head) : headReason(services, job, place, schedule);
  const medianSeconds = await services.durations.median(tenant.tenantId, job.kind);
  if (medianSeconds === undefined || head?.state === "waiting" || job.notBefore !== undefined) {
    return { ...view, queue: { ahead, reason } };
  }
  const line = { medianSeconds, inApp: ahead, ...runningFor(head), ...(await slotsAhead(services, place, schedule)) };
  return { ...view, queue: { ahead, reason, estimatedSeconds: estimateWait(line) } };
}

/** Who has the app now: one job at a time works on it. */
function behind(ahead: number, head: JobDocument | undefined): string {
  const reason = `${ahead} ${ahead === 1 ? "job" : "jobs"} before yours in this app`;
  if (head?.state === "waiting") return `${reason}; the first one waits for an answer`;
  if (!head || !isHeld(head.state)) return reason;
  const { jobId, kind, phase, startedAt } = head;
  return `${reason}; ${jobId} (${kind}) has it since ${startedAt}${phase === undefined ? "" : `, step ${phase}`}`;
}

function runningFor(head: JobDocument | undefined): { readonly runningSeconds?: number } {
  if (!head?.startedAt || !isHeld(head.state)) return {};
  return { runningSeconds: Math.max(0, (Date.now() - Date.parse(head.startedAt)) / 1000) };
}

/** Why the first job of its app does not run. */
function headReason({ scheduler }: Sources, job: JobDocument, place: Place | undefined, { tenants }: Schedule): string {
  if (job.notBefore !== undefined) return `another attempt at ${job.notBefore}`;
  if (place?.jobId !== job.jobId || place.state === "admitted") return "waiting for a worker";
  const { concurrent } = scheduler.sharing.shareOf(job.tenantId);
  const inUse = tenants[job.tenantId]?.admitted ?? 0;
  return inUse >= concurrent ? `your limit of ${concurrent} is in use` : "all workers are busy";
}

/** Apps that come before this one to a slot, and how many slots they share: the tenant's own, or those of all in their turns. */
async function slotsAhead(
  { store, scheduler }: Sources,
  place: Place | undefined,
  { tenants }: Schedule,
): Promise<{ readonly forSlots?: number; readonly lanes: number }> {
  const { sharing } = scheduler;
  if (place?.state !== "waiting") return { lanes: sharing.slots };
  const { tenantId, rank } = place;
  const where = { state: "waiting", tenantId };
  const own = await store.count<PlaceDocument>({ type: "place", pk: SCHEDULE_PK, where, below: { rank } });
  const { concurrent } = sharing.shareOf(tenantId);
  if ((tenants[tenantId]?.admitted ?? 0) >= concurrent) return { forSlots: own, lanes: concurrent };
  // In its turn each other tenant gets one for each of this one's, as long as it has something waiting.
  const others = Object.entries(tenants).filter(([id]) => id !== tenantId);
  const forSlots = others.reduce((sum, [, { waiting }]) => sum + Math.min(waiting, own + 1), own);
  return { forSlots, lanes: sharing.slots };
}
