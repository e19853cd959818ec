import type { Chores } from "../jobs/chores.ts";
import { type AppDocument, appPk, CARE_PK } from "../jobs/documents.ts";
import { isAppId } from "../jobs/ids.ts";
import type { LedgerStore, ProjectionStore, Stored } from "../jobs/store.ts";
import type { Logger } from "../logger.ts";
import type { FindingDocument } from "./findingDocument.ts";

/** A resource group that carries the tags of this platform's apps. */
export interface TaggedGroup {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** What is looked at besides the ledger. */
export interface Surroundings {
  /** Resource groups of apps that this platform made: told by its tag. */
  groups(): Promise<readonly TaggedGroup[]>;
  /** Names of the stacks in the state store. */
  stacks(): Promise<readonly string[]>;
  removeGroup(name: string): Promise<void>;
}

export interface AbandonedOptions {
  readonly store: LedgerStore;
  readonly projections: Pick<ProjectionStore, "project">;
  readonly surroundings: Surroundings;
  /** Between the first sight of something abandoned and its removal. */
  readonly graceMs: () => number;
  readonly chores: Pick<Chores, "take">;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly now?: () => number;
}

type Finding = Pick<FindingDocument, "kind" | "name" | "appId" | "tenantId" | "expiresAt">;

const EVERY_MS = 3_600_000;
const PAGE = 100;
const MOST_FINDINGS = 1_000;
/** Tenant of what carries no tenant: nobody sees it through the API, the log has it. */
const NOBODY = "";

/**
 * Finds what lies about: groups and stacks whose app is gone, live apps without a stack. All of it is listed; removed is only a group
 * with this platform's tag and an expiry tag that is over, and only a grace period after it was first seen.
 */
export class Abandoned {
  readonly #options: AbandonedOptions;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AbandonedOptions) {
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

  /** @returns names of what was found, of what was removed, and how many earlier findings are over */
  async round(): Promise<{
    readonly found: readonly string[];
    readonly removed: readonly string[];
    readonly over: number;
  }> {
    const found = await this.#look();
    const known = await this.#known();
    const removed: string[] = [];
    for (const each of found) {
      const before = known.get(idOf(each));
      known.delete(idOf(each));
      const kept = await this.#keep(each, before);
      if (!this.#mayGo(kept)) continue;
      await this.#options.surroundings.removeGroup(kept.name);
      await this.#audit(kept);
      removed.push(kept.name);
    }
    for (const { doc, etag } of known.values()) {
      await this.#options.store.batch(CARE_PK, [{ kind: "delete", id: doc.id, etag }]);
    }
    return { found: found.map(({ name }) => name), removed, over: known.size };
  }

  async #look(): Promise<readonly Finding[]> {
    const { surroundings } = this.#options;
    const [groups, stacks] = await Promise.all([surroundings.groups(), surroundings.stacks()]);
    const findings: Finding[] = [];
    for (const { name, tags } of groups) {
      const appId = tags["devfactory-app"] ?? "";
      if (await this.#isWanted(appId)) continue;
      const expiresAt = tags["devfactory-expires"];
      const tenantId = tags["devfactory-tenant"] ?? NOBODY;
      findings.push({ kind: "group", name, appId, tenantId, ...(expiresAt !== undefined && { expiresAt }) });
    }
    for (const name of stacks) {
      if (!isAppId(name) || (await this.#isWanted(name))) continue; // a person's own stack of the program
      const tenantId = (await this.#app(name))?.tenantId ?? NOBODY;
      findings.push({ kind: "stack", name, appId: name, tenantId });
    }
    const there = new Set(stacks);
    for await (const { appId, tenantId, active } of this.#live()) {
      if (!there.has(appId) && active.length === 0) findings.push({ kind: "app", name: appId, appId, tenantId });
    }
    return findings;
  }

  /** An app that is there, or that a job is still at work on. */
  async #isWanted(appId: string): Promise<boolean> {
    const app = await this.#app(appId);
    return app !== undefined && (app.status !== "destroyed" || app.active.length > 0);
  }

  async #app(appId: string): Promise<AppDocument | undefined> {
    return (await this.#options.store.read<AppDocument>(appPk(isAppId(appId) ? appId : "none"), "app"))?.doc;
  }

  async *#live(): AsyncGenerator<AppDocument> {
    for (let from = ""; ; ) {
      const where = { status: "live" };
      const query = { type: "app", where, above: { createdAt: from }, orderBy: "createdAt", limit: PAGE } as const;
      const page = await this.#options.store.find<AppDocument>(query);
      for (const { doc } of page) yield doc;
      from = page.at(-1)?.doc.createdAt ?? "";
      if (page.length < PAGE) return;
    }
  }

  async #known(): Promise<Map<string, Stored<FindingDocument>>> {
    const query = { type: "finding", pk: CARE_PK, orderBy: "firstSeenAt", limit: MOST_FINDINGS } as const;
    const all = await this.#options.store.find<FindingDocument>(query);
    return new Map(all.map((each) => [each.doc.id, each]));
  }

  async #keep(finding: Finding, before: Stored<FindingDocument> | undefined): Promise<FindingDocument> {
    const now = new Date(this.#now()).toISOString();
    const firstSeenAt = before?.doc.firstSeenAt ?? now;
    const base = { id: idOf(finding), pk: CARE_PK, schema: 1, type: "finding" } as const;
    const { expiresAt: _, ...kept } = before?.doc ?? {};
    const doc: FindingDocument = { ...kept, ...base, ...finding, firstSeenAt, lastSeenAt: now };
    await this.#options.store.batch(CARE_PK, [{ kind: "upsert", doc }]);
    return doc;
  }

  #mayGo({ kind, expiresAt, firstSeenAt }: FindingDocument): boolean {
    const end = Date.parse(expiresAt ?? ""); // without the tag: not a number, never smaller
    return kind === "group" && Math.max(end, Date.parse(firstSeenAt)) + this.#options.graceMs() <= this.#now();
  }

  async #audit({ id, name, tenantId, appId, expiresAt = "" }: FindingDocument): Promise<void> {
    const jobId = `tenant:${tenantId}`;
    const timestamp = new Date(this.#now()).toISOString();
    const message = `The resource group ${name} of the app ${appId}, which is gone, expired at ${expiresAt} and is removed`;
    const row = {
      id: `${id}-${timestamp}`,
      version: 1,
      jobId,
      tenantId,
      event: "abandoned_removed",
      message,
      timestamp,
    };
    await this.#options.projections.project("auditLogs", jobId, row);
  }

  async #run(): Promise<void> {
    const { chores, log } = this.#options;
    try {
      if (!(await chores.take("abandoned"))) return;
      const done = await this.round();
      if (done.found.length + done.over > 0) log.info(done, "abandoned resources");
    } catch (error) {
      log.warn({ err: error }, "abandoned resources were not looked for; the next round tries again");
    }
  }
}

function idOf({ kind, name }: Pick<Finding, "kind" | "name">): string {
  return `finding-${kind}-${name}`;
}
