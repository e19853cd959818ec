import { AutomationError } from "../errors.ts";
import { tenantPk } from "./documents.ts";
import { type LedgerStore, StoreConflict } from "./store.ts";
import type { PlanDocument, PlanStatus } from "./tenantDocuments.ts";

const TRIES = 5;

/** What each tenant has paid for. A tenant without a subscription has no row and no limit but its quotas. */
export class TenantPlans {
  readonly #store: Pick<LedgerStore, "read" | "batch">;
  readonly #now: () => number;

  constructor(store: Pick<LedgerStore, "read" | "batch">, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  async of(tenantId: string): Promise<PlanStatus | undefined> {
    return (await this.#store.read<PlanDocument>(tenantPk(tenantId), "plan"))?.doc.status;
  }

  /** For what begins new work: a tenant whose plan ended keeps its apps, but gets no new ones. @throws {AutomationError} `PLAN_INACTIVE` */
  async check(tenantId: string): Promise<void> {
    const status = await this.of(tenantId);
    if (status !== undefined && status !== "active") throw new AutomationError("PLAN_INACTIVE", { status });
  }

  /** Notes what the subscription is now. */
  async set(tenantId: string, subscriptionId: string, status: PlanStatus): Promise<void> {
    const pk = tenantPk(tenantId);
    const changedAt = new Date(this.#now()).toISOString();
    const own = { id: "plan", pk, schema: 1, type: "plan", subscriptionId, status, changedAt } as const;
    for (let attempt = 1; ; attempt++) {
      const before = await this.#store.read<PlanDocument>(pk, "plan");
      const doc: PlanDocument = { ...before?.doc, ...own };
      try {
        await this.#store.batch(pk, [before ? { kind: "replace", doc, etag: before.etag } : { kind: "create", doc }]);
        return;
      } catch (error) {
        if (!(error instanceof StoreConflict) || attempt === TRIES) throw error;
      }
    }
  }
}
