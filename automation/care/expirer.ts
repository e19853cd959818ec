import { AutomationError } from "../errors.ts";
import type { Chores } from "../jobs/chores.ts";
import { type AppDocument, appPk, type JobDocument, jobDocId } from "../jobs/documents.ts";
import type { JobLedger } from "../jobs/ledger.ts";
import type { LedgerStore, Stored } from "../jobs/store.ts";
import type { Logger } from "../logger.ts";
import { type AppWriter, tellAndChange } from "./appWrites.ts";
import { destroyFrom, type ExpiryRules, isTold } from "./expiry.ts";

export interface ExpirerOptions extends AppWriter {
  readonly store: LedgerStore;
  readonly ledger: Pick<JobLedger, "addToApp">;
  readonly rules: ExpiryRules;
  readonly chores: Pick<Chores, "take">;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly now?: () => number;
}

const EVERY_MS = 600_000;
const PAGE = 100;
/** Apps that may be on Azure, wholly or in parts. */
const STATUSES = ["live", "new"] as const;

/**
 * Ends apps that were given an end. Only those: an app without `expiresAt` is never looked at. First the owner is told, then nothing
 * happens for the whole grace period, then a job destroys it, in its turn like any other.
 */
export class Expirer {
  readonly #options: ExpirerOptions;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ExpirerOptions) {
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

  /** @returns ids of apps whose owners were told now, and of those that a job destroys from now on */
  async round(): Promise<{ readonly told: readonly string[]; readonly ended: readonly string[] }> {
    const told: string[] = [];
    const ended: string[] = [];
    for await (const app of this.#due()) {
      const { appId } = app.doc;
      if (!isTold(app.doc)) {
        if (await this.#tell(app)) told.push(appId);
      } else if ((destroyFrom(app.doc, this.#options.rules, this.#now()) ?? Number.POSITIVE_INFINITY) <= this.#now()) {
        if (await this.#end(app.doc)) ended.push(appId);
      }
    }
    return { told, ended };
  }

  async *#due(): AsyncGenerator<Stored<AppDocument>> {
    const until = new Date(this.#now() + this.#options.rules.noticeMs).toISOString();
    for (const status of STATUSES) {
      for (let from = ""; ; ) {
        const range = { above: { expiresAt: from }, below: { expiresAt: until } };
        const query = { type: "app", where: { status }, ...range, orderBy: "expiresAt", limit: PAGE } as const;
        const page = await this.#options.store.find<AppDocument>(query);
        yield* page;
        from = page.at(-1)?.doc.expiresAt ?? "";
        if (page.length < PAGE) break;
      }
    }
  }

  async #tell(app: Stored<AppDocument>): Promise<boolean> {
    const { expiresAt = "" } = app.doc;
    const now = this.#now();
    const notice = { expiryNotice: { of: expiresAt, at: new Date(now).toISOString() } };
    const from = destroyFrom({ expiresAt, ...notice }, this.#options.rules, now) ?? now;
    const destroyedFrom = new Date(from).toISOString();
    const message = `The app expires at ${expiresAt}; from ${destroyedFrom} on it is destroyed with its data. Extend it: npx devfactory extend ${app.doc.appId} --hours 72`;
    const event = { type: "expiry_notice", level: "warning", message, data: { expiresAt, destroyedFrom } } as const;
    return (await tellAndChange(this.#options, app, notice, event, now)) !== undefined;
  }

  /** A job like any other, in the owner's name; the worker asks once more whether the end still holds. */
  async #end({ appId, tenantId, ownerId, expiresAt = "", active }: AppDocument): Promise<boolean> {
    const [head] = active;
    const job = head && (await this.#options.store.read<JobDocument>(appPk(appId), jobDocId(head)));
    if (job && job.doc.expiry === expiresAt) return false; // on its way
    const wish = {
      kind: "destroy",
      prompt: `Destroy the app, which expired at ${expiresAt}`,
      expiry: expiresAt,
    } as const;
    const idempotencyKey = `expiry ${expiresAt}`;
    try {
      await this.#options.ledger.addToApp({ tenantId, userId: ownerId }, appId, { ...wish, idempotencyKey });
      return true;
    } catch (error) {
      if (!(error instanceof AutomationError)) throw error;
      this.#options.log.warn({ err: error, appId }, "an expired app is not destroyed yet; the next round tries again");
      return false;
    }
  }

  async #run(): Promise<void> {
    const { chores, log } = this.#options;
    try {
      if (!(await chores.take("expiry"))) return;
      const { told, ended } = await this.round();
      if (told.length + ended.length > 0) log.info({ told, ended }, "apps expire");
    } catch (error) {
      log.warn({ err: error }, "expired apps were not looked for; the next round tries again");
    }
  }
}
