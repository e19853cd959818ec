import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { AutomationError } from "../errors.ts";
import { StoreConflict } from "../jobs/store.ts";
import type { KeyRows } from "../keys/keyRows.ts";
import { sureRows } from "../keys/sureRows.ts";

/** One run of an agent that may use a model. */
export interface ModelRun {
  readonly tenantId: string;
  readonly jobId: string;
  readonly appId: string;
  readonly agent: string;
  readonly provider: string;
  readonly model: string;
}

/** The runs of a job that have access now; in the container `keys`. No token stands here, only what tells that it is the one. */
export interface ModelRunsRow {
  readonly id: string;
  readonly tenantId: string;
  readonly type: "modelRuns";
  readonly jobId: string;
  readonly runs: readonly (Omit<ModelRun, "tenantId" | "jobId"> & {
    /** SHA-256 of the secret, in hex. */
    readonly hash: string;
    /** Milliseconds since 1970. */
    readonly until: number;
  })[];
}

const TRIES = 8;
const SECRET_BYTES = 32;
/** Also what the redactor knows it by. */
const FORM = /^dfrun_([\w-]{1,200})\.([\w-]{1,100})\.([\w-]{43})$/;

/**
 * Tokens that open the model gateway for one run of an agent. Each is random, kept as its hash, and taken away when the run ends: nothing
 * has to be signed, no key is shared between worker and API, and a token that leaked is worth nothing a moment later.
 */
export class RunTokens {
  readonly #rows: KeyRows;
  readonly #now: () => number;

  constructor(rows: KeyRows, now: () => number = Date.now) {
    this.#rows = sureRows(rows);
    this.#now = now;
  }

  /** @param seconds after which it is worth nothing, whatever happens */
  async issue({ tenantId, jobId, ...run }: ModelRun, seconds: number): Promise<string> {
    const secret = randomBytes(SECRET_BYTES).toString("base64url");
    const until = this.#now() + seconds * 1000;
    await this.#change(tenantId, jobId, (runs) => [...runs, { ...run, hash: hashOf(secret), until }]);
    return `dfrun_${Buffer.from(tenantId).toString("base64url")}.${jobId}.${secret}`;
  }

  /** @throws {AutomationError} `MODEL_RUN_REFUSED` for a token of no run that goes on */
  async verify(token: string): Promise<ModelRun> {
    const parts = partsOf(token);
    if (!parts) throw new AutomationError("MODEL_RUN_REFUSED");
    const { tenantId, jobId, hash } = parts;
    const found = await this.#rows.read<ModelRunsRow>(tenantId, rowId(jobId));
    const own = found?.row.runs.find((run) => same(run.hash, hash));
    if (!own || own.until <= this.#now()) throw new AutomationError("MODEL_RUN_REFUSED");
    const { appId, agent, provider, model } = own;
    return { tenantId, jobId, appId, agent, provider, model };
  }

  /** Takes one away. */
  async end(token: string): Promise<void> {
    const parts = partsOf(token);
    if (parts)
      await this.#change(parts.tenantId, parts.jobId, (runs) => runs.filter(({ hash }) => hash !== parts.hash));
  }

  /** Takes away what is left of a job, also of runs whose worker died. */
  async endAll({ tenantId, jobId }: Pick<ModelRun, "tenantId" | "jobId">): Promise<void> {
    await this.#rows.remove(tenantId, rowId(jobId));
  }

  async #change(
    tenantId: string,
    jobId: string,
    change: (runs: ModelRunsRow["runs"]) => ModelRunsRow["runs"],
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const found = await this.#rows.read<ModelRunsRow>(tenantId, rowId(jobId));
      const before = (found?.row.runs ?? []).filter(({ until }) => until > this.#now());
      const row = { id: rowId(jobId), tenantId, type: "modelRuns", jobId, runs: change(before) } as const;
      try {
        await this.#rows.write(row, found?.etag);
        return;
      } catch (error) {
        if (!(error instanceof StoreConflict) || attempt === TRIES) throw error;
        await sleep(attempt * 10);
      }
    }
  }
}

const rowId = (jobId: string) => `model-runs-${jobId}`;

function partsOf(
  token: string,
): { readonly tenantId: string; readonly jobId: string; readonly hash: string } | undefined {
  const [, tenant = "", jobId = "", secret = ""] = FORM.exec(token) ?? [];
  return secret === ""
    ? undefined
    : { tenantId: Buffer.from(tenant, "base64url").toString(), jobId, hash: hashOf(secret) };
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
