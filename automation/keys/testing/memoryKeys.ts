import { constants, generateKeyPairSync, privateDecrypt, publicEncrypt } from "node:crypto";
import { StoreConflict } from "../../jobs/store.ts";
import type { KeyRow, KeyRows } from "../keyRows.ts";
import type { KeyWrapper } from "../keyStore.ts";

/** Rows in memory, open to a test that changes them as somebody with the database's rights could. */
export class MemoryKeyRows implements KeyRows {
  readonly rows = new Map<string, { row: KeyRow; etag: string }>();
  #writes = 0;

  async read<T extends KeyRow>(tenantId: string, id: string) {
    const found = this.rows.get(`${tenantId}/${id}`);
    return found && { row: structuredClone(found.row) as T, etag: found.etag };
  }

  async write(row: KeyRow, etag?: string): Promise<void> {
    const key = `${row.tenantId}/${row.id}`;
    if (this.rows.get(key)?.etag !== etag) throw new StoreConflict(row.id);
    this.#writes += 1;
    this.rows.set(key, { row: structuredClone(row), etag: `"${this.#writes}"` });
  }

  async remove(tenantId: string, id: string): Promise<boolean> {
    return this.rows.delete(`${tenantId}/${id}`);
  }
}

/** An RSA key of this process in place of the vault's; `fail` makes it as if the vault refused. */
export function processWrapper(): KeyWrapper & { fail: boolean; rotate(): void } {
  const versions = [makeVersion(1)];
  const newest = () => versions.at(-1) ?? makeVersion(0);
  const wrapper = {
    fail: false,
    rotate: () => void versions.push(makeVersion(versions.length + 1)),
    current: async () => refuse(newest().id),
    wrap: async (dataKey: Buffer) => {
      const { id, pair } = newest();
      return refuse({ wrapped: publicEncrypt({ key: pair.publicKey, ...PADDING }, dataKey), kekId: id });
    },
    unwrap: async (wrapped: Buffer, kekId: string) => {
      const version = versions.find(({ id }) => id === kekId);
      if (!version) throw new Error(`no ${kekId}`);
      return refuse(privateDecrypt({ key: version.pair.privateKey, ...PADDING }, wrapped));
    },
  };
  const refuse = <T>(value: T): T => {
    if (wrapper.fail) throw Object.assign(new Error("the key is disabled"), { statusCode: 403 });
    return value;
  };
  return wrapper;
}

const PADDING = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" } as const;

const pairs = new Map<number, ReturnType<typeof newPair>>();
const newPair = () => generateKeyPairSync("rsa", { modulusLength: 2048 });

/** A version's key pair is made once for all tests of a process: that takes long. */
function makeVersion(number: number) {
  const pair = pairs.get(number) ?? newPair();
  pairs.set(number, pair);
  return { id: `https://vault/keys/k/${number}`, pair };
}
