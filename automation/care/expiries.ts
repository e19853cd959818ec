import { setTimeout as sleep } from "node:timers/promises";
import { AutomationError } from "../errors.ts";
import { type AppDocument, appPk, type JobDocument, jobDocId, type TenantContext } from "../jobs/documents.ts";
import { isAppId } from "../jobs/ids.ts";
import { isHeld } from "../jobs/states.ts";
import { type LedgerStore, type ProjectionStore, StoreConflict } from "../jobs/store.ts";
import { writeSurely } from "../jobs/surely.ts";
import { toAppRow } from "../jobs/view.ts";
import { destroyFrom, type ExpiryRules } from "./expiry.ts";

export interface ExpiriesOptions {
  readonly store: LedgerStore;
  readonly projections: Pick<ProjectionStore, "project">;
  /** Of each moment. */
  readonly rules: () => ExpiryRules;
  readonly now?: () => number;
}

/** An app with an end, as people see it. */
export interface ExpiringApp {
  readonly appId: string;
  readonly title?: string;
  readonly url?: string;
  readonly ownerId: string;
  readonly monthlyUsd?: number;
  readonly expiresAt: string;
  /** When its owner was told. */
  readonly toldAt?: string;
  readonly destroyedFrom: string;
}

const TRIES = 12;
const MOST = 500;

/** The ends of a tenant's apps: what will go, and how that is put off. */
export class Expiries {
  readonly #options: ExpiriesOptions;
  readonly #now: () => number;

  constructor(options: ExpiriesOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => options.store.now());
  }

  /** What ends within so many hours, soonest first: what the platform would do, without doing it. */
  async list(tenantId: string, hours: number): Promise<readonly ExpiringApp[]> {
    const below = { expiresAt: new Date(this.#now() + hours * 3_600_000).toISOString() };
    const of = (status: AppDocument["status"]) => {
      const where = { tenantId, status };
      const range = { above: { expiresAt: "" }, below };
      return this.#options.store.find<AppDocument>({ type: "app", where, ...range, orderBy: "expiresAt", limit: MOST });
    };
    const found = (await Promise.all([of("live"), of("new")])).flat().map(({ doc }) => this.#view(doc));
    return found.flatMap((each) => each ?? []).sort((a, b) => (a.expiresAt < b.expiresAt ? -1 : 1));
  }

  /**
   * Gives an app an end, another end, or none.
   *
   * @throws {AutomationError} `APP_NOT_FOUND`, `APP_DESTROYED`, `EXPIRY_PAST`, `APP_DESTROYING` when the job that destroys it runs
   */
  async set(tenant: TenantContext, appId: string, expiresAt: string | undefined): Promise<AppDocument> {
    const { store, projections } = this.#options;
    const pk = appPk(isAppId(appId) ? appId : "none");
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const found = await store.read<AppDocument>(pk, "app");
      if (found?.doc.tenantId !== tenant.tenantId) throw new AutomationError("APP_NOT_FOUND", { id: appId });
      await this.#check(found.doc, expiresAt);
      const { expiresAt: _, expiryNotice: __, ...rest } = found.doc;
      const updatedAt = new Date(this.#now()).toISOString();
      const doc: AppDocument = {
        ...rest,
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...{ version: rest.version + 1, updatedAt },
      };
      try {
        await writeSurely(store, pk, [{ kind: "replace", doc, etag: found.etag }]);
        await projections.project("apps", doc.tenantId, toAppRow(doc));
        return doc;
      } catch (error) {
        if (!(error instanceof StoreConflict)) throw error;
        await sleep(Math.random() * Math.min(200, 5 * 2 ** attempt));
      }
    }
    throw new AutomationError("LEDGER_BUSY", { appId, tries: TRIES });
  }

  async #check({ appId, status, active }: AppDocument, expiresAt: string | undefined): Promise<void> {
    if (status === "destroyed") throw new AutomationError("APP_DESTROYED", { id: appId });
    if (expiresAt !== undefined && Date.parse(expiresAt) <= this.#now()) {
      throw new AutomationError("EXPIRY_PAST", { expiresAt });
    }
    const [head] = active;
    const job = head && (await this.#options.store.read<JobDocument>(appPk(appId), jobDocId(head)));
    if (job && job.doc.kind === "destroy" && isHeld(job.doc.state)) {
      throw new AutomationError("APP_DESTROYING", { id: appId, jobId: job.doc.jobId });
    }
  }

  #view(app: AppDocument): ExpiringApp | undefined {
    const { appId, title, url, ownerId, monthlyUsd, expiresAt, expiryNotice } = app;
    const from = destroyFrom(app, this.#options.rules(), this.#now());
    if (expiresAt === undefined || from === undefined) return undefined;
    return {
      ...{ appId, ownerId, expiresAt, destroyedFrom: new Date(from).toISOString() },
      ...(title !== undefined && { title }),
      ...(url !== undefined && { url }),
      ...(monthlyUsd !== undefined && { monthlyUsd }),
      ...(expiryNotice?.of === expiresAt && { toldAt: expiryNotice.at }),
    };
  }
}
