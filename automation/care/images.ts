import { ContainerRegistryClient } from "@azure/container-registry";
import type { TokenCredential } from "@azure/identity";
import type { Chores } from "../jobs/chores.ts";
import { type AppDocument, appPk, type JobDocument, jobDocId } from "../jobs/documents.ts";
import { isAppId } from "../jobs/ids.ts";
import type { LedgerStore } from "../jobs/store.ts";
import type { Logger } from "../logger.ts";

export interface ImagesOptions {
  readonly registry: ImageRegistry;
  readonly store: Pick<LedgerStore, "read" | "find" | "now">;
  /** Days for which images are kept that nothing is deployed of. */
  readonly keepDays: number;
  readonly chores: Pick<Chores, "take">;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly now?: () => number;
}

export interface StoredImage {
  readonly digest: string;
  readonly createdAt: Date;
}

/** A registry, as far as the clean-up needs it. */
export interface ImageRegistry {
  repositories(): Promise<readonly string[]>;
  images(repository: string): Promise<readonly StoredImage[]>;
  remove(repository: string, digest: string): Promise<void>;
}

/** The registry's own interface, under the identity of the process. */
export function imageRegistry(loginServer: string, credential: TokenCredential): ImageRegistry {
  const audience = "https://management.azure.com";
  const client = new ContainerRegistryClient(`https://${loginServer}`, credential, { audience });
  return {
    repositories: () => Array.fromAsync(client.listRepositoryNames()),
    async images(repository) {
      const found: StoredImage[] = []; // all before the first removal: pages move when something goes
      for await (const { digest, createdOn } of client.getRepository(repository).listManifestProperties())
        found.push({ digest, createdAt: createdOn });
      return found;
    },
    remove: (repository, digest) => client.getArtifact(repository, digest).delete(),
  };
}

const EVERY_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;
const PAGE = 100;
/** Where images of apps lie; the platform's own are beside them and never looked at. */
const REPOSITORY = /^apps\/([^/]+)\/[^/]+$/;

/**
 * Removes images of apps that are old and that nothing refers to: no app as it is deployed, no release one step back, no frozen version. An
 * app that a job is at work on is left alone, as a build may just find its image there.
 */
export class ImageCleaner {
  readonly #options: ImagesOptions;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ImagesOptions) {
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

  /** @returns how many images there were and how many are gone now */
  async round(): Promise<{ readonly images: number; readonly removed: number }> {
    const { registry, keepDays } = this.#options;
    const before = this.#now() - keepDays * DAY_MS;
    let images = 0;
    let removed = 0;
    const used = await this.#used();
    for (const repository of await registry.repositories()) {
      const appId = REPOSITORY.exec(repository)?.[1];
      if (appId === undefined || !isAppId(appId) || (await this.#isBusy(appId))) continue;
      for (const { digest, createdAt } of await registry.images(repository)) {
        images += 1;
        if (createdAt.getTime() >= before || used.has(digest)) continue;
        await registry.remove(repository, digest);
        removed += 1;
      }
    }
    return { images, removed };
  }

  async #isBusy(appId: string): Promise<boolean> {
    const app = await this.#options.store.read<AppDocument>(appPk(appId), "app");
    return app !== undefined && app.doc.active.length > 0;
  }

  /**
   * Digests that anything still needs, of all apps together: a promoted app runs images of the repository that they were built in. Kept
   * are what is deployed, the release that it replaced (one step back), what a job is about to put into place, and what was frozen.
   */
  async #used(): Promise<ReadonlySet<string>> {
    const used = new Set<string>();
    const keep = (reference: string) => void used.add(reference.slice(reference.indexOf("@") + 1));
    const keepAll = (images: AppDocument["images"] = {}) => {
      for (const { reference } of Object.values(images)) keep(reference);
    };
    for await (const app of this.#all<AppDocument>("app")) {
      if (app.status === "destroyed" && app.active.length === 0) continue;
      keepAll(app.images);
      const live = await this.#job(app.appId, app.deployment);
      const before = await this.#job(app.appId, live?.replaced);
      const begun = await Promise.all(app.active.map((id) => this.#job(app.appId, id)));
      for (const job of [live, before, ...begun]) {
        keepAll(job?.release?.images);
        if (job?.from && "release" in job.from) keepAll(job.from.release.images);
      }
    }
    for await (const { finalizedVersion } of this.#all<JobDocument>("job", { state: "finalized" })) {
      for (const reference of Object.values(finalizedVersion?.images ?? {})) keep(reference);
    }
    return used;
  }

  async #job(appId: string, jobId: string | undefined): Promise<JobDocument | undefined> {
    if (jobId === undefined) return undefined;
    return (await this.#options.store.read<JobDocument>(appPk(appId), jobDocId(jobId)))?.doc;
  }

  async *#all<T extends AppDocument | JobDocument>(
    type: T["type"],
    where: Readonly<Record<string, string>> = {},
  ): AsyncGenerator<T> {
    for (let from = "", limit = PAGE; ; ) {
      const query = { type, where, above: { createdAt: from }, orderBy: "createdAt", limit } as const;
      const page = await this.#options.store.find<T>(query);
      for (const { doc } of page) yield doc;
      if (page.length < limit) return;
      // None may be missed, also of those made in one millisecond: the last one is read again with the next page.
      const next = new Date(Date.parse(page.at(-1)?.doc.createdAt ?? "") - 1).toISOString();
      if (next === from) limit *= 2;
      from = next;
    }
  }

  async #run(): Promise<void> {
    const { chores, log } = this.#options;
    try {
      if (!(await chores.take("images"))) return;
      const done = await this.round();
      if (done.removed > 0) log.info(done, "old images removed");
    } catch (error) {
      log.warn({ err: error }, "old images were not removed; the next round tries again");
    }
  }
}
