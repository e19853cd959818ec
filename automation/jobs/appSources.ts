import { setTimeout as sleep } from "node:timers/promises";
import type { Profile } from "@devfactory/stacks/spec/index.ts";
import { AutomationError } from "../errors.ts";
import { endOf } from "./addJob.ts";
import { type AppDocument, appPk, type JobOptions, type SourceRecord, type TenantContext } from "./documents.ts";
import type { AppDomains } from "./domains.ts";
import { isAppId, newAppId } from "./ids.ts";
import { type Repo, repoOf } from "./repo.ts";
import { type LedgerStore, type ProjectionStore, StoreConflict } from "./store.ts";
import { writeSurely } from "./surely.ts";
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
    request: {
      readonly title?: string | undefined;
      readonly options?: JobOptions | undefined;
      readonly promotedFrom?: string;
      /** @default a new one */
      readonly appId?: string;
    },
  ): Promise<AppDocument> {
    const { appId = newAppId() } = request;
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
      ...(request.promotedFrom === undefined ? {} : { promotedFrom: request.promotedFrom }),
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
    await writeSurely(this.#store, pk, [
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
  setSource(tenant: TenantContext, appId: string, source: SourceRecord): Promise<AppDocument> {
    return this.#change(tenant, appId, () => ({ source }));
  }

  /**
   * The app that versions of another one are promoted to: made when there is none, or none any more. Its id is written down first, so
   * that whoever repeats this after a crash finds the same app.
   *
   * @throws {AutomationError} `APP_NOT_FOUND`, `APP_DESTROYED`
   */
  async promotionTarget(
    tenant: TenantContext,
    appId: string,
    wish: { readonly profile: Profile; readonly region?: string | undefined; readonly title: string },
  ): Promise<AppDocument> {
    const { profile, region, title } = wish;
    const read = async (id: string) => (await this.#store.read<AppDocument>(appPk(id), "app"))?.doc;
    const from = await this.#change(tenant, appId, async ({ promotions = {} }) => {
      const known = promotions[profile];
      if (known !== undefined && (await read(known))?.status !== "destroyed") return undefined;
      return { promotions: { ...promotions, [profile]: newAppId() } };
    });
    const id = from.promotions?.[profile] ?? "";
    const options = { profile, ...(region !== undefined && { region }) };
    try {
      return (await read(id)) ?? (await this.create(tenant, { appId: id, title, options, promotedFrom: appId }));
    } catch (error) {
      const made = error instanceof StoreConflict ? await read(id) : undefined; // somebody else did the same
      if (made) return made;
      throw error;
    }
  }

  /**
   * Changes which names of people's own the app has; the next deployment acts on it.
   *
   * @throws {AutomationError} `APP_NOT_FOUND`, `APP_DESTROYED`, and what `decide` throws
   */
  changeDomains(
    tenant: TenantContext,
    appId: string,
    decide: (app: AppDocument, now: string) => AppDomains,
  ): Promise<AppDocument> {
    return this.#change(tenant, appId, (app) => {
      const domains = decide(app, this.#iso());
      return domains === app.domains ? undefined : { domains };
    });
  }

  /**
   * Changes where the app's versions are pushed to from now on.
   *
   * @param repo nothing: nowhere
   * @throws {AutomationError} `APP_NOT_FOUND`, `APP_DESTROYED`
   */
  changeRepo(tenant: TenantContext, appId: string, repo: Repo | undefined): Promise<AppDocument> {
    return this.#change(tenant, appId, (app) => {
      const next = repo && repoOf(app.repo, repo);
      return next === app.repo ? undefined : { repo: next };
    });
  }

  /** @param decide what changes; nothing: the app stays as it is */
  async #change(
    tenant: TenantContext,
    appId: string,
    decide: (app: AppDocument) => Partial<AppDocument> | undefined | Promise<Partial<AppDocument> | undefined>,
  ): Promise<AppDocument> {
    const pk = appPk(isAppId(appId) ? appId : "none");
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const found = await this.#store.read<AppDocument>(pk, "app");
      if (found?.doc.tenantId !== tenant.tenantId) throw new AutomationError("APP_NOT_FOUND", { id: appId });
      if (found.doc.status === "destroyed") throw new AutomationError("APP_DESTROYED", { id: appId });
      const change = await decide(found.doc);
      if (!change) return found.doc;
      const doc: AppDocument = { ...found.doc, ...change, version: found.doc.version + 1, updatedAt: this.#iso() };
      try {
        await writeSurely(this.#store, pk, [{ kind: "replace", doc, etag: found.etag }]);
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
