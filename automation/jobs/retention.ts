import type { ContainerClient } from "@azure/storage-blob";
import { listBlobs } from "../azure/blobReads.ts";
import type { Logger } from "../logger.ts";
import type { Chores } from "./chores.ts";
import { appPk, type JobDocument, jobDocId, type LedgerDocument } from "./documents.ts";
import { isTerminal } from "./states.ts";
import { type LedgerStore, MAX_BATCH } from "./store.ts";
import type { IdempotencyDocument } from "./tenantDocuments.ts";

/** Days after a job's end for which its events, step records and artifacts are kept. The job and its audit trail stay. */
export const KEEP_DAYS = 90;
const DAY_MS = 86_400_000;
const PAGE = 100;
const EVERY_MS = 3_600_000;
/** Jobs of one app that are looked at. */
const MOST_JOBS = 1_000;
const SUCCEEDED: ReadonlySet<string> = new Set(["succeeded", "finalized"]);
const CHANGES_APP: ReadonlySet<string> = new Set(["create", "edit", "deploy", "destroy"]);

export interface RetentionOptions {
  readonly store: LedgerStore;
  readonly chores: Pick<Chores, "take" | "reached">;
  readonly log: Pick<Logger, "info" | "warn">;
  /** Container `jobs`: everything of a job lies under its id. */
  readonly artifacts?: Blobs;
  /** @default 90 */
  readonly keepDays?: number;
  readonly now?: () => number;
}

type Blobs = Pick<ContainerClient, "listBlobsFlat" | "getBlobClient">;

export interface Cleaned {
  /** Jobs that were trimmed. */
  readonly jobs: number;
  readonly artifacts: number;
  /** Records of idempotency keys. */
  readonly keys: number;
  /** End of the last job that was looked at: the next run begins there. */
  readonly until: string;
}

/** Removes what is old: events, steps and artifacts of jobs that ended long ago, and records of idempotency keys after a day. */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => options.store.now());
  }

  start(): void {
    this.#timer = setInterval(() => void this.#run(), EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * @param from end of the last job that an earlier run has trimmed
   */
  async clean(from = ""): Promise<Cleaned> {
    const { keepDays = KEEP_DAYS } = this.#options;
    const below = { finishedAt: new Date(this.#now() - keepDays * DAY_MS).toISOString() };
    let until = from;
    let artifacts = 0;
    for (let jobs = 0; ; ) {
      const above = { finishedAt: until };
      const query = { type: "job", below, above, orderBy: "finishedAt", limit: PAGE } as const;
      const page = await this.#options.store.find<JobDocument>(query);
      for (const { doc } of page) {
        if (await this.#trim(doc)) jobs += 1;
        artifacts += await this.#removeArtifacts(doc.appId);
      }
      until = page.at(-1)?.doc.finishedAt ?? until;
      if (page.length < PAGE) return { jobs, artifacts, keys: await this.#removeKeys(), until };
    }
  }

  /** First the mark, so that nobody reads a part as the whole; a run that dies is repeated from where it began. */
  async #trim({ appId, jobId }: JobDocument): Promise<boolean> {
    const { store } = this.#options;
    const pk = appPk(appId);
    const now = await store.read<JobDocument>(pk, jobDocId(jobId));
    if (!now || !isTerminal(now.doc.state)) return false; // redriven meanwhile
    if (!now.doc.trimmed) {
      await store.batch(pk, [{ kind: "replace", doc: { ...now.doc, trimmed: true }, etag: now.etag }]);
    }
    for (const prefix of [`event-${jobId}-`, `step-${jobId}-`]) await this.#removeAll(pk, prefix);
    return !now.doc.trimmed;
  }

  async #removeAll(pk: string, prefix: string): Promise<void> {
    const { store } = this.#options;
    for (;;) {
      const rows = await store.range<LedgerDocument>(pk, prefix, `${prefix}~`, MAX_BATCH);
      if (rows.length === 0) return;
      await store.batch(
        pk,
        rows.map(({ doc }) => ({ kind: "delete", id: doc.id })),
      );
    }
  }

  /**
   * Artifacts of an app's trimmed jobs: never those of the job whose result is live, nor of a frozen version. First the blobs, then the
   * list of them, so that nothing is forgotten by a run that dies.
   */
  async #removeArtifacts(appId: string): Promise<number> {
    const { store, artifacts } = this.#options;
    if (!artifacts) return 0;
    const pk = appPk(appId);
    const jobs = await store.find<JobDocument>({ type: "job", pk, orderBy: "createdAt", limit: MOST_JOBS });
    const last = jobs.findLast(({ doc }) => SUCCEEDED.has(doc.state) && CHANGES_APP.has(doc.kind))?.doc;
    const live = last?.kind === "destroy" ? undefined : last?.jobId;
    const isOld = ({ trimmed, jobId, state }: JobDocument) => trimmed && jobId !== live && state !== "finalized";
    // A retry offers what the job before it made.
    const kept = new Set(jobs.flatMap(({ doc }) => (isOld(doc) ? [] : doc.artifacts.map(({ blob }) => blob))));
    let removed = 0;
    for (const { doc, etag } of jobs) {
      if (!isOld(doc) || doc.artifacts.length === 0) continue;
      removed += await this.#removeBlobs(doc, kept);
      await store.batch(pk, [{ kind: "replace", doc: { ...doc, artifacts: [] }, etag }]);
    }
    return removed;
  }

  /** @returns how many went */
  async #removeBlobs({ jobId, artifacts: offered }: JobDocument, kept: ReadonlySet<string>): Promise<number> {
    const { artifacts } = this.#options;
    if (!artifacts) return 0;
    const names = new Set(offered.map(({ blob }) => blob)); // those of a job before it lie elsewhere
    for (const { name } of await listBlobs(artifacts, { prefix: `${jobId}/` })) names.add(name);
    let removed = 0;
    for (const name of names) {
      if (kept.has(name)) continue;
      const { succeeded } = await artifacts.getBlobClient(name).deleteIfExists();
      if (succeeded) removed += 1;
    }
    return removed;
  }

  async #removeKeys(): Promise<number> {
    const { store } = this.#options;
    let removed = 0;
    for (;;) {
      const below = { createdAt: new Date(this.#now() - DAY_MS).toISOString() };
      const query = { type: "idempotency", below, orderBy: "createdAt", limit: PAGE } as const;
      const old = await store.find<IdempotencyDocument>(query);
      for (const { doc, etag } of old) await store.batch(doc.pk, [{ kind: "delete", id: doc.id, etag }]);
      removed += old.length;
      if (old.length < PAGE) return removed;
    }
  }

  async #run(): Promise<void> {
    const { chores, log } = this.#options;
    try {
      const turn = await chores.take("retention");
      if (!turn) return;
      const cleaned = await this.clean(turn.doc.until);
      await chores.reached(turn, cleaned.until);
      if (cleaned.jobs + cleaned.keys + cleaned.artifacts > 0) log.info(cleaned, "old data removed");
    } catch (error) {
      log.warn({ err: error }, "old data was not removed; the next round tries again");
    }
  }
}
