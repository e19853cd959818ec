import { ContainerRegistryClient } from "@azure/container-registry";
import type { TokenCredential } from "@azure/identity";
import type { Chores } from "../jobs/chores.ts";
import { type AppDocument, appPk, type JobDocument } from "../jobs/documents.ts";
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
const MOST_JOBS = 1_000;
/** Where images of apps lie; the platform's own are beside them and never looked at. */
const REPOSITORY = /^apps\/([^/]+)\/[^/]+$/;

/**
 * Removes images of apps that are old and that nothing refers to: neither the app as it is deployed, nor a version that was frozen. An
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
    for (const repository of await registry.repositories()) {
      const appId = REPOSITORY.exec(repository)?.[1];
      if (appId === undefined || !isAppId(appId)) continue;
      const used = await this.#used(appId);
      if (!used) continue;
      for (const { digest, createdAt } of await registry.images(repository)) {
        images += 1;
        if (createdAt.getTime() >= before || used.has(digest)) continue;
        await registry.remove(repository, digest);
        removed += 1;
      }
    }
    return { images, removed };
  }

  /** Digests that an app still needs; nothing while a job works on it. */
  async #used(appId: string): Promise<ReadonlySet<string> | undefined> {
    const { store } = this.#options;
    const pk = appPk(appId);
    const app = (await store.read<AppDocument>(pk, "app"))?.doc;
    if (app && app.active.length > 0) return undefined;
    const where = { state: "finalized" };
    const frozen = await store.find<JobDocument>({ type: "job", pk, where, orderBy: "createdAt", limit: MOST_JOBS });
    const live = app && app.status !== "destroyed" ? Object.values(app.images ?? {}) : [];
    const references = [
      ...live.map(({ reference }) => reference),
      ...frozen.flatMap(({ doc }) => Object.values(doc.finalizedVersion?.images ?? {})),
    ];
    return new Set(references.map((reference) => reference.slice(reference.indexOf("@") + 1)));
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
