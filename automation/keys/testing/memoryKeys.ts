import { constants, createHmac, generateKeyPairSync, privateDecrypt, publicEncrypt } from "node:crypto";
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
export function processWrapper() {
  const versions = [makeVersion(1)];
  const newest = () => versions.at(-1) ?? makeVersion(0);
  const wrapper = {
    fail: false,
    /** What a refusal is: disabled (403), or too many (429). */
    status: 403,
    /** Operations that the vault was asked for. */
    asked: 0,
    /** What anybody who knows the vault's public key can do. */
    publicWrap: (dataKey: Buffer) => ({
      wrapped: publicEncrypt({ key: newest().pair.publicKey, ...PADDING }, dataKey).toString("base64"),
      kekId: newest().id,
    }),
    rotate: () => void versions.push(makeVersion(versions.length + 1)),
    current: async () => refuse(newest().id),
    wrap: async (dataKey: Buffer) => {
      const { id, pair } = newest();
      return refuse({ wrapped: publicEncrypt({ key: pair.publicKey, ...PADDING }, dataKey), kekId: id });
    },
    macKey: async (kekId: string) => {
      const version = versions.find(({ id }) => id === kekId);
      if (!version) throw new Error(`no ${kekId}`);
      const secret = version.pair.privateKey.export({ type: "pkcs8", format: "der" });
      return refuse(createHmac("sha256", secret).update("mac").digest());
    },
    unwrap: async (wrapped: Buffer, kekId: string) => {
      const version = versions.find(({ id }) => id === kekId);
      if (!version) throw new Error(`no ${kekId}`);
      return refuse(privateDecrypt({ key: version.pair.privateKey, ...PADDING }, wrapped));
    },
  };
  const refuse = <T>(value: T): T => {
    wrapper.asked += 1;
    if (wrapper.fail) throw Object.assign(new Error("the vault refuses"), { statusCode: wrapper.status });
    return value;
  };
  return wrapper satisfies KeyWrapper;
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
