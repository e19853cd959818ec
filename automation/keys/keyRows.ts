import type { Container } from "@azure/cosmos";
import { Patience } from "../azure/within.ts";
import { httpStatus } from "../errors.ts";
import { StoreConflict } from "../jobs/store.ts";
import type { ModelRunsRow } from "../models/runTokens.ts";
import type { SpendRow } from "../models/spendRow.ts";
import type { Sealed } from "./envelope.ts";

interface Base {
  readonly id: string;
  readonly tenantId: string;
}

/** A tenant's data key, wrapped by one version of the vault's key. */
export interface DataKeyRow extends Base {
  readonly type: "dataKey";
  readonly wrapped: string;
  /** Id of the wrapping key with its version. */
  readonly kekId: string;
  /** Proves that whoever wrote the row may use the vault: wrapping alone needs no more than a public key. */
  readonly mac: string;
}

/** What a tenant brought for one provider. */
export interface ProviderKeyRow extends Base {
  readonly type: "providerKey";
  readonly provider: string;
  /** Raised by each replacement. */
  readonly version: number;
  readonly sealed: Sealed;
  readonly last4: string;
  readonly updatedAt: string;
  readonly updatedBy: string;
  /** Spending cap of a model provider's key, in US dollars in a calendar month (UTC); absent: none. */
  readonly monthlyUsd?: number;
  /** Name of the tenant's own resource at the provider, where keys belong to one. */
  readonly resource?: string;
}

export type KeyRow = DataKeyRow | ProviderKeyRow | SpendRow | ModelRunsRow;

/** The container `keys` (/tenantId): every call is about one tenant. */
export interface KeyRows {
  read<T extends KeyRow>(tenantId: string, id: string): Promise<{ readonly row: T; readonly etag: string } | undefined>;
  /** @param etag version that is replaced; absent: there must be none. @throws {StoreConflict} when that does not hold */
  write(row: KeyRow, etag?: string): Promise<void>;
  /** @returns whether there was one */
  remove(tenantId: string, id: string): Promise<boolean>;
}

/** Rows in Cosmos DB. */
export class CosmosKeyRows implements KeyRows {
  readonly #container: Container;
  readonly #patience = new Patience("Cosmos DB");

  constructor(container: Container) {
    this.#container = container;
  }

  async read<T extends KeyRow>(tenantId: string, id: string) {
    const { resource, etag } = await this.#patience.call((limited) =>
      this.#container.item(id, tenantId).read<T>(limited),
    );
    return resource && { row: resource, etag };
  }

  async write(row: KeyRow, etag?: string): Promise<void> {
    try {
      const { items } = this.#container;
      const item = this.#container.item(row.id, row.tenantId);
      const accessCondition = { type: "IfMatch", condition: etag ?? "" } as const;
      await this.#patience.call<unknown>((limited) =>
        etag === undefined ? items.create(row, limited) : item.replace(row, { accessCondition, ...limited }),
      );
    } catch (error) {
      const status = httpStatus(error);
      if (status === 404 || status === 409 || status === 412) throw new StoreConflict(row.id, { cause: error });
      throw error;
    }
  }

  async remove(tenantId: string, id: string): Promise<boolean> {
    try {
      await this.#patience.call((limited) => this.#container.item(id, tenantId).delete(limited));
      return true;
    } catch (error) {
      if (httpStatus(error) === 404) return false;
      throw error;
    }
  }
}
