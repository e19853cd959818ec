import { refuse } from "../archive/entryGuard.ts";
import type { FileSet } from "../archive/fileSet.ts";
import { readArchive } from "../archive/readArchive.ts";
import type { DetectedService } from "../detect/detectProject.ts";
import { AutomationError, toErrorRecord } from "../errors.ts";
import type { AppSources } from "../jobs/appSources.ts";
import type { AppDocument, SourceRecord, TenantContext } from "../jobs/documents.ts";
import { filterSource } from "./filter.ts";
import { fetchGit, type GitOptions, type GitReference } from "./git.ts";
import { readSpec } from "./readSpec.ts";
import type { ManifestEntry, SourceStore, StoredFiles } from "./sourceStore.ts";

/** Intakes of one process, and of one tenant among them: who sends slowly holds up himself first. */
const AT_ONCE = 3;
const OF_TENANT = 2;

export interface IntakeOptions {
  readonly store: SourceStore;
  readonly apps: AppSources;
  readonly git: GitOptions;
  /** Hears of each app that takes its files from a repository. */
  readonly onGit?: (appId: string, url: string) => Promise<void>;
  readonly now?: () => number;
}

/** A version of files that an app has now, and what it would be deployed as. */
export interface TakenSource extends StoredFiles {
  readonly source: SourceRecord;
  /** Files that are no source: packages, history, build output, secrets, and what `.devfactoryignore` names. */
  readonly left: number;
  readonly project:
    | { readonly from: string; readonly name: string; readonly services: readonly DetectedService[] }
    | undefined;
  /** Why it could not be deployed as it is. */
  readonly problem: { readonly code: string; readonly detail: string; readonly fix: string } | undefined;
}

/** Takes the files that people bring for an app: an archive, the difference to what is there, or a git reference. */
export class SourceIntake {
  readonly #options: IntakeOptions;
  /** Tenants whose intakes run, one entry for each. */
  readonly #running: string[] = [];

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * Runs one intake, reading of the body included. Each may need some 300 MiB, so only a few run at once.
   *
   * @throws {AutomationError} `SOURCE_BUSY` when all places, or all that the tenant may have, are taken
   */
  async inTurn<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    const own = this.#running.filter((each) => each === tenantId).length;
    if (own >= OF_TENANT) throw new AutomationError("SOURCE_BUSY", { limit: OF_TENANT, whose: "of your tenant" });
    if (this.#running.length >= AT_ONCE) throw new AutomationError("SOURCE_BUSY", { limit: AT_ONCE, whose: "in all" });
    this.#running.push(tenantId);
    try {
      return await work();
    } finally {
      this.#running.splice(this.#running.indexOf(tenantId), 1);
    }
  }

  /** @throws {AutomationError} `ARCHIVE_REFUSED`: nothing was stored */
  async archive(tenant: TenantContext, app: AppDocument, bytes: Uint8Array): Promise<TakenSource> {
    return this.#take(tenant, app, await readArchive(bytes), { from: "upload" });
  }

  /** Keeps contents that a manifest names later; the source of the app stays as it is. */
  async contents(app: AppDocument, bytes: Uint8Array): Promise<StoredFiles> {
    return this.#options.store.keep(app.appId, filterSource(await readArchive(bytes)).files);
  }

  /** @returns the version, or the hashes whose contents must be sent first */
  async manifest(
    tenant: TenantContext,
    app: AppDocument,
    entries: readonly ManifestEntry[],
  ): Promise<TakenSource | { readonly missing: readonly string[] }> {
    const missing = await this.#options.store.missing(app.appId, entries);
    if (missing.length > 0) return { missing };
    return this.#take(tenant, app, await this.#options.store.assemble(app.appId, entries), { from: "upload" });
  }

  /** @throws {AutomationError} `GIT_REFUSED`, `ARCHIVE_REFUSED` */
  async git(tenant: TenantContext, app: AppDocument, reference: GitReference): Promise<TakenSource> {
    const { files, url, ref, commit } = await fetchGit(reference, this.#options.git);
    const taken = await this.#take(tenant, app, files, { from: "git", git: { url, ref, commit } });
    await this.#options.onGit?.(app.appId, url);
    return taken;
  }

  async #take(
    tenant: TenantContext,
    app: AppDocument,
    given: FileSet,
    origin: Pick<SourceRecord, "from" | "git">,
  ): Promise<TakenSource> {
    const { store, apps, now = Date.now } = this.#options;
    const { files, left } = filterSource(given);
    if (files.size === 0) refuse("archive", "holds no file that is source");
    const stored = await store.keep(app.appId, files);
    const saved = await store.save(app.appId, files);
    const source: SourceRecord = { ...saved, ...origin, at: new Date(now()).toISOString() };
    await apps.setSource(tenant, app.appId, source);
    return { ...stored, source, left, ...judge(files, app) };
  }
}

/** What the files would be deployed as; a project that is not understood is kept, so that it can be corrected file by file. */
function judge(files: FileSet, app: AppDocument): Pick<TakenSource, "project" | "problem"> {
  try {
    const { spec, from, services } = readSpec(files, { title: app.title, deployed: app.spec });
    return { project: { from, name: spec.name, services }, problem: undefined };
  } catch (error) {
    if (!(error instanceof AutomationError)) throw error;
    const { code, detail, fix } = toErrorRecord(error);
    return { project: undefined, problem: { code, detail, fix } };
  }
}
