import { AutomationError } from "../errors.ts";
import type { Chores } from "../jobs/chores.ts";
import type { AppDocument } from "../jobs/documents.ts";
import type { JobLedger } from "../jobs/ledger.ts";
import type { LedgerStore } from "../jobs/store.ts";
import type { Logger } from "../logger.ts";

export interface DriftWatchOptions {
  readonly store: LedgerStore;
  readonly ledger: Pick<JobLedger, "addToApp">;
  /** Between two looks at one app; 0: never. */
  readonly everyHours: number;
  readonly chores: Pick<Chores, "take">;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly now?: () => number;
}

const EVERY_MS = 600_000;
const PAGE = 100;
/** Jobs begun in one round: a platform that comes back after a week must not fill its own queue. */
const MOST = 10;

/** Has a look at each live app from time to time, as a job of low priority: is it still as it was deployed? */
export class DriftWatch {
  readonly #options: DriftWatchOptions;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DriftWatchOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => options.store.now());
  }

  start(): void {
    if (this.#options.everyHours === 0) return;
    this.#timer = setInterval(() => void this.#run(), EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** @returns ids of the apps that are looked at now */
  async round(): Promise<readonly string[]> {
    const { ledger, log } = this.#options;
    const begun: string[] = [];
    for await (const app of this.#due()) {
      const { appId, tenantId, ownerId } = app;
      const wish = { kind: "drift", prompt: "Look whether the app is as it was deployed", priority: "low" } as const;
      try {
        await ledger.addToApp({ tenantId, userId: ownerId }, appId, wish);
        begun.push(appId);
      } catch (error) {
        if (!(error instanceof AutomationError)) throw error;
        log.warn({ err: error, appId }, "an app was not looked at; the next round tries again");
      }
      if (begun.length >= MOST) break;
    }
    return begun;
  }

  /** Live apps that nobody works on, and whose last look, or else deployment, is long ago. */
  async *#due(): AsyncGenerator<AppDocument> {
    const before = new Date(this.#now() - this.#options.everyHours * 3_600_000).toISOString();
    for (let from = ""; ; ) {
      const where = { status: "live" };
      const query = { type: "app", where, above: { createdAt: from }, orderBy: "createdAt", limit: PAGE } as const;
      const page = await this.#options.store.find<AppDocument>(query);
      for (const { doc } of page) {
        if (doc.active.length === 0 && (doc.drift?.checkedAt ?? doc.updatedAt) < before) yield doc;
      }
      from = page.at(-1)?.doc.createdAt ?? "";
      if (page.length < PAGE) return;
    }
  }

  async #run(): Promise<void> {
    const { chores, log } = this.#options;
    try {
      if (!(await chores.take("drift"))) return;
      const begun = await this.round();
      if (begun.length > 0) log.info({ begun }, "apps are looked at for drift");
    } catch (error) {
      log.warn({ err: error }, "no app was looked at for drift; the next round tries again");
    }
  }
}
