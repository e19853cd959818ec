import { GROUP_TYPE } from "../deploy/groupType.ts";
import type { StockItem } from "../deploy/messages.ts";
import type { CancelRecord, Leftovers } from "../jobs/documents.ts";
import type { StepContext } from "./step.ts";
import { tellEvent } from "./tellEvent.ts";

/** From the request of a cancel to its end, whatever happens: no later job waits longer. */
export const CANCEL_BUDGET_MS = 300_000;
/** The stock-taking of a stopped deployment has no more to save: it goes at once when its time is over. */
const AT_ONCE = [1_000, 1_000, 1_000] as const;
/** So much the ledger keeps of a list; the event has all. */
const MOST_KEPT = 50;
const MOST_NAMED = 5;

type StockContext = Pick<StepContext, "services" | "job" | "app" | "report" | "commit" | "lost">;

export interface Stopped {
  /** Since the work was told to stop. */
  readonly elapsedMs: number;
  /** Whether the deployment said that it had made something. */
  readonly made?: boolean;
  /** Resources of the plan. */
  readonly planned?: number | undefined;
  readonly budgetMs?: number;
}

/**
 * After a cancelled deployment: frees its stack, reads again what exists, and writes into the job's cancel record what was found, with what it
 * costs. What is not done when the budget is over stays open: the next job of the app does it first.
 */
export async function takeStock(context: StockContext, stopped: Stopped): Promise<void> {
  const { services, job, app, lost } = context;
  const left = Math.max(1_000, (stopped.budgetMs ?? CANCEL_BUDGET_MS) - stopped.elapsedMs);
  const formerHosts = app.openedBy ?? [];
  const request = { kind: "recover", stack: job.appId, config: {}, recover: true, formerHosts } as const;
  const signal = AbortSignal.any([lost, AbortSignal.timeout(left)]);
  try {
    const { stock = { before: [], after: [] } } = await services.deployer.run(request, {
      signal,
      escalationMs: AT_ONCE,
      onPlan: async () => {},
      onEvent: (event) => {
        if (event.type !== "resource") tellEvent(event, context);
      },
    });
    const found = outcomeOf(stock, stopped, new Date());
    const leftovers = priced(stock.after, context, stopped.planned);
    const message = found.message ?? stoppedText(leftovers);
    if (stock.after.length > 0)
      context.report({ type: "leftovers", level: "warning", message, data: { ...leftovers } });
    const kept = { ...leftovers, resources: leftovers.resources.slice(0, MOST_KEPT) };
    await record(context, { outcome: found.outcome, message, leftovers: kept }, []);
  } catch (error) {
    if (lost.aborted) throw lost.reason;
    const reason = error instanceof Error ? error.message : String(error);
    await record(context, { outcome: "still-pending", message: PENDING }, undefined);
    context.report({ type: "still_pending", level: "warning", message: PENDING, data: { reason } });
  }
}

const PENDING =
  "Still stopping; Azure may finish it. Follow it here: the next job of the app first sorts out what is left. Nothing waits for it.";

/** Gone although it was there a moment ago: somebody else removed it. */
function outcomeOf(
  { before, after }: { readonly before: readonly StockItem[]; readonly after: readonly StockItem[] },
  { made = false }: Stopped,
  now: Date,
): { readonly outcome: NonNullable<CancelRecord["outcome"]>; readonly message?: string } {
  const groups = (items: readonly StockItem[]) => items.filter(({ type }) => type === GROUP_TYPE).map(({ id }) => id);
  const there = new Set(groups(after));
  const gone = groups(before).filter((id) => !there.has(id));
  if (gone.length === 0 && !(made && before.length === 0)) return { outcome: "confirmed" };
  const what = gone.length > 0 ? gone.join(", ") : "the app's stack";
  return { outcome: "raced-deleted", message: `Removed by someone else, seen at ${now.toISOString()}: ${what}` };
}

function priced(
  items: readonly StockItem[],
  { services, app }: Pick<StockContext, "services" | "app">,
  planned: number | undefined,
): Leftovers {
  const plan = items.map(({ urn, type, name, inputs }) => ({ urn, type, name, inputs, operation: "same" }));
  const estimate = services.estimate(plan, app.spec?.region ?? regionOf(items) ?? "eastus");
  const cost = new Map(estimate.resources.map(({ name, type, monthlyUsd }) => [`${type} ${name}`, monthlyUsd]));
  const resources = items.map(({ id, type, name }) => ({
    id,
    type,
    name,
    monthlyUsd: cost.get(`${type} ${name}`) ?? null,
  }));
  return { count: items.length, monthlyUsd: estimate.monthlyUsd, resources, ...(planned !== undefined && { planned }) };
}

function regionOf(items: readonly StockItem[]): string | undefined {
  const location = items.find(({ inputs }) => typeof inputs.location === "string")?.inputs.location;
  return typeof location === "string" ? location : undefined;
}

function stoppedText({ count, planned, monthlyUsd, resources }: Leftovers): string {
  if (count === 0) return "Stopped. Nothing exists of it.";
  const of = planned === undefined || planned < count ? "" : ` of ${planned}`;
  const named = resources.slice(0, MOST_NAMED).map(({ name }) => name);
  const more = count > named.length ? " …" : "";
  const cost = `about ${monthlyUsd.toFixed(2)} USD a month`;
  return `Stopped. ${count}${of} resources exist (${cost}): ${named.join(", ")}${more}. Destroy the app or deploy again.`;
}

async function record(
  { commit }: StockContext,
  found: Pick<CancelRecord, "outcome" | "message" | "leftovers">,
  openedBy: readonly string[] | undefined,
): Promise<void> {
  const app = openedBy === undefined ? {} : { app: { openedBy } };
  await commit((job) => ({ ...app, job: job.cancel ? { cancel: { ...job.cancel, ...found } as CancelRecord } : {} }));
}
