import { setTimeout as sleep } from "node:timers/promises";
import { AutomationError } from "../errors.ts";
import { endOf } from "./addJob.ts";
import { type AppDocument, appPk, type JobOptions, type SourceRecord, type TenantContext } from "./documents.ts";
import { isAppId, newAppId } from "./ids.ts";
import { type LedgerStore, type ProjectionStore, StoreConflict } from "./store.ts";
import { toAppRow } from "./view.ts";

const TRIES = 12;

/** Apps whose files people bring: made without a prompt, and told where their next version lies. */
export class AppSources {
  readonly #store: LedgerStore;
  readonly #projections: Pick<ProjectionStore, "project">;
  readonly #now: () => number;

  constructor(store: LedgerStore, projections: Pick<ProjectionStore, "project">, now: () => number = Date.now) {
    this.#store = store;
    this.#projections = projections;
    this.#now = now;
  }

  /** An app without files, services and jobs: nothing is made on Azure, so nothing is reserved. */
  async create(
    tenant: TenantContext,
    request: { readonly title?: string | undefined; readonly options?: JobOptions | undefined },
  ): Promise<AppDocument> {
    const appId = newAppId();
    const now = this.#iso();
    const pk = appPk(appId);
    const app: AppDocument = {
      id: "app",
      pk,
      schema: 1,
      type: "app",
      appId,
      tenantId: tenant.tenantId,
      ownerId: tenant.userId,
      createdAt: now,
      updatedAt: now,
      status: "new",
      active: [],
      version: 1,
      iteration: 0,
      prompt: "",
      feedback: [],
      options: request.options ?? {},
      ...endOf(request.options ?? {}, now),
      ...(request.title === undefined ? {} : { title: request.title }),
    };
    const lease = {
      id: "lease",
      pk,
      schema: 1,
      type: "lease",
      token: 0,
      holder: null,
      jobId: null,
      writeId: appId,
      renewedAt: now,
    } as const;
    await this.#store.batch(pk, [
      { kind: "create", doc: app },
      { kind: "create", doc: lease },
    ]);
    await this.#project(app);
    return app;
  }

  /**
   * The app's next deployment takes this version.
   *
   * @throws {AutomationError} `APP_NOT_FOUND` also for an app of another tenant, `APP_DESTROYED`
   */
  async setSource(tenant: TenantContext, appId: string, source: SourceRecord): Promise<AppDocument> {
    const pk = appPk(isAppId(appId) ? appId : "none");
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const found = await this.#store.read<AppDocument>(pk, "app");
      if (found?.doc.tenantId !== tenant.tenantId) throw new AutomationError("APP_NOT_FOUND", { id: appId });
      if (found.doc.status === "destroyed") throw new AutomationError("APP_DESTROYED", { id: appId });
      const doc: AppDocument = { ...found.doc, source, version: found.doc.version + 1, updatedAt: this.#iso() };
      try {
        await this.#store.batch(pk, [{ kind: "replace", doc, etag: found.etag }]);
        await this.#project(doc);
        return doc;
      } catch (error) {
        if (!(error instanceof StoreConflict)) throw error;
        await sleep(Math.random() * Math.min(200, 5 * 2 ** attempt));
      }
    }
    throw new AutomationError("LEDGER_BUSY", { appId, tries: TRIES });
  }

  /** The row that people list. Should the process die before it, the app's next change writes it. */
  async #project(app: AppDocument): Promise<void> {
    await this.#projections.project("apps", app.tenantId, toAppRow(app));
  }

  #iso(): string {
    return new Date(this.#now()).toISOString();
  }
}
