import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { AutomationError, httpStatus } from "../errors.ts";
import type { TenantContext } from "../jobs/documents.ts";
import { StoreConflict } from "../jobs/store.ts";
import { type Belonging, DATA_KEY_BYTES, macOf, open, type Sealed, sameMac, seal } from "./envelope.ts";
import type { DataKeyRow, KeyRows, ProviderKeyRow } from "./keyRows.ts";
import { sureRows } from "./sureRows.ts";

/** Services with models. */
export const MODEL_PROVIDERS = ["openai", "azure-openai", "anthropic", "google"] as const;
/** Services that keep an app's versions: their key is a token that may write to repositories. */
export const GIT_PROVIDERS = ["github", "azure-repos"] as const;
export type GitProvider = (typeof GIT_PROVIDERS)[number];
/** Who a tenant may bring a key for. */
export const PROVIDERS = [...MODEL_PROVIDERS, ...GIT_PROVIDERS] as const;
export type Provider = (typeof PROVIDERS)[number];

/** Wraps data keys under a key that never leaves its vault. */
export interface KeyWrapper {
  /** Under the newest version of the vault's key. */
  wrap(dataKey: Buffer): Promise<{ readonly wrapped: Buffer; readonly kekId: string }>;
  unwrap(wrapped: Buffer, kekId: string): Promise<Buffer>;
  /** A key that only who may use the vault's key can derive, for each version of it the same. */
  macKey(kekId: string): Promise<Buffer>;
  /** Id of the newest version. */
  current(): Promise<string>;
}

/** What is shown of a key: never the key. */
export interface KeyInfo {
  readonly provider: Provider;
  readonly last4: string;
  readonly version: number;
  readonly updatedAt: string;
  readonly updatedBy: string;
  readonly monthlyUsd?: number;
  readonly resource?: string;
}

/** What is kept beside a key, in the clear. */
export interface KeyTerms {
  readonly monthlyUsd?: number | undefined;
  readonly resource?: string | undefined;
}

export interface KeyStoreOptions {
  readonly rows: KeyRows;
  readonly wrapper: KeyWrapper;
  readonly now?: () => number;
}

const DATA_KEY = "data-key";
/** So long an unwrapped data key stays in memory: a vault allows only so many operations. */
const KEEP_MS = 5 * 60_000;
const TRIES = 5;
/** So long a vault that has had enough is not asked again. */
const PAUSE_MS = 10_000;

/**
 * Keys that tenants bring: sealed under a data key of the tenant, which a key of the vault wraps. What is stored opens in its own row only,
 * and without the vault not at all.
 */
export class KeyStore {
  readonly #rows: KeyRows;
  readonly #wrapper: KeyWrapper;
  readonly #now: () => number;
  readonly #dataKeys = new Map<string, { readonly key: Buffer; readonly readAt: number }>();
  readonly #loading = new Map<string, Promise<Buffer>>();
  #pausedUntil = 0;

  constructor({ rows, wrapper, now = Date.now }: KeyStoreOptions) {
    this.#rows = sureRows(rows);
    this.#wrapper = wrapper;
    this.#now = now;
  }

  /** Stores or replaces a key with its terms. @throws {AutomationError} `KEYS_UNAVAILABLE` */
  async put(
    { tenantId, userId }: TenantContext,
    provider: Provider,
    value: string,
    terms: KeyTerms = {},
  ): Promise<KeyInfo> {
    const dataKey = await this.#dataKey(tenantId, true);
    return retried(async () => {
      const before = await this.#rows.read<ProviderKeyRow>(tenantId, provider);
      const version = (before?.row.version ?? 0) + 1;
      const row: ProviderKeyRow = {
        id: provider,
        type: "providerKey",
        tenantId,
        provider,
        version,
        sealed: seal(dataKey, value, { tenantId, name: provider, version }),
        last4: value.slice(-4),
        updatedAt: new Date(this.#now()).toISOString(),
        updatedBy: userId,
        ...kept(terms),
      };
      await this.#rows.write(row, before?.etag);
      return toInfo(row);
    });
  }

  /** @throws {AutomationError} `KEY_NOT_FOUND` */
  async info({ tenantId }: Pick<TenantContext, "tenantId">, provider: Provider): Promise<KeyInfo> {
    return toInfo(await this.#row(tenantId, provider));
  }

  /** @throws {AutomationError} `KEY_NOT_FOUND` */
  async remove({ tenantId }: TenantContext, provider: Provider): Promise<void> {
    if (!(await this.#rows.remove(tenantId, provider))) throw new AutomationError("KEY_NOT_FOUND", { provider });
  }

  /**
   * The key itself, for the call that it is meant for.
   *
   * @throws {AutomationError} `KEY_NOT_FOUND`; `KEYS_UNAVAILABLE` while the vault does not unwrap; `KEY_DAMAGED` for a row that was changed;
   *   `SEAL_BROKEN` for a data key that nobody with the vault's key wrote
   */
  async reveal({ tenantId }: Pick<TenantContext, "tenantId">, provider: Provider): Promise<string> {
    const row = await this.#row(tenantId, provider);
    const dataKey = await this.#dataKey(tenantId, false);
    try {
      return open(dataKey, row.sealed, { tenantId, name: provider, version: row.version });
    } catch (error) {
      throw new AutomationError("KEY_DAMAGED", { provider }, { cause: error });
    }
  }

  /** Seals another secret of a tenant, for a row that is kept elsewhere. @throws {AutomationError} `KEYS_UNAVAILABLE` */
  async seal(value: string, belonging: Belonging): Promise<Sealed> {
    return seal(await this.#dataKey(belonging.tenantId, true), value, belonging);
  }

  /** @throws {AutomationError} `KEYS_UNAVAILABLE`; `SEAL_BROKEN` for what was changed or belongs elsewhere */
  async open(sealed: Sealed, belonging: Belonging): Promise<string> {
    const dataKey = await this.#dataKey(belonging.tenantId, false);
    try {
      return open(dataKey, sealed, belonging);
    } catch (error) {
      throw new AutomationError("SEAL_BROKEN", { name: belonging.name }, { cause: error });
    }
  }

  async #row(tenantId: string, provider: Provider): Promise<ProviderKeyRow> {
    const found = await this.#rows.read<ProviderKeyRow>(tenantId, provider);
    if (!found) throw new AutomationError("KEY_NOT_FOUND", { provider });
    return found.row;
  }

  async #dataKey(tenantId: string, make: boolean): Promise<Buffer> {
    const kept = this.#dataKeys.get(tenantId);
    if (kept && this.#now() - kept.readAt < KEEP_MS) return kept.key;
    // Whoever comes meanwhile waits for the same answer of the vault.
    const loading = this.#loading.get(tenantId) ?? this.#load(tenantId, make);
    this.#loading.set(tenantId, loading);
    try {
      return await loading;
    } finally {
      if (this.#loading.get(tenantId) === loading) this.#loading.delete(tenantId);
    }
  }

  async #load(tenantId: string, make: boolean): Promise<Buffer> {
    const pausedMs = this.#pausedUntil - this.#now();
    if (pausedMs > 0) throw unavailable(undefined, pausedMs);
    try {
      const key = await retried(() => this.#readDataKey(tenantId, make));
      this.#dataKeys.set(tenantId, { key, readAt: this.#now() });
      return key;
    } catch (error) {
      if (error instanceof AutomationError) throw error;
      if (httpStatus(error) === 429) this.#pausedUntil = this.#now() + PAUSE_MS;
      throw unavailable(error, PAUSE_MS);
    }
  }

  /** Reads the tenant's data key, makes one where there is none, and wraps it anew after the vault's key was rotated. */
  async #readDataKey(tenantId: string, make: boolean): Promise<Buffer> {
    const found = await this.#rows.read<DataKeyRow>(tenantId, DATA_KEY);
    if (!found) {
      if (!make) throw new Error("the tenant has no data key");
      const key = randomBytes(DATA_KEY_BYTES);
      await this.#rows.write(await this.#wrapped(tenantId, key));
      return key;
    }
    const { row, etag } = found;
    if (!sameMac(row.mac ?? "", macOf(await this.#wrapper.macKey(row.kekId), row)))
      throw new AutomationError("SEAL_BROKEN", { name: "the tenant's data key" });
    const key = await this.#wrapper.unwrap(Buffer.from(row.wrapped, "base64"), row.kekId);
    if ((await this.#wrapper.current()) !== row.kekId) await this.#rows.write(await this.#wrapped(tenantId, key), etag);
    return key;
  }

  async #wrapped(tenantId: string, key: Buffer): Promise<DataKeyRow> {
    const { wrapped, kekId } = await this.#wrapper.wrap(key);
    const content = { tenantId, wrapped: wrapped.toString("base64"), kekId };
    return { id: DATA_KEY, type: "dataKey", ...content, mac: macOf(await this.#wrapper.macKey(kekId), content) };
  }
}

function toInfo({ provider, last4, version, updatedAt, updatedBy, monthlyUsd, resource }: ProviderKeyRow): KeyInfo {
  return {
    ...{ provider: provider as Provider, last4, version, updatedAt, updatedBy },
    ...kept({ monthlyUsd, resource }),
  };
}

function kept({ monthlyUsd, resource }: KeyTerms): Pick<KeyInfo, "monthlyUsd" | "resource"> {
  return { ...(monthlyUsd === undefined ? {} : { monthlyUsd }), ...(resource === undefined ? {} : { resource }) };
}

/** Somebody wrote at the same time: looks again. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
      if (attempt === TRIES) throw unavailable(error, 1_000);
      await sleep(attempt * 10);
    }
  }
}

function unavailable(cause: unknown, waitMs: number): AutomationError {
  return new AutomationError("KEYS_UNAVAILABLE", { retryAfterSeconds: Math.ceil(waitMs / 1000) }, { cause });
}
